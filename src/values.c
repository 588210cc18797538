/* The values of options, read from their texts. */

#include <ctype.h>
#include <limits.h>

#include "report.h"
#include "values.h"

const char *
value_number(const char *text, unsigned int base, uint64_t max, uint64_t *value)
{
	const char *start = text;
	uint64_t number = 0;

	for (; *text >= '0' && *text < (char)('0' + base); text++) {
		uint64_t digit = (uint64_t)(*text - '0');

		if (digit > max || number > (max - digit) / base)
			return NULL;
		number = number * base + digit;
	}
	if (text == start)
		return NULL;
	*value = number;
	return text;
}

void
value_flag(const char *option, char *text, void *field)
{
	(void)option;
	(void)text;
	*(bool *)field = true;
}

void
value_name(const char *option, char *text, void *field)
{
	if (*text == '\0')
		diex("--%s: a name is empty", option);
	if (strlen(text) >= NAME_SIZE)
		diex("--%s: the name is too long", option);
	strcpy(field, text);
}

void
value_user(const char *option, char *text, void *field)
{
	struct user *user = field;
	char *colon = strchr(text, ':');

	user->group[0] = '\0';
	if (colon != NULL) {
		*colon = '\0';
		value_name(option, colon + 1, user->group);
	}
	value_name(option, text, user->name);
}

static bool
climbs(const char *path)
{
	for (const char *part = path; (part = strstr(part, "/..")) != NULL; part += 3)
		if (part[3] == '/' || part[3] == '\0')
			return true;
	return false;
}

void
value_path(const char *option, char *text, void *field)
{
	if (text[0] != '/' || climbs(text))
		diex("--%s: '%s' is not an absolute path without '..'", option, text);
	if (strlen(text) >= PATH_MAX)
		diex("--%s: '%.60s...' is longer than any path may be", option, text);
	*(const char **)field = text;
}

void
value_item(const char *option, char *text, void *field)
{
	struct list *list = field;

	if (list->count == LIST_MAX)
		diex("--%s: '%s': no more than %d of these", option, text, LIST_MAX);
	value_path(option, text, &list->items[list->count++].path);
}

void
value_optional_item(const char *option, char *text, void *field)
{
	struct list *list = field;
	bool optional = text[0] == '-';

	value_item(option, text + optional, list);
	list->items[list->count - 1].optional = optional;
}

void
value_exposure(const char *option, char *text, void *field)
{
	struct list *list = field;
	size_t length = strlen(text);
	bool read_only = length >= 3 && strcmp(text + length - 3, ":ro") == 0;

	if (read_only)
		text[length - 3] = '\0';
	value_optional_item(option, text, list);
	list->items[list->count - 1].read_only = read_only;
}

/* Read digits with an optional k, m or g. Returns the number, or 0 for anything else. */
static uint64_t
read_scaled(const char *text)
{
	static const char letters[] = "kmg";
	uint64_t value;
	const char *end = value_number(text, 10, INT64_MAX, &value), *letter;
	unsigned int shift = 0;

	if (end == NULL)
		return 0;
	if (*end != '\0' && (letter = strchr(letters, tolower((unsigned char)*end))) != NULL) {
		shift = 10 * (unsigned int)(letter - letters + 1);
		end++;
	}
	return *end != '\0' || value > (uint64_t)INT64_MAX >> shift ? 0 : value << shift;
}

void
value_count(const char *option, char *text, void *field)
{
	if (read_scaled(text) == 0)
		diex("--%s: '%s' is not a number from 1 on: digits with an optional k, m or g",
		    option, text);
	/* tmpfs would read digits behind a 0 as octal. */
	*(const char **)field = text + strspn(text, "0");
}

void
value_size(const char *option, char *text, void *field)
{
	uint64_t value;
	const char *end = value_number(text, 10, 100, &value);

	if (end == NULL || strcmp(end, "%") != 0 || value == 0) {
		value = read_scaled(text);
		if (value == 0)
			diex("--%s: '%s' is not a size: write 64m, 1g or 5%%", option, text);
		if (value < 4096)
			diex("--%s: '%s' is less than a page of memory, 4k", option, text);
	}
	*(const char **)field = text + strspn(text, "0");
}

void
value_mode(const char *option, char *text, void *field)
{
	uint64_t bits;
	const char *end = value_number(text, 8, 07777, &bits);

	if (end == NULL || *end != '\0')
		diex("--%s: '%s' is not an octal mode up to 7777", option, text);
	*(mode_t *)field = (mode_t)bits;
}

void
value_propagation(const char *option, char *text, void *field)
{
	bool slave = strcmp(text, "slave") == 0;

	if (!slave && strcmp(text, "private") != 0)
		diex("--%s: '%s' is not private or slave", option, text);
	*(bool *)field = slave;
}

void
value_pid(const char *option, char *text, void *field)
{
	uint64_t pid;
	const char *end = value_number(text, 10, INT32_MAX, &pid);

	if (end == NULL || *end != '\0' || pid == 0)
		diex("--%s: '%s' is not the number of a process", option, text);
	*(pid_t *)field = (pid_t)pid;
}
