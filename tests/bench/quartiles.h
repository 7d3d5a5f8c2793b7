/* SPDX-License-Identifier: BSD-3-Clause */
/* quartiles.h: the median of some measurements, and how far they scatter. */
#pragma once

#include <stddef.h>

typedef struct {
    double low;
    double median;
    double high;
} Quartiles;

/* @n is not 0; @values are left alone. */
Quartiles quartiles_of(const double *values, size_t n);

/* For something that does not scatter. */
Quartiles quartiles_exact(double value);
