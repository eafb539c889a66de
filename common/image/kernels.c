// SPDX-License-Identifier: GPL-2.0-or-later
/* Which set of inner loops this processor runs. */
#include "common/image/kernels.h"

#if defined(__x86_64__) || defined(__i386__)
const struct kernels *kernels_get(enum kernels_set set)
{
	/* It also asks whether the kernel keeps the wide registers. */
	if (set == KERNELS_SSE && __builtin_cpu_supports("sse4.1"))
		return &kernels_sse;
	if (set == KERNELS_AVX2 && __builtin_cpu_supports("avx2"))
		return &kernels_avx2;
	return set == KERNELS_C ? &kernels_c : NULL;
}
#elif defined(__aarch64__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#include <sys/auxv.h>

#ifndef HWCAP_ASIMD
#define HWCAP_ASIMD (1 << 1)
#endif

const struct kernels *kernels_get(enum kernels_set set)
{
	if (set == KERNELS_NEON && (getauxval(AT_HWCAP) & HWCAP_ASIMD))
		return &kernels_neon;
	return set == KERNELS_C ? &kernels_c : NULL;
}
#else
const struct kernels *kernels_get(enum kernels_set set)
{
	return set == KERNELS_C ? &kernels_c : NULL;
}
#endif

const struct kernels *kernels_best(void)
{
	static const enum kernels_set by_speed[] = { KERNELS_AVX2, KERNELS_NEON, KERNELS_SSE };
	const struct kernels *kernels;

	for (size_t i = 0; i < sizeof(by_speed) / sizeof(by_speed[0]); i++) {
		kernels = kernels_get(by_speed[i]);
		if (kernels)
			return kernels;
	}
	return &kernels_c;
}
