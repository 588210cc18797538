/* The directories that become private: /tmp, and those of --also. */

#pragma once

#include "path.h"

/* This directory always becomes private, and is the first. */
#define PRIVATE_TMP "/tmp"

/*
 * Walk to a directory that is to be private, and append it to the list. Returns the new item, or
 * NULL if it is in the list already: then place->fd is closed. Dies if it is missing or refused.
 */
const struct located *directory_walk(
    const char *dir, struct place *place, struct locations *private);

/* Die if a path of the option is in one of the directories, or contains one. */
void directory_check_apart(const char *option, const char *path, const struct locations *private);
