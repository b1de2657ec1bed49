#!/bin/sh
# abidiff.sh [REF]: compares the C ABI of this tree with that of REF.
#
# The default for REF is the last tag or, if there is no tag, released.abi. Changes listed in
# intended.suppr are accepted if CHANGELOG.md also lists them. AUTHLETE_FAIL_REFRESH=1 writes
# released.abi.
#
# The ABI is compared by compiling the header with a C compiler. Tests verify that the header matches
# the code and that the exported functions match the header. The debug information of the library
# itself contains Rust's names, which may change without any effect on C.
set -eu
cd "$(dirname "$0")/../.."

folder=${CARGO_TARGET_DIR:-target}/abidiff
released=tests/abi/released.abi intended=tests/abi/intended.suppr
mkdir -p "$folder"

# describe HEADER NAME: compiles a library with a stub for each function, and writes its ABI.
describe() {
    major=$(sed -n 's/^#define AUTHLETE_FAIL_VERSION_MAJOR //p' "$1")
    awk '/^typedef.*\(/ { is_type = 1 }
         /\);$/ { if (!is_type) sub(/;$/, " { __builtin_trap(); }"); is_type = 0 }
         { print }' "$1" >"$folder/$2.c"
    "${CC:-cc}" -g -shared -fPIC -Wl,-soname,"libauthlete_fail.so.$major" -o "$folder/$2.so" "$folder/$2.c"
    abidw --no-show-locs --no-corpus-path --no-comp-dir-path --no-elf-needed --no-architecture --type-id-style hash "$folder/$2.so" |
        sed "s|path='[^']*'|path='authlete_fail.h'|" >"$folder/$2.abi"
}

describe include/authlete_fail.h now
ref=${1:-$(git describe --tags --abbrev=0 --match 'v[0-9]*' 2>/dev/null || true)}
if [ -n "$ref" ]; then
    git show "$ref:include/authlete_fail.h" >"$folder/then.h" || { echo "abidiff: $ref has no include/authlete_fail.h to compare with" >&2; exit 2; }
    describe "$folder/then.h" then
elif [ -s $released ]; then
    ref=$released
    cp $released "$folder/then.abi"
else
    echo "abidiff: nothing to compare with: no tag, and no $released" >&2
    exit 2
fi

sed -n 's/^ *label = //p' $intended | while read -r label; do
    grep -qF -e "$label" CHANGELOG.md || { echo "abidiff: \"$label\" is in $intended but not in CHANGELOG.md" >&2; exit 1; }
done

# Additions are checked with tests/abi/baseline.txt; any other change is an error here.
abidiff --no-added-syms --no-show-locs --suppressions $intended "$folder/then.abi" "$folder/now.abi"
echo "abidiff: the ABI is compatible with $ref"

if [ -n "${AUTHLETE_FAIL_REFRESH:-}" ]; then
    cp "$folder/now.abi" $released
fi
