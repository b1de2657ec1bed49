# authlete-fail. `make help` lists the commands.

CARGO ?= cargo
PYTHON ?= python3
CC ?= cc
CXX ?= c++
OBJCOPY ?= objcopy

# Variables that more than one makefile uses.
TARGET := $(or $(CARGO_TARGET_DIR),target)
include bindings/platforms.mk
RELEASE := $(OUTPUT)/release
LIBRARY := $(RELEASE)/libauthlete_fail.so
INSTALLABLE := $(OUTPUT)/installable
# The version is defined in Cargo.toml; build.rs derives the same SONAME from it.
VERSION := $(shell sed -n '/^\[package\]/,/^\[/s/^version = "\(.*\)"/\1/p' Cargo.toml)
MAJOR := $(firstword $(subst ., ,$(VERSION)))
SONAME := libauthlete_fail.so.$(MAJOR)
LINK := -Iinclude -Ibindings/cpp -L$(RELEASE) -Wl,-rpath,$(abspath $(RELEASE)) -lauthlete_fail
HOST = $(shell rustc --version --verbose | sed -n 's/^host: //p')
RUNNER = $(call cargo_variable,$(HOST),RUNNER)
VENV := target/venv
PYPROJECT := bindings/python/pyproject.toml
RUFF = $(VENV)/bin/ruff --quiet --config $(PYPROJECT)
MYPY = $(VENV)/bin/mypy --config-file $(PYPROJECT)

# The included makefiles add to these: files for ruff and mypy, stages of `make check`, stages of `make check-deep`.
PYTHON_FILES := bindings/python/authlete_fail bindings/examples/reject.py tests/python
REST =
DEEP =

# What more than one target needs; bindings/needs.mk describes NEEDS_target.
COMPILERS := cc c++
VENV_NEEDS := python3 ensurepip.py

# $(call stage,name,command) runs a command and prints how long it took.
stage = @start=$$(date +%s); echo "== $(1)"; { $(2); } && echo "== $(1): $$(($$(date +%s) - start)) s"

# $(call bounded,seconds) before `cargo test`: a test program that takes longer is killed and fails.
# The test harness names tests that have run for 60 seconds. Compile time does not count.
bounded = $(RUNNER)="tests/support/bounded.sh $(1)"

# $(call crates,script,package,file) runs a script that lists the crates of a package; a build without Python has no list.
crates = if command -v $(PYTHON) >/dev/null; \
	then OBJCOPY=$(OBJCOPY) $(PLATFORM:%=CARGO_BUILD_TARGET=%) $(PYTHON) bindings/$(1) $(2) $(3); \
	else echo "$(PYTHON) is missing: cannot list the crates of $(2)"; fi
# $(call audit,package,file) adds the list to a binary, for cargo-audit and similar tools.
audit = $(call crates,audit.py,$(1),$(2))

.PHONY: all help lib demo test format lint rust python check check-rest faults sanitize clean

all: lib

# Prints the lines `## GROUP: command  description` of this file and of the included files by group.
HELP_GROUPS := Build Package Test Release Benchmark Document Maintain
help:
	@for group in $(HELP_GROUPS); do echo "$$group"; sed -n "s/^## $$group: /  /p" $(MAKEFILE_LIST); done

## Build: make                 build the shared library; PLATFORM=aarch64-unknown-linux-gnu cross-compiles
NEEDS_all := cc $(NEEDS_$(PLATFORM))
# One crate type at a time: with several, Cargo drops link-time optimisation.
lib: | $(TOOLCHAIN_$(PLATFORM))
	$(rust_target)
	$(SHARED_LIBC) $(CARGO) rustc $(CARGO_TARGET) --release --lib --crate-type cdylib
	@ln -sf libauthlete_fail.so $(RELEASE)/$(SONAME)

DEMO := $(TARGET)/demo

## Build: make demo            run the C, C++ and Python examples against the sandbox
NEEDS_demo := $(COMPILERS) curl python3
demo: lib
	$(CARGO) build --package authlete-fail-sandbox
	@mkdir -p $(DEMO)
	$(CC) -std=c99 -o $(DEMO)/reject-c bindings/examples/reject.c $(LINK)
	$(CXX) -std=c++17 -o $(DEMO)/reject-cpp bindings/examples/reject.cpp $(LINK)
	@PYTHON=$(PYTHON) TARGET=$(abspath $(TARGET)) bindings/examples/demo.sh

NEEDS_test := $(COMPILERS) $(VENV_NEEDS) curl kill openssl readelf

## Test: make test            check formatting, run linters and tests; needs no root and no account
test: format lint rust python pytest-plugin

format:
	$(call stage,format,$(CARGO) fmt --all --check)

lint:
	$(call stage,lint,$(CARGO) clippy --workspace --all-targets --quiet -- --deny warnings && \
		$(CARGO) clippy --test faults --test snippets --test wire --quiet -- --deny warnings)

rust:
	$(call stage,rust,$(call bounded,600) $(CARGO) test --workspace --all-targets --quiet && \
		tests/support/bounded.sh 600 $(CARGO) test --workspace --doc --quiet)

$(VENV)/installed: $(PYPROJECT) bindings/python-sandbox/pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/pip install --quiet --disable-pip-version-check --editable 'bindings/python[dev]' \
		--editable 'bindings/python-sandbox[dev]'
	@touch $@

python: export AUTHLETE_FAIL_LIBRARY := $(abspath $(LIBRARY))
python: lib $(VENV)/installed
# With namespace packages, bindings/examples/flask would be the package flask.
	$(call stage,python lint,$(RUFF) check $(PYTHON_FILES) && $(RUFF) format --check $(PYTHON_FILES) && \
		$(MYPY) --no-namespace-packages $(PYTHON_FILES))
	@$(CARGO) build --quiet --package authlete-fail-sandbox
	$(call stage,python,$(VENV)/bin/python -m pytest --quiet -c $(PYPROJECT) tests/python)

PYRIGHT := $(TARGET)/pyright
DEEP += pyright
NEEDS_pyright := cc $(VENV_NEEDS)

## Test: make pyright         check the uses in tests/python/test_types.py with pyright
# basedpyright is pyright in wheels that contain Node.js. They are too large for the venv of the tests.
.PHONY: pyright
pyright: export AUTHLETE_FAIL_LIBRARY := $(abspath $(LIBRARY))
pyright: lib $(VENV)/installed
	@test -x $(PYRIGHT)/bin/basedpyright || { $(PYTHON) -m venv $(PYRIGHT) && \
		$(PYRIGHT)/bin/pip install --quiet --disable-pip-version-check 'basedpyright>=1.40,<2'; }
	$(call stage,pyright,$(VENV)/bin/python -m pytest --quiet -c $(PYPROJECT) tests/python/test_types.py)

# All stages share one Cargo target folder and one venv, and some measure what a parallel stage would affect.
.NOTPARALLEL:

NEEDS_check = $(NEEDS_test) $(foreach stage,faults sanitize $(REST),$(NEEDS_$(stage)))

## Test: make check           run 'make test' and the slower stages; needs root
check: test check-rest

# The stages of `make check` that are not part of `make test`.
NEEDS_check-rest = $(NEEDS_check)
check-rest:
	@for stage in faults sanitize $(REST); do $(MAKE) --no-print-directory $$stage || exit 1; done

NEEDS_faults := $(COMPILERS) faketime ip kill nft nginx openssl squid strace

## Test: make faults          run the fault suite; cases that need root are ignored without it
faults: lib
	$(call stage,faults,$(call bounded,900) $(CARGO) test --quiet --test faults)

NEEDS_sanitize := $(COMPILERS)

## Test: make sanitize        run the C and C++ tests under AddressSanitizer and UBSan
sanitize: export AUTHLETE_FAIL_SANITIZE := 1
sanitize:
	$(call stage,sanitize,$(call bounded,600) $(CARGO) test --quiet --test abi -- _programs sanitizers_detect && \
		$(call bounded,600) $(CARGO) test --quiet --test scenarios -- --exact c cpp)

REST += msrv
MSRV := $(shell sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)

## Test: make msrv            compile the library with the oldest Rust that it supports
.PHONY: msrv
msrv:
	@rustup run $(MSRV) rustc --version >/dev/null 2>&1 || \
		{ echo "Rust $(MSRV) is missing: rustup toolchain install $(MSRV) --profile minimal" >&2; exit 2; }
	$(call stage,msrv,cargo +$(MSRV) check --lib --locked --quiet --target-dir $(TARGET)/msrv)

## Maintain: make clean           delete all build output
clean:
	$(CARGO) clean
	rm -rf .mypy_cache .ruff_cache bindings/python/.pytest_cache

include bindings/install.mk tests/bench/bench.mk tests/consumers/consumers.mk tests/abi/abi.mk
include bindings/examples/servers.mk bindings/python/wheel.mk bindings/debian/deb.mk docs/docs.mk docs/pictures.mk
include tests/platforms/aarch64.mk tests/wire/wire.mk tests/soak/soak.mk tests/platforms/musl.mk tests/deep/deep.mk
include bindings/needs.mk
