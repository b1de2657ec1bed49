# Tests for aarch64 on another machine, under qemu-user. docs/about/platforms.md lists what they leave out.

AARCH64 := aarch64-unknown-linux-gnu
AARCH64_PYTHON := $(abspath $(TARGET)/$(AARCH64)/python)
DEEP += check-aarch64
NEEDS_check-aarch64 := $(NEEDS_$(AARCH64)) aarch64-linux-gnu-g++ qemu-aarch64 mmdebstrap lintian \
	$(NEEDS_build) $(NEEDS_deb) $(NEEDS_wheel)

.PHONY: check-aarch64 aarch64-rust aarch64-python aarch64-wheel

## Release: make check-aarch64   run the tests for aarch64 under qemu-user; build its archive, wheels and Debian packages
check-aarch64:
	@$(MAKE) --no-print-directory dist PLATFORM=$(AARCH64)
	$(call stage,aarch64: C and C++,$(call platform_tests,$(AARCH64)) $(CARGO) test --quiet --test abi && \
		$(call platform_tests,$(AARCH64)) $(CARGO) test --quiet --test scenarios -- --exact c cpp)
	@$(MAKE) --no-print-directory aarch64-rust PLATFORM=$(AARCH64)
	@$(MAKE) --no-print-directory aarch64-python
	@$(MAKE) --no-print-directory aarch64-wheel
	@$(MAKE) --no-print-directory deb PLATFORM=$(AARCH64)
	$(call stage,aarch64: lintian,lintian --fail-on error $(abspath $(TARGET)/$(AARCH64)/deb/*.changes))

aarch64-rust:
	$(call stage,aarch64: Rust,$(CARGO) test $(CARGO_TARGET) --quiet --lib --test boundary --test race --test tls)

$(AARCH64_PYTHON)/usr/bin/python3: tests/platforms/python.sh
	tests/platforms/python.sh $(AARCH64_PYTHON) arm64 qemu-aarch64

# Without the tests of the type checkers, which do not depend on the platform, and those of outages: they measure memory,
# which includes qemu's, and fork while threads run, with which qemu 7.2 aborts.
aarch64-python: export AUTHLETE_FAIL_LIBRARY = $(abspath $(TARGET)/$(AARCH64)/release/libauthlete_fail.so)
aarch64-python: export AUTHLETE_FAIL_PYTHONS = $(abspath $(TARGET)/$(AARCH64)/venv/bin/python)
aarch64-python: export PYTEST_ADDOPTS = $(addprefix --ignore=,$(abspath tests/python/test_types.py tests/python/test_async_outage.py))
aarch64-python: $(AARCH64_PYTHON)/usr/bin/python3
	@$(CARGO) build --quiet --package authlete-fail-sandbox
	@$(MAKE) --no-print-directory python-tests PYTHON=$< VENV=$(TARGET)/$(AARCH64)/venv

aarch64-wheel: export AUTHLETE_FAIL_PYTHONS = $(AARCH64_PYTHON)/usr/bin/python3
aarch64-wheel: export OBJCOPY = $(TOOLS_$(AARCH64))objcopy
aarch64-wheel: $(AARCH64_PYTHON)/usr/bin/python3
	@$(MAKE) --no-print-directory wheel PLATFORM=$(AARCH64) GLIBC=2.28
	@$(MAKE) --no-print-directory test-dist GLIBC=2.28 \
		DIST='$(TARGET)/$(AARCH64)/wheel/glibc-2.28/authlete_fail-*.whl'
