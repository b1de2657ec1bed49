#!/bin/sh
# Makes a static library for C of one that Rust made: localise.sh RUST.a C.a
#
# Rust leaves thousands of symbols global, among them some that every Rust archive defines. As one
# object, the archive keeps the header's functions global and nothing else. It loses the sections
# in which the standard library carries LLVM bitcode, for tools of other versions choke on them.
set -eu
cd "$(dirname "$0")/.."

work=$(mktemp -d "$2.XXXXXX")
trap 'rm -rf "$work"' EXIT

sed -n 's/^[^/]*\b\(authlete_fail_[a-z_]*\)(.*/\1/p' include/authlete_fail.h >"$work/functions"
"${LD:-ld}" -r --force-group-allocation $(sed 's/^/-u /' "$work/functions") -o "$work/authlete_fail.o" "$1"
"${OBJCOPY:-objcopy}" --keep-global-symbols="$work/functions" "$work/authlete_fail.o"
"${OBJCOPY:-objcopy}" --strip-unneeded --remove-section=.llvmbc --remove-section=.llvmcmd "$work/authlete_fail.o"
"${AR:-ar}" rcsD "$work/archive.a" "$work/authlete_fail.o"
mv "$work/archive.a" "$2"
