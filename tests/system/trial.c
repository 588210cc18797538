#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trial.h"

static int
add(struct lines *lines, const char *text)
{
	if (lines->count == LINES_MAX || (lines->items[lines->count] = strdup(text)) == NULL)
		return -1;
	lines->count++;
	return 0;
}

static int
add_words(struct lines *lines, char *text)
{
	const char *word;

	while ((word = strsep(&text, " ")) != NULL)
		if (add(lines, word) == -1)
			return -1;
	return 0;
}

static int
add_script(struct trial *trial, const char *line)
{
	char *longer = NULL;

	if (asprintf(&longer, "%s%s\n", trial->script != NULL ? trial->script : "", line) == -1)
		return -1;
	free(trial->script);
	trial->script = longer;
	return 0;
}

/* What follows the word that a line begins with; NULL when it begins with another. */
static char *
after(char *line, const char *word)
{
	size_t length = strlen(word);

	if (strncmp(line, word, length) != 0 || (line[length] != ' ' && line[length] != '\0'))
		return NULL;
	return line + length + (line[length] == ' ');
}

static int
take(struct trial *trial, char *line)
{
	char *rest;

	if (line[0] == '\t')
		return add_script(trial, line + 1);
	if ((rest = after(line, "needs")) != NULL)
		return add_words(&trial->needs, rest);
	if ((rest = after(line, "out")) != NULL)
		return add(&trial->out, rest);
	if ((rest = after(line, "err")) != NULL)
		return add(&trial->err, rest);
	if ((rest = after(line, "status")) != NULL) {
		trial->status = (int)strtol(rest, NULL, 10);
		return 0;
	}
	return -1;
}

struct trial *
trials_read(const char *path, size_t *count)
{
	FILE *file = fopen(path, "re");
	struct trial *trials = NULL;
	char *line = NULL;
	size_t size = 0, number = 0;
	ssize_t length;
	int result = 0;

	*count = 0;
	while (file != NULL && result == 0 && (length = getline(&line, &size, file)) > 0) {
		const char *name;

		number++;
		line[strcspn(line, "\n")] = '\0';
		if (line[0] == '#' || line[0] == '\0')
			continue;
		name = after(line, "trial");
		if (name != NULL) {
			trials = reallocarray(trials, *count + 1, sizeof(*trials));
			if (trials == NULL)
				break;
			trials[*count] = (struct trial){ .name = strdup(name) };
			result = trials[(*count)++].name == NULL ? -1 : 0;
		} else {
			result = *count == 0 ? -1 : take(&trials[*count - 1], line);
		}
	}
	if (file == NULL || trials == NULL || result == -1)
		(void)fprintf(stderr, "%s:%zu: not understood, or not read: %s\n", path, number, strerror(errno));
	free(line);
	if (file != NULL)
		(void)fclose(file);
	return result == -1 ? NULL : trials;
}

void
lines_split(char *text, struct lines *lines)
{
	lines->count = 0;
	while (*text != '\0' && lines->count < LINES_MAX) {
		char *end = strchr(text, '\n');

		lines->items[lines->count++] = text;
		if (end == NULL)
			return;
		*end = '\0';
		text = end + 1;
	}
}

bool
lines_match(const struct lines *patterns, const struct lines *lines)
{
	for (size_t i = 0; i < lines->count && i < patterns->count; i++)
		if (fnmatch(patterns->items[i], lines->items[i], 0) != 0)
			return false;
	return lines->count == patterns->count;
}
