/* The kernel's interface to its table of mounts (statmount and listmount, 6.8), which no libc declares everywhere. */

#ifndef STATMOUNT_H
#define STATMOUNT_H

#include <stdint.h>

/* One number on all architectures but alpha. */
#ifndef SYS_statmount
#define SYS_statmount 457
#endif
#ifndef SYS_listmount
#define SYS_listmount 458
#endif

#define STATMOUNT_WANT_SB_BASIC 0x1U
#define STATMOUNT_WANT_MNT_BASIC 0x2U
#define STATMOUNT_WANT_MNT_ROOT 0x8U
#define STATMOUNT_WANT_MNT_POINT 0x10U
#define STATMOUNT_WANT_FS_TYPE 0x20U
#define STATMOUNT_WANT_SB_SOURCE 0x200U /* 6.13 */

#define LISTMOUNT_FROM_ROOT UINT64_MAX

struct statmount_request {
	uint32_t size;
	uint32_t spare;
	uint64_t mount;
	uint64_t wanted; /* for listmount: the last mount of the list before */
	uint64_t namespace; /* 0: ours */
};

struct statmount_answer {
	uint32_t size;
	uint32_t options;
	uint64_t mask; /* what of the wanted was known */
	uint32_t dev_major;
	uint32_t dev_minor;
	uint64_t magic;
	uint32_t super_flags;
	uint32_t type; /* this and other texts: offsets in texts */
	uint64_t mount;
	uint64_t parent;
	uint32_t mount_old;
	uint32_t parent_old;
	uint64_t attributes;
	uint64_t propagation;
	uint64_t peer_group;
	uint64_t master;
	uint64_t propagate_from;
	uint32_t root;
	uint32_t point;
	uint64_t namespace;
	uint32_t subtype;
	uint32_t source;
	uint64_t rest[48];
	char texts[];
};

_Static_assert(sizeof(struct statmount_answer) == 512, "struct statmount is 512 bytes and the texts");

#endif
