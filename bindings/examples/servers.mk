# The example servers, and tests that simulate their users and OAuth clients. Build output goes to $(SERVERS).

SERVERS := $(TARGET)/servers
SERVERS_WARNINGS := -Wall -Wextra -Werror -O1 -g $(SERVERS_SANITIZE)
MICROHTTPD := bindings/examples/microhttpd
HTTPLIB := bindings/examples/httplib
SERVERS_PYTHON := tests/servers bindings/examples/flask bindings/examples/starlette
SERVERS_PYTEST := $(VENV)/bin/python -m pytest --quiet -c $(PYPROJECT) tests/servers

REST += servers
DEEP += servers-asan browser
NEEDS_servers := $(COMPILERS) $(VENV_NEEDS) httplib.h microhttpd.h openssl/ssl.h pkg-config
NEEDS_servers-asan := $(NEEDS_servers)
NEEDS_browser := $(NEEDS_servers) chromium chromedriver

## Test: make servers         test the example servers with simulated users and OAuth clients
## Release: make servers-asan    run 'make servers' for the C and C++ servers under AddressSanitizer and UBSan
## Release: make browser         test the example servers with Chromium
.PHONY: servers servers-asan servers-build browser

# SERVERS_FLAGS is passed to pytest: make servers SERVERS_FLAGS='-k microhttpd'
servers browser: export AUTHLETE_FAIL_LIBRARY := $(abspath $(LIBRARY))
servers browser: export AUTHLETE_FAIL_SERVERS := $(abspath $(SERVERS))
servers browser: servers-build $(VENV)/servers-installed

servers:
	$(call stage,servers lint,$(RUFF) check $(SERVERS_PYTHON) && $(RUFF) format --check $(SERVERS_PYTHON) && \
		$(MYPY) $(SERVERS_PYTHON))
	$(call stage,servers,$(SERVERS_PYTEST) -m 'not chromium' $(SERVERS_FLAGS))

browser:
	$(call stage,browser,$(SERVERS_PYTEST) -m chromium $(SERVERS_FLAGS))

$(VENV)/servers-installed: tests/servers/requirements.txt tests/snippets/requirements.txt $(VENV)/installed
	$(VENV)/bin/pip install --quiet --disable-pip-version-check --requirement $<
	@touch $@

# AddressSanitizer makes a server that leaks exit with an error.
servers-asan:
	@$(MAKE) --no-print-directory servers SERVERS=$(SERVERS)/asan SERVERS_FLAGS='-k "microhttpd or httplib"' \
		SERVERS_SANITIZE='-fsanitize=address,undefined -fno-sanitize-recover=all'

servers-build: lib $(SERVERS)/microhttpd $(SERVERS)/httplib
	@$(CARGO) build --quiet --package authlete-fail-sandbox

$(SERVERS)/microhttpd: $(wildcard $(MICROHTTPD)/*) include/authlete_fail.h
	@mkdir -p $(@D)
	$(CC) -std=c11 -D_GNU_SOURCE $(SERVERS_WARNINGS) -pthread -o $@ $(filter %.c,$^) \
		$$(pkg-config --cflags --libs libmicrohttpd) $(LINK)

$(SERVERS)/httplib: $(wildcard $(HTTPLIB)/*) $(wildcard bindings/cpp/*.hpp bindings/cpp/*/*.hpp) include/authlete_fail.h
	@mkdir -p $(@D)
	$(CXX) -std=c++17 $(SERVERS_WARNINGS) -pthread -o $@ $(filter %.cpp,$^) \
		$$(pkg-config --cflags --libs cpp-httplib libcrypto) $(LINK)
