/* The SELinux label of a directory: that of /tmp passes to what replaces it. */

#ifndef LABEL_H
#define LABEL_H

#define LABEL_SIZE 256

/* Fill label, of LABEL_SIZE bytes, with that of the directory, "" if it has none. */
void label_read(int dir, char *label);

/*
 * Set the label of the directory. Does nothing and succeeds if label is "", the caller is not root,
 * or the file system has no labels. Returns 0, or -1 with errno set.
 */
int label_set(int dir, const char *label);

#endif
