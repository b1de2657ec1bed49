# The library, static programs and the sandbox with musl: natively for x86_64, under qemu-user for aarch64.

DEEP += check-musl
MUSL := x86_64-unknown-linux-musl aarch64-unknown-linux-musl
NEEDS_check-musl = $(sort $(COMPILERS) $(VENV_NEEDS) $(NEEDS_faults) $(foreach platform,$(MUSL),$(NEEDS_$(platform))) \
	pkg-config qemu-aarch64 readelf unshare)

## Release: make check-musl      test the library, static programs and the sandbox with musl; needs root
.PHONY: check-musl musl-tests musl-faults musl-resolver
check-musl:
	@tests/musl/loader.sh arm64 $(TARGET)/musl/aarch64
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
		$(VENV)/bin/python -m pytest --quiet --tb=short -c $(PYPROJECT) tests/install/musl.py)

# Compiles the other Rust library of the dlopen test. Its unwinder has the name of the one that Rust asks for.
MUSL_UNWINDER := $(abspath $(TARGET)/musl/unwinder)
MUSL_RUSTC = rustc --target x86_64-unknown-linux-musl -Ctarget-feature=-crt-static -Clinker=musl-gcc -L native=$(MUSL_UNWINDER)

# There is no libfaketime for musl.
musl-faults: export AUTHLETE_FAIL_RUSTC = $(MUSL_RUSTC)
musl-faults:
	@mkdir -p $(MUSL_UNWINDER)
	@cp "$$(rustc --print target-libdir --target x86_64-unknown-linux-musl)/self-contained/libunwind.a" \
		$(MUSL_UNWINDER)/libgcc_s.a
	$(call stage,musl: faults,$(call platform_tests,x86_64-unknown-linux-musl) $(call bounded,900) \
		$(CARGO) test --quiet --test faults -- --skip the_clock_jumps)
	$(call stage,musl: malloc,$(call platform_tests,x86_64-unknown-linux-musl) \
		$(CARGO) test --quiet --test deep -- --ignored malloc)
