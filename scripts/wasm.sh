#!/usr/bin/env bash
# Builds the pure crates for wasm32-unknown-unknown, the target of every browser. rustup's target
# first; where rustup cannot fetch it, Debian's packages build the standard library from source.
# HATI_WASM=debian takes the second way at once.
. "$(dirname "$0")/lib.sh"

TARGET=wasm32-unknown-unknown
# Nothing of this is run, so nothing of it is optimised, which halves the time.
build=(build --locked --target "$TARGET" --config 'profile.dev.package."*".opt-level=0' --config profile.dev.debug=false
    -p hati-formats -p hati-protocol -p hati-wallet-core -p hati-verifier --features hati-formats/image)

with_rustup() {
    [ "${HATI_WASM:-rustup}" = rustup ] && have rustup || return 1
    rustup target list --installed 2>/dev/null | grep -qx "$TARGET" && return
    say "adding rustup's $TARGET"
    timeout 120 rustup target add "$TARGET" </dev/null
}

with_debian() {
    local linker
    { [ -x /usr/bin/cargo ] && [ -d /usr/lib/rustlib/src ] && have wasm-ld-19; } ||
        apt_install rustc-web cargo-web rust-web-src lld-19
    linker=$(command -v wasm-ld-19)
    # A folder of its own: two compilers in one would rebuild each other's work. The flags of
    # .cargo/config.toml are for x86 alone, so they do not reach this build.
    RUSTC_BOOTSTRAP=1 RUSTC=/usr/bin/rustc CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER=$linker \
        CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-target}/debian \
        /usr/bin/cargo "${build[@]}" -Z build-std=std,panic_abort
}

if with_rustup; then
    cargo "${build[@]}"
    say "the pure crates build for $TARGET, with rustup's target"
else
    say "rustup has no $TARGET here: using Debian's packages"
    with_debian
    say "the pure crates build for $TARGET, with Debian's packages"
fi
