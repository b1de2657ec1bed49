# authlete-fail. `make help` lists what there is.

CARGO ?= cargo
PYTHON ?= python3
CC ?= cc
CXX ?= c++

RELEASE := $(or $(CARGO_TARGET_DIR),target)/release
LIBRARY := $(RELEASE)/libauthlete_fail.so
VENV := target/venv
PYPROJECT := bindings/python/pyproject.toml
PYTHON_FILES := bindings/python/authlete_fail bindings/examples tests/python
RUFF = $(VENV)/bin/ruff --quiet --config $(PYPROJECT)
LINK := -Iinclude -Ibindings/cpp -L$(RELEASE) -Wl,-rpath,$(abspath $(RELEASE)) -lauthlete_fail

# $(call stage,name,command) runs a command and says how long it took.
stage = @start=$$(date +%s); echo "== $(1)"; { $(2); } && echo "== $(1): $$(($$(date +%s) - start)) s"

.PHONY: all help lib demo test format lint rust python check faults sanitize clean

all: lib

help:
	@echo "make          build the shared library: $(LIBRARY)"
	@echo "make demo     run the C, C++ and Python examples against the sandbox"
	@echo "make test     formatting, lints and all tests; no root, no account, no network but crates.io and PyPI"
	@echo "make check    test, the fault suite (as root), the C and C++ tests under ASan and UBSan, bench-counts, and check-wheel"
	@echo "make check-deep   asan, tsan, miri, valgrind, malloc, faults-deep, fuzz, deny, auditable, cargo-c, check-wheels: each also alone"
	@echo "make bench    time a warm call against libcurl, Beast, requests and others; installs them (Debian, as root)"
	@echo "make bench-scaling   1 to 64 threads that share one client, against libcurl with a handle for each"
	@echo "make bench-start     the first call of a process, new connections, memory and size, against libcurl's"
	@echo "make bench-counts   what a warm call costs in instructions, system calls and allocations, held to counts.json"
	@echo "make install   library (.so, .a), headers, pkg-config and CMake files, sandbox: PREFIX=/usr/local DESTDIR= LIBDIR= INCLUDEDIR="
	@echo "make build     what make install copies; then root needs no Rust.  make uninstall   deletes it again"
	@echo "make dist      the release archive of what is installed, with its checksum"
	@echo "make consumers   outside projects (pkg-config, CMake, Meson, C++20, dlopen) that build from an installed prefix"
	@echo "make abidiff  compare the ABI with the last release's, or with a commit: REF=...; wants abigail-tools"
	@echo "make wheel    the Python package with the library inside, for this system's glibc; GLIBC=2.28: for older ones too"
	@echo "make sdist    the Python package with the Rust sources inside; check-wheel, check-wheels test what they make"
	@echo "make clean    delete what was built"

# One crate type at a time: with several, Cargo drops link-time optimisation.
lib:
	$(CARGO) $(AUDITABLE) rustc --release --lib --crate-type cdylib
	@ln -sf libauthlete_fail.so $(RELEASE)/$(SONAME)

demo: lib
	$(CARGO) build --package authlete-fail-sandbox
	@mkdir -p target/demo
	$(CC) -std=c99 -o target/demo/fail-c bindings/examples/fail.c $(LINK)
	$(CXX) -std=c++17 -o target/demo/fail-cpp bindings/examples/fail.cpp $(LINK)
	@PYTHON=$(PYTHON) bindings/examples/demo.sh

test: format lint rust python

format:
	$(call stage,format,$(CARGO) fmt --all --check)

lint:
	$(call stage,lint,$(CARGO) clippy --workspace --all-targets --quiet -- --deny warnings && $(CARGO) clippy --test faults --quiet -- --deny warnings)

rust:
	$(call stage,rust,$(CARGO) test --workspace --quiet)

$(VENV)/installed: $(PYPROJECT)
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/pip install --quiet --disable-pip-version-check --editable 'bindings/python[dev]'
	@touch $@

python: export AUTHLETE_FAIL_LIBRARY := $(abspath $(LIBRARY))
python: lib $(VENV)/installed
	$(call stage,python lint,$(RUFF) check $(PYTHON_FILES) && $(RUFF) format --check $(PYTHON_FILES) && $(VENV)/bin/mypy --config-file $(PYPROJECT) $(PYTHON_FILES))
	@$(CARGO) build --quiet --package authlete-fail-sandbox
	$(call stage,python,$(VENV)/bin/python -m pytest --quiet -c $(PYPROJECT) tests/python)

check: test faults sanitize bench-counts install-check consumers check-wheel

# As root, all rows; otherwise those that need no private network, and it says which it left out.
faults: lib
	$(call stage,faults,$(CARGO) test --quiet --test faults)

sanitize: export AUTHLETE_FAIL_SANITIZE := 1
sanitize:
	$(call stage,sanitize,$(CARGO) test --quiet --test abi -- _programs planted && $(CARGO) test --quiet --test scenarios -- --exact c cpp)

clean:
	$(CARGO) clean
	rm -rf .mypy_cache .ruff_cache bindings/python/.pytest_cache

include bindings/install.mk tests/deep/deep.mk tests/bench/bench.mk tests/consumers/consumers.mk tests/abi/abi.mk bindings/python/wheel.mk
