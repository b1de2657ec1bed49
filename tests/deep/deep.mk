# The stages of `make check-deep`; each also runs alone. They need nightly Rust with rust-src and
# miri; Debian's valgrind, doxygen, abigail-tools, chromium, chromium-driver, debhelper, lintian and
# mmdebstrap; and what they install themselves: cargo-fuzz, cargo-deny, cargo-auditable, cargo-c.

DEEP := deny auditable cargo-c $(DEEP) two-compilers asan miri valgrind malloc tsan faults-deep fuzz
TARGET := $(or $(CARGO_TARGET_DIR),target)
NIGHTLY := $(CARGO) +nightly
# How long each target is fuzzed.
FUZZ_SECONDS ?= 60

## make check-deep     before a release: each of these stages also runs alone
##                     deny auditable cargo-c asan miri valgrind malloc tsan faults-deep fuzz, and those above
.PHONY: check-deep two-compilers asan tsan miri valgrind malloc fuzz deny auditable faults-deep
check-deep:
	@start=$$(date +%s); \
	for stage in $(DEEP); do \
		$(MAKE) --no-print-directory $$stage || exit 1; \
	done; \
	echo "== check-deep: $$(($$(date +%s) - start)) s"

# Our static archive beside one of another Rust compiler: left out where there is no nightly.
two-compilers: export AUTHLETE_FAIL_NIGHTLY := 1
two-compilers:
	@$(MAKE) --no-print-directory install-check consumers

# Library, C and C++ programs, and Rust tests, all with AddressSanitizer, debug assertions and
# overflow checks. The tests find the library that is built here by its path.
asan: export RUSTFLAGS := -Zsanitizer=address
asan: export LSAN_OPTIONS := suppressions=$(abspath tests/deep/lsan.supp):print_suppressions=0
asan: export AUTHLETE_FAIL_SANITIZE := 1
asan: export AUTHLETE_FAIL_LIBRARY = $(abspath $(TARGET))/$(HOST)/debug/libauthlete_fail.so
asan:
	$(call stage,asan: library,$(NIGHTLY) build --quiet --target $(HOST) --lib && ln -sf libauthlete_fail.so $(dir $(AUTHLETE_FAIL_LIBRARY))$(SONAME))
	$(call stage,asan: C and C++,$(NIGHTLY) test --quiet --target $(HOST) --test abi --test scenarios -- --exact c_programs cpp_programs sanitizers_detect_misuse c cpp)
	$(call stage,asan: Rust,$(NIGHTLY) test --quiet --target $(HOST) --lib --test boundary --test race --test tls && $(NIGHTLY) test --quiet --target $(HOST) --test scenarios -- --exact rust)

# The standard library is built with the sanitizer too, or it would see races where none are.
tsan: export RUSTFLAGS := -Zsanitizer=thread
tsan: export AUTHLETE_FAIL_ROUNDS := 5
tsan:
	$(call stage,tsan,$(NIGHTLY) test --quiet -Zbuild-std --target $(HOST) --test race && ! $(NIGHTLY) test --quiet -Zbuild-std --target $(HOST) --test race -- --ignored planted >$(TARGET)/planted-race.log 2>&1 && grep --quiet 'WARNING: ThreadSanitizer: data race' $(TARGET)/planted-race.log)

miri: export MIRIFLAGS := -Zmiri-disable-isolation
miri:
	$(call stage,miri,$(NIGHTLY) miri test --quiet --test boundary)

VALGRIND := valgrind --quiet --leak-check=full --show-leak-kinds=definite,indirect \
	--errors-for-leak-kinds=definite,indirect --error-exitcode=99 --num-callers=30 \
	--suppressions=$(abspath tests/valgrind.supp)

# The C and C++ programs with the library as it ships, and HTTPS from Rust.
valgrind:
	$(call stage,valgrind: C and C++,AUTHLETE_FAIL_WRAPPER="$(VALGRIND)" $(CARGO) test --quiet --test abi _programs && AUTHLETE_FAIL_WRAPPER="$(VALGRIND)" $(CARGO) test --quiet --test scenarios -- --exact c cpp)
	$(call stage,valgrind: TLS,$(RUNNER)="$(VALGRIND)" $(CARGO) test --quiet --test tls -- --test-threads 1)

# The rows of the fault suite that take a minute; as root.
faults-deep:
	$(call stage,faults-deep,$(CARGO) test --quiet --test faults -- --ignored)

malloc:
	$(call stage,malloc,$(CARGO) test --quiet --test deep -- --ignored --nocapture malloc)

fuzz:
	$(call stage,fuzz,tests/fuzz/run.sh -s $(FUZZ_SECONDS))

# Advisories only where a database is given: make deny ADVISORIES=advisories
deny:
	$(call stage,deny,tests/deep/tool.sh cargo-deny 0.20.2 && $(CARGO) deny --offline check --hide-inclusion-graph bans licenses sources $(ADVISORIES))

# Checks that the list of crates in the library is the one that cargo-auditable writes.
auditable:
	$(call stage,auditable,tests/deep/tool.sh cargo-auditable 0.7.7 && tests/deep/tool.sh rust-audit-info 0.5.4 && $(MAKE) --no-print-directory $(INSTALLABLE)/libauthlete_fail.so && $(CARGO) auditable --quiet rustc --lib --crate-type cdylib --target-dir $(TARGET)/auditable && python3 tests/deep/audited.py $(INSTALLABLE)/libauthlete_fail.so $(TARGET)/auditable/debug/libauthlete_fail.so)
