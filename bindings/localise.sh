#!/bin/sh
# localise.sh RUST.a C.a [OTHER.a]: converts a static library built by Rust into one for C programs. The new one
# also contains the functions of OTHER.a that the library uses.
#
# Rust leaves thousands of symbols global, including some that every Rust archive defines. The archive is
# linked into one object in which only the functions of the header are global. The sections with the
# standard library's LLVM bitcode are removed, because tools of other LLVM versions fail on them.
set -eu
cd "$(dirname "$0")/.."

work=$(mktemp -d "$2.XXXXXX")
trap 'rm -rf "$work"' EXIT

sed -n 's/^[^/]*\b\(authlete_fail_[a-z_]*\)(.*/\1/p' include/authlete_fail.h >"$work/functions"
"${LD:-ld}" -r --force-group-allocation $(sed 's/^/-u /' "$work/functions") -o "$work/authlete_fail.o" \
	"$1" ${3:+"$3"}
"${OBJCOPY:-objcopy}" --keep-global-symbols="$work/functions" "$work/authlete_fail.o"
"${OBJCOPY:-objcopy}" --strip-unneeded --remove-section=.llvmbc --remove-section=.llvmcmd "$work/authlete_fail.o"
"${AR:-ar}" rcsD "$work/archive.a" "$work/authlete_fail.o"
mv "$work/archive.a" "$2"
