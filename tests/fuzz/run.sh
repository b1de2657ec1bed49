#!/usr/bin/env bash
# tests/fuzz/run.sh [-s SECONDS] [TARGET...]: fuzzes the given targets; the default is all targets.
#
# The initial inputs are the checked-in corpus and tests/scenarios.json. New inputs are kept in the
# build folder. Inputs that make a target fail are written to tests/fuzz/artifacts.
set -euo pipefail
cd "$(dirname "$0")/../.."

CARGO_FUZZ=0.13.2
seconds=60
while getopts s: option; do
    case $option in
        s) seconds=$OPTARG ;;
        *) exit 2 ;;
    esac
done
shift $((OPTIND - 1))
[ $# -gt 0 ] || set -- request config answer http

build=${CARGO_TARGET_DIR:-$PWD/target}/fuzz
export CARGO_TARGET_DIR=$build
tests/deep/tool.sh cargo-fuzz "$CARGO_FUZZ"
cargo +nightly fmt --manifest-path tests/fuzz/Cargo.toml --check
cargo +nightly fuzz build --fuzz-dir tests/fuzz

python3 tests/fuzz/seeds.py "$build/seeds"
failed=()
for target; do
    dictionary=json
    [ "$target" = http ] && dictionary=http
    mkdir -p "$build/found/$target" "tests/fuzz/artifacts/$target"
    log=$build/$target.log
    # Leak detection is on. An input that takes longer than 20 s counts as a hang.
    if cargo +nightly fuzz run --fuzz-dir tests/fuzz "$target" \
        "$build/found/$target" "tests/fuzz/corpus/$target" "$build/seeds/$target" -- \
        -dict="tests/fuzz/$dictionary.dict" -max_total_time="$seconds" -timeout=20 \
        -print_final_stats=1 >"$log" 2>&1; then
        echo "$target: $(grep -E '^#[0-9]+.*DONE' "$log" | tr -s ' \t' ' ')"
    else
        failed+=("$target")
        grep -E -A 3 'panicked at|ERROR: ' "$log" || tail -n 20 "$log"
    fi
done
if [ ${#failed[@]} -gt 0 ]; then
    echo "failed: ${failed[*]}; see tests/fuzz/artifacts" >&2
    exit 1
fi
