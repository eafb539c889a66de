# SPDX-License-Identifier: GPL-2.0-or-later
# ipu3-capture: Intel IPU3, the CIO2 receiver and the ImgU processor.  Not in TOOLS yet.
ipu3-capture_SRCS :=

# Parts that unit tests look at.
$(O)/unit/ipu3_params: $(O)/ipu3/params.o
$(O)/asan/unit/ipu3_params: $(O)/asan/ipu3/params.o
