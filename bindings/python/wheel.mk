# The Python package as its users get it; all that is built lands in $(WHEEL).

WHEEL := $(or $(CARGO_TARGET_DIR),target)/wheel
WHEEL_BIN := $(abspath $(WHEEL)/venv/bin)
PYTHON_FILES += bindings/python/hatch_build.py tests/wheel
REST += check-wheel
DEEP += check-wheels

.PHONY: wheel wheel-library sdist check-wheel check-wheels check-zig test-dist

## make wheel          the Python package with the library inside; GLIBC=2.28: for older systems too
# A wheel wants the glibc of the machine that it was built on or a later one, and its name says so.
# With GLIBC=2.28 that one is enough: Zig knows the symbols of each. Under 2.25 there is no
# explicit_bzero.
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
	@ls $(WHEEL_DIST)/*.whl

## make sdist          the Python package with the Rust sources inside
sdist: $(WHEEL)/venv/installed
	@rm -rf $(WHEEL)/sdist
	@$(WHEEL_BIN)/python -m build --quiet --no-isolation --sdist --outdir $(WHEEL)/sdist bindings/python
	@ls $(WHEEL)/sdist/*.tar.gz

## make check-wheel    installs the wheel as users do, without a compiler, and calls
# The wheel and the sdist as they would be published, the wheel in the Python of the checks.
check-wheel: wheel sdist
	$(call stage,wheel: metadata,$(WHEEL_BIN)/twine check --strict $(WHEEL_DIST)/*.whl $(WHEEL)/sdist/*.tar.gz && $(WHEEL_BIN)/check-wheel-contents $(WHEEL_DIST)/*.whl)
	@$(MAKE) --no-print-directory test-dist DIST='$(WHEEL_DIST)/*.whl'

## make check-wheels   the wheel for older systems in every Python at hand, and the sdist
# The wheel for old systems in every Python at hand, all that Zig linked into it, and what the sdist
# builds in one Python.
check-wheels:
	@$(MAKE) --no-print-directory check-wheel GLIBC=2.28 AUTHLETE_FAIL_PYTHONS="$$(tests/wheel/pythons.sh)"
	@$(MAKE) --no-print-directory check-zig GLIBC=2.28
	@$(MAKE) --no-print-directory test-dist DIST='$(WHEEL)/sdist/*.tar.gz'

# Zig brings an unwinder of its own, and a panic must still end as an error.
check-zig: export AUTHLETE_FAIL_LIBRARY = $(abspath $(WHEEL_LIBRARY))
check-zig: wheel-library $(VENV)/installed
	$(call stage,zig: Python,$(VENV)/bin/python -m pytest --quiet -c $(PYPROJECT) --ignore tests/python/test_authlete_client.py tests/python)
	$(call stage,zig: Rust,$(ZIGBUILD) test --lib $(ZIG_FLAGS))

test-dist: export AUTHLETE_FAIL_DIST = $(abspath $(wildcard $(DIST)))
test-dist: export AUTHLETE_FAIL_GLIBC = $(GLIBC)
test-dist: export AUTHLETE_FAIL_SANDBOX = $(abspath $(or $(CARGO_TARGET_DIR),target)/debug/authlete-fail-sandbox)
test-dist: $(VENV)/installed
	@$(CARGO) build --quiet --package authlete-fail-sandbox
	$(call stage,$(notdir $(wildcard $(DIST))),$(VENV)/bin/python -m pytest --quiet -c $(PYPROJECT) -o timeout=1800 tests/wheel)

$(WHEEL)/venv/installed: tests/wheel/tools.txt
$(WHEEL)/zig/venv/installed: tests/wheel/zig.txt
$(WHEEL)/venv/installed $(WHEEL)/zig/venv/installed:
	$(PYTHON) -m venv $(@D)
	$(@D)/bin/pip install --quiet --disable-pip-version-check --requirement $<
	@touch $@
