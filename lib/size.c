/* SPDX-License-Identifier: BSD-3-Clause */
/* size.c: how big a window may be, and how people write it down. */
#include "checked.h"
#include "error-private.h"
#include "host.h"

#include <daxwin/size.h>

#include <inttypes.h>

/* Linux adds guest memory in subsections of this size (mm/memory_hotplug.c). */
static const uint64_t LINUX_GUEST_MINIMUM = UINT64_C(2) << 20;

size_t
daxwin_host_page_size(void)
{
    return daxwin_host_get_page_size();
}

static bool
is_power_of_two(uint64_t number)
{
    return number != 0 && (number & (number - 1)) == 0;
}

bool
daxwin_size_check(uint64_t size, GError **error)
{
    size_t page = daxwin_host_page_size();

    if (!is_power_of_two(size) || size < page) {
        g_set_error(error, DAXWIN_ERROR, DAXWIN_ERROR_SIZE,
                    "cache size %" PRIu64 " is not a power of two of at least %zu", size, page);
        return false;
    }
    if (size > SIZE_MAX) {
        g_set_error(error, DAXWIN_ERROR, DAXWIN_ERROR_SIZE,
                    "cache size %" PRIu64 " is more than this host can address, %zu at most", size,
                    SIZE_MAX / 2 + 1);
        return false;
    }
    return true;
}

/* The power of 1024 that a unit letter stands for, 1 for the end of the text, 0 for neither. */
static uint64_t
factor_of_unit(char unit)
{
    switch (g_ascii_toupper(unit)) {
    case '\0':
        return 1;
    case 'K':
        return UINT64_C(1) << 10;
    case 'M':
        return UINT64_C(1) << 20;
    case 'G':
        return UINT64_C(1) << 30;
    case 'T':
        return UINT64_C(1) << 40;
    case 'P':
        return UINT64_C(1) << 50;
    case 'E':
        return UINT64_C(1) << 60;
    default:
        return 0;
    }
}

static int
digit_value(char digit, unsigned base)
{
    int value = g_ascii_xdigit_value(digit);

    return value >= 0 && (unsigned)value < base ? value : -1;
}

/* Reads the digits at *@text and moves it behind them; false if there are none or too many. */
static bool
read_number(const char **text, unsigned base, uint64_t *number)
{
    const char *start = *text;

    *number = 0;
    for (; digit_value(**text, base) >= 0; (*text)++) {
        if (!daxwin_checked_multiply(*number, base, number) ||
            !daxwin_checked_add(*number, (uint64_t)digit_value(**text, base), number)) {
            return false;
        }
    }
    return *text != start;
}

bool
daxwin_size_parse(const char *text, uint64_t *size, GError **error)
{
    g_return_val_if_fail(text != NULL && size != NULL, false);

    bool is_hexadecimal = text[0] == '0' && g_ascii_toupper(text[1]) == 'X';
    const char *rest = is_hexadecimal ? text + 2 : text;
    uint64_t number;

    if (!read_number(&rest, is_hexadecimal ? 16 : 10, &number) || factor_of_unit(rest[0]) == 0 ||
        (rest[0] != '\0' && rest[1] != '\0') ||
        !daxwin_checked_multiply(number, factor_of_unit(rest[0]), &number)) {
        g_set_error(error, DAXWIN_ERROR, DAXWIN_ERROR_SIZE,
                    "'%s' is not a size below 16 EiB such as 65536, 0x200000, 512M or 16G", text);
        return false;
    }
    *size = number;
    return true;
}

const char *
daxwin_size_caution(uint64_t size)
{
    if (size < LINUX_GUEST_MINIMUM) {
        return "a Linux guest cannot use the device at all with a cache below 2 MiB";
    }
    return NULL;
}
