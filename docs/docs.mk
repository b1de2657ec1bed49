# The documentation site. Sphinx builds it, because Sphinx is maintained and checks all references and includes.

DOCS := $(TARGET)/docs
DOCS_BIN := $(DOCS)/venv/bin
SITE := $(DOCS)/site
PYTHON_FILES += docs

REST += check-snippets
DEEP += check-docs
NEEDS_docs := cc $(VENV_NEEDS) doxygen
NEEDS_check-snippets := $(COMPILERS) $(VENV_NEEDS) cjson/cJSON.h curl curl/curl.h go kill nginx openssl pkg-config
NEEDS_check-docs := $(NEEDS_docs) $(NEEDS_check-snippets)

.PHONY: docs check-docs check-snippets

## Document: make docs            build the documentation site in target/docs/site
# Doxygen generates the C and C++ reference.
docs: export AUTHLETE_FAIL_LIBRARY := $(abspath $(LIBRARY))
docs: export PYTHONPATH := bindings/python
docs: lib $(DOCS)/venv/installed
	@rm -rf $(SITE) && mkdir -p $(SITE)/reference
	@{ cat docs/Doxyfile; echo "OUTPUT_DIRECTORY = $(SITE)/reference"; echo "HTML_OUTPUT = c"; } | doxygen -
	@$(DOCS_BIN)/sphinx-build --quiet --fail-on-warning --keep-going -d $(DOCS)/doctrees docs $(SITE)
	@echo "$(SITE)/index.html"

$(DOCS)/venv/installed: docs/requirements.txt
	$(PYTHON) -m venv $(@D)
	$(@D)/bin/pip install --quiet --disable-pip-version-check --requirement $<
	@touch $@

## Test: make check-snippets  compile and run every snippet of the documentation
check-snippets: lib $(VENV)/snippets-installed
	@$(CARGO) build --quiet --package authlete-fail-sandbox
	$(call stage,snippets,$(call bounded,600) $(CARGO) test --quiet --test snippets)

$(VENV)/snippets-installed: tests/snippets/requirements.txt $(VENV)/installed
	$(VENV)/bin/pip install --quiet --disable-pip-version-check --requirement $<
	@touch $@

## Release: make check-docs      check snippets and spelling; build the site and check its internal links
check-docs: check-snippets $(DOCS)/venv/installed
	$(call stage,spelling,$(DOCS_BIN)/codespell *.md docs bindings/python*/README.md tests/*/README.md)
	$(call stage,site,$(MAKE) --no-print-directory docs && docs/links.sh $(SITE) $(DOCS_BIN)/linkchecker)
