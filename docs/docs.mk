# The documentation site. Sphinx builds it, because Sphinx is maintained and checks all references and includes.

DOCS := $(TARGET)/docs
DOCS_BIN := $(DOCS)/venv/bin
SITE := $(DOCS)/site
DOXYGEN := $(DOCS)/doxygen
PYTHON_FILES += docs

REST += check-snippets
DEEP += check-docs
NEEDS_docs := cc $(VENV_NEEDS) doxygen
NEEDS_check-snippets := $(COMPILERS) $(VENV_NEEDS) cjson/cJSON.h curl curl/curl.h go kill nginx nlohmann/json.hpp openssl pkg-config
NEEDS_check-docs := $(NEEDS_docs) $(NEEDS_check-snippets) chromium chromedriver java

.PHONY: docs check-docs check-snippets

## Document: make docs            build the documentation site in target/docs/site; needs Python 3.11
docs: export AUTHLETE_FAIL_LIBRARY := $(abspath $(LIBRARY))
docs: export PYTHONPATH := bindings/python
docs: lib $(DOCS)/venv/installed
	@echo "reading the comments in the headers"
	@rm -rf $(SITE) $(DOXYGEN) && mkdir -p $(DOXYGEN)
	@{ cat docs/Doxyfile; echo "OUTPUT_DIRECTORY = $(DOXYGEN)"; } | doxygen -
# Almost every function of the C++ headers is inline; the word would hide the rest of the declaration.
	@sed -i 's/ inline="yes"//' $(DOXYGEN)/xml/*.xml
	@echo "building the pages"
	@$(DOCS_BIN)/sphinx-build --quiet --fresh-env --fail-on-warning -d $(DOCS)/doctrees -c docs \
		-D breathe_projects.authlete-fail='$(abspath $(DOXYGEN)/xml)' . $(SITE)
	@echo "$(SITE)/index.html"

$(DOCS)/venv/installed: docs/requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and \
		"Sphinx 9 needs Python 3.11 or later: set PYTHON=python3.11, for example")'
	@echo "installing Sphinx in $(@D)"
	@$(PYTHON) -m venv $(@D)
	@$(@D)/bin/pip install --quiet --disable-pip-version-check --requirement $<
	@touch $@

## Test: make check-snippets  compile and run every snippet of the documentation
check-snippets: lib $(VENV)/snippets-installed
	@$(CARGO) build --quiet --package authlete-fail-sandbox
	$(call stage,snippets,$(call bounded,600) $(CARGO) test --quiet --test snippets)

$(VENV)/snippets-installed: tests/snippets/requirements.txt $(VENV)/installed
	$(VENV)/bin/pip install --quiet --disable-pip-version-check --requirement $<
	@touch $@

## Release: make check-docs      check the snippets and the spelling; build and check the site; needs Chromium
# The tests write screenshots to $(DOCS)/screenshots.
check-docs: check-snippets $(DOCS)/venv/installed
	$(call stage,spelling,$(DOCS_BIN)/codespell *.md docs bindings/python*/README.md tests/*/README.md)
	$(call stage,site lint,$(RUFF) check tests/docs && $(RUFF) format --check tests/docs && $(MYPY) tests/docs)
	$(call stage,site,$(MAKE) --no-print-directory docs)
	$(call stage,site tests,AUTHLETE_FAIL_SITE='$(abspath $(SITE))' $(DOCS_BIN)/python -m pytest --quiet \
		-c $(PYPROJECT) tests/docs)
