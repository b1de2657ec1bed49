# Cross-compilation. PLATFORM is a Rust target: make build PLATFORM=aarch64-unknown-linux-gnu
#
# Without PLATFORM, everything is built for this machine, in $(TARGET)/release and $(TARGET)/installable.
# With it, the folders are $(TARGET)/PLATFORM/release and so on.
#
# Variables of a platform:
# CC_platform, CXX_platform  the C and C++ compilers; Cargo also links with the C compiler
# CARGO_platform             Cargo, if the C compiler is not the linker
# TOOLCHAIN_platform         a file to make before anything is compiled
# TOOLS_platform             the prefix of ar, ld, objcopy and strip
# RUN_platform               the program that runs programs of the platform, if this machine cannot
# NEEDS_platform             what bindings/needs.mk checks

PLATFORMS := x86_64-unknown-linux-gnu aarch64-unknown-linux-gnu x86_64-unknown-linux-musl aarch64-unknown-linux-musl

CC_x86_64-unknown-linux-gnu := cc
CXX_x86_64-unknown-linux-gnu := c++

CC_aarch64-unknown-linux-gnu := aarch64-linux-gnu-gcc
CXX_aarch64-unknown-linux-gnu := aarch64-linux-gnu-g++
TOOLS_aarch64-unknown-linux-gnu := aarch64-linux-gnu-
RUN_aarch64-unknown-linux-gnu := qemu-aarch64 -L /usr/aarch64-linux-gnu
NEEDS_aarch64-unknown-linux-gnu := aarch64-linux-gnu-gcc

# Debian has no C++ compiler for musl, and no C compiler for musl on aarch64. Zig has both, with musl. When it
# optimises, it disables assert().
ZIG := $(abspath $(TARGET)/wheel/zig/venv)
zig = $(ZIG)/bin/python -m ziglang $(1) -target $(2)-linux-musl -UNDEBUG

CC_x86_64-unknown-linux-musl := musl-gcc
CXX_x86_64-unknown-linux-musl := $(call zig,c++,x86_64)
CARGO_x86_64-unknown-linux-musl := PATH=$(ZIG)/bin:$$PATH cargo-zigbuild
TOOLCHAIN_x86_64-unknown-linux-musl := $(TARGET)/wheel/zig/venv/installed
NEEDS_x86_64-unknown-linux-musl := musl-gcc python3 ensurepip.py

CC_aarch64-unknown-linux-musl := $(call zig,cc,aarch64)
CXX_aarch64-unknown-linux-musl := $(call zig,c++,aarch64)
CARGO_aarch64-unknown-linux-musl := $(CARGO_x86_64-unknown-linux-musl)
TOOLCHAIN_aarch64-unknown-linux-musl := $(TARGET)/wheel/zig/venv/installed
TOOLS_aarch64-unknown-linux-musl := aarch64-linux-gnu-
RUN_aarch64-unknown-linux-musl := qemu-aarch64 -L $(abspath $(TARGET)/musl/aarch64)
NEEDS_aarch64-unknown-linux-musl := python3 ensurepip.py aarch64-linux-gnu-ld

# The folder of all output for the platform.
OUTPUT := $(TARGET)$(PLATFORM:%=/%)
# The architecture and libc in the names of release archives: x86_64, aarch64, musl-x86_64.
ARCHITECTURE := $(or $(firstword $(subst -, ,$(PLATFORM))),$(shell uname -m))
PLATFORM_NAME := $(if $(filter %-musl,$(PLATFORM)),musl-)$(ARCHITECTURE)
# An argument of the Cargo commands that build for the platform.
CARGO_TARGET := $(PLATFORM:%=--target %)

# $(call cargo_variable,target,name) is the environment variable with Cargo's setting for a target.
cargo_variable = CARGO_TARGET_$(shell echo $(1) | tr a-z- A-Z_)_$(2)

ifneq ($(PLATFORM),)
ifeq ($(filter $(PLATFORM),$(PLATFORMS)),)
$(error PLATFORM must be one of: $(PLATFORMS))
endif
CC := $(CC_$(PLATFORM))
CXX := $(CXX_$(PLATFORM))
AR := $(TOOLS_$(PLATFORM))ar
LD := $(TOOLS_$(PLATFORM))ld
OBJCOPY := $(TOOLS_$(PLATFORM))objcopy
STRIP := $(TOOLS_$(PLATFORM))strip
ifneq ($(RUN_$(PLATFORM)),)
export $(call cargo_variable,$(PLATFORM),RUNNER) := $(RUN_$(PLATFORM))
endif
ifeq ($(CARGO_$(PLATFORM)),)
# For Cargo, and for the cc crate, which compiles the C code of ring.
PLATFORM_VARIABLES := $(call cargo_variable,$(PLATFORM),LINKER) $(addsuffix _$(subst -,_,$(PLATFORM)),CC AR)
$(word 1,$(PLATFORM_VARIABLES)) := $(CC)
$(word 2,$(PLATFORM_VARIABLES)) := $(CC)
$(word 3,$(PLATFORM_VARIABLES)) := $(AR)
export $(PLATFORM_VARIABLES)
else
CARGO := $(CARGO_$(PLATFORM))
endif
ifneq ($(filter %-musl,$(PLATFORM)),)
# Before Cargo for the libraries. By default, Rust links musl statically, which a shared library cannot do.
SHARED_LIBC := RUSTFLAGS="$$RUSTFLAGS -C target-feature=-crt-static"
# The unwinder that the static library contains. That of another compiler may need glibc, as Debian's does.
UNWINDER = "$$(rustc --print target-libdir --target $(PLATFORM))/self-contained/libunwind.a"
# The unwinder finds the library's tables in .eh_frame_hdr, which musl-gcc does not ask the linker for.
UNWINDER_LIBS := -Wl,--eh-frame-hdr
endif
endif

# The first command of a recipe that runs Cargo for the platform.
rust_target = $(if $(PLATFORM),@test -d "$$(rustc --print target-libdir --target $(PLATFORM))" || \
	{ echo "Rust for $(PLATFORM) is missing: rustup target add $(PLATFORM)" >&2; exit 2; })

# $(call platform_tests,platform) before `cargo test`: the test programs run on this machine, and compile and run
# C and C++ programs for the platform, with its shared library.
platform_tests = AUTHLETE_FAIL_LIBRARY=$(abspath $(TARGET)/$(1)/release/libauthlete_fail.so) \
	AUTHLETE_FAIL_CC='$(CC_$(1))' AUTHLETE_FAIL_CXX='$(CXX_$(1))' AUTHLETE_FAIL_STRIP='$(TOOLS_$(1))strip' \
	AUTHLETE_FAIL_WRAPPER='$(RUN_$(1))'
