#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/sysmacros.h>

#include "mountinfo.h"

static bool
is_octal(char c)
{
	return c >= '0' && c <= '7';
}

/* Undo what the kernel does to blanks and backslashes: \ and three octal digits. */
static void
unescape(char *text)
{
	char *to = text;

	for (; *text != '\0'; text++, to++) {
		*to = *text;
		if (text[0] == '\\' && is_octal(text[1]) && is_octal(text[2]) && is_octal(text[3])) {
			*to = (char)((text[1] - '0') << 6 | (text[2] - '0') << 3 | (text[3] - '0'));
			text += 3;
		}
	}
	*to = '\0';
}

/* The next field of a line, or NULL at its end. */
static char *
field(char **line)
{
	char *text;

	do
		text = strsep(line, " \n");
	while (text != NULL && *text == '\0');
	return text;
}

/* "MAJOR:MINOR" */
static int
parse_dev(const char *text, dev_t *dev)
{
	unsigned long major, minor;
	char *end;

	major = strtoul(text, &end, 10);
	if (end == text || *end != ':')
		return -1;
	text = end + 1;
	minor = strtoul(text, &end, 10);
	if (end == text || *end != '\0')
		return -1;
	*dev = makedev((unsigned int)major, (unsigned int)minor);
	return 0;
}

int
mountinfo_parse(char *line, struct mountinfo *info)
{
	char *id = field(&line), *parent = field(&line), *dev = field(&line), *tag, *end;

	*info = (struct mountinfo){ .root = field(&line), .point = field(&line) };
	/* Then the options, which everything so far stands before, and any number of tags up to a lone "-". */
	if (parent == NULL || dev == NULL || field(&line) == NULL || parse_dev(dev, &info->dev) == -1)
		return -1;
	info->id = strtoull(id, &end, 10);
	if (end == id || *end != '\0')
		return -1;
	while ((tag = field(&line)) != NULL && strcmp(tag, "-") != 0) {
		if (strncmp(tag, "shared:", 7) == 0)
			info->propagation |= MS_SHARED;
		else if (strncmp(tag, "master:", 7) == 0)
			info->propagation |= MS_SLAVE;
		else if (strcmp(tag, "unbindable") == 0)
			info->propagation |= MS_UNBINDABLE;
	}
	if (info->propagation == 0)
		info->propagation = MS_PRIVATE;
	info->type = field(&line);
	info->source = field(&line);
	if (info->source == NULL)
		return -1;
	unescape(info->root);
	unescape(info->point);
	unescape(info->source);
	return 0;
}
