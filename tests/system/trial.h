/*
 * A trial: a shell script that uses the program as its users do, and what has to come of it. Trials are written in files:
 *
 *   trial NAME__CONDITION
 *   needs PROGRAM...         beyond those of every system; without them the trial is skipped. "plain" is no program, but
 *                            stands for a build without sanitizers, which want /proc, memory and calls of their own
 *   status N                 the script's exit status, when not 0
 *   	LINE                 of the script, indented by a tab
 *   out PATTERN              a line of standard output, as fnmatch(3) has it
 *   err PATTERN              the one line of standard error; none when there is no such line here
 *
 * Lines that begin with # and empty ones are comments. The script is run by sh -eu, after tests/system/preamble.sh, which
 * says what it finds.
 */

#ifndef TRIAL_H
#define TRIAL_H

#include <stdbool.h>
#include <stddef.h>

#define LINES_MAX 128

struct lines {
	char *items[LINES_MAX];
	size_t count;
};

struct trial {
	char *name;
	struct lines needs;
	int status;
	char *script;
	struct lines out;
	struct lines err;
};

/* Read a file of trials. Returns an array, which lives as long as the process, or NULL, which has been said. */
struct trial *trials_read(const char *path, size_t *count);

/* Split text into lines, in place. A last line without its end is one, too. */
void lines_split(char *text, struct lines *lines);

/* Whether each line matches the pattern in its place. */
bool lines_match(const struct lines *patterns, const struct lines *lines);

#endif
