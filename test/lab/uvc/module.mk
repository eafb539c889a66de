# SPDX-License-Identifier: GPL-2.0-or-later
# uvccam, the emulated USB camera of the lab, and uvccheck, the judge of what was captured from it.
lab_uvccam := camera command control descriptor elementary exposure gadget jpeg journal kind \
	negotiate picture profile request request_control request_stream stream usbip uvccam
lab_uvccheck := journal uvccheck
lab_SRCS := $(sort $(patsubst %,test/lab/uvc/%.c,$(lab_uvccam) $(lab_uvccheck)))
lab_PROGS := $(O)/lab/uvccam $(O)/lab/uvccheck

$(O)/lab/uvccam: libs = -ljpeg -lpthread $(LDLIBS)
$(O)/lab/uvccheck: libs = $(LDLIBS)
define lab_program
$(O)/lab/$1: $(lab_$1:%=$(O)/test/lab/uvc/%.o) $(O)/libcommon.a $(O)/link.key
	$$(link_program)
endef
$(foreach p,$(notdir $(lab_PROGS)),$(eval $(call lab_program,$p)))
