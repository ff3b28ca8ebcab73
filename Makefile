# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#
#	make demo	a real call through the kernel, in a sandbox
#	make test	every test
#	make help	all there is
#
# Each lab is a folder; what it builds goes to build/labNN.  A lab is linked
# with the labs before it and with common/, never with a later one.  swiftcall/
# is the roof: the server with every lab in it.

MAKEFLAGS += --no-builtin-rules
.DELETE_ON_ERROR:
.SECONDARY:
.DEFAULT_GOAL := all

LABS := lab01-xdp-parse lab02-tc-clone lab03-maps lab04-signalling lab05-bench \
	lab06-xdp-fanout lab07-webrtc
DIRS := common $(LABS) swiftcall

# Programs.  main() is in NAME.c, or in NAME_main.c where NAME.c is a library.
PROGRAMS_common := sandbox
PROGRAMS_lab01 := rtp_top
PROGRAMS_lab02 := tc_clone
PROGRAMS_lab03 := sfuctl
PROGRAMS_lab04 := swiftcall
PROGRAMS_lab05 := rtp_load rtp_sink bench_rows link_sink step_cost machine_prices
PROGRAMS_lab06 := swiftcall sfuctl bare_broadcast fan_cost rooms_cost
PROGRAMS_lab07 := rtc_peers path_cost
PROGRAMS_swiftcall := swiftcall

# Where a lab has many files, they are in folders by subject.
SUBJECTS_lab04 := sdp http session media
SUBJECTS_lab05 := prices
SUBJECTS_lab06 := bench
SUBJECTS_lab07 := bench

# In Debian bpftool is in a folder that is not in every user's PATH.
export PATH := $(PATH):/usr/sbin:/sbin

CC := gcc
CLANG := clang
BPFTOOL := bpftool
CFLAGS := -std=gnu11 -O2 -g -Wall -Wextra -Werror
CPPFLAGS := -I. -Ibuild -D_GNU_SOURCE -D__SANE_USERSPACE_TYPES__ -MMD -MP
# gcc says of itself that warnings are less reliable with these.
SANITIZE := -O1 -fsanitize=address,undefined -fno-sanitize-recover=all \
	-Wno-format-truncation
LIBS := -Wl,--as-needed -lbpf -lelf -lz -lmnl -ljansson -lmicrohttpd -lcap -lseccomp \
	-lssl -lcrypto -lm
BPF_CFLAGS := -g -O2 -target bpf -mcpu=v3 -Wall -Wextra -Werror \
	-fno-crash-diagnostics

V ?= 0
ifeq ($(V),0)
Q := @
say = @printf '  %-8s %s\n' $(1) $(2);
endif

# clang -target bpf looks in no directory of this machine for headers.
BPF_INCLUDES = $(shell $(CLANG) -v -E - </dev/null 2>&1 | \
	sed -n '/<...> search starts here:/,/End of search/s| \(/.*\)|-idirafter \1|p')

short = $(firstword $(subst -, ,$(1)))
main_of = $(foreach p,$(PROGRAMS_$(call short,$(1))),$(firstword $(wildcard \
	$(1)/$(p)_main.c $(SUBJECTS_$(call short,$(1)):%=$(1)/%/$(p).c)) $(1)/$(p).c))
sources_of = $(wildcard $(1)/$(2) $(SUBJECTS_$(call short,$(1)):%=$(1)/%/$(2)))
tests_of = $(call sources_of,$(1),test_*.c)
testlib_of = $(wildcard $(1)/testlib/*.c)
library_of = $(filter-out %.bpf.c $(call main_of,$(1)) $(call tests_of,$(1)) \
	common/test.c,$(call sources_of,$(1),*.c))

BPF_SOURCES := $(foreach d,$(LABS),$(wildcard $(d)/*.bpf.c))
SOURCES := $(foreach d,$(DIRS),$(filter-out %.bpf.c,$(call sources_of,$(d),*.c)) \
	$(call testlib_of,$(d)))
SKELETONS :=
PROGRAMS :=
TESTS :=

# What a folder at a given floor is linked with: itself and all below.  A test
# gets the same sources, but compiled so that each access is checked at run time,
# and what the tests of these floors share, which is in their testlib/.
LIBRARIES :=
SAN_LIBRARIES :=
TESTLIBS :=

# $(call compile,OPTIONS), $(call link,OPTIONS).  A file is there as a whole or not at
# all: whoever is killed must not leave half of one that looks up to date.  An object
# that cannot be built is left empty, and what is made of it is made again, so that
# nothing has its older self in it; a line in its .d file makes it due each time.  So
# ./check can build what an error in one file has left (make -i): an archive then holds
# what is good, and a program without one of its own objects is none.
broken = { rm -f $@; : >$@; echo '$@: due' >>$(@:.o=.d); false; }
.PHONY: due
compile = $(call say,CC,$@)mkdir -p $(@D); $(CC) $(CFLAGS) $(1) $(CPPFLAGS) \
	-MT $@ -MF $(@:.o=.d) -c $< -o $@.new && mv $@.new $@ || $(broken)
link = $(call say,LINK,$@)mkdir -p $(@D); rm -f $@; test -z "$$(find $^ -size 0)" && \
	$(CC) $(CFLAGS) -o $@.new $^ $(1) $(LIBS) && mv $@.new $@
archive = $(call say,AR,$@)rm -f $@.new; mkdir -p $(@D); \
	ar rcs $@.new $$(find /dev/null $^ -size +0) && mv $@.new $@

define folder
LIBRARY_$(1) := build/$(call short,$(1))/lib$(call short,$(1)).a
LIBRARIES := $$(LIBRARY_$(1)) $$(LIBRARIES)
$$(LIBRARY_$(1)): $$(patsubst %.c,build/obj/%.o,$(call library_of,$(1)))
	$$(archive)

SAN_LIBRARY_$(1) := build/san/$(1)/lib$(call short,$(1)).a
SAN_LIBRARIES := $$(SAN_LIBRARY_$(1)) $$(SAN_LIBRARIES)
$$(SAN_LIBRARY_$(1)): $$(patsubst %.c,build/san/%.o,$(call library_of,$(1)))
	$$(archive)

$(if $(call testlib_of,$(1)),
TESTLIBS := build/san/$(1)/testlib.a $$(TESTLIBS)
build/san/$(1)/testlib.a: $$(patsubst %.c,build/san/%.o,$(call testlib_of,$(1)))
	$$(archive))

LINK_$(1) := $$(LIBRARIES)
SAN_LINK_$(1) := $$(TESTLIBS) $$(SAN_LIBRARIES)
PROGRAMS += $$(PROGRAMS_$(call short,$(1)):%=build/$(call short,$(1))/%)
TESTS += $(patsubst %.c,build/$(call short,$(1))/%,$(notdir $(call tests_of,$(1))))
SKELETONS += $$(patsubst $(1)/%.bpf.c,build/$(call short,$(1))/%.skel.h,\
	$$(wildcard $(1)/*.bpf.c))

$(foreach m,$(call main_of,$(1)),
build/$(call short,$(1))/$(basename $(notdir $(m:%_main.c=%.c))): \
		$(m:%.c=build/obj/%.o) $$(LINK_$(1))
	$$(call link))

# Tests run the lab's programs, so those must be of the same sources.
$(foreach t,$(call tests_of,$(1)),
build/$(call short,$(1))/$(patsubst %.c,%,$(notdir $(t))): \
		$(t:%.c=build/san/%.o) build/san/common/test.o $$(SAN_LINK_$(1)) \
		| $$(PROGRAMS_$(call short,$(1)):%=build/$(call short,$(1))/%)
	$$(call link,$$(SANITIZE) -lcunit))

build/$(call short,$(1))/%.bpf.o: $(1)/%.bpf.c
	$$(call say,BPF,$$@)mkdir -p $$(@D); $$(CLANG) $$(BPF_CFLAGS) -I. -MMD -MP \
		$$(BPF_INCLUDES) -c $$< -o $$@ || $$(broken)

build/$(call short,$(1))/%.skel.h: build/$(call short,$(1))/%.bpf.o
	$$(call say,SKEL,$$@)rm -f $$@; $$(BPFTOOL) gen skeleton $$< name $$*_bpf >$$@.new \
		&& mv $$@.new $$@
endef
$(foreach d,$(DIRS),$(eval $(call folder,$(d))))

# The files of the page are in the object, and in no dependency that gcc finds.
build/obj/lab07-webrtc/page.o build/san/lab07-webrtc/page.o build/fuzz/obj/lab07-webrtc/page.o: \
	$(wildcard lab07-webrtc/page/*)

# Programs in the sandbox of somebody who is not root run with it.
build/common/sandbox: | build/common/bpf_token.so
build/common/bpf_token.so: common/bpf_token.c
	$(call say,LINK,$@)mkdir -p $(@D); \
		$(CC) $(CFLAGS) -D_GNU_SOURCE -fPIC -shared -o $@.new $< && mv $@.new $@

# Another implementation of SRTP, which ours is compared with.
build/lab07/test_srtp_twin: LIBS += -lsrtp2

.PHONY: all
all: $(PROGRAMS) $(SKELETONS)

build/obj/%.o: %.c | $(SKELETONS)
	$(call compile)

build/san/%.o: %.c | $(SKELETONS)
	$(call compile,$(SANITIZE))

.PHONY: tests
tests: all $(TESTS)

# The set-up runs first, in a make of its own: only then is everything there
# that the rules above ask this machine about.
.PHONY: setup
setup:
	@tools/setup

.PHONY: demo
MODE ?= tc
demo: setup
	@$(MAKE) --no-print-directory -j4 $(if $(REFERENCE),build/common/sandbox,all)
	@$(if $(BROWSER),tools/setup --browser && tools/demo_browsers,tools/demo) \
		--mode $(MODE) $(if $(REFERENCE),--reference) $(ARGS)

.PHONY: test
test: setup
	@$(if $(wildcard lab07-webrtc/test_browser),tools/setup --browser --clients \
		$(if $(wildcard tools/slides),--slides) || echo \
		'The tests with browsers will be skipped.')
	@$(MAKE) --no-print-directory -j4 tests $(fuzzers_if_possible)
	@tools/runtests $(ARGS)

# The tests that kill the server, at their full length.
.PHONY: outlive
MINUTES ?= 10
outlive: setup
	@tools/setup --browser || echo 'The tests with browsers will be skipped.'
	@$(MAKE) --no-print-directory -j4 all build/swiftcall/test_outlive_call \
		build/lab06/test_swap
	@tools/outlive --minutes $(MINUTES) $(ARGS)

.PHONY: doctor
doctor:
	@bash tools/doctor

# The smallest useful program, to begin a project of one's own with.
.PHONY: template
template:
	@test -n '$(DIR)' || { echo 'usage: make template DIR=../my-project' >&2; exit 2; }
	@mkdir '$(DIR)'
	@cp tools/template/* '$(DIR)'
	@echo "$(DIR): make, then sudo make test"

# The library by its name, too: a lab may have no program.
.PHONY: $(foreach d,$(LABS),$(call short,$(d)))
define lab_target
$(call short,$(1)): setup
	@$$(MAKE) --no-print-directory -j4 build/common/sandbox $$(LIBRARY_$(1)) \
		$(patsubst %,build/$(call short,$(1))/%,$(PROGRAMS_$(call short,$(1))))
endef
$(foreach d,$(LABS),$(eval $(call lab_target,$(d))))

# Two labs at a time would make the same files: one after the other, each with -j.
ifneq ($(word 2,$(filter lab%,$(MAKECMDGOALS))),)
.NOTPARALLEL:
endif

# Not part of a hand-out.
-include tools/instructors.mk

-include $(wildcard lab05-bench/*.mk lab05-bench/*/*.mk lab06-xdp-fanout/*.mk) fuzz/fuzz.mk

.PHONY: clean
clean:
	rm -rf build

.PHONY: help
help:
	@echo 'make demo [MODE=tc|user]  a real call of three, in a sandbox; MODE=xdp, auto'
	@echo 'make demo BROWSER=1       the same with two browsers'
	@echo 'make demo REFERENCE=1     the same with the reference, in a hand-out'
	@echo 'make test                 build and run every test'
	@echo 'make outlive [MINUTES=10] calls whose server is killed: half an hour of tests'
	@echo 'make doctor               what is wrong with this machine?'
	@echo 'make setup                install what is missing'
	@echo 'make lab01 … lab07        build one lab'
	@echo 'make fuzz [SECONDS=60]    inputs that nobody would think of; TARGET=sdp'
	@echo 'make bench [FULL=1]       measure; results/report.html'
	@echo 'make bench-peers          the same, and rtpengine, Janus, Pion'
	@echo 'make bench-clean          remove results/'
	@echo 'make template DIR=folder  the smallest program, to begin your own with'
	@echo 'make clean                remove build/'
	@echo 'V=1 shows every command; SWIFTCALL_PATIENCE=12 makes time limits'
	@echo '12 times as long (they are measured otherwise).'

-include $(SOURCES:%.c=build/obj/%.d) $(SOURCES:%.c=build/san/%.d)
-include $(foreach s,$(BPF_SOURCES),build/$(call short,$(s))/$(notdir $(s:%.bpf.c=%.bpf.d)))
