/* SPDX-License-Identifier: BSD-3-Clause */
/* quartiles.c: the median of some measurements, and how far they scatter. */
#include "quartiles.h"

#include <glib.h>
#include <stdlib.h>

static int
compare(const void *left, const void *right)
{
    double a = *(const double *)left;
    double b = *(const double *)right;

    return (a > b) - (a < b);
}

/* The value below which @quarters quarters lie, between two of @sorted where it must be. */
static double
quantile(const double *sorted, size_t n, unsigned quarters)
{
    double position = (double)(n - 1) * quarters / 4;
    size_t below = (size_t)position;
    size_t above = MIN(below + 1, n - 1);

    return sorted[below] + (sorted[above] - sorted[below]) * (position - (double)below);
}

Quartiles
quartiles_of(const double *values, size_t n)
{
    g_autofree double *sorted = g_memdup2(values, n * sizeof values[0]);

    qsort(sorted, n, sizeof sorted[0], compare);
    return (Quartiles){ quantile(sorted, n, 1), quantile(sorted, n, 2), quantile(sorted, n, 3) };
}

Quartiles
quartiles_exact(double value)
{
    return (Quartiles){ value, value, value };
}
