# The soak test; tests/soak/main.rs describes it.

SOAK_SECONDS ?= 3600

PYTHON_FILES += tests/soak
DEEP += soak-minute
NEEDS_soak := $(COMPILERS) python3
NEEDS_soak-minute := $(NEEDS_soak)

# Checks every reply, and that memory, file descriptors, threads and latency stay constant. Needs root.
# SOAK_SECONDS must be at least 60.
## Release: make soak            run C, C++ and Python clients for an hour, as root; SOAK_SECONDS=... changes the time
.PHONY: soak soak-minute
soak: lib
	$(call stage,soak,SOAK_SECONDS=$(SOAK_SECONDS) $(CARGO) test --quiet --test soak -- --ignored --nocapture)

# A stage of `make check-deep`.
soak-minute: SOAK_SECONDS = 60
soak-minute: soak
