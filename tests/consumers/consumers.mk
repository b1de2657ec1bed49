# Outside projects that use what `make install` makes; tests/consumers/README.md shows them.

CONSUMERS := $(abspath $(or $(CARGO_TARGET_DIR),target))/consumers
PYTHON_FILES += tests/consumers

# Moved after it was installed: nothing in it may remember where it was.
.PHONY: consumers
consumers: export AUTHLETE_FAIL_PREFIX := $(CONSUMERS)/moved
consumers: $(VENV)/installed
	@rm -rf $(CONSUMERS)
	@$(MAKE) --no-print-directory install PREFIX=$(CONSUMERS)/installed DESTDIR=
	@mv $(CONSUMERS)/installed $(CONSUMERS)/moved
	$(call stage,consumers,$(VENV)/bin/python -m pytest -c $(PYPROJECT) --verbose tests/consumers)
