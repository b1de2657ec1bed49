#!/bin/sh
# Follows every link of the site $1 that stays inside it; the program is $2. It works on a copy, for as
# root it becomes nobody, who may not be let into the folder that the site is built in.
set -eu
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
cp -r "$1/." "$copy"
chmod 755 "$copy"
"$2" --no-status --no-warnings "$copy/index.html"
