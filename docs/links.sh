#!/bin/sh
# Checks all internal links of the site $1 with the program $2 (linkchecker). Works on a copy, because
# linkchecker switches from root to the user nobody, who may have no access to the build folder.
set -eu
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
cp -r "$1/." "$copy"
chmod 755 "$copy"
"$2" --no-status --no-warnings "$copy/index.html"
