# External projects that use the installed library; tests/consumers/README.md lists them.

CONSUMERS := $(TARGET)/consumers
PYTHON_FILES += tests/consumers

REST += consumers
NEEDS_consumers := $(NEEDS_build) $(VENV_NEEDS) c++ cmake meson pkg-config

## Test: make consumers       build projects that use the installed library: pkg-config, CMake, Meson, dlopen
# The prefix is moved after the installation, to check that it contains no absolute paths.
.PHONY: consumers
consumers: export AUTHLETE_FAIL_PREFIX := $(abspath $(CONSUMERS))/moved
consumers: build $(VENV)/installed
	@rm -rf $(CONSUMERS)
	@$(MAKE) --no-print-directory --silent install \
		DESTDIR=$(CONSUMERS) PREFIX=/installed PC_PREFIX='$$$${pcfiledir}/../..'
	@mv $(CONSUMERS)/installed $(CONSUMERS)/moved
	$(call stage,consumers,$(VENV)/bin/python -m pytest -c $(PYPROJECT) -o timeout=600 --verbose \
		--durations 0 --durations-min 1 tests/consumers)
