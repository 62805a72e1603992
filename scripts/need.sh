#!/usr/bin/env bash
# need.sh TOOL...: checks that each tool is here, and installs the ones that are not.
. "$(dirname "$0")/lib.sh"

# Versions for an install from nothing; a newer one that is already here is as good.
NEXTEST=0.9.143
DENY=0.20.2

need_rust() {
    have cargo || fail "Rust is missing. Install rustup from https://rustup.rs and run this again."
    have cc || apt_install build-essential
    local wanted got
    wanted=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
    got=$(rustc --version | cut -d' ' -f2)
    [ "$(printf '%s\n' "$wanted" "$got" | sort -V | head -n1)" = "$wanted" ] ||
        fail "Rust $wanted or newer is needed, and this is $got. Run: rustup update stable"
}

# josekit encrypts what the issuer sends with OpenSSL, and links to the system's.
need_openssl() {
    have pkg-config && pkg-config --exists openssl || apt_install libssl-dev pkg-config
}

# libFuzzer is C++.
need_cxx() { have c++ || apt_install build-essential; }

component() {
    have "$2" && "$2" --version >/dev/null 2>&1 && return
    say "adding $1 to the Rust toolchain"
    rustup component add "$1"
}
need_rustfmt() { component rustfmt cargo-fmt; }
need_clippy() { component clippy cargo-clippy; }

# Tools are built without optimisation: they start in a minute instead of five, and run once.
cargo_tool() {
    cargo "${1#cargo-}" --version >/dev/null 2>&1 && return
    say "installing $1 $2 (a minute or two)"
    env -u CARGO_TARGET_DIR CARGO_PROFILE_DEV_DEBUG=0 CARGO_PROFILE_DEV_OPT_LEVEL=0 CARGO_INCREMENTAL=0 \
        cargo install --quiet --locked --debug "$1@$2"
}
need_nextest() { cargo_tool cargo-nextest "$NEXTEST"; }
need_deny() { cargo_tool cargo-deny "$DENY"; }

need_node() {
    have node && have npm || fail "Node 20 or newer is missing. Install it from https://nodejs.org and run this again."
    local got
    got=$(node --version | tr -d v)
    [ "${got%%.*}" -ge 20 ] || fail "Node 20 or newer is needed, and this is $got."
}

need_python() {
    have python3 || apt_install python3 python3-venv
    # Debian leaves the part that makes a virtual environment in a package of its own.
    python3 -c 'import ensurepip, venv' 2>/dev/null || apt_install python3-venv
}

# The server alone is asked for: the tests start one of their own, and Debian's is not touched.
need_postgres() {
    local programs=(/usr/lib/postgresql/*/bin/initdb)
    [ -x "${programs[0]}" ] || have initdb || apt_install postgresql
    [ "$(id -u)" != 0 ] || { have setpriv && id postgres >/dev/null 2>&1; } || apt_install postgresql util-linux
}

# A PKCS#11 token in software: the tests make tokens of their own in temporary folders.
need_softhsm() {
    local modules=(/usr/lib/softhsm/libsofthsm2.so /usr/lib64/pkcs11/libsofthsm2.so /opt/homebrew/lib/softhsm/libsofthsm2.so)
    local module
    for module in "${modules[@]}"; do
        [ -e "$module" ] && have softhsm2-util && return
    done
    apt_install softhsm2
}

for tool in "$@"; do "need_$tool"; done
