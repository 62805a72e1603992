#!/usr/bin/env bash
# The journey on a generated register of 10,000 people. Everything it makes is in the folder demo/.
. "$(dirname "$0")/lib.sh"

say "building the three commands (a few minutes the first time)"
cargo build --quiet --locked --workspace --all-features --bins
target=$(cargo metadata --format-version 1 --no-deps --locked | sed 's/.*"target_directory":"\([^"]*\)".*/\1/')
exec "$target/debug/hati-demo" "${1:-demo}"
