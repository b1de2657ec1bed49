#!/bin/sh
# Prints one Python of each supported version that is installed, in PATH or by pyenv.
set -eu
# Put these before pyenv's shims, which need a configured environment.
PATH=$(printf '%s:' "${PYENV_ROOT:-$HOME/.pyenv}"/versions/*/bin)$PATH
for minor in $(seq 9 30); do
    command -v "python3.$minor" || true
done
