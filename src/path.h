/* Paths as texts, and paths that other users may have had their hands on. */

#ifndef PATH_H
#define PATH_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct stat;

/* A path, and what has to be found there. */
struct object {
	const char *path;
	dev_t dev;
	ino_t ino;
};

/* Write path without "//", "." and ".." to clean, which has PATH_MAX bytes. Looks at the text alone. */
void path_tidy(const char *path, char *clean);

/* Whether path is dir, or lies below it. Both are tidy. */
bool path_within(const char *path, const char *dir);

/*
 * Open the absolute, tidy path with O_PATH, one component after the other, following no symbolic link. Each component
 * below the directory from, which the path lies below, has to belong to root or to owner. Fills *st.
 * Returns the descriptor, or -1 with errno set: EPERM for a wrong owner, ELOOP for a symbolic link. Says nothing.
 */
int path_open_owned(const char *path, const char *from, uid_t owner, struct stat *st);

/*
 * Whether nobody but root, or we, can move or remove what is at the absolute, tidy path: all directories above it belong to
 * us, and nobody else can write to them, or they are sticky; sticky says whether that suffices for the nearest one. It does
 * where what is at the path is ours as well. Says nothing.
 */
bool path_is_fixed(const char *path, bool sticky);

/* The first of the objects that the tidy path is at or below; or NULL. */
const struct object *path_cover(const char *path, const struct object *objects, size_t count);

#endif
