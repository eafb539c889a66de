// SPDX-License-Identifier: GPL-2.0-or-later
/* The inner loops for AVX2 of x86. */
#define VECTOR_AVX2

#include "common/image/kernels.h"
#include "common/image/demosaic_vector.h"
#include "common/image/unpack_vector.h"

#ifdef VECTOR_LANES
const struct kernels kernels_avx2 = VECTOR_KERNELS("avx2");

VECTOR_END
#endif
