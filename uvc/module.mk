# SPDX-License-Identifier: GPL-2.0-or-later
# uvc-capture: USB Video Class cameras.
uvc-capture_SRCS := uvc/doctor.c uvc/meta.c uvc/modes.c uvc/usb.c uvc/uvc-capture.c

# Parts that unit tests look at.
$(O)/unit/uvc_meta: $(O)/uvc/meta.o
$(O)/unit/uvc_modes: $(O)/uvc/modes.o
$(O)/unit/uvc_usb: $(O)/uvc/usb.o
$(O)/asan/unit/uvc_meta: $(O)/asan/uvc/meta.o
$(O)/asan/unit/uvc_modes: $(O)/asan/uvc/modes.o
$(O)/asan/unit/uvc_usb: $(O)/asan/uvc/usb.o
