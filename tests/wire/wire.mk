# HTTP/1.1 on the wire: responses compared with libcurl, requests read by strict parsers.

REST += wire

## make wire           compare malformed responses with libcurl, and read requests with strict parsers
# Debian: libcurl4-openssl-dev
.PHONY: wire
wire: lib $(VENV)/wire-installed
	$(call stage,wire lint,$(RUFF) check tests/wire && $(RUFF) format --check tests/wire && $(VENV)/bin/mypy --config-file $(PYPROJECT) tests/wire)
	$(call stage,wire,$(CARGO) test --quiet --test wire)

$(VENV)/wire-installed: tests/wire/requirements.txt $(VENV)/installed
	$(VENV)/bin/pip install --quiet --disable-pip-version-check --requirement $<
	@touch $@
