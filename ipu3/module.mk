# SPDX-License-Identifier: GPL-2.0-or-later
# ipu3-capture: Intel IPU3, the CIO2 receiver and the ImgU processor.
ipu3-capture_SRCS := ipu3/doctor.c ipu3/engine.c ipu3/explain.c ipu3/geometry.c ipu3/imgu.c ipu3/ipu3-capture.c \
	ipu3/misfit.c ipu3/params.c ipu3/plan.c ipu3/room.c ipu3/stats.c

# Parts that unit tests look at.
$(O)/unit/ipu3_geometry: $(O)/ipu3/geometry.o $(O)/ipu3/misfit.o $(O)/ipu3/room.o
$(O)/unit/ipu3_params: $(O)/ipu3/params.o
$(O)/unit/ipu3_stats: $(O)/ipu3/stats.o $(O)/ipu3/params.o
$(O)/asan/unit/ipu3_geometry: $(O)/asan/ipu3/geometry.o $(O)/asan/ipu3/misfit.o \
	$(O)/asan/ipu3/room.o
$(O)/asan/unit/ipu3_params: $(O)/asan/ipu3/params.o
$(O)/asan/unit/ipu3_stats: $(O)/asan/ipu3/stats.o $(O)/asan/ipu3/params.o
