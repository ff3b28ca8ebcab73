# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
# Targets for those who teach; see INSTRUCTORS.md.

# With the reference's server, which the demo shows until a student's own is ready.
.PHONY: handout
handout: reference
	@tools/handout $(LAB) --reference build/reference $(if $(OUT),--out $(OUT))

# As it is handed out: a program that has no line of source in it.  So its BPF objects
# are compiled again as if they came from a folder that clang cannot find: else BTF
# would quote each line.
SERVER := build/reference/$(shell uname -m)/swiftcall
SERVER_TREE := build/reference-tree
.PHONY: reference
reference: $(SERVER)

$(SERVER): build/swiftcall/swiftcall
	$(call say,STRIP,$@)rm -rf $(SERVER_TREE); \
		mkdir -p $(@D) $(SERVER_TREE)/build; \
		git ls-files -z $(DIRS) Makefile | tar -c --null -T - | tar -xC $(SERVER_TREE) && \
		cp -a build/obj $(SERVER_TREE)/build && \
		(cd $(SERVER_TREE) && rm $$(grep -lr --include='*.d' skel.h build/obj | sed 's/d$$/o/')) && \
		$(MAKE) --no-print-directory -C $(SERVER_TREE) build/swiftcall/swiftcall \
			BPF_CFLAGS='$(BPF_CFLAGS) -fdebug-compilation-dir=/reference' >/dev/null && \
		strip -s -o $@ $(SERVER_TREE)/build/swiftcall/swiftcall
	@rm -rf $(SERVER_TREE)

# build/slides/chapterN.html, of the tutorial's headings, pictures and first sentences.
.PHONY: slides
slides:
	@tools/setup --slides
	@tools/slides

# build/image/user-data, by which cloud-init makes a virtual machine for students.
.PHONY: image
image:
	@test -n '$(HANDOUT)' || \
		{ echo 'usage: make image HANDOUT=https://…/week1.tar.gz' >&2; exit 2; }
	@tools/image '$(HANDOUT)'

.PHONY: doccheck
doccheck: all
	@tools/doccheck

# Lays out every C file as .clang-format says; `make lint` only looks.
.PHONY: format lint
format:
	@tools/style --write

lint:
	@tools/style

.PHONY: prove
prove: setup tests
	@tools/prove $(ARGS)

# Every packet program by every clang on several kernels; FULL=1: whole systems.
.PHONY: matrix
matrix:
	@tools/setup --matrix
	@tools/matrix $(if $(FULL),--full) $(if $(KERNELS),--kernels $(KERNELS)) $(ARGS)
