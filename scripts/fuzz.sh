#!/usr/bin/env bash
# fuzz.sh [TARGET...]: libFuzzer on each target of tests/src/fuzz/ for HATI_FUZZ_SECONDS (60). What it finds interesting stays in
# target/fuzz/corpus, and the next run goes on from there; an input that fails is kept and named.
. "$(dirname "$0")/lib.sh"

seconds=${HATI_FUZZ_SECONDS:-60}
folder=${CARGO_TARGET_DIR:-target}/fuzz
host=$(rustc -vV | sed -n 's/^host: //p')
# What libFuzzer counts; a --target keeps it out of build scripts. The macro of its entry point needs what our lints forbid.
counters=(--cfg fuzzing --cap-lints allow -Ccodegen-units=1 -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table
    -Cllvm-args=-sanitizer-coverage-trace-compares -Cdebug-assertions)

say "building the targets with libFuzzer (a few minutes the first time)"
cargo build --quiet --locked -p hati-tests --bin fuzz
RUSTFLAGS="${counters[*]}" CARGO_TARGET_DIR=$folder \
    cargo build --quiet --locked --release --target "$host" -p hati-tests --bin fuzz
plain=${CARGO_TARGET_DIR:-target}/debug/fuzz

[ $# -gt 0 ] || mapfile -t targets < <("$plain")
[ $# -eq 0 ] || targets=("$@")
for target in "${targets[@]}"; do
    corpus=$folder/corpus/$target
    mkdir -p "$corpus" "$folder/artifacts"
    HATI_FUZZ_SEEDS=$corpus "$plain" "$target"
    say "$target for $seconds s"
    HATI_FUZZ=$target "$folder/$host/release/fuzz" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=4096 \
        -print_final_stats=1 -verbosity=0 -artifact_prefix="$folder/artifacts/$target-" "$corpus" 2>&1 |
        { grep -E 'panicked|ERROR|Test unit|stat::(number_of_executed|average_exec|new_units)' || true; }
    [ "${PIPESTATUS[0]}" -eq 0 ] || fail "$target failed. Its input is in $folder/artifacts; try it again with:" \
        "  cargo run -p hati-tests --bin fuzz -- $target FILE"
done
say "every target survived"
