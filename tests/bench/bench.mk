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

$(BENCH)/warm: tests/bench/clients/warm.c include/authlete_fail.h | lib
	@mkdir -p $(@D)
	$(CC) -std=c99 -Wall -Wextra -O2 -o $@ $< $(LINK) -lpthread

$(BENCH)/tally.so: tests/bench/tally.c
	@mkdir -p $(@D)
	$(CC) -std=c11 -Wall -Wextra -O2 -fPIC -shared -o $@ $<

# Gated by tests/bench/counts.json; AUTHLETE_FAIL_REFRESH=1 writes it anew.
.PHONY: bench-counts
bench-counts: lib $(BENCH)/server $(BENCH)/tls/server.pem $(BENCH)/tally.so $(BENCH)/warm
	$(call stage,counts,$(PYTHON) tests/bench/counts.py)
