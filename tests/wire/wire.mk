# HTTP/1.1 on the wire: compares the handling of responses with libcurl, and checks requests with strict parsers.

REST += wire
NEEDS_wire := cc $(VENV_NEEDS) curl/curl.h

## Test: make wire            compare malformed responses with libcurl; check requests with strict parsers
.PHONY: wire
wire: lib $(VENV)/wire-installed
	$(call stage,wire lint,$(RUFF) check tests/wire && $(RUFF) format --check tests/wire && $(MYPY) tests/wire)
	$(call stage,wire,$(CARGO) test --quiet --test wire)

$(VENV)/wire-installed: tests/wire/requirements.txt $(VENV)/installed
	$(VENV)/bin/pip install --quiet --disable-pip-version-check --requirement $<
	@touch $@
