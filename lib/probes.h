/* SPDX-License-Identifier: BSD-3-Clause */
/* probes.h: points where tracers of the system can look on; doc/tracing.md is their manual. */
#pragma once

#include <daxwin/error.h>
#include <daxwin/mapping.h>

/* With USDT a probe is one nop, and a note in the ELF file that says where it is and where its
 * numbers are at that moment, mostly in registers they are in anyway. Signal handlers may pass. */
#if WITH_USDT
#include <sys/sdt.h>
/* Compilers take the many lines behind a nop for many instructions, and inline less than they would
 * without it; unless told that it is small, which sys/sdt.h does not. */
#pragma push_macro("__asm__")
#define __asm__ __asm__ __inline__
#define PROBE_3(name, a, b, c) DTRACE_PROBE3(daxwin, name, a, b, c)
#define PROBE_4(name, a, b, c, d) DTRACE_PROBE4(daxwin, name, a, b, c, d)
#define PROBE_5(name, a, b, c, d, e) DTRACE_PROBE5(daxwin, name, a, b, c, d, e)
#define PROBE_6(name, a, b, c, d, e, f) DTRACE_PROBE6(daxwin, name, a, b, c, d, e, f)
#else
#define PROBE_3(name, a, b, c) ((void)(a), (void)(b), (void)(c))
#define PROBE_4(name, a, b, c, d) (PROBE_3(name, a, b, c), (void)(d))
#define PROBE_5(name, a, b, c, d, e) (PROBE_4(name, a, b, c, d), (void)(e))
#define PROBE_6(name, a, b, c, d, e, f) (PROBE_5(name, a, b, c, d, e), (void)(f))
#endif

/* Tracers know a window by @base, its first byte. No probe has more than six numbers, for bpftrace
 * gives its programs no more. */

/* @mapping has been made. */
static inline void
daxwin_probe_map(const void *base, const DaxwinMapping *mapping, int fd)
{
    PROBE_6(map, base, mapping->window_offset, mapping->length, mapping->file_offset,
            mapping->access, fd);
}

/* @range has been unmapped; @count ranges that continue each other in one call. */
static inline void
daxwin_probe_unmap(const void *base, const DaxwinRange *range, size_t count)
{
    PROBE_4(unmap, base, range->offset, range->length, count);
}

/* Everything has been unmapped: so many mappings of so many bytes. */
static inline void
daxwin_probe_clear(const void *base, size_t mappings, uint64_t bytes)
{
    PROBE_3(clear, base, mappings, bytes);
}

/* A map, an unmap or a clear has failed. */
static inline void
daxwin_probe_refuse(const void *base, const GError *failure)
{
    PROBE_4(refuse, base, failure->code, daxwin_error_to_errno(failure), failure->message);
}

/* It was a map, and what it was refused for is one of these limits. */
static inline void
daxwin_probe_limit(const void *base, size_t mappings, size_t max_mappings, size_t areas,
                   size_t area_budget)
{
    PROBE_5(limit, base, mappings, max_mappings, areas, area_budget);
}

/* Pages that their file has lost are covered by zeros. */
static inline void
daxwin_probe_contain(const void *base, const DaxwinRange *range)
{
    PROBE_3(contain, base, range->offset, range->length);
}

#if WITH_USDT
#pragma pop_macro("__asm__")
#endif
