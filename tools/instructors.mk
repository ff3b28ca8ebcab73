# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
# Targets for those who teach; see INSTRUCTORS.md.

.PHONY: handout
handout:
	@tools/handout $(LAB) $(if $(OUT),--out $(OUT))

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
