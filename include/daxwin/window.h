/* SPDX-License-Identifier: BSD-3-Clause */
/* window.h: a DAX window: reserved address space into which pieces of files are mapped. */
#pragma once

#include <daxwin/macros.h>
#include <daxwin/mapping.h>
#include <daxwin/protection.h>
#include <daxwin/range.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

G_BEGIN_DECLS

/**
 * DaxwinWindow:
 *
 * A stretch of address space that a VMM shows its guest as one piece of memory, and in which the
 * guest sees pieces of files, or nothing. It is reference counted and may be used from any thread:
 * calls that change it happen one after the other, and vCPUs may touch its memory meanwhile, for
 * the kernel makes every replacement atomic for them.
 *
 * All offsets and lengths are in bytes and multiples of the host page, or of the file's huge page
 * when a file of hugetlbfs is mapped. File descriptors are
 * borrowed for the time of the call: never kept, never closed. A call that fails has changed
 * nothing unless its description says otherwise.
 *
 * Since: 0.1
 */
typedef struct _DaxwinWindow DaxwinWindow;

/**
 * DaxwinWindowFlags:
 * @DAXWIN_WINDOW_DEFAULT: the rules of virtio-fs and regular files only
 * @DAXWIN_WINDOW_STRICT: the rules of the vhost-user messages SHMEM_MAP and SHMEM_UNMAP: a map must
 *   find its range free, an unmap must name exactly one earlier mapping. Without it the rules of
 *   virtio-fs hold (virtio specification, "File System Device", DAX window): a map may replace,
 *   shorten or split older mappings, and any range may be unmapped
 * @DAXWIN_WINDOW_ANY_FILE: also character and block devices and dma-buf. A driver decides what its
 *   mappings do, so give this only for backends that are trusted
 *
 * How a window behaves, fixed at birth.
 *
 * Since: 0.1
 */
typedef enum {
    DAXWIN_WINDOW_DEFAULT = 0,
    DAXWIN_WINDOW_STRICT = 1 << 0,
    DAXWIN_WINDOW_ANY_FILE = 1 << 1
} DaxwinWindowFlags;

/**
 * DaxwinUsage:
 * @mappings: mappings in the window now
 * @bytes_mapped: bytes of the window that show a file now
 * @areas: kernel areas (VMAs) the window takes now, at most
 * @area_budget: kernel areas it may take; maps that could need more are refused
 * @maps: mappings made since birth
 * @unmaps: ranges unmapped since birth at the caller's request, one for daxwin_window_clear()
 * @replaced: mappings that a later map has covered, shortened or split since birth
 * @refused: calls to map, unmap or clear, single or batch, that have failed since birth
 * @contained_pages: host pages that show zeros instead of their file now
 * @containments: host pages that have been made to show zeros since birth: it only ever grows, and
 * so tells a VMM whether a fault was dealt with
 * @lost: mappings that had to go with a neighbour that was unmapped, since birth; see
 *   daxwin_window_unmap()
 *
 * What a window holds and what it has done.
 *
 * Since: 0.1
 */
typedef struct {
    size_t mappings;
    uint64_t bytes_mapped;
    size_t areas;
    size_t area_budget;
    uint64_t maps;
    uint64_t unmaps;
    uint64_t replaced;
    uint64_t refused;
    uint64_t contained_pages;
    uint64_t containments;
    uint64_t lost;
} DaxwinUsage;

/**
 * DaxwinMappingFunc:
 * @mapping: one mapping of the window
 * @user_data: what was given to daxwin_window_foreach()
 *
 * Is shown one mapping.
 *
 * Since: 0.1
 */
typedef void (*DaxwinMappingFunc)(const DaxwinMapping *mapping, void *user_data);

/**
 * daxwin_window_new:
 * @size: how big, in bytes: a power of two, at least the host page; see daxwin_size_check()
 * @guest: the architecture of the guest, which decides the protection of idle memory
 * @flags: how it behaves
 * @error: where to say why not
 *
 * Reserves address space for a window. The memory is private and anonymous and counts for nothing
 * against the host's commit limit; the base is a multiple of the size, or of 1 GiB for bigger
 * windows, so that huge pages can reach the guest. Map guest memory over it once, for its whole
 * life.
 *
 * Returns: (transfer full) (nullable): the window; NULL with DAXWIN_ERROR_SIZE, DAXWIN_ERROR_ARCH
 *   or DAXWIN_ERROR_SYSTEM
 *
 * Since: 0.1
 */
DAXWIN_AVAILABLE_IN_0_1
DaxwinWindow *daxwin_window_new(uint64_t size, DaxwinArch guest, DaxwinWindowFlags flags,
                                GError **error);

/**
 * daxwin_window_ref:
 * @window: (not nullable): a window
 *
 * Takes one more reference. Any thread.
 *
 * Returns: (transfer full): @window
 *
 * Since: 0.1
 */
DAXWIN_AVAILABLE_IN_0_1
DaxwinWindow *daxwin_window_ref(DaxwinWindow *window);

/**
 * daxwin_window_unref:
 * @window: (transfer full) (not nullable): a window
 *
 * Gives a reference back. The last one takes the address space away: guest memory must no longer
 * point at it. Any thread.
 *
 * Since: 0.1
 */
DAXWIN_AVAILABLE_IN_0_1
void daxwin_window_unref(DaxwinWindow *window);

/**
 * daxwin_window_get_base:
 * @window: (not nullable): a window
 *
 * Gives the address of the first byte, which never changes. Memory in which nothing is mapped
 * faults when touched. Any thread, takes no lock.
 *
 * Returns: (transfer none): the address
 *
 * Since: 0.1
 */
DAXWIN_AVAILABLE_IN_0_1
void *daxwin_window_get_base(DaxwinWindow *window);

/**
 * daxwin_window_get_size:
 * @window: (not nullable): a window
 *
 * Gives the size, which never changes. Any thread, takes no lock.
 *
 * Returns: the size in bytes
 *
 * Since: 0.1
 */
DAXWIN_AVAILABLE_IN_0_1
uint64_t daxwin_window_get_size(DaxwinWindow *window);

/**
 * daxwin_window_get_protection:
 * @window: (not nullable): a window
 *
 * Gives the protection of memory in which nothing is mapped; see
 * daxwin_arch_reserved_protection(). Any thread, takes no lock.
 *
 * Returns: PROT_NONE or PROT_READ
 *
 * Since: 0.1
 */
DAXWIN_AVAILABLE_IN_0_1
int daxwin_window_get_protection(DaxwinWindow *window);

/**
 * daxwin_window_map:
 * @window: (not nullable): a window
 * @fd: the file, open for reading, and for writing too if @mapping wants that
 * @mapping: (not nullable): which piece of it goes where
 * @error: where to say why not
 *
 * Maps a piece of a file into the window, shared with all who have the file open. It stays when
 * @fd is closed. It may reach beyond the end of the file, as Linux guests do; touching that part
 * is a SIGBUS. Any thread.
 *
 * The kernel may refuse a file only after it has taken away what was mapped in its place. Files of
 * filesystems that are not known to be free of that are mapped elsewhere first and then moved,
 * which takes about twice the time.
 *
 * Files on hugetlbfs are mapped in their own, huge pages, of which all three numbers must then be
 * multiples. Maps that could take the process near the kernel's limit of areas, vm.max_map_count,
 * are refused, so that unmapping always works.
 *
 * Returns: true if it is mapped; false with DAXWIN_ERROR_ACCESS, DAXWIN_ERROR_ALIGNMENT,
 *   DAXWIN_ERROR_RANGE, DAXWIN_ERROR_FILE, DAXWIN_ERROR_OVERLAP, DAXWIN_ERROR_LIMIT,
 *   DAXWIN_ERROR_FOREIGN or DAXWIN_ERROR_SYSTEM
 *
 * Since: 0.1
 */
DAXWIN_AVAILABLE_IN_0_1
bool daxwin_window_map(DaxwinWindow *window, int fd, const DaxwinMapping *mapping, GError **error);

/**
 * daxwin_window_map_batch:
 * @window: (not nullable): a window
 * @fd: the file
 * @mappings: (array length=n): which pieces go where, in the order in which they are made
 * @n: how many; with none nothing is done
 * @error: where to say why not
 *
 * Maps several pieces of one file, all or none: after a failure the window is what it was before,
 * mappings that were to be replaced included. All entries are checked before the first is made.
 * Entries that continue each other in the window and in the file take one system call. Should the
 * kernel refuse even to put back what was there, the error says so, and the list of mappings is
 * true to what is left. Any thread.
 *
 * Returns: true if all are mapped; false with an error as of daxwin_window_map()
 *
 * Since: 0.1
 */
DAXWIN_AVAILABLE_IN_0_1
bool daxwin_window_map_batch(DaxwinWindow *window, int fd, const DaxwinMapping *mappings, size_t n,
                             GError **error);

/**
 * daxwin_window_unmap:
 * @window: (not nullable): a window
 * @offset: where the range starts, in bytes from the start of the window
 * @length: how long it is, in bytes
 * @error: where to say why not
 *
 * Takes away what is mapped in a range: the guest cannot reach it any more when this returns. By
 * the rules of virtio-fs the range may be part of a mapping, which is then shortened or split, or
 * span several, or be free already. In a strict window it must be exactly one mapping. Any thread.
 *
 * This works also when the process has no kernel areas left (vm.max_map_count). In the extreme,
 * on kernels before Linux 6.15, neighbours that the kernel has joined with the range are taken away
 * too; they are no longer listed then, and counted as lost.
 *
 * The only mappings of which no part can be taken away are those of hugetlbfs files: the ends of
 * the range must not cut a huge page in two.
 *
 * Returns: true if nothing is mapped there any more; false with DAXWIN_ERROR_ALIGNMENT,
 *   DAXWIN_ERROR_RANGE, DAXWIN_ERROR_NOT_MAPPED or DAXWIN_ERROR_SYSTEM
 *
 * Since: 0.1
 */
DAXWIN_AVAILABLE_IN_0_1
bool daxwin_window_unmap(DaxwinWindow *window, uint64_t offset, uint64_t length, GError **error);

/**
 * daxwin_window_unmap_batch:
 * @window: (not nullable): a window
 * @ranges: (array length=n): the ranges
 * @n: how many; with none nothing is done
 * @error: where to say why not
 *
 * Takes away what is mapped in several ranges. It goes on after a range that cannot be unmapped
 * and reports the first such failure. Ranges that continue each other take one system call. Any
 * thread.
 *
 * Returns: true if nothing is mapped in any of them; false with an error as of
 *   daxwin_window_unmap(), all other ranges being unmapped
 *
 * Since: 0.1
 */
DAXWIN_AVAILABLE_IN_0_1
bool daxwin_window_unmap_batch(DaxwinWindow *window, const DaxwinRange *ranges, size_t n,
                               GError **error);

/**
 * daxwin_window_clear:
 * @window: (not nullable): a window
 * @error: where to say why not
 *
 * Takes away everything, in one system call. Call it when the guest is reset (vhost-user
 * specification, SHMEM_MAP: mappings vanish on reset) and when the backend disconnects. Any thread.
 *
 * Returns: true if the window is empty; false with DAXWIN_ERROR_SYSTEM
 *
 * Since: 0.1
 */
DAXWIN_AVAILABLE_IN_0_1
bool daxwin_window_clear(DaxwinWindow *window, GError **error);

/**
 * daxwin_window_sync:
 * @window: (not nullable): a window
 * @offset: where the range starts, in bytes from the start of the window
 * @length: how long it is, in bytes
 * @error: where to say why not
 *
 * Waits until stores made through the mappings in a range are on stable storage. Parts of the
 * range in which nothing is mapped are passed over. It does not keep other calls waiting. Any
 * thread.
 *
 * Returns: true if they are; false with DAXWIN_ERROR_ALIGNMENT, DAXWIN_ERROR_RANGE or
 *   DAXWIN_ERROR_SYSTEM
 *
 * Since: 0.1
 */
DAXWIN_AVAILABLE_IN_0_1
bool daxwin_window_sync(DaxwinWindow *window, uint64_t offset, uint64_t length, GError **error);

/**
 * daxwin_window_lookup:
 * @window: (not nullable): a window
 * @offset: any byte of the window
 * @out: (out) (not nullable): the mapping; left alone if there is none
 *
 * Finds the mapping that covers a byte. Neighbours that continue one another may be given as one
 * or as several. Any thread.
 *
 * Returns: true if there is one
 *
 * Since: 0.1
 */
DAXWIN_AVAILABLE_IN_0_1
bool daxwin_window_lookup(DaxwinWindow *window, uint64_t offset, DaxwinMapping *out);

/**
 * daxwin_window_foreach:
 * @window: (not nullable): a window
 * @func: (scope call): what to call
 * @user_data: what to give it
 *
 * Shows @func all mappings in window order, as they were at the time of the call. No lock is held
 * meanwhile, so @func may call any function of this window. Any thread.
 *
 * Since: 0.1
 */
DAXWIN_AVAILABLE_IN_0_1
void daxwin_window_foreach(DaxwinWindow *window, DaxwinMappingFunc func, void *user_data);

/**
 * daxwin_window_get_usage:
 * @window: (not nullable): a window
 * @out: (out) (not nullable): its figures
 *
 * Tells what the window holds and has done, at one moment. Any thread.
 *
 * Since: 0.1
 */
DAXWIN_AVAILABLE_IN_0_1
void daxwin_window_get_usage(DaxwinWindow *window, DaxwinUsage *out);

/**
 * daxwin_window_set_limit:
 * @window: (not nullable): a window
 * @max_mappings: how many mappings it may hold; 262144 at birth
 *
 * Limits the number of mappings, and with it the memory that a backend can make this process
 * spend on bookkeeping. Maps that could exceed it fail with DAXWIN_ERROR_LIMIT; mappings beyond a
 * lowered limit stay. Each entry of a batch counts, whatever it replaces. An unmap that splits a
 * mapping in two is never refused for this limit; the kernel's own on areas, vm.max_map_count,
 * bounds how often that can happen. Any thread.
 *
 * Since: 0.1
 */
DAXWIN_AVAILABLE_IN_0_1
void daxwin_window_set_limit(DaxwinWindow *window, size_t max_mappings);

/**
 * daxwin_window_audit:
 * @window: (not nullable): a window
 * @error: where to say what differs
 *
 * Compares what the window lists with what the kernel has mapped, as /proc/self/maps tells it:
 * every byte either shows the listed piece of the listed file with the listed access, or is
 * reserved memory, and there is no hole. It reads the whole listing, so its cost grows with all
 * mappings of the process. On filesystems without a device of their own (overlay, btrfs), whose
 * files that listing names otherwise than fstat() does, the file's identity is left out. Any
 * thread.
 *
 * Returns: true if they agree; false with DAXWIN_ERROR_FOREIGN, or DAXWIN_ERROR_SYSTEM if the
 *   listing cannot be read
 *
 * Since: 0.1
 */
DAXWIN_AVAILABLE_IN_0_1
bool daxwin_window_audit(DaxwinWindow *window, GError **error);

/**
 * daxwin_window_contain:
 * @window: (nullable): a window; with NULL nothing is done
 * @address: where the fault was: si_addr
 *
 * Keeps a SIGBUS from ending the process, for use in the embedder's own handler of that signal. A
 * page that its file no longer has, because somebody has truncated it, or that cannot be got,
 * because the disk is full or broken, is covered by a private page of zeros: loads see zeros, and
 * stores, where the mapping allowed them, are lost. The page shows its file again when its range is
 * next mapped, and nothing when it is unmapped. A page that is sound, because another thread has
 * mapped or covered it meanwhile, is left alone.
 *
 * Safe in signal handlers: it takes no lock but the window's, allocates nothing and keeps errno.
 * The library never touches window memory while it holds that lock; see to it that no other handler
 * does that could interrupt a call of this library. Needs Linux 5.14.
 *
 * Returns: true if the access can be tried again; false if @address is in no mapping of @window, or
 *   the kernel could not help
 *
 * Since: 0.1
 */
DAXWIN_AVAILABLE_IN_0_1
bool daxwin_window_contain(DaxwinWindow *window, const void *address);

/**
 * daxwin_window_contain_truncated:
 * @window: (not nullable): a window
 * @pages: (out) (not nullable): how many host pages were covered, also after a failure
 * @error: where to say why not
 *
 * Does what daxwin_window_contain() does, for a VMM that is not told an address: KVM_RUN has failed
 * with EFAULT. Covers all pages that have fallen off the end of their file since they were mapped.
 * Only if there are none, it covers those that were beyond the end already when they were mapped:
 * Linux guests have many of them, and a file may yet grow into them. Any thread.
 *
 * Returns: true if all have been covered, be it none; false with DAXWIN_ERROR_SYSTEM
 *
 * Since: 0.1
 */
DAXWIN_AVAILABLE_IN_0_1
bool daxwin_window_contain_truncated(DaxwinWindow *window, size_t *pages, GError **error);

/**
 * daxwin_window_read:
 * @window: (not nullable): a window
 * @offset: bytes from the start of the window, of any alignment
 * @buffer: (out caller-allocates) (array length=length) (element-type guint8): where to copy to
 * @length: how many bytes
 * @error: where to say why not
 *
 * Copies from the window without touching it: the kernel does, so what cannot be touched is an
 * error and never a signal. Any thread, takes no lock.
 *
 * Returns: true if all was copied; false with DAXWIN_ERROR_RANGE, DAXWIN_ERROR_FAULT or
 *   DAXWIN_ERROR_SYSTEM, part of it possibly copied
 *
 * Since: 0.1
 */
DAXWIN_AVAILABLE_IN_0_1
bool daxwin_window_read(DaxwinWindow *window, uint64_t offset, void *buffer, size_t length,
                        GError **error);

/**
 * daxwin_window_write:
 * @window: (not nullable): a window
 * @offset: bytes from the start of the window, of any alignment
 * @buffer: (array length=length) (element-type guint8): where to copy from
 * @length: how many bytes
 * @error: where to say why not
 *
 * Copies into the window, in the same way. Any thread, takes no lock.
 *
 * Returns: true if all was copied; false with DAXWIN_ERROR_RANGE, DAXWIN_ERROR_FAULT or
 *   DAXWIN_ERROR_SYSTEM, part of it possibly copied
 *
 * Since: 0.1
 */
DAXWIN_AVAILABLE_IN_0_1
bool daxwin_window_write(DaxwinWindow *window, uint64_t offset, const void *buffer, size_t length,
                         GError **error);

/**
 * daxwin_window_resolve:
 * @offset: bytes from the start of the window
 * @length: (inout): how many bytes are wanted; lowered to what the mapping there has
 * @for_write: whether they are going to be written to
 * @window: (type DaxwinWindow) (not nullable): a window
 *
 * Finds the memory of a mapping: a #DaxwinResolveFunc, for guest addresses that lie in a window.
 * Any thread.
 *
 * Returns: (nullable) (transfer none): the address; NULL if nothing is mapped there, or nothing
 *   that may be written
 *
 * Since: 0.1
 */
DAXWIN_AVAILABLE_IN_0_1
void *daxwin_window_resolve(uint64_t offset, size_t *length, bool for_write, void *window);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(DaxwinWindow, daxwin_window_unref)

G_END_DECLS
