/*
 * The least that can be done: what privtmp does of the same name, with no check, no clean-up, and
 * no care. What it leaves in /tmp, who runs it removes.
 */

#include <grp.h>
#include <pwd.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

int
main(int argc, char **argv)
{
	char dir[] = "/tmp/privtmp-floor.XXXXXX";
	gid_t groups[64];
	int count = 64;
	const struct passwd *user;

	if (argc < 3 || (user = getpwnam(argv[1])) == NULL)
		return 125;
	(void)getgrouplist(argv[1], user->pw_gid, groups, &count);
	if (mkdtemp(dir) == NULL || chown(dir, 0, user->pw_gid) == -1 || chmod(dir, 0770) == -1 ||
	    unshare(CLONE_NEWNS) == -1 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == -1 ||
	    mount(dir, "/tmp", NULL, MS_BIND, NULL) == -1 ||
	    mount(NULL, "/tmp", NULL, MS_REMOUNT | MS_BIND | MS_NOEXEC | MS_NOSUID | MS_NODEV,
		NULL) == -1 ||
	    setgroups((size_t)count, groups) == -1 ||
	    setresgid(user->pw_gid, user->pw_gid, user->pw_gid) == -1 ||
	    setresuid(user->pw_uid, user->pw_uid, user->pw_uid) == -1)
		return 125;
	(void)execv(argv[2], argv + 2);
	return 127;
}
