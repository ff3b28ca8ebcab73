# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#
#	make fuzz [SECONDS=60] [TARGET=sdp]
#
# Each fuzz/NAME.c is a program for libFuzzer, linked with the libraries of
# the labs, which are compiled for it once more.  Another clang: CLANG=clang-19.

FUZZ_FOLDERS := $(filter-out lab05-bench,$(DIRS))
FUZZ_TARGETS := $(patsubst %.c,build/%,$(wildcard fuzz/*.c))
FUZZ_CHECKS := $(addprefix lab04-signalling/testlib/,sdp_clean.c sdp_equal.c) \
	lab07-webrtc/testlib/dtls_pair.c
FUZZ_OBJECTS := $(patsubst %.c,build/fuzz/obj/%.o,$(FUZZ_CHECKS) \
	$(foreach d,$(FUZZ_FOLDERS),$(call library_of,$(d))))
FUZZ_SANITIZE := -O1 -fsanitize=fuzzer-no-link,address,undefined \
	-fno-sanitize-recover=all

build/fuzz/obj/%.o: %.c | $(SKELETONS)
	$(call say,FUZZ,$@)mkdir -p $(@D); $(CLANG) $(CFLAGS) $(FUZZ_SANITIZE) \
		$(CPPFLAGS) -MT $@ -MF $(@:.o=.d) -c $< -o $@.new && \
		mv $@.new $@

build/fuzz/libswiftcall.a: $(FUZZ_OBJECTS)
	$(archive)

build/fuzz/%: build/fuzz/obj/fuzz/%.o build/fuzz/libswiftcall.a
	$(call say,LINK,$@)$(CLANG) -g -fsanitize=fuzzer,address,undefined \
		-o $@.new $^ $(LIBS) && mv $@.new $@

.PHONY: fuzz fuzzers
fuzzers: $(FUZZ_TARGETS)

# What `make test` makes besides: nothing where clang's libraries are not there.
fuzzers_if_possible = $(shell CLANG=$(CLANG) tools/setup --check --fuzz \
	>/dev/null 2>&1 && echo fuzzers)

SECONDS ?= 60
fuzz: setup
	@CLANG=$(CLANG) tools/setup --fuzz
	@$(MAKE) --no-print-directory -j4 all fuzzers
	@tools/fuzz --seconds $(SECONDS) $(TARGET)

-include $(patsubst %.o,%.d,$(FUZZ_OBJECTS) \
	$(FUZZ_TARGETS:build/%=build/fuzz/obj/%.o))
