# The soak; tests/soak/main.rs says what it does.

SOAK_SECONDS ?= 3600

PYTHON_FILES += tests/soak
DEEP += soak-minute

## make soak           an hour of calls, good and bad, in C, C++ and Python: every reply checked,
##                     memory, descriptors, threads and latency flat; root; SOAK_SECONDS=, at least 60
.PHONY: soak soak-minute
soak: lib
	$(call stage,soak,SOAK_SECONDS=$(SOAK_SECONDS) $(CARGO) test --quiet --test soak -- --ignored --nocapture)

# For make check-deep.
soak-minute: SOAK_SECONDS = 60
soak-minute: soak
