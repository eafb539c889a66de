# SPDX-License-Identifier: GPL-2.0-or-later
# ipu3-capture: Intel IPU3, the CIO2 receiver and the ImgU processor.  Not in TOOLS yet.
ipu3-capture_SRCS := ipu3/geometry.c

# Parts that unit tests look at.
$(O)/unit/ipu3_geometry: $(O)/ipu3/geometry.o
$(O)/unit/ipu3_params: $(O)/ipu3/params.o
$(O)/asan/unit/ipu3_geometry: $(O)/asan/ipu3/geometry.o
$(O)/asan/unit/ipu3_params: $(O)/asan/ipu3/params.o
