# The benchmarks; tests/bench/README.md says what they measure. All that is built lands in $(BENCH).

BENCH := $(or $(CARGO_TARGET_DIR),target)/bench
BENCH_PYTHON := $(BENCH)/venv/bin/python
PYTHON_FILES += tests/bench

$(BENCH)/server: tests/bench/server.c
	@mkdir -p $(@D)
	$(CC) -std=c11 -Wall -Wextra -O2 -o $@ $<

$(BENCH)/tls/server.pem: tests/bench/certificates.sh
	@$< $(@D)

$(BENCH)/venv/installed: tests/bench/requirements.txt
	$(PYTHON) -m venv $(@D)
	$(@D)/bin/pip install --quiet --disable-pip-version-check --requirement $<
	@touch $@

.PHONY: bench-install
bench-install:
	@tests/bench/install.sh
