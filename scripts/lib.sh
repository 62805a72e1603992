# Shared by the scripts beside it. Not run by itself.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

say() { printf '==> %s\n' "$*"; }
fail() { printf '==> %s\n' "$@" >&2; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }

# Installs Debian packages, or says what the person has to type.
apt_install() {
    have apt-get || fail "missing: $*. This is not Debian: install what gives the same and run this again."
    [ "$(id -u)" = 0 ] || fail "missing: $*. Run this once, then try again:" "  sudo apt-get install $*"
    say "installing Debian's $*"
    apt-get update -q </dev/null
    DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "$@" </dev/null
}
