# The wheels of both Python packages, and the sdist of authlete-fail. Build output goes to $(WHEEL).

WHEEL := $(TARGET)/wheel
WHEEL_BIN := $(abspath $(WHEEL)/venv/bin)
PYTHON_FILES += bindings/python/hatch_build.py bindings/python-sandbox tests/wheel tests/pytest_plugin
REST += check-wheel
DEEP += check-wheels check-pythons
NEEDS_wheel := cc $(VENV_NEEDS)
NEEDS_pytest-plugin := $(VENV_NEEDS)
NEEDS_sdist := $(VENV_NEEDS)
NEEDS_check-wheel := $(NEEDS_wheel)
NEEDS_check-wheels := $(NEEDS_wheel)
NEEDS_check-pythons := $(NEEDS_wheel)

.PHONY: wheel wheel-fail wheel-library wheel-sandbox wheel-program sdist check-wheel check-wheels check-zig test-dist \
	test-sandbox-wheel pytest-plugin check-pythons python-tests

## Package: make wheel           build the Python wheels of the library and the sandbox; GLIBC=2.28 supports older systems
# A wheel needs the glibc version of the machine that it was built on, or a later one; its name states the
# version. With GLIBC=2.28, Zig links against the symbols of that version. The minimum is 2.25, the first
# version with explicit_bzero.
ifdef GLIBC
WHEEL_TARGET = $(or $(PLATFORM),$(HOST))
WHEEL_DIST := $(OUTPUT)/wheel/glibc-$(GLIBC)
# Zig replaces the compilers of bindings/platforms.mk.
ZIGBUILD := env $(PLATFORM_VARIABLES:%=--unset=%) PATH=$(abspath $(WHEEL)/zig/venv/bin):$$PATH cargo-zigbuild
ZIG_FLAGS = --quiet --locked --target $(WHEEL_TARGET).$(GLIBC) --target-dir $(WHEEL)/zig
WHEEL_LIBRARY = $(WHEEL)/zig/$(WHEEL_TARGET)/release/libauthlete_fail.so
wheel-library: $(WHEEL)/zig/venv/installed
	$(ZIGBUILD) rustc --release --lib --crate-type cdylib $(ZIG_FLAGS)
WHEEL_PROGRAM = $(WHEEL)/zig/$(WHEEL_TARGET)/release/authlete-fail-sandbox
wheel-program: $(WHEEL)/zig/venv/installed
	$(ZIGBUILD) build --release --package authlete-fail-sandbox $(ZIG_FLAGS)
else
WHEEL_DIST := $(OUTPUT)/wheel/dist
WHEEL_LIBRARY := $(LIBRARY)
wheel-library: lib
WHEEL_PROGRAM := $(RELEASE)/authlete-fail-sandbox
wheel-program:
	$(CARGO) build --release --package authlete-fail-sandbox
endif

# $(call pack,crate,binary,variable,folder) builds the wheel of the package in the folder. The variable tells
# its build hook which binary the wheel will contain.
define pack
@mkdir -p $(WHEEL_DIST)
@rm -rf $(WHEEL)/untagged $(WHEEL_DIST)/$(subst -,_,$(1))-[0-9]*.whl
@$(STRIP) -o $(WHEEL)/$(notdir $(2)) $(2)
@$(call audit,$(1),$(WHEEL)/$(notdir $(2)))
@$(PLATFORM:%=_PYTHON_HOST_PLATFORM=linux-$(ARCHITECTURE)) $(3)=$(abspath $(WHEEL)/$(notdir $(2))) \
	$(WHEEL_BIN)/python -m build --quiet --no-isolation --wheel --outdir $(WHEEL)/untagged $(4)
@PATH=$(WHEEL_BIN):$$PATH auditwheel repair --wheel-dir $(WHEEL_DIST) $(WHEEL)/untagged/*.whl
endef

wheel: wheel-fail wheel-sandbox
	@echo "Install them with: pip install" $(abspath $(WHEEL_DIST))/*.whl

wheel-fail: wheel-library $(WHEEL)/venv/installed
	$(call pack,authlete-fail,$(WHEEL_LIBRARY),AUTHLETE_FAIL_LIBRARY,bindings/python)

wheel-sandbox: wheel-program $(WHEEL)/venv/installed
	$(call pack,authlete-fail-sandbox,$(WHEEL_PROGRAM),AUTHLETE_FAIL_SANDBOX,bindings/python-sandbox)

## Package: make sdist           build a Python sdist, which contains the Rust sources
sdist: $(WHEEL)/venv/installed
	@rm -rf $(WHEEL)/sdist
	@$(WHEEL_BIN)/python -m build --quiet --no-isolation --sdist --outdir $(WHEEL)/sdist bindings/python
	@ls $(WHEEL)/sdist/*.tar.gz

## Test: make check-wheel     check the metadata of wheel and sdist; install the wheel without a compiler and test it
check-wheel: wheel sdist
	$(call stage,wheel: metadata,$(WHEEL_BIN)/twine check --strict $(WHEEL_DIST)/*.whl $(WHEEL)/sdist/*.tar.gz && \
		$(WHEEL_BIN)/check-wheel-contents $(WHEEL_DIST)/*.whl)
	@$(MAKE) --no-print-directory test-dist DIST='$(WHEEL_DIST)/authlete_fail-*.whl'
	@$(MAKE) --no-print-directory test-sandbox-wheel

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
		-o timeout=1800 tests/wheel/test_wheel.py)

# The library and the sandbox from their wheels, as in a user's test suite.
test-sandbox-wheel: export AUTHLETE_FAIL_WHEELS = $(abspath $(WHEEL_DIST))
test-sandbox-wheel: export AUTHLETE_FAIL_GLIBC = $(GLIBC)
test-sandbox-wheel: $(VENV)/installed
	$(call stage,sandbox wheel,$(VENV)/bin/python -m pytest --quiet -c $(PYPROJECT) -o timeout=1800 \
		tests/wheel/test_sandbox_wheel.py tests/wheel/test_ci.py)

## Test: make pytest-plugin   test the pytest plugin of the sandbox
pytest-plugin: export AUTHLETE_FAIL_SANDBOX = $(abspath $(TARGET)/debug/authlete-fail-sandbox)
pytest-plugin: $(VENV)/installed
	@$(CARGO) build --quiet --package authlete-fail-sandbox
	$(call stage,pytest plugin,$(VENV)/bin/python -m pytest --quiet -c $(PYPROJECT) tests/pytest_plugin)

$(WHEEL)/venv/installed: tests/wheel/tools.txt
$(WHEEL)/zig/venv/installed: tests/wheel/zig.txt
$(WHEEL)/venv/installed $(WHEEL)/zig/venv/installed:
	$(PYTHON) -m venv $(@D)
	$(@D)/bin/pip install --quiet --disable-pip-version-check --requirement $<
	@touch $@
