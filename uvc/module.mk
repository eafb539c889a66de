# SPDX-License-Identifier: GPL-2.0-or-later
# uvc-capture: USB Video Class cameras.
uvc-capture_SRCS := uvc/meta.c uvc/modes.c uvc/uvc-capture.c
