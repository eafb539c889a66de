// SPDX-License-Identifier: GPL-2.0-or-later
/* The inner loops for SSE 4.1 of x86. */
#define VECTOR_SSE

#include "common/image/kernels.h"
#include "common/image/demosaic_vector.h"
#include "common/image/unpack_vector.h"

#ifdef VECTOR_LANES
const struct kernels kernels_sse = VECTOR_KERNELS("sse");

VECTOR_END
#endif
