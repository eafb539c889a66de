# SPDX-License-Identifier: GPL-2.0-or-later
# rpi-capture: Raspberry Pi, Unicam and the ISP of the VideoCore; rp1-cfe.
rpi-capture_SRCS := rpi/controls.c rpi/doctor.c rpi/embedded.c rpi/engine.c rpi/explain.c rpi/isp.c rpi/plan.c \
	rpi/receiver.c rpi/rpi-capture.c rpi/shading.c rpi/stats.c rpi/values.c

# Parts that unit tests, and those in the lab, look at.
rpi_isp := rpi/controls.o rpi/shading.o rpi/stats.o rpi/values.o
$(O)/unit/rpi_embedded: $(O)/rpi/embedded.o
$(O)/unit/rpi_shading: $(O)/rpi/shading.o
$(O)/unit/rpi_stats: $(O)/rpi/stats.o
$(O)/unit/rpi_values: $(O)/rpi/values.o
$(O)/ctest/rpi_isp: $(addprefix $(O)/,$(rpi_isp)) $(O)/rpi/embedded.o
$(O)/asan/unit/rpi_embedded: $(O)/asan/rpi/embedded.o
$(O)/asan/unit/rpi_shading: $(O)/asan/rpi/shading.o
$(O)/asan/unit/rpi_stats: $(O)/asan/rpi/stats.o
$(O)/asan/unit/rpi_values: $(O)/asan/rpi/values.o
