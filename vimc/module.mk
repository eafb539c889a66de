# SPDX-License-Identifier: GPL-2.0-or-later
# vimc-capture: the kernel's virtual media controller driver.
vimc-capture_SRCS := vimc/vimc-capture.c
