// SPDX-License-Identifier: GPL-2.0-or-later
/* The inner loops for NEON of 64-bit ARM. */
#define VECTOR_NEON

#include "common/image/kernels.h"
#include "common/image/demosaic_vector.h"
#include "common/image/unpack_vector.h"

#ifdef VECTOR_LANES
const struct kernels kernels_neon = VECTOR_KERNELS("neon");

VECTOR_END
#endif
