#!/bin/sh
# Compares the ABI of this tree with a release's: abidiff.sh [REF]; without REF, the last tag's.
set -eu
cd "$(dirname "$0")/../.."

command -v abidiff >/dev/null || { echo "abidiff is missing: apt-get install abigail-tools" >&2; exit 2; }
folder=${CARGO_TARGET_DIR:-target}/abidiff
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)

ref=${1:-$(git describe --tags --abbrev=0 --match 'v[0-9]*' 2>/dev/null || true)}
if [ -z "$ref" ]; then
    echo "no release has a tag yet: comparing with HEAD; make abidiff REF=... takes another"
    ref=HEAD
fi
commit=$(git rev-parse --verify --quiet "$ref^{commit}") || { echo "abidiff: no commit $ref" >&2; exit 2; }

# The profile of development has the debug information that abidiff reads; the ABI is the same.
build() {
    (cd "$1" && CARGO_TARGET_DIR=$folder/build cargo rustc --quiet --locked --lib --crate-type cdylib)
    cp "$folder/build/debug/libauthlete_fail.so" "$folder/$2.so"
}

rm -rf "$folder/source"
mkdir "$folder/source"
git archive "$commit" | tar -x -C "$folder/source"
build "$folder/source" then
build . now

# What is new is for tests/abi/baseline.txt; here anything else is an error.
abidiff --no-added-syms --no-show-locs "$folder/then.so" "$folder/now.so"
echo "abidiff: this tree keeps what $ref ($(git rev-parse --short "$commit")) exports"
