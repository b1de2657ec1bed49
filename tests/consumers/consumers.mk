# Outside projects that use what `make install` makes; tests/consumers/README.md shows them.

CONSUMERS := $(or $(CARGO_TARGET_DIR),target)/consumers
PYTHON_FILES += tests/consumers

REST += consumers

## make consumers      outside projects (pkg-config, CMake, Meson, C++20, dlopen) that build from an installed prefix
# Moved after it was installed: nothing in it may remember where it was.
.PHONY: consumers
consumers: export AUTHLETE_FAIL_PREFIX := $(abspath $(CONSUMERS))/moved
consumers: build $(VENV)/installed
	@rm -rf $(CONSUMERS)
	@$(MAKE) --no-print-directory --silent install DESTDIR=$(CONSUMERS) PREFIX=/installed PC_PREFIX='$$$${pcfiledir}/../..'
	@mv $(CONSUMERS)/installed $(CONSUMERS)/moved
	$(call stage,consumers,$(VENV)/bin/python -m pytest -c $(PYPROJECT) -o timeout=600 --verbose --durations 0 --durations-min 1 tests/consumers)
