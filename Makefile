# authlete-fail. `make help` lists what there is.

CARGO ?= cargo
PYTHON ?= python3
CC ?= cc
CXX ?= c++

RELEASE := $(or $(CARGO_TARGET_DIR),target)/release
LIBRARY := $(RELEASE)/libauthlete_fail.so
VENV := target/venv
DEMO := $(or $(CARGO_TARGET_DIR),target)/demo
PYPROJECT := bindings/python/pyproject.toml
PYTHON_FILES := bindings/python/authlete_fail bindings/examples/fail.py tests/python
RUFF = $(VENV)/bin/ruff --quiet --config $(PYPROJECT)
HOST = $(shell rustc --version --verbose | sed -n 's/^host: //p')
RUNNER = CARGO_TARGET_$(shell echo $(HOST) | tr a-z- A-Z_)_RUNNER
LINK := -Iinclude -Ibindings/cpp -L$(RELEASE) -Wl,-rpath,$(abspath $(RELEASE)) -lauthlete_fail

# $(call stage,name,command) runs a command and says how long it took.
stage = @start=$$(date +%s); echo "== $(1)"; { $(2); } && echo "== $(1): $$(($$(date +%s) - start)) s"

# $(call bounded,seconds) before `cargo test`: a test program that takes longer is killed and fails.
# The test harness names tests that have run for 60 seconds. Compiling does not count.
bounded = $(RUNNER)="tests/support/bounded.sh $(1)"

.PHONY: all help lib demo test format lint rust python check check-rest faults sanitize clean

all: lib

# The lines that begin with two #, here and in the files that are included.
help:
	@sed -n 's/^## //p' $(MAKEFILE_LIST)

## make                build the shared library
# One crate type at a time: with several, Cargo drops link-time optimisation.
lib:
	$(CARGO) rustc --release --lib --crate-type cdylib
	@ln -sf libauthlete_fail.so $(RELEASE)/$(SONAME)

## make demo           run the C, C++ and Python examples against the sandbox
demo: lib
	$(CARGO) build --package authlete-fail-sandbox
	@mkdir -p $(DEMO)
	$(CC) -std=c99 -o $(DEMO)/fail-c bindings/examples/fail.c $(LINK)
	$(CXX) -std=c++17 -o $(DEMO)/fail-cpp bindings/examples/fail.cpp $(LINK)
	@PYTHON=$(PYTHON) TARGET=$(abspath $(DEMO)/..) bindings/examples/demo.sh

## make test           formatting, lints and all tests; no root, no account, no network but crates.io and PyPI
test: format lint rust python

format:
	$(call stage,format,$(CARGO) fmt --all --check)

lint:
	$(call stage,lint,$(CARGO) clippy --workspace --all-targets --quiet -- --deny warnings && $(CARGO) clippy --test faults --test snippets --test wire --quiet -- --deny warnings)

rust:
	$(call stage,rust,$(call bounded,600) $(CARGO) test --workspace --all-targets --quiet && tests/support/bounded.sh 600 $(CARGO) test --workspace --doc --quiet)

$(VENV)/installed: $(PYPROJECT)
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/pip install --quiet --disable-pip-version-check --editable 'bindings/python[dev]'
	@touch $@

python: export AUTHLETE_FAIL_LIBRARY := $(abspath $(LIBRARY))
python: lib $(VENV)/installed
	$(call stage,python lint,$(RUFF) check $(PYTHON_FILES) && $(RUFF) format --check $(PYTHON_FILES) && $(VENV)/bin/mypy --config-file $(PYPROJECT) $(PYTHON_FILES))
	@$(CARGO) build --quiet --package authlete-fail-sandbox
	$(call stage,python,$(VENV)/bin/python -m pytest --quiet -c $(PYPROJECT) tests/python)

# All stages share one cargo and one venv, and some count what a neighbour would move.
.NOTPARALLEL:

## make check          test, and what takes longer or wants root and Debian's packages (.ci/run has their names)
check: test check-rest

# What is left of `make check` after `make test`.
check-rest:
	@for stage in faults sanitize $(REST); do $(MAKE) --no-print-directory $$stage || exit 1; done

## make faults         the fault suite
# As root, all rows; otherwise those that need no private network, and it says which it left out.
faults: lib
	$(call stage,faults,$(call bounded,900) $(CARGO) test --quiet --test faults)

## make sanitize       the C and C++ tests under ASan and UBSan
sanitize: export AUTHLETE_FAIL_SANITIZE := 1
sanitize:
	$(call stage,sanitize,$(call bounded,600) $(CARGO) test --quiet --test abi -- _programs sanitizers_detect && $(call bounded,600) $(CARGO) test --quiet --test scenarios -- --exact c cpp)

## make clean          delete what was built
clean:
	$(CARGO) clean
	rm -rf .mypy_cache .ruff_cache bindings/python/.pytest_cache

# They add their stages to REST (make check) and DEEP (make check-deep).
include bindings/install.mk tests/bench/bench.mk tests/consumers/consumers.mk tests/abi/abi.mk
include bindings/examples/servers.mk bindings/python/wheel.mk bindings/debian/deb.mk docs/docs.mk
include tests/wire/wire.mk tests/soak/soak.mk tests/deep/deep.mk
