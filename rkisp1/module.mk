# SPDX-License-Identifier: GPL-2.0-or-later
# rkisp1-capture: Rockchip ISP1 (RK3399 and relatives).  Not in TOOLS yet.
rkisp1-capture_SRCS :=
