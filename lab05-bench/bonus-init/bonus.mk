# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
# The bonus lab: structs on the BPF stack.

BONUS := lab05-bench/bonus-init
BONUS_SIZES := $(shell seq 8 8 480)
BONUS_OBJECTS := $(BONUS_SIZES:%=build/bonus-init/init-%.bpf.o)
BONUS_OWN := build/lab01/guard.bpf.o build/lab02/clone.bpf.o \
	build/lab03/forward.bpf.o

bonus_objects = $(patsubst %,build/$(1)/$(BONUS)/%.o,$(2))

.PHONY: bonus-init bonus-bench storewiden
bonus-init: build/bonus-init/init_bench build/bonus-init/storewiden $(BONUS_OBJECTS)

# All sizes: 40 s of CPU time, more where others want the CPU too.
bonus-bench: bonus-init
	build/bonus-init/init_bench --csv build/bonus-init/init.csv \
		--json build/bonus-init/init.json $(ARGS)

storewiden: build/bonus-init/storewiden $(BONUS_OWN)
	build/bonus-init/storewiden $(ARGS) $(BONUS_OWN)

tests: build/bonus-init/test_widen

build/bonus-init/init_bench: $(call bonus_objects,obj,init_bench widen) \
		$(LINK_lab05-bench)
	$(call link)

build/bonus-init/storewiden: $(call bonus_objects,obj,storewiden widen) \
		$(LINK_lab05-bench)
	$(call link)

build/bonus-init/test_widen: $(call bonus_objects,san,test_widen widen) \
		build/san/common/test.o $(SAN_LINK_lab05-bench) | \
		build/bonus-init/init-8.bpf.o build/bonus-init/init-120.bpf.o \
		build/bonus-init/init-480.bpf.o $(BONUS_OWN)
	$(call link,$(SANITIZE) -lcunit)

build/bonus-init/init-%.bpf.o: $(BONUS)/init.bpf.c
	$(call say,BPF,$@)mkdir -p $(@D); $(CLANG) $(BPF_CFLAGS) -I. -MMD -MP \
		$(BPF_INCLUDES) -DSIZE=$* -c $< -o $@

-include $(wildcard build/*/$(BONUS)/*.d build/bonus-init/*.d)
