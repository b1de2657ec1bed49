# The example servers, and the tests that play their users and OAuth clients. All that is built
# lands in $(SERVERS).

SERVERS := $(or $(CARGO_TARGET_DIR),target)/servers
SERVERS_WARNINGS := -Wall -Wextra -Werror -O1 -g $(SERVERS_SANITIZE)
MICROHTTPD := bindings/examples/microhttpd
HTTPLIB := bindings/examples/httplib
SERVERS_PYTHON := tests/servers bindings/examples/flask bindings/examples/starlette
SERVERS_MYPY = $(VENV)/bin/mypy --config-file $(PYPROJECT)

REST += servers
DEEP += servers-asan browser

## make servers        the example authorization servers, with their users and OAuth clients
## make servers-asan   those in C and C++ under ASan and UBSan
## make browser        with Chromium as the user's browser
.PHONY: servers servers-asan servers-build browser

# SERVERS_FLAGS goes to pytest: make servers SERVERS_FLAGS='-k microhttpd'
servers browser: export AUTHLETE_FAIL_LIBRARY := $(abspath $(LIBRARY))
servers browser: export AUTHLETE_FAIL_SERVERS := $(abspath $(SERVERS))
servers browser: servers-build $(VENV)/servers-installed

# Mypy wants one module of each name.
servers:
	$(call stage,servers lint,$(RUFF) check $(SERVERS_PYTHON) && $(RUFF) format --check $(SERVERS_PYTHON) && $(SERVERS_MYPY) tests/servers bindings/examples/flask && $(SERVERS_MYPY) bindings/examples/starlette)
	$(call stage,servers,$(VENV)/bin/python -m pytest --quiet -c $(PYPROJECT) tests/servers -m 'not chromium' $(SERVERS_FLAGS))

# The same users in a real browser; Debian: chromium chromium-driver
browser:
	$(call stage,browser,$(VENV)/bin/python -m pytest --quiet -c $(PYPROJECT) tests/servers -m chromium $(SERVERS_FLAGS))

$(VENV)/servers-installed: tests/servers/requirements.txt $(VENV)/installed
	$(VENV)/bin/pip install --quiet --disable-pip-version-check --requirement $<
	@touch $@

# Those in C and C++ with AddressSanitizer, which ends them unclean if they leak, and UBSan.
servers-asan:
	@$(MAKE) --no-print-directory servers SERVERS=$(SERVERS)/asan SERVERS_FLAGS='-k "microhttpd or httplib"' \
		SERVERS_SANITIZE='-fsanitize=address,undefined -fno-sanitize-recover=all'

servers-build: lib $(SERVERS)/microhttpd $(SERVERS)/httplib
	@$(CARGO) build --quiet --package authlete-fail-sandbox

# Debian: libmicrohttpd-dev libcurl4-openssl-dev libcjson-dev
$(SERVERS)/microhttpd: $(wildcard $(MICROHTTPD)/*) include/authlete_fail.h
	@mkdir -p $(@D)
	$(CC) -std=c11 -D_GNU_SOURCE $(SERVERS_WARNINGS) -pthread -o $@ $(filter %.c,$^) \
		$$(pkg-config --cflags --libs libmicrohttpd libcurl libcjson) $(LINK)

# Debian: libcpp-httplib-dev nlohmann-json3-dev libssl-dev
$(SERVERS)/httplib: $(wildcard $(HTTPLIB)/*) bindings/cpp/authlete_fail.hpp include/authlete_fail.h
	@mkdir -p $(@D)
	$(CXX) -std=c++17 $(SERVERS_WARNINGS) -pthread -o $@ $(filter %.cpp,$^) \
		$$(pkg-config --cflags --libs cpp-httplib libcrypto) $(LINK)
