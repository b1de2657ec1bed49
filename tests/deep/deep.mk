# The stages of `make check-deep`; each is also a target. They need nightly Rust with rust-src and miri. They
# install cargo-fuzz, cargo-deny, cargo-auditable and cargo-c themselves.

DEEP := deny auditable reproducible cargo-c $(DEEP) two-compilers asan miri valgrind malloc tsan faults-deep fuzz
PYTHON_FILES += tests/deep/reproducible.py
NIGHTLY := $(CARGO) +nightly
NEEDS_check-deep = $(foreach stage,$(DEEP),$(NEEDS_$(stage)))
NEEDS_two-compilers = $(NEEDS_install-check) $(NEEDS_consumers)
NEEDS_asan := $(COMPILERS)
NEEDS_valgrind := $(COMPILERS) valgrind
NEEDS_malloc := cc
NEEDS_reproducible := $(NEEDS_dist) git python3
NEEDS_faults-deep = $(NEEDS_faults)
# The time for each fuzz target.
FUZZ_SECONDS ?= 60

## Release: make check-deep      run all stages that are required before a release
## Release: make asan            run the library, C, C++ and Rust tests under AddressSanitizer
## Release: make tsan            run 64 threads on one client under ThreadSanitizer
## Release: make miri            run the tests of the FFI layer under Miri
## Release: make valgrind        run the C, C++ and TLS tests under Valgrind
## Release: make malloc          make every memory allocation fail in turn
## Release: make fuzz            run the fuzz targets; FUZZ_SECONDS=... changes the time for each
## Release: make faults-deep     run the cases of the fault suite that take a minute; needs root
## Release: make two-compilers   run 'make install-check' and 'make consumers' with a second Rust compiler
## Release: make cargo-c         test the installation with cargo-c
## Release: make deny            check licences and sources of all dependencies; ADVISORIES=advisories
## Release: make reproducible    build the release archive again in another folder, and compare
## Release: make auditable       compare the list of crates in the library with that of cargo-auditable
.PHONY: check-deep two-compilers asan tsan miri valgrind malloc fuzz deny auditable \
	reproducible faults-deep
check-deep:
	@start=$$(date +%s); \
	for stage in $(DEEP); do \
		$(MAKE) --no-print-directory $$stage || exit 1; \
	done; \
	echo "== check-deep: $$(($$(date +%s) - start)) s"

# Links the static archive together with one from nightly Rust. The other targets skip this without nightly.
two-compilers: export AUTHLETE_FAIL_NIGHTLY := 1
two-compilers:
	@$(MAKE) --no-print-directory install-check consumers

# The library, the C and C++ programs and the Rust tests have debug assertions and overflow checks. The tests
# find the library by its path.
asan: export RUSTFLAGS := -Zsanitizer=address
asan: export LSAN_OPTIONS := suppressions=$(abspath tests/deep/lsan.supp):print_suppressions=0
asan: export AUTHLETE_FAIL_SANITIZE := 1
asan: export AUTHLETE_FAIL_LIBRARY = $(abspath $(TARGET))/$(HOST)/debug/libauthlete_fail.so
asan:
	$(call stage,asan: library,$(NIGHTLY) build --quiet --target $(HOST) --lib && \
		ln -sf libauthlete_fail.so $(dir $(AUTHLETE_FAIL_LIBRARY))$(SONAME))
	$(call stage,asan: C and C++,$(NIGHTLY) test --quiet --target $(HOST) --test abi --test scenarios -- \
		--exact c_programs cpp_programs sanitizers_detect_misuse c cpp)
	$(call stage,asan: Rust,$(NIGHTLY) test --quiet --target $(HOST) --lib --test boundary --test race --test tls && \
		$(NIGHTLY) test --quiet --target $(HOST) --test scenarios -- --exact rust)

# The standard library is also built with the sanitizer, to avoid false positives. The second run checks that
# the sanitizer detects a deliberately planted race.
tsan: export RUSTFLAGS := -Zsanitizer=thread
tsan: export AUTHLETE_FAIL_ROUNDS := 5
tsan:
	$(call stage,tsan,$(NIGHTLY) test --quiet -Zbuild-std --target $(HOST) --test race && \
		! $(NIGHTLY) test --quiet -Zbuild-std --target $(HOST) --test race -- --ignored planted \
			>$(TARGET)/planted-race.log 2>&1 && \
		grep --quiet 'WARNING: ThreadSanitizer: data race' $(TARGET)/planted-race.log)

miri: export MIRIFLAGS := -Zmiri-disable-isolation
miri:
	$(call stage,miri,$(NIGHTLY) miri test --quiet --test boundary)

VALGRIND := valgrind --quiet --leak-check=full --show-leak-kinds=definite,indirect \
	--errors-for-leak-kinds=definite,indirect --error-exitcode=99 --num-callers=30 \
	--suppressions=$(abspath tests/valgrind.supp)

# The C and C++ programs run with the release build of the library; TLS is tested from Rust.
valgrind:
	$(call stage,valgrind: C and C++,\
		AUTHLETE_FAIL_WRAPPER="$(VALGRIND)" $(CARGO) test --quiet --test abi _programs && \
		AUTHLETE_FAIL_WRAPPER="$(VALGRIND)" $(CARGO) test --quiet --test scenarios -- --exact c cpp)
	$(call stage,valgrind: TLS,$(RUNNER)="$(VALGRIND)" $(CARGO) test --quiet --test tls -- --test-threads 1)

faults-deep:
	$(call stage,faults-deep,$(CARGO) test --quiet --test faults -- --ignored)

malloc:
	$(call stage,malloc,$(CARGO) test --quiet --test deep -- --ignored --nocapture malloc)

fuzz:
	$(call stage,fuzz,tests/fuzz/run.sh -s $(FUZZ_SECONDS))

# Advisories are checked only with ADVISORIES=advisories, because that needs a local database.
deny:
	$(call stage,deny,tests/deep/tool.sh cargo-deny 0.20.2 && \
		$(CARGO) deny --offline check --hide-inclusion-graph bans licenses sources $(ADVISORIES))

auditable:
	$(call stage,auditable,tests/deep/tool.sh cargo-auditable 0.7.7 && \
		tests/deep/tool.sh rust-audit-info 0.5.4 && \
		$(MAKE) --no-print-directory $(INSTALLABLE)/libauthlete_fail.so && \
		$(CARGO) auditable --quiet rustc --lib --crate-type cdylib --target-dir $(TARGET)/auditable && \
		python3 tests/deep/audited.py $(INSTALLABLE)/libauthlete_fail.so \
			$(TARGET)/auditable/debug/libauthlete_fail.so)

# The first archive is built in this folder, so that one build is enough if there is build output.
reproducible: dist
	$(call stage,reproducible,SOURCE_DATE_EPOCH=$(SOURCE_DATE_EPOCH) $(PYTHON) tests/deep/reproducible.py \
		$(DIST_FOLDER)/$(ARCHIVE).tar.gz $(abspath $(OUTPUT))/reproducible)
