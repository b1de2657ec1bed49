# The programs, C headers and Python modules that each target needs. make checks them before it starts a target.
#
# A makefile sets NEEDS_target to names: of programs, headers (curl/curl.h), Python modules (ensurepip.py) and Debian
# packages (build-essential.deb, which dpkg-buildpackage requires by that name).
# PACKAGE_name is the Debian package of a name, if it differs. Rust is not checked.

PACKAGE_aarch64-linux-gnu-g++ := g++-aarch64-linux-gnu
PACKAGE_aarch64-linux-gnu-gcc := gcc-aarch64-linux-gnu
PACKAGE_aarch64-linux-gnu-ld := binutils-aarch64-linux-gnu
PACKAGE_abidiff := abigail-tools
PACKAGE_build-essential.deb := build-essential
PACKAGE_c++ := g++
PACKAGE_cc := gcc
PACKAGE_chromedriver := chromium-driver
PACKAGE_cjson/cJSON.h := libcjson-dev
PACKAGE_curl/curl.h := libcurl4-openssl-dev
PACKAGE_dh := debhelper
PACKAGE_ensurepip.py := python3-venv
PACKAGE_go := golang-go
PACKAGE_httplib.h := libcpp-httplib-dev
PACKAGE_ip := iproute2
PACKAGE_java := default-jre-headless
PACKAGE_kill := procps
PACKAGE_microhttpd.h := libmicrohttpd-dev
PACKAGE_musl-gcc := musl-tools
PACKAGE_nft := nftables
PACKAGE_nlohmann/json.hpp := nlohmann-json3-dev
PACKAGE_openssl/ssl.h := libssl-dev
PACKAGE_qemu-aarch64 := qemu-user
PACKAGE_unshare := util-linux
PACKAGE_readelf := binutils

# Debian's `su` does not add the sbin folders to PATH. Not `command -v`, which also finds shell builtins.
PROGRAM_FOLDERS := $(subst :, ,$(PATH)) /usr/sbin /sbin
has_program = $(wildcard $(addsuffix /$(1),$(PROGRAM_FOLDERS)))
has_header = $(shell echo '\#include <$(1)>' | $(CXX) -E -x c++ - >/dev/null 2>&1 && echo yes)
has_module = $(shell $(PYTHON) -c 'import $(1:.py=)' 2>/dev/null && echo yes)
has_package = $(shell dpkg-query --status $(1:.deb=) >/dev/null 2>&1 && echo yes)
KIND_.h := header
KIND_.hpp := header
KIND_.py := module
KIND_.deb := package
has = $(has_$(or $(KIND_$(suffix $(1))),program))

# $(call packages,names) are the Debian packages of names.
packages = $(sort $(foreach name,$(1),$(or $(PACKAGE_$(name)),$(name))))

# $(call require,target) ends make if something that the target needs is missing.
missing = $(strip $(foreach name,$(sort $(NEEDS_$(1))),$(if $(call has,$(name)),,$(name))))
require = $(if $(missing),$(error 'apt-get install $(call packages,$(missing))' installs what 'make $(1)' needs))

$(foreach target,$(or $(MAKECMDGOALS),all),$(call require,$(target)))

## Maintain: make packages        print the Debian packages that 'make check' or other targets need: FOR='demo docs'
.PHONY: packages
FOR ?= check
packages:
	@echo $(call packages,$(foreach target,$(FOR),$(NEEDS_$(target))))
