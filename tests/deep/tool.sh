#!/usr/bin/env bash
# Installs a Cargo subcommand in exactly this version, unless it is there:
# tool.sh NAME VERSION [FLAG OF CARGO INSTALL]...
set -euo pipefail
installed=$(cargo install --list | sed -n "s/^$1 v\([^ :]*\).*/\1/p")
if [ "$installed" != "$2" ]; then
    cargo install --quiet --locked "$1@$2" "${@:3}"
fi
