#!/usr/bin/env bash
# bounded.sh SECONDS PROGRAM [ARGUMENT]...
# Runs a test program. Kills it, and every program it has started, after SECONDS or on Ctrl-C.
set -m # or SIGINT would be ignored in what runs in the background
timeout --verbose --kill-after 10 "$@" </dev/null &
trap 'kill $!; wait $!; exit 130' INT TERM HUP
wait $!
