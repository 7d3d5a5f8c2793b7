/* SPDX-License-Identifier: BSD-3-Clause */
/* layout.c: what of the library must not move: nothing of this is run, layout.py compiles it.
 *
 * Programs allocate the public structures themselves, with the size that was in the headers when
 * they were compiled, and have the numbers of the enumerations built in. */
#include <daxwin/daxwin.h>

#include "table-leaf.h"
#include "window-private.h"

#include <stddef.h>

/* A structure has this size, and its last field lies at this place. */
#define HAS_LAYOUT(type, size, last_field, place)                                                  \
    _Static_assert(sizeof(type) == (size) && offsetof(type, last_field) == (place),                \
                   #type " must have " #size " bytes, " #last_field " at " #place)

#define HAS_NUMBER(name, number) _Static_assert((name) == (number), #name " must be " #number)

#if GLIB_SIZEOF_VOID_P == 8
HAS_LAYOUT(DaxwinFsEntry, 32, flags, 24);
HAS_LAYOUT(DaxwinFsMessage, 16 + 32 * 32, entries, 16);
HAS_LAYOUT(DaxwinMapping, 32, access, 24);
HAS_LAYOUT(DaxwinRange, 16, length, 8);
HAS_LAYOUT(DaxwinShmCapability, 24, length, 16);
HAS_LAYOUT(DaxwinShmMmioRegion, 16, length, 8);
HAS_LAYOUT(DaxwinShmemConfig, 256 * 8, sizes, 0);
HAS_LAYOUT(DaxwinShmemMessage, 40, flags, 32);
HAS_LAYOUT(DaxwinTransfer, 32, direction, 24);
HAS_LAYOUT(DaxwinUsage, 88, lost, 80);
#endif

/* Flags are added to by other bits, and a bool is a byte: compilers agree on both on every host. */
_Static_assert(sizeof(DaxwinAccess) == 4, "an enumeration has 4 bytes");
_Static_assert(sizeof(bool) == 1, "a bool has 1 byte");

HAS_NUMBER(DAXWIN_ERROR_SIZE, 1);
HAS_NUMBER(DAXWIN_ERROR_ALIGNMENT, 2);
HAS_NUMBER(DAXWIN_ERROR_RANGE, 3);
HAS_NUMBER(DAXWIN_ERROR_ACCESS, 4);
HAS_NUMBER(DAXWIN_ERROR_OVERLAP, 5);
HAS_NUMBER(DAXWIN_ERROR_NOT_MAPPED, 6);
HAS_NUMBER(DAXWIN_ERROR_FILE, 7);
HAS_NUMBER(DAXWIN_ERROR_LIMIT, 8);
HAS_NUMBER(DAXWIN_ERROR_MESSAGE, 9);
HAS_NUMBER(DAXWIN_ERROR_FOREIGN, 10);
HAS_NUMBER(DAXWIN_ERROR_NO_WINDOW, 11);
HAS_NUMBER(DAXWIN_ERROR_FAULT, 12);
HAS_NUMBER(DAXWIN_ERROR_ARCH, 13);
HAS_NUMBER(DAXWIN_ERROR_SYSTEM, 14);

HAS_NUMBER(DAXWIN_ACCESS_READ, 1);
HAS_NUMBER(DAXWIN_ACCESS_WRITE, 2);
HAS_NUMBER(DAXWIN_WINDOW_STRICT, 1);
HAS_NUMBER(DAXWIN_WINDOW_ANY_FILE, 2);
HAS_NUMBER(DAXWIN_TRANSFER_TO_GUEST, 0);
HAS_NUMBER(DAXWIN_TRANSFER_FROM_GUEST, 1);
HAS_NUMBER(DAXWIN_TRANSFER_DROP_FSETID, 1);

/* Inside. The lock is a futex, which is an int. Of a leaf, a search reads the part in front of the
 * entries, in five cache lines; an entry takes no more than one. */
_Static_assert(sizeof(DaxwinLock) == sizeof(int), "a lock is a futex");
_Static_assert(offsetof(DaxwinTableLeaf, entries) <= 5 * 64, "a search reads five cache lines");
_Static_assert(sizeof(DaxwinTableEntry) <= 64, "an entry is no longer than a cache line");
