/* --list: the live instances. */

#pragma once

/* Print a row for each instance that is ours, and what cannot be seen. Dies on failure. */
void list_print(void);
