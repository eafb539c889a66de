# SPDX-License-Identifier: GPL-2.0-or-later
# libcommon.a.  One folder a floor, from the lowest to the highest: a file includes
# only from its own floor and from floors to its left (`make lint` checks that).
common_FLOORS := base buffer device stream image sink tool
common_SRCS := $(sort $(wildcard $(common_FLOORS:%=common/%/*.c)))

# The file that prints the version (-DRAWLINE_VERSION).
version_SRCS := $(filter common/tool/option.c,$(common_SRCS))
