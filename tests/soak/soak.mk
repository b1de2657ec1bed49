# The soak test; tests/soak/main.rs describes it.

SOAK_SECONDS ?= 3600

PYTHON_FILES += tests/soak
DEEP += soak-minute

## make soak           run C, C++ and Python clients for an hour: every reply is checked, and memory,
##                     descriptors, threads and latency must stay flat; root; SOAK_SECONDS=, at least 60
.PHONY: soak soak-minute
soak: lib
	$(call stage,soak,SOAK_SECONDS=$(SOAK_SECONDS) $(CARGO) test --quiet --test soak -- --ignored --nocapture)

# For make check-deep.
soak-minute: SOAK_SECONDS = 60
soak-minute: soak
