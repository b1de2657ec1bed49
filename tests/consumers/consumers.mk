# Projects outside the repository that use an installed library; see tests/consumers/README.md.

CONSUMERS := $(or $(CARGO_TARGET_DIR),target)/consumers
PYTHON_FILES += tests/consumers

REST += consumers

## make consumers      projects (pkg-config, CMake, Meson, C++20, dlopen) that use an installed library
# Moved after the installation: no file may contain the old path.
.PHONY: consumers
consumers: export AUTHLETE_FAIL_PREFIX := $(abspath $(CONSUMERS))/moved
consumers: build $(VENV)/installed
	@rm -rf $(CONSUMERS)
	@$(MAKE) --no-print-directory --silent install DESTDIR=$(CONSUMERS) PREFIX=/installed PC_PREFIX='$$$${pcfiledir}/../..'
	@mv $(CONSUMERS)/installed $(CONSUMERS)/moved
	$(call stage,consumers,$(VENV)/bin/python -m pytest -c $(PYPROJECT) -o timeout=600 --verbose --durations 0 --durations-min 1 tests/consumers)
