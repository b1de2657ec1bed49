# The library, static programs and the sandbox with musl: natively for x86_64, under qemu-user for aarch64.

DEEP += check-musl
MUSL := x86_64-unknown-linux-musl aarch64-unknown-linux-musl
NEEDS_check-musl = $(sort $(COMPILERS) $(VENV_NEEDS) $(NEEDS_faults) $(foreach platform,$(MUSL),$(NEEDS_$(platform))) \
	pkg-config qemu-aarch64 readelf unshare)

## Release: make check-musl      test the library, static programs and the sandbox with musl; needs root
.PHONY: check-musl musl-tests musl-faults
check-musl:
	@tests/platforms/musl_loader.sh arm64 $(TARGET)/musl/aarch64
	@for platform in $(MUSL); do \
		$(MAKE) --no-print-directory build PLATFORM=$$platform && \
		$(MAKE) --no-print-directory musl-tests OF=$$platform || exit 1; \
	done
	@$(MAKE) --no-print-directory musl-faults

# Zig removes the symbols by which tests/abi.rs recognises a codegen unit.
musl-tests: $(VENV)/installed
	$(call stage,$(OF): C and C++,$(call platform_tests,$(OF)) $(CARGO) test --quiet --test abi -- \
		--skip the_library_is_one_codegen_unit && \
		$(call platform_tests,$(OF)) $(CARGO) test --quiet --test scenarios -- --exact c cpp)
	@$(CARGO) build --quiet --package authlete-fail-sandbox
	$(call stage,$(OF): installation,AUTHLETE_FAIL_PLATFORM=$(OF) $(call platform_tests,$(OF)) \
		$(VENV)/bin/python -m pytest --quiet --tb=short -o timeout=600 \
		-c $(PYPROJECT) tests/install/musl.py)

# Compiles the other Rust library of the dlopen test. Its unwinder has the name of the one that Rust asks for.
MUSL_UNWINDER := $(abspath $(TARGET)/musl/unwinder)
MUSL_RUSTC = rustc --target x86_64-unknown-linux-musl -Ctarget-feature=-crt-static -Clinker=musl-gcc -L native=$(MUSL_UNWINDER)

# There is no libfaketime for musl. Debian's musl does not look up names over TCP; the musl that Zig links statically
# does.
musl-faults: export AUTHLETE_FAIL_RUSTC = $(MUSL_RUSTC)
musl-faults:
	@mkdir -p $(MUSL_UNWINDER)
	@cp "$$(rustc --print target-libdir --target x86_64-unknown-linux-musl)/self-contained/libunwind.a" \
		$(MUSL_UNWINDER)/libgcc_s.a
	$(call stage,musl: faults,$(call platform_tests,x86_64-unknown-linux-musl) $(call bounded,900) \
		$(CARGO) test --quiet --test faults -- --skip the_clock_jumps --skip do_not_fit_in_a_datagram)
	@mkdir -p $(TARGET)/musl/static
	@cp $(TARGET)/x86_64-unknown-linux-musl/installable/libauthlete_fail.a $(TARGET)/musl/static
	$(call stage,musl: static resolver,AUTHLETE_FAIL_LIBRARY=$(abspath $(TARGET)/musl/static/libauthlete_fail.a) \
		AUTHLETE_FAIL_CC='$(call zig,cc,x86_64)' $(CARGO) test --quiet --test faults -- dns:: \
		--skip many_ --skip inherited_dns:: --skip addresses_that_fail_at_once)
	$(call stage,musl: malloc,$(call platform_tests,x86_64-unknown-linux-musl) \
		$(CARGO) test --quiet --test deep -- --ignored malloc)
