# The wheels and the sdist of the Python package. Build output goes to $(WHEEL).

WHEEL := $(TARGET)/wheel
WHEEL_BIN := $(abspath $(WHEEL)/venv/bin)
PYTHON_FILES += bindings/python/hatch_build.py tests/wheel
REST += check-wheel
DEEP += check-wheels check-pythons
NEEDS_wheel := cc $(VENV_NEEDS)
NEEDS_sdist := $(VENV_NEEDS)
NEEDS_check-wheel := $(NEEDS_wheel)
NEEDS_check-wheels := $(NEEDS_wheel)
NEEDS_check-pythons := $(NEEDS_wheel)

.PHONY: wheel wheel-library sdist check-wheel check-wheels check-zig test-dist check-pythons python-tests

## Package: make wheel           build a Python wheel that contains the library; GLIBC=2.28 supports older systems
# A wheel needs the glibc version of the machine that it was built on, or a later one; its name states the
# version. With GLIBC=2.28, Zig links against the symbols of that version. The minimum is 2.25, the first
# version with explicit_bzero.
ifdef GLIBC
WHEEL_DIST := $(WHEEL)/glibc-$(GLIBC)
ZIGBUILD := PATH=$(abspath $(WHEEL)/zig/venv/bin):$$PATH cargo-zigbuild
ZIG_FLAGS = --quiet --locked --target $(HOST).$(GLIBC) --target-dir $(WHEEL)/zig
WHEEL_LIBRARY = $(WHEEL)/zig/$(HOST)/release/libauthlete_fail.so
wheel-library: $(WHEEL)/zig/venv/installed
	$(ZIGBUILD) rustc --release --lib --crate-type cdylib $(ZIG_FLAGS)
else
WHEEL_DIST := $(WHEEL)/dist
WHEEL_LIBRARY := $(LIBRARY)
wheel-library: lib
endif

wheel: wheel-library $(WHEEL)/venv/installed
	@rm -rf $(WHEEL_DIST) $(WHEEL)/untagged
	@cp $(WHEEL_LIBRARY) $(WHEEL)/libauthlete_fail.so
	@$(call audit,authlete-fail,$(WHEEL)/libauthlete_fail.so)
	@AUTHLETE_FAIL_LIBRARY=$(abspath $(WHEEL))/libauthlete_fail.so $(WHEEL_BIN)/python -m build --quiet --no-isolation \
		--wheel --outdir $(WHEEL)/untagged bindings/python
	@PATH=$(WHEEL_BIN):$$PATH auditwheel repair --strip --wheel-dir $(WHEEL_DIST) \
		$(WHEEL)/untagged/*.whl
	@echo "Install it with: pip install $$(ls $(abspath $(WHEEL_DIST))/*.whl)"

## Package: make sdist           build a Python sdist, which contains the Rust sources
sdist: $(WHEEL)/venv/installed
	@rm -rf $(WHEEL)/sdist
	@$(WHEEL_BIN)/python -m build --quiet --no-isolation --sdist --outdir $(WHEEL)/sdist bindings/python
	@ls $(WHEEL)/sdist/*.tar.gz

## Test: make check-wheel     check the metadata of wheel and sdist; install the wheel without a compiler and test it
check-wheel: wheel sdist
	$(call stage,wheel: metadata,$(WHEEL_BIN)/twine check --strict $(WHEEL_DIST)/*.whl $(WHEEL)/sdist/*.tar.gz && \
		$(WHEEL_BIN)/check-wheel-contents $(WHEEL_DIST)/*.whl)
	@$(MAKE) --no-print-directory test-dist DIST='$(WHEEL_DIST)/*.whl'

## Release: make check-wheels    test the wheel for older systems in every installed Python, and the sdist
check-wheels:
	@$(MAKE) --no-print-directory check-wheel GLIBC=2.28 AUTHLETE_FAIL_PYTHONS="$$(tests/wheel/pythons.sh)"
	@$(MAKE) --no-print-directory check-zig GLIBC=2.28
	@$(MAKE) --no-print-directory test-dist DIST='$(WHEEL)/sdist/*.tar.gz'

## Release: make check-pythons   run the Python tests in every installed Python, including free-threaded builds
check-pythons: export AUTHLETE_FAIL_LIBRARY := $(abspath $(LIBRARY))
check-pythons: lib
	@$(CARGO) build --quiet --package authlete-fail-sandbox
	@for python in $$(tests/wheel/pythons.sh); do \
		$(MAKE) --no-print-directory python-tests PYTHON=$$python VENV=$(TARGET)/pythons/$$(basename $$python) || exit 1; \
	done

python-tests: $(VENV)/installed
	$(call stage,$(notdir $(VENV)),$(VENV)/bin/python -m pytest --quiet -c $(PYPROJECT) tests/python)

# Zig links its own unwinder: checks that a panic is still reported as an error.
check-zig: export AUTHLETE_FAIL_LIBRARY = $(abspath $(WHEEL_LIBRARY))
check-zig: wheel-library $(VENV)/installed
	$(call stage,zig: Python,$(VENV)/bin/python -m pytest --quiet -c $(PYPROJECT) \
		--ignore tests/python/test_authlete_client.py tests/python)
	$(call stage,zig: Rust,$(ZIGBUILD) test --lib $(ZIG_FLAGS))

test-dist: export AUTHLETE_FAIL_DIST = $(abspath $(wildcard $(DIST)))
test-dist: export AUTHLETE_FAIL_GLIBC = $(GLIBC)
test-dist: export AUTHLETE_FAIL_SANDBOX = $(abspath $(TARGET)/debug/authlete-fail-sandbox)
test-dist: $(VENV)/installed
	@$(CARGO) build --quiet --package authlete-fail-sandbox
	$(call stage,$(notdir $(wildcard $(DIST))),$(VENV)/bin/python -m pytest --quiet -c $(PYPROJECT) \
		-o timeout=1800 tests/wheel)

$(WHEEL)/venv/installed: tests/wheel/tools.txt
$(WHEEL)/zig/venv/installed: tests/wheel/zig.txt
$(WHEEL)/venv/installed $(WHEEL)/zig/venv/installed:
	$(PYTHON) -m venv $(@D)
	$(@D)/bin/pip install --quiet --disable-pip-version-check --requirement $<
	@touch $@
