# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#
# Tests of the labs before that are run once more, in the plane xdp.

UNDER_XDP := lab03-maps/test_forward lab03-maps/test_mixed lab03-maps/test_extension

define under_xdp
tests: build/lab06/$(notdir $(1))_xdp
build/lab06/$(notdir $(1))_xdp: build/san/$(1).o \
		build/san/lab06-xdp-fanout/under_xdp/planes.o build/san/common/test.o \
		$(SAN_LINK_lab06-xdp-fanout) | build/lab06/sfuctl
	$$(call link,$$(SANITIZE) -lcunit)
endef
$(foreach t,$(UNDER_XDP),$(eval $(call under_xdp,$(t))))

# And tests of calls, with a server in mode xdp.
CALLS_UNDER_XDP := lab04-signalling/test_call lab04-signalling/test_restart \
	lab04-signalling/media/test_copies lab04-signalling/media/test_media

define calls_under_xdp
tests: build/lab06/$(notdir $(1))_xdp
build/lab06/$(notdir $(1))_xdp: build/san/$(1).o \
		build/san/lab06-xdp-fanout/under_xdp/server.o \
		build/san/common/test.o $(SAN_LINK_lab06-xdp-fanout) \
		| build/lab06/swiftcall
	$$(call link,$$(SANITIZE) -lcunit)
endef
$(foreach t,$(CALLS_UNDER_XDP),$(eval $(call calls_under_xdp,$(t))))
