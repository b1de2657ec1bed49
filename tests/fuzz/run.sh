#!/usr/bin/env bash
# Fuzzes all targets or the given ones: tests/fuzz/run.sh [-s SECONDS] [TARGET...]
#
# seeds.py generates the seeds. Inputs with new coverage stay in the build folder; an input that makes
# a target fail is written to tests/fuzz/artifacts.
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
[ $# -gt 0 ] || set -- request config api_response general_call http

build=${CARGO_TARGET_DIR:-$PWD/target}/fuzz
export CARGO_TARGET_DIR=$build
tests/deep/tool.sh cargo-fuzz "$CARGO_FUZZ"
cargo +nightly fmt --manifest-path tests/fuzz/Cargo.toml --check
cargo +nightly fuzz build --fuzz-dir tests/fuzz

rm -rf "$build/seeds"
python3 tests/fuzz/seeds.py "$build/seeds"
failed=()
for target; do
    dictionary=json
    [ "$target" = http ] && dictionary=http
    mkdir -p "$build/found/$target" "tests/fuzz/artifacts/$target"
    log=$build/$target.log
    # libFuzzer reports leaks, and inputs that take more than 20 s.
    if cargo +nightly fuzz run --fuzz-dir tests/fuzz "$target" \
        "$build/found/$target" "$build/seeds/$target" -- \
        -dict="$build/seeds/$dictionary.dict" -max_total_time="$seconds" -timeout=20 \
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
