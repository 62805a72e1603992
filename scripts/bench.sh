#!/usr/bin/env bash
# Measures everything beside its limits and its peers, then prints the tables alone.
. "$(dirname "$0")/lib.sh"

target=${CARGO_TARGET_DIR:-$PWD/target}
(cd tests/peers/rust && cargo build --quiet --locked --release --target-dir "$target/peers")
export HATI_PEER_RUST=$target/peers/release/hati-peer-rust

log=$target/bench.txt
# From 1 (idle) upwards: beyond the number of processors, the medians are those of a busy machine.
load=$(cut -d ' ' -f 1 /proc/loadavg)
cargo bench --locked -p hati-tests --benches | tee "$log"

say "the tables; all lines are in $log"
printf '\n%s, %s processors, load %s at the start; %s\n\n' \
    "$(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -n 1)" "$(nproc)" "$load" "$(rustc --version)"
# A table's lines and the empty ones around them.
grep -E '^\||^$' "$log" | cat -s
