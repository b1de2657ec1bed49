#!/bin/sh
# Prints a Python of each supported version that is at hand, in PATH or from pyenv.
set -eu
# Before pyenv's own shims, which want more of their environment.
PATH=$(printf '%s:' "${PYENV_ROOT:-$HOME/.pyenv}"/versions/*/bin)$PATH
for minor in $(seq 9 30); do
    command -v "python3.$minor" || true
done
