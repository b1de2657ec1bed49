# Debian packages. They need dpkg-dev and debhelper, and their test lintian and mmdebstrap, as root.

DEEP += check-deb
DEB := $(abspath $(or $(CARGO_TARGET_DIR),target))/deb

.PHONY: deb check-deb third-party

## make deb            the Debian packages of what is installed
# In a folder of its own, since Debian wants its files in `debian` and writes beside it.
deb: build
	@rm -rf $(DEB)
	@mkdir -p $(DEB)/authlete-fail
	@cp -R bindings/debian $(DEB)/authlete-fail/debian
	@cd $(DEB)/authlete-fail && SOURCE=$(CURDIR) dpkg-buildpackage --build=binary --no-sign >$(DEB)/log 2>&1 || { cat $(DEB)/log; exit 1; }
	@ls $(DEB)/*.deb

## make check-deb      install them in a clean Debian, build programs there, and take them away again
check-deb: deb
	$(call stage,deb: lintian,lintian --fail-on error $(DEB)/*.changes)
	$(call stage,deb: clean Debian,bindings/debian/check.sh $(DEB))

## make third-party    write THIRD-PARTY anew, the licences of all crates in what ships
third-party:
	@tests/deep/tool.sh cargo-about 0.9.3 --features cli
	$(CARGO) about generate --workspace --fail about.hbs --output-file THIRD-PARTY
	@cp THIRD-PARTY bindings/python
