/* Part of privtmp when it is built with sanitizers. It ignores the environment where it is setuid. */

const char *__asan_default_options(void);
void __asan_handle_no_return(void);

/* What is looked up lives as long as the process, and is no leak. */
const char *
__asan_default_options(void)
{
	return "detect_leaks=0";
}

/*
 * Called before each call that does not return. The runtime's own forgets what it knows of the
 * stack, and prints a warning on a stack that it has not made, such as that of the helper.
 */
void
__asan_handle_no_return(void)
{
}
