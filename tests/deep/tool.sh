#!/usr/bin/env bash
# tool.sh NAME VERSION [FLAG OF CARGO INSTALL]...
# Installs exactly this version of a Cargo subcommand, unless it is already installed.
set -euo pipefail
installed=$(cargo install --list | sed -n "s/^$1 v\([^ :]*\).*/\1/p")
if [ "$installed" != "$2" ]; then
    cargo install --quiet --locked "$1@$2" "${@:3}"
fi
