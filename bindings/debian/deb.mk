# Debian packages. They need debhelper, and their test lintian and mmdebstrap, and root.

DEB := $(abspath $(or $(CARGO_TARGET_DIR),target))/deb

.PHONY: deb check-deb

# In a folder of its own, since Debian wants its files in `debian` and writes beside it.
deb:
	@rm -rf $(DEB)
	@mkdir -p $(DEB)/authlete-fail
	@cp -R bindings/debian $(DEB)/authlete-fail/debian
	@cd $(DEB)/authlete-fail && SOURCE=$(CURDIR) dpkg-buildpackage --build=binary --no-sign
	@ls $(DEB)/*.deb

check-deb: deb
	$(call stage,lintian,lintian --fail-on error $(DEB)/*.changes)
	$(call stage,deb,bindings/debian/check.sh $(DEB))
