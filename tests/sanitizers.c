/* Part of a program built with sanitizers, which ignores the environment where it is setuid. */

const char *__asan_default_options(void);

/* What is looked up lives as long as the process, and is no leak. */
const char *
__asan_default_options(void)
{
	return "detect_leaks=0";
}
