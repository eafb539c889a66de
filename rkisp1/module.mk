# SPDX-License-Identifier: GPL-2.0-or-later
# rkisp1-capture: Rockchip ISP1 (RK3399 and relatives).
rkisp1-capture_SRCS := rkisp1/engine.c rkisp1/offer.c rkisp1/params.c rkisp1/plan.c \
	rkisp1/rkisp1-capture.c rkisp1/stats.c

# Parts that unit tests, and those in the lab, look at.
$(O)/unit/rkisp1_params: $(O)/rkisp1/params.o
$(O)/unit/rkisp1_plan: $(O)/rkisp1/offer.o $(O)/rkisp1/plan.o
$(O)/unit/rkisp1_stats: $(O)/rkisp1/stats.o $(O)/rkisp1/params.o
$(O)/ctest/rkisp1: $(O)/rkisp1/params.o
$(O)/asan/unit/rkisp1_params: $(O)/asan/rkisp1/params.o
$(O)/asan/unit/rkisp1_plan: $(O)/asan/rkisp1/offer.o $(O)/asan/rkisp1/plan.o
$(O)/asan/unit/rkisp1_stats: $(O)/asan/rkisp1/stats.o $(O)/asan/rkisp1/params.o
