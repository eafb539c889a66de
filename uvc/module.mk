# SPDX-License-Identifier: GPL-2.0-or-later
# uvc-capture: USB Video Class cameras.  Not in TOOLS yet.
uvc-capture_SRCS :=
