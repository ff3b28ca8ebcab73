# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
# Targets of lab05; included by the Makefile.

.PHONY: bench bench-peers
bench bench-peers:
	@tools/setup --bench
	@$(INSTALL_$@)
	@$(MAKE) --no-print-directory -j4 all
	@lab05-bench/bench $(if $(FULL),--full) $(MODES_$@) $(ARGS); status=$$?; \
		[ $$status -gt 1 ] || tools/plot.py || exit; exit $$status

# A peer that cannot be installed is skipped, with a word.
INSTALL_bench-peers := lab05-bench/peers/install || true
MODES_bench-peers := --modes all

.PHONY: bench-clean
bench-clean:
	rm -rf results build/bench
