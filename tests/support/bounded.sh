#!/usr/bin/env bash
# bounded.sh SECONDS PROGRAM [ARGUMENT]...
# Runs a test program. After SECONDS or on Ctrl-C, kills it and every program that it started.
set -m # without it, background programs would ignore SIGINT
timeout --verbose --kill-after 10 "$@" </dev/null &
trap 'kill $!; wait $!; exit 130' INT TERM HUP
wait $!
