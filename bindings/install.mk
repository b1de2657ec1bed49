# Installation and the release archive. Packagers set DESTDIR, PREFIX and similar variables:
# make install DESTDIR=debian/tmp PREFIX=/usr LIBDIR=/usr/lib/x86_64-linux-gnu

PREFIX ?= /usr/local
BINDIR ?= $(PREFIX)/bin
LIBDIR ?= $(PREFIX)/lib
INCLUDEDIR ?= $(PREFIX)/include
DOCDIR ?= $(PREFIX)/share/doc/authlete-fail
override PREFIX := $(abspath $(PREFIX))
# The prefix in the .pc file; `make dist` makes it relative to the file.
PC_PREFIX ?= $(PREFIX)
CMAKEDIR = $(LIBDIR)/cmake/authlete_fail
# Debian's `su` does not add /sbin to PATH.
LDCONFIG ?= PATH="$$PATH:/usr/sbin:/sbin" ldconfig
STRIP ?= strip

PATHS := DESTDIR PREFIX BINDIR LIBDIR INCLUDEDIR DOCDIR CARGO_TARGET_DIR
SPACED := $(foreach name,$(PATHS),$(if $(word 2,$($(name))),$(name)))
ifneq ($(strip $(SPACED)),)
$(error paths must not contain spaces: $(strip $(SPACED)))
endif

CRATE := Cargo.toml Cargo.lock build.rs $(shell find src -name '*.rs')
# The software bills of materials, one per binary.
SBOMS := authlete-fail.cdx.json authlete-fail-sandbox.cdx.json
SANDBOX := Cargo.lock $(shell find tests/sandbox/src -name '*.rs') tests/sandbox/Cargo.toml
PYTHON_FILES += tests/install bindings/audit.py bindings/sbom.py

REST += install-check
NEEDS_build := cc readelf $(NEEDS_$(PLATFORM))
NEEDS_dist := $(NEEDS_build)
NEEDS_install-check := $(NEEDS_build) $(VENV_NEEDS) pkg-config
NEEDS_cargo-c := $(NEEDS_install-check) openssl/ssl.h

## Build: make build           build everything that 'make install' copies
## Package: make install         install libraries, headers, pkg-config and CMake files, and sandbox to PREFIX
## Package: make uninstall       remove the installed files; pass the same variables as to 'make install'
## Package: make dist            build a release archive of the installed files, and its checksum
## Test: make install-check   test the files that 'make install' and 'make dist' produce
.PHONY: build install uninstall dist install-check cargo-c

.DELETE_ON_ERROR:

# After `make build`, `make install` only copies files, so root needs no Rust.
build: $(addprefix $(INSTALLABLE)/,libauthlete_fail.so libauthlete_fail.a authlete-fail-sandbox $(SBOMS))

$(INSTALLABLE)/libauthlete_fail.so: $(CRATE) bindings/audit.py
	@$(MAKE) --no-print-directory lib
	@mkdir -p $(@D)
	$(STRIP) --strip-unneeded -o $@ $(LIBRARY)
	@$(call audit,authlete-fail,$@)

$(INSTALLABLE)/libauthlete_fail.a: $(CRATE) include/authlete_fail.h bindings/localise.sh | $(TOOLCHAIN_$(PLATFORM))
	$(rust_target)
	@mkdir -p $(@D)
	$(SHARED_LIBC) $(CARGO) rustc $(CARGO_TARGET) --release --lib --crate-type staticlib -- \
		--print native-static-libs=$(abspath $(RELEASE))/native-static-libs
	@cp $(RELEASE)/native-static-libs $(@D)
	LD=$(LD) OBJCOPY=$(OBJCOPY) AR=$(AR) bindings/localise.sh $(abspath $(RELEASE)/libauthlete_fail.a $@) $(UNWINDER)

$(INSTALLABLE)/authlete-fail-sandbox: $(SANDBOX) bindings/audit.py | $(TOOLCHAIN_$(PLATFORM))
	$(rust_target)
	@mkdir -p $(@D)
	$(CARGO) build $(CARGO_TARGET) --release --package authlete-fail-sandbox
	$(STRIP) -o $@ $(RELEASE)/authlete-fail-sandbox
	@$(call audit,authlete-fail-sandbox,$@)

$(INSTALLABLE)/%.cdx.json: Cargo.toml Cargo.lock tests/sandbox/Cargo.toml bindings/audit.py bindings/sbom.py
	@mkdir -p $(@D)
	@$(call crates,sbom.py,$*,$@)

# The system libraries that the archive needs. Without libgcc_s, because the compiler driver adds it or, with
# -static, libgcc_eh: libgcc_s has no static version.
native_libs = $(UNWINDER_LIBS) $$(sed 's/-lgcc_s *//' $(INSTALLABLE)/native-static-libs)

# $(call fill,template,file) fills in a template. Paths are relative, so that the prefix can be moved.
fill = sed -e 's|@VERSION@|$(VERSION)|g' -e 's|@MAJOR@|$(MAJOR)|g' -e 's|@PC_PREFIX@|$(PC_PREFIX)|' \
	-e 's|@LIBDIR@|$(patsubst $(PREFIX)/%,$${prefix}/%,$(LIBDIR))|' \
	-e 's|@INCLUDEDIR@|$(patsubst $(PREFIX)/%,$${prefix}/%,$(INCLUDEDIR))|' \
	-e "s|@TO_INCLUDEDIR@|$$(realpath -ms --relative-to=$(CMAKEDIR) $(INCLUDEDIR))|" \
	-e "s|@TO_LIBDIR@|$$(realpath -ms --relative-to=$(CMAKEDIR) $(LIBDIR))|" \
	-e "s|@NATIVE_LIBS@|$(native_libs)|" $(1) >$(2) && chmod 644 $(2)

install: build
	@install -d $(addprefix $(DESTDIR),$(BINDIR) $(LIBDIR)/pkgconfig $(CMAKEDIR) \
		$(INCLUDEDIR)/authlete_fail $(DOCDIR))
	install -m 755 $(INSTALLABLE)/authlete-fail-sandbox $(DESTDIR)$(BINDIR)
	install -m 755 $(INSTALLABLE)/libauthlete_fail.so $(DESTDIR)$(LIBDIR)/libauthlete_fail.so.$(VERSION)
	ln -sf libauthlete_fail.so.$(VERSION) $(DESTDIR)$(LIBDIR)/$(SONAME)
	ln -sf $(SONAME) $(DESTDIR)$(LIBDIR)/libauthlete_fail.so
	install -m 644 $(INSTALLABLE)/libauthlete_fail.a $(DESTDIR)$(LIBDIR)
	install -m 644 include/authlete_fail.h bindings/cpp/authlete_fail.hpp $(DESTDIR)$(INCLUDEDIR)
	install -m 644 bindings/cpp/authlete_fail/*.hpp $(DESTDIR)$(INCLUDEDIR)/authlete_fail
	install -m 644 LICENSE THIRD-PARTY $(DESTDIR)$(DOCDIR)
	@for sbom in $(addprefix $(INSTALLABLE)/,$(SBOMS)); do \
		if [ -e $$sbom ]; then install -m 644 $$sbom $(DESTDIR)$(DOCDIR); fi; done
	@$(call fill,bindings/pkgconfig/authlete-fail.pc.in,$(DESTDIR)$(LIBDIR)/pkgconfig/authlete-fail.pc)
	@$(call fill,bindings/cmake/authlete_fail-config.cmake.in,$(DESTDIR)$(CMAKEDIR)/authlete_fail-config.cmake)
	@$(call fill,bindings/cmake/authlete_fail-config-version.cmake.in,\
		$(DESTDIR)$(CMAKEDIR)/authlete_fail-config-version.cmake)
	@if [ -z "$(DESTDIR)" ] && [ "$$(id -u)" = 0 ]; then $(LDCONFIG); fi
	@if [ -z "$(DESTDIR)" ] && ! pkg-config --exists authlete-fail 2>/dev/null; then \
		echo "To use it: export PKG_CONFIG_PATH=$(LIBDIR)/pkgconfig, and link with -Wl,-rpath,$(LIBDIR)"; fi

uninstall:
	rm -f $(DESTDIR)$(BINDIR)/authlete-fail-sandbox
	rm -f $(addprefix $(DESTDIR)$(LIBDIR)/libauthlete_fail,.so.$(VERSION) .so.$(MAJOR) .so .a)
	rm -f $(addprefix $(DESTDIR)$(INCLUDEDIR)/,authlete_fail.h authlete_fail.hpp \
		$(patsubst bindings/cpp/%,%,$(wildcard bindings/cpp/authlete_fail/*.hpp)))
	rm -f $(DESTDIR)$(LIBDIR)/pkgconfig/authlete-fail.pc
	rm -f $(addprefix $(DESTDIR)$(CMAKEDIR)/,authlete_fail-config.cmake authlete_fail-config-version.cmake)
	rm -f $(addprefix $(DESTDIR)$(DOCDIR)/,LICENSE THIRD-PARTY $(SBOMS))
	@rmdir --ignore-fail-on-non-empty $(addprefix $(DESTDIR),\
		$(CMAKEDIR) $(DOCDIR) $(INCLUDEDIR)/authlete_fail) 2>/dev/null || true

DIST_FOLDER := $(OUTPUT)/dist
ARCHIVE := authlete-fail-$(VERSION)-linux-$(PLATFORM_NAME)
SOURCE_DATE_EPOCH ?= $(shell git log -1 --format=%ct 2>/dev/null || echo 0)

# The archive can be unpacked anywhere. The same build always produces the same bytes.
dist: build
	@rm -rf $(DIST_FOLDER)
	@$(MAKE) --no-print-directory install DESTDIR=$(DIST_FOLDER) PREFIX=/$(ARCHIVE) PC_PREFIX='$$$${pcfiledir}/../..'
	tar --create --sort=name --format=ustar --owner=0 --group=0 --numeric-owner --mode=u=rwX,go=rX \
		--mtime=@$(SOURCE_DATE_EPOCH) --directory=$(DIST_FOLDER) $(ARCHIVE) | \
		gzip -9n >$(DIST_FOLDER)/$(ARCHIVE).tar.gz
	@rm -rf $(DIST_FOLDER)/$(ARCHIVE)
	cd $(DIST_FOLDER) && sha256sum $(ARCHIVE).tar.gz | tee SHA256SUMS

install-check: export AUTHLETE_FAIL_SBOM_PYTHON = $(abspath $(TARGET)/sbom/bin/python)
install-check: build $(VENV)/installed $(TARGET)/sbom/installed
	$(call stage,install,$(VENV)/bin/python -m pytest --quiet --tb=short -c $(PYPROJECT) tests/install)

$(TARGET)/sbom/installed: tests/install/sbom.txt
	$(PYTHON) -m venv $(@D)
	$(@D)/bin/pip install --quiet --disable-pip-version-check --requirement $<
	@touch $@

# cargo-c itself is built without optimisation, which is faster.
cargo-c: build $(VENV)/installed
	$(call stage,cargo-c,CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_OPT_LEVEL=0 \
		tests/deep/tool.sh cargo-c 0.10.24+cargo-0.98.0 && $(VENV)/bin/python -m pytest --quiet --tb=short \
		-o timeout=1800 -c $(PYPROJECT) tests/install/cargo_c.py)
