# Debian packages. Testing them needs root.

DEEP += check-deb
NEEDS_deb := $(NEEDS_build) build-essential.deb dh
NEEDS_check-deb := $(NEEDS_deb) lintian mmdebstrap
DEB := $(abspath $(OUTPUT))/deb
# Debian's name of the architecture, for a cross build.
DEB_ARCH := $(PLATFORM:%=$(patsubst aarch64,arm64,$(patsubst x86_64,amd64,$(ARCHITECTURE))))

.PHONY: deb check-deb third-party

## Package: make deb             build the Debian packages; PLATFORM=aarch64-unknown-linux-gnu for arm64
# In a separate folder, because dpkg-buildpackage expects a `debian` folder and writes to its parent.
deb: build
	@rm -rf $(DEB)
	@mkdir -p $(DEB)/authlete-fail
	@cp -R bindings/debian $(DEB)/authlete-fail/debian
	@cd $(DEB)/authlete-fail && SOURCE=$(CURDIR) $(PLATFORM:%=CC=$(CC)) \
		dpkg-buildpackage $(DEB_ARCH:%=-a%) --build=binary --no-sign >$(DEB)/log 2>&1 || \
		{ cat $(DEB)/log; exit 1; }
	@ls $(DEB)/*.deb

## Release: make check-deb       install the Debian packages in a clean Debian, build programs, and remove them
check-deb: deb
	$(call stage,deb: lintian,lintian --fail-on error $(DEB)/*.changes)
	$(call stage,deb: clean Debian,bindings/debian/check.sh $(DEB))

## Maintain: make third-party     regenerate THIRD-PARTY, the licences of all released crates
third-party:
	@tests/deep/tool.sh cargo-about 0.9.3 --features cli
	$(CARGO) about generate --workspace --fail about.hbs --output-file THIRD-PARTY
	@for folder in bindings/python bindings/python-sandbox; do cp THIRD-PARTY $$folder; done
