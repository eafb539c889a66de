# SPDX-License-Identifier: GPL-2.0-or-later
# Rawline: one make, no recursion; each folder's module.mk lists its sources.
# `make help` names the targets.

TOOLS := ipu3-capture rkisp1-capture rpi-capture uvc-capture vimc-capture
# Programs in shell, built on the tools.  Installed as rawline-NAME: Debian's gnome-snapshot has
# a program "snapshot" too.
SCRIPTS := burst record snapshot timelapse watch

# Libraries, one a line: name:pkg-config-module:debian-package.
# An optional one that is there becomes -DHAVE_<NAME> for every file.
REQUIRED_LIBS := \
	libudev:libudev:libudev-dev \
	libdrm:libdrm:libdrm-dev
OPTIONAL_LIBS := \
	json-c:json-c:libjson-c-dev \
	libjpeg:libjpeg:libjpeg-dev \
	libpng:libpng:libpng-dev \
	libtiff:libtiff-4:libtiff-dev \
	liburing:liburing:liburing-dev

O ?= build
# For the scripts that these rules start.
export O
export RAWLINE_BUILD := $(abspath $(O))

prefix ?= /usr/local
exec_prefix ?= $(prefix)
bindir ?= $(exec_prefix)/bin
datarootdir ?= $(prefix)/share
datadir ?= $(datarootdir)
mandir ?= $(datarootdir)/man
completionsdir ?= $(datadir)/bash-completion/completions
tuningdir ?= $(datadir)/rawline/tuning
# Not libdir, which may name an architecture: udev reads this one, under /usr and /usr/local.
udevrulesdir ?= $(prefix)/lib/udev/rules.d

ifdef CROSS_COMPILE
CC := $(CROSS_COMPILE)gcc
AR := $(CROSS_COMPILE)ar
READELF ?= $(CROSS_COMPILE)readelf
PKG_CONFIG ?= $(CROSS_COMPILE)pkg-config
endif
READELF ?= readelf
PKG_CONFIG ?= pkg-config
INSTALL ?= install
CFLAGS ?= -O2 -g

# What is asked of the compiler; scripts/probe keeps what it knows.
WARNINGS_WANTED := -Wall -Wextra -Wno-unused-parameter -Wshadow -Wundef -Wvla -Wformat=2 \
	-Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition -Wnested-externs \
	-Wredundant-decls -Wpointer-arith -Wwrite-strings -Wcast-align -Winit-self \
	-Wimplicit-fallthrough -Wdate-time -Wduplicated-cond -Wduplicated-branches \
	-Wlogical-op -Wjump-misses-init -Walloca -Wtrampolines
HARDENING_WANTED := -fPIE -fstack-protector-strong -fstack-clash-protection
LINKER_WANTED := -pie -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack -Wl,--as-needed

.DELETE_ON_ERROR:
.SUFFIXES:
.PHONY: FORCE
Q := $(if $(filter 1,$(V)),,@)
say = $(if $(Q),@printf '  %-8s%s\n' $1 '$(patsubst $(O)/%,%,$2)')
quoted = '$(subst ','\'',$1)'

script_PROGS := $(SCRIPTS:%=$(O)/rawline-%)
#? all           the tools, in $O ("build" unless told); V=1 shows commands, WERROR=1 is strict
.PHONY: all
all: $(O)/libcommon.a $(TOOLS:%=$(O)/%) $(TOOLS:%=$(O)/man/%.1) $(script_PROGS)

# Every room, also one whose tool is not in TOOLS yet: its parts have unit tests.
rooms := $(sort $(wildcard */module.mk))
include $(rooms)

# What the machine has.  These targets need not know, and work where there is no compiler yet.
UNPROBED := bench check clean demo dist format help lab setup uninstall
PROBED := $(filter-out $(UNPROBED),$(or $(MAKECMDGOALS),all))
ifdef PROBED
include $(O)/config.mk
endif

# A file of words, rewritten only when the words have changed: something to depend on.
define remember
ifdef PROBED
ifneq ($$(strip $2),$$(file < $1))
$1: FORCE
endif
endif
$1:
	$$(shell mkdir -p $$(@D))$$(file > $$@,$$(strip $2))
endef

probe_words = $(CC) | $(PKG_CONFIG) | $(PKG_CONFIG_PATH) | $(CPPFLAGS) | $(CFLAGS) | $(LDFLAGS)
$(eval $(call remember,$(O)/probe.key,$$(probe_words)))

$(O)/config.mk: export CC := $(CC)
$(O)/config.mk: export READELF := $(READELF)
$(O)/config.mk: export PKG_CONFIG := $(PKG_CONFIG)
$(O)/config.mk: export CPPFLAGS := $(CPPFLAGS)
$(O)/config.mk: export CFLAGS := $(CFLAGS)
$(O)/config.mk: export LDFLAGS := $(LDFLAGS)
$(O)/config.mk: Makefile scripts/probe $(O)/probe.key
	$(call say,PROBE,$@)
	$(Q)scripts/probe '$(REQUIRED_LIBS)' '$(OPTIONAL_LIBS)' '$(WARNINGS_WANTED)' \
		'$(HARDENING_WANTED)' '$(LINKER_WANTED)' > $@.new
	$(Q)mv $@.new $@

# Flags: ours first, the user's last.  Fortified functions want an optimising compiler, and
# a packager may have asked for a level of his own.
optimised := $(filter-out -O0,$(lastword $(filter -O%,$(CFLAGS))))
fortify_set := $(filter -D_FORTIFY_SOURCE%,$(CPPFLAGS) $(CFLAGS))
fortify = $(if $(optimised),$(if $(fortify_set),,$(FORTIFY)))
werror := $(if $(filter 1,$(WERROR)),-Werror)
cpp_flags = -I. -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 $(FOUND_CPPFLAGS)
c_flags = -std=gnu11 -fno-common $(WARNINGS) $(werror)
compile = $(CC) $(cpp_flags) $(fortify) $(c_flags) $(HARDENING) $(CPPFLAGS) $(CFLAGS)
link = $(CC) $(HARDENING) $(LINKER) $(CFLAGS) $(LDFLAGS)
libs = $(FOUND_LIBS) -lm $(LDLIBS)

# The second build of the unit tests: without what would hide faults from the sanitizers.
SANITIZE ?= -fsanitize=address,undefined -fno-sanitize-recover=all
sanitize = -O1 -g -fno-omit-frame-pointer -U_FORTIFY_SOURCE $(SANITIZE)
compile_asan = $(CC) $(cpp_flags) $(c_flags) $(CPPFLAGS) $(CFLAGS) $(sanitize)
link_asan = $(CC) $(CFLAGS) $(LDFLAGS) $(sanitize)

$(eval $(call remember,$(O)/compile.key,$$(compile)))
$(eval $(call remember,$(O)/link.key,$$(link) $$(libs)))
$(eval $(call remember,$(O)/asan.key,$$(compile_asan) $$(link_asan) $$(libs)))
$(eval $(call remember,$(O)/sources.key,$$(common_SRCS) $$(TOOLS:%=$$(%_SRCS))))

objects = $(patsubst %.c,$(O)/%.o,$1)
asan_objects = $(patsubst %.c,$(O)/asan/%.o,$1)

$(O)/%.o: %.c $(O)/compile.key
	$(call say,CC,$@)
	@mkdir -p $(@D)
	$(Q)$(compile) -MMD -MP -c -o $@ $<

$(O)/asan/%.o: %.c $(O)/asan.key
	$(call say,CC,$@)
	@mkdir -p $(@D)
	$(Q)$(compile_asan) -MMD -MP -c -o $@ $<

# A new archive each time: a member whose source is gone must not stay.
define archive
	$(call say,AR,$@)
	$(Q)rm -f $@
	$(Q)$(AR) qcs $@ $(filter %.o,$^)
endef

$(O)/libcommon.a: $(call objects,$(common_SRCS)) $(O)/sources.key
	$(archive)

$(O)/asan/libcommon.a: $(call asan_objects,$(common_SRCS)) $(O)/sources.key
	$(archive)

define link_program
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(link) -o $@ $(filter %.o,$^) $(filter %.a,$^) $(libs)
endef

# Each tool is its folder's sources and the library.
define tool
$(O)/$1: $(call objects,$($1_SRCS)) $(O)/libcommon.a $(O)/link.key $(O)/sources.key
	$$(link_program)
endef
$(foreach t,$(TOOLS),$(eval $(call tool,$t)))

# Each tool's page, with the options that all tools share.
$(O)/man/%.1: man/%.1.in man/options.inc man/options-3a.inc man/page.sed
	$(call say,MAN,$@)
	@mkdir -p $(@D)
	$(Q)sed -f man/page.sed $< > $@

# The version is the tarball's, else git's.  Only the file that prints it is built again for it.
ifdef PROBED
VERSION := $(shell scripts/version)
endif
$(eval $(call remember,$(O)/version.key,$$(VERSION)))
version_OBJS := $(call objects,$(version_SRCS)) $(call asan_objects,$(version_SRCS))
$(version_OBJS): $(O)/version.key
$(version_OBJS): cpp_flags += -DRAWLINE_VERSION='"$(VERSION)"'

# Each script in one file, with its version.
$(script_PROGS): $(O)/rawline-%: scripts/% scripts/program.sh $(O)/version.key
	$(call say,SH,$@)
	$(Q)sed -e '/^# shellcheck source=/d' -e '/^\. /{r scripts/program.sh' -e 'd}' $< | \
		sed 's/@VERSION@/$(VERSION)/' > $@
	$(Q)chmod +x $@

# Tests in C, a program a file: test/unit runs anywhere, test/ctest in the lab.
unit_SRCS := $(sort $(wildcard test/unit/*.c))
unit_PROGS := $(unit_SRCS:test/unit/%.c=$(O)/unit/%)
asan_PROGS := $(unit_SRCS:test/unit/%.c=$(O)/asan/unit/%)
ctest_SRCS := $(sort $(wildcard test/ctest/*.c))
ctest_PROGS := $(ctest_SRCS:test/ctest/%.c=$(O)/ctest/%)

$(unit_PROGS): $(O)/unit/%: $(O)/test/unit/%.o $(O)/libcommon.a $(O)/link.key
	$(link_program)

$(ctest_PROGS): $(O)/ctest/%: $(O)/test/ctest/%.o $(O)/libcommon.a $(O)/link.key
	$(link_program)

$(asan_PROGS): link = $(link_asan)
$(asan_PROGS): $(O)/asan/unit/%: $(O)/asan/test/unit/%.o $(O)/asan/libcommon.a $(O)/asan.key
	$(link_program)

include test/lab/uvc/module.mk

# Loops for other processors: built by a cross compiler and run by an emulator, with what they
# need and no library.
NEON_CC ?= aarch64-linux-gnu-gcc
NEON_RUN ?= qemu-aarch64
neon_PROGS := $(patsubst %,$(O)/neon/unit/neon-%,image_demosaic image_kernels)
neon_SRCS := $(addprefix common/,base/format.c base/text.c image/image.c \
	$(addprefix image/,demosaic.c demosaic_plain.c kernels.c kernels_neon.c unpack.c \
	unpack_plain.c))
neon_compile = $(NEON_CC) -I. -D_GNU_SOURCE $(shell $(PKG_CONFIG) --cflags libdrm) -std=gnu11 \
	-O2 -Wall -Wextra -Wno-unused-parameter $(werror)

$(O)/neon/%.o: %.c
	$(call say,CC,$@)
	@mkdir -p $(@D)
	$(Q)$(neon_compile) -MMD -MP -c -o $@ $<

$(O)/neon/unit/%.arm64: $(O)/neon/test/unit/%.o $(neon_SRCS:%.c=$(O)/neon/%.o)
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(NEON_CC) -static -o $@ $^

.SECONDARY: $(patsubst %.c,$(O)/neon/%.o,$(neon_SRCS) $(unit_SRCS))
$(neon_PROGS): $(O)/neon/unit/neon-%: $(O)/neon/unit/%.arm64
	$(Q)printf '#!/bin/sh\nexec %s %s\n' '$(NEON_RUN)' '$(abspath $<)' > $@
	$(Q)chmod +x $@

# Beside those libraries that are there.
bench_LIBS = $(foreach l,libswscale libv4lconvert,$(shell $(PKG_CONFIG) --exists $l && echo $l))
bench_cflags = $(if $(bench_LIBS),$(shell $(PKG_CONFIG) --cflags $(bench_LIBS)))
bench_libs = $(if $(bench_LIBS),$(shell $(PKG_CONFIG) --libs $(bench_LIBS) \
	$(if $(filter libswscale,$(bench_LIBS)),libavutil)))
have_swscale = $(if $(filter libswscale,$(bench_LIBS)),-DHAVE_LIBSWSCALE)
have_v4lconvert = $(if $(filter libv4lconvert,$(bench_LIBS)),-DHAVE_LIBV4LCONVERT)

$(O)/test/bench/image.o: cpp_flags += $(bench_cflags) $(have_swscale) $(have_v4lconvert)
$(O)/bench/image: libs += $(bench_libs)
$(O)/bench/image: $(O)/test/bench/image.o $(O)/libcommon.a $(O)/link.key
	$(link_program)

.PHONY: unit unit-asan unit-neon ctests
#? unit          build and run the unit tests
unit: $(unit_PROGS)
	$(Q)test/tap $^

#? unit-asan     the same under the address and undefined behaviour sanitizers
unit-asan: $(asan_PROGS)
	$(Q)test/tap $^

#? unit-neon     those of loops for ARM, by a cross compiler and an emulator
unit-neon: $(neon_PROGS)
	$(Q)test/tap $^

#? ctests        build the C tests that bats files run in the lab, and its emulated camera
ctests: $(ctest_PROGS) $(lab_PROGS)

# Each header must compile alone.
header_SRCS := $(sort $(wildcard common/*/*.h */*.h test/*/*.h test/lab/uvc/*.h))
.PHONY: headers
headers: $(header_SRCS:%=$(O)/headers/%)
$(O)/headers/%: % $(O)/compile.key
	$(call say,HEADER,$<)
	@mkdir -p $(@D)
	$(Q)$(compile) -MMD -MP -MF $@.d -MT $@ -Werror -fsyntax-only -include $< -x c /dev/null
	@touch $@

all_SRCS := $(common_SRCS) $(foreach r,$(rooms),$($(r:/module.mk=)-capture_SRCS)) \
	$(unit_SRCS) $(ctest_SRCS) $(lab_SRCS) test/bench/image.c
-include $(wildcard $(patsubst %.c,$(O)/%.d,$(all_SRCS)) \
	$(patsubst %.c,$(O)/asan/%.d,$(common_SRCS) $(unit_SRCS)) \
	$(patsubst %.c,$(O)/neon/%.d,$(neon_SRCS) $(unit_SRCS)) \
	$(header_SRCS:%=$(O)/headers/%.d))

.PHONY: check lint bench lab lab-shell demo setup
#? check         install what is missing, build, lint, and run every test
check:
	@test/check

#? lint          format, shell, man pages, headers alone, floors of common/
lint: headers
	@scripts/lint

#? bench         speed and memory, beside other programs
bench:
	@scripts/setup bench
	@$(MAKE) --no-print-directory all ctests $(O)/bench/image
	@test/bench/run

#? lab           build the kernel of the camera lab, once a machine
lab:
	@test/lab/build

#? lab-shell     a shell in the camera lab
lab-shell: all ctests lab
	@test/lab/shell

#? demo          pictures from the kernel's virtual camera, in demo-output/
demo:
	@scripts/demo

#? setup         install the Debian packages that are missing
setup:
	@scripts/setup

# Installed: the tools, the scripts built on them, pages, one completion for all, udev's rules.
COMPLETION := scripts/completion.bash
MAN1 := $(TOOLS:%=$(O)/man/%.1) $(SCRIPTS:%=man/rawline-%.1)
MAN5 := $(sort $(wildcard man/*.5))
MAN7 := $(sort $(wildcard man/*.7))
RULES := $(sort $(wildcard scripts/*.rules))
TUNING := $(sort $(wildcard common/ipa/tuning/*.json))

define put
	$(if $(strip $3),$(Q)$(INSTALL) -d '$(DESTDIR)$2')
	$(if $(strip $3),$(Q)$(INSTALL) -m $1 $3 '$(DESTDIR)$2/')
endef
drop = $(if $(strip $2),$(Q)rm -f $(foreach f,$(notdir $2),'$(DESTDIR)$1/$f'))

.PHONY: install uninstall
#? install       DESTDIR= and prefix= as usual (prefix: /usr/local)
install: all
	$(call put,755,$(bindir),$(TOOLS:%=$(O)/%) $(script_PROGS))
	$(call put,644,$(mandir)/man1,$(MAN1))
	$(call put,644,$(mandir)/man5,$(MAN5))
	$(call put,644,$(mandir)/man7,$(MAN7))
	$(call put,644,$(tuningdir),$(TUNING))
	$(call put,644,$(udevrulesdir),$(RULES))
	$(Q)$(INSTALL) -d '$(DESTDIR)$(completionsdir)'
	$(Q)for tool in $(TOOLS) $(notdir $(script_PROGS)); do \
		$(INSTALL) -m 644 $(COMPLETION) '$(DESTDIR)$(completionsdir)/'$$tool || exit; done

#? uninstall     take away what install put there
uninstall:
	$(call drop,$(bindir),$(TOOLS) $(script_PROGS))
	$(call drop,$(mandir)/man1,$(MAN1))
	$(call drop,$(mandir)/man5,$(MAN5))
	$(call drop,$(mandir)/man7,$(MAN7))
	$(call drop,$(tuningdir),$(TUNING))
	$(call drop,$(udevrulesdir),$(RULES))
	$(call drop,$(completionsdir),$(TOOLS) $(script_PROGS))

.PHONY: config format dist clean help
#? config        what was found on this machine, and the flags that follow from it
config:
	@sed -n 's/^#: //p' $(O)/config.mk
	@printf '%-12s %s\n' version $(call quoted,$(VERSION)) tools $(call quoted,$(TOOLS)) \
		prefix $(call quoted,$(prefix)) compile $(call quoted,$(compile)) \
		link $(call quoted,$(link)) libraries $(call quoted,$(libs))

#? format        clang-format every C file in place
format:
	@scripts/lint --format

#? dist          rawline-VERSION.tar.gz from the last commit, the same bytes each time
dist:
	@scripts/dist

#? clean         remove $O
clean:
	$(Q)rm -rf $(O)

#? help          this
help:
	@sed -n 's/^#? /  /p' Makefile
