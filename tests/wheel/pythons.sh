#!/bin/sh
# Prints the path of each supported Python that is installed, in PATH or by pyenv, including
# free-threaded builds.
set -eu
# Searched before pyenv's shims, which need pyenv's environment variables.
PATH=$(printf '%s:' "${PYENV_ROOT:-$HOME/.pyenv}"/versions/*/bin)$PATH
for minor in $(seq 9 30); do
    command -v "python3.$minor" || true
    command -v "python3.${minor}t" || true
done
