#!/usr/bin/env bash
# Installs the peers of tests/peers, each from its lock file, into folders that git ignores.
. "$(dirname "$0")/lib.sh"

# Runs the rest of its arguments unless the lock file is the one that was installed last.
install() {
    local what=$1 lock=$2 stamp=$3
    cmp -s "$lock" "$stamp" && return
    say "installing $what"
    "${@:4}"
    cp "$lock" "$stamp"
}

node_peers() {
    npm ci --prefix tests/peers/node --ignore-scripts --no-audit --no-fund </dev/null
}

python_peers() {
    python3 -m venv --clear tests/peers/python/.venv
    tests/peers/python/.venv/bin/pip install --quiet --disable-pip-version-check --no-input \
        --only-binary=:all: --require-hashes -r tests/peers/python/requirements.txt </dev/null
}

install "the npm peers" tests/peers/node/package-lock.json tests/peers/node/node_modules/.installed node_peers
install "the PyPI peers" tests/peers/python/requirements.txt tests/peers/python/.venv/.installed python_peers
say "the peers are ready"
