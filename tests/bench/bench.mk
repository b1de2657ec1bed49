# The benchmarks; tests/bench/README.md describes them. Build output goes to $(BENCH).

BENCH := $(TARGET)/bench
BENCH_PYTHON := $(BENCH)/venv/bin/python
BENCH_CLIENTS := $(addprefix $(BENCH)/calls-,authlete_fail beast httplib libcurl socket ureq)
BENCH_COMMANDS := $(addprefix $(BENCH)/commands-,authlete_fail libcurl)
BENCH_THREADS := $(foreach via,authlete_fail libcurl,$(BENCH)/threads-$(via) $(BENCH)/calls-$(via))
PYTHON_FILES += tests/bench

# Linker flags for each client.
VIA_authlete_fail := $(LINK)
VIA_beast := -lssl -lcrypto -lstdc++
VIA_httplib := -lcpp-httplib -lssl -lcrypto -lstdc++
VIA_libcurl := -lcurl -lcjson
VIA_socket := -lssl -lcrypto
VIA_ureq := -lm

REST += bench-counts bench-rare-gate
NEEDS_bench-counts := cc python3 nginx openssl strace valgrind
NEEDS_bench-rare-gate := cc cjson/cJSON.h curl/curl.h ip nginx openssl python3

## Benchmark: make bench           measure the time of a call, compared with libcurl, Beast, requests and others
## Benchmark: make bench-scaling   measure 1 to 64 threads that share one client, compared with libcurl
## Benchmark: make bench-start     measure startup, new connections, memory and size, compared with libcurl
## Benchmark: make bench-footprint measure memory, CPU, connections and log for capacity planning
## Benchmark: make bench-rare      measure calls that are seconds apart, over a link with a delay; needs root
## Benchmark: make bench-rare-gate check the round trips and connections of such calls; needs root
## Benchmark: make bench-counts    compare instructions, system calls and allocations of a call with counts.json
.PHONY: bench bench-install bench-scaling bench-start

# To select what to measure: make bench BENCH_FLAGS='--tls --rounds 21'; see tests/bench/latency.py --help
bench: bench-install lib
	@$(MAKE) --no-print-directory $(BENCH_CLIENTS) $(BENCH)/server $(BENCH)/tls/server.pem $(BENCH)/venv/installed
	@$(BENCH_PYTHON) tests/bench/latency.py $(BENCH_FLAGS)

# BENCH_FLAGS as above; see tests/bench/scaling.py --help and tests/bench/start.py --help
bench-scaling bench-start: bench-%: bench-install lib
	@$(MAKE) --no-print-directory $(BENCH_THREADS) $(BENCH)/server $(BENCH)/tls/server.pem $(BENCH)/venv/installed
	@$(BENCH_PYTHON) tests/bench/$*.py $(BENCH_FLAGS)

# BENCH_FLAGS as above; see tests/bench/footprint.py --help
NEEDS_bench-footprint := cc python3 nginx openssl
.PHONY: bench-footprint
bench-footprint: lib $(BENCH)/footprint $(BENCH)/calls-authlete_fail $(BENCH)/server $(BENCH)/tls/server.pem
	@$(PYTHON) tests/bench/footprint.py $(BENCH_FLAGS)

# BENCH_FLAGS as above; see tests/bench/rare.py --help
.PHONY: bench-rare
bench-rare: bench-install lib
	@$(MAKE) --no-print-directory $(BENCH_COMMANDS) $(BENCH)/server $(BENCH)/tls/server.pem $(BENCH)/venv/installed
	@$(BENCH_PYTHON) tests/bench/rare.py $(BENCH_FLAGS)

# A separate target, because its packages are needed before anything is compiled.
bench-install:
	@tests/bench/install.sh

$(BENCH)/server: tests/bench/server.c
	@mkdir -p $(@D)
	$(CC) -std=c11 -Wall -Wextra -O2 -o $@ $<

$(BENCH)/%.o: tests/bench/clients/%.c tests/bench/clients/call.h
	@mkdir -p $(@D)
	$(CC) -std=c11 -Wall -Wextra -O2 -Iinclude -c -o $@ $<

$(BENCH)/%.o: tests/bench/clients/%.cpp tests/bench/clients/call.h
	@mkdir -p $(@D)
	$(CXX) -std=c++17 -Wall -Wextra -O2 -c -o $@ $<

# An archive despite its name; the linker detects that from the content.
$(BENCH)/via_ureq.o: tests/bench/clients/ureq/via_ureq.rs tests/bench/clients/ureq/Cargo.lock
	$(CARGO) build --quiet --release --locked --manifest-path $(<D)/Cargo.toml --target-dir $(BENCH)/ureq
	@ln -sf ureq/release/libvia_ureq.a $@

.PRECIOUS: $(BENCH)/%.o
$(BENCH)/calls-%: $(BENCH)/calls.o $(BENCH)/via_%.o
	$(CC) -o $@ $^ $(VIA_$*)

$(BENCH)/commands-%: $(BENCH)/commands.o $(BENCH)/via_%.o
	$(CC) -o $@ $^ $(VIA_$*)

$(BENCH)/footprint: $(BENCH)/footprint.o $(BENCH)/via_authlete_fail.o
	$(CC) -pthread -o $@ $^ $(LINK)

$(BENCH)/calls.o $(BENCH)/commands.o $(BENCH)/footprint.o $(BENCH)/threads.o: tests/bench/clients/measure.h

$(BENCH)/threads-%: $(BENCH)/threads.o $(BENCH)/via_%.o
	$(CC) -pthread -o $@ $^ $(VIA_$*)

$(BENCH)/tls/server.pem: tests/bench/certificates.sh
	@$< $(@D)

$(BENCH)/venv/installed: tests/bench/requirements.txt
	$(PYTHON) -m venv $(@D)
	$(@D)/bin/pip install --quiet --disable-pip-version-check --requirement $<
	@touch $@

$(BENCH)/warm: tests/bench/clients/warm.c include/authlete_fail.h | lib
	@mkdir -p $(@D)
	$(CC) -std=c99 -Wall -Wextra -O2 -o $@ $< $(LINK) -lpthread

$(BENCH)/tally.so: tests/bench/tally.c
	@mkdir -p $(@D)
	$(CC) -std=c11 -Wall -Wextra -O2 -fPIC -shared -o $@ $<

# The baseline is tests/bench/counts.json; AUTHLETE_FAIL_REFRESH=1 regenerates it.
.PHONY: bench-counts
bench-counts: lib $(BENCH)/server $(BENCH)/tls/server.pem $(BENCH)/tally.so $(BENCH)/warm
	$(call stage,counts,$(PYTHON) tests/bench/counts.py)

.PHONY: bench-rare-gate
bench-rare-gate: lib $(BENCH_COMMANDS) $(BENCH)/server $(BENCH)/tls/server.pem
	$(call stage,rare calls,$(PYTHON) tests/bench/rare_gate.py)
