# SPDX-License-Identifier: GPL-2.0-or-later
# rpi-capture: Raspberry Pi, Unicam and the ISP.  Not in TOOLS yet.
rpi-capture_SRCS :=
