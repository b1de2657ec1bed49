# The example servers, and the tests that play their users and OAuth clients. All that is built
# lands in $(SERVERS).

SERVERS := $(or $(CARGO_TARGET_DIR),target)/servers
SERVERS_WARNINGS := -Wall -Wextra -Werror -O1 -g $(SERVERS_SANITIZE)
MICROHTTPD := bindings/examples/microhttpd
HTTPLIB := bindings/examples/httplib

.PHONY: servers servers-build servers-asan

# SERVERS_FLAGS goes to pytest: make servers SERVERS_FLAGS='-k microhttpd'
servers: export AUTHLETE_FAIL_LIBRARY := $(abspath $(LIBRARY))
servers: export AUTHLETE_FAIL_SERVERS := $(abspath $(SERVERS))
servers: servers-build $(VENV)/installed
	@$(CARGO) build --quiet --package authlete-fail-sandbox
	$(call stage,servers lint,$(RUFF) check tests/servers && $(RUFF) format --check tests/servers && $(VENV)/bin/mypy --config-file $(PYPROJECT) tests/servers)
	$(call stage,servers,$(VENV)/bin/python -m pytest --quiet -c $(PYPROJECT) tests/servers $(SERVERS_FLAGS))

# Those in C and C++ with AddressSanitizer, which ends them unclean if they leak, and UBSan.
servers-asan:
	@$(MAKE) --no-print-directory servers SERVERS=$(SERVERS)/asan SERVERS_FLAGS='-k "microhttpd or httplib"' \
		SERVERS_SANITIZE='-fsanitize=address,undefined -fno-sanitize-recover=all'

servers-build: lib $(SERVERS)/microhttpd $(SERVERS)/httplib

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
