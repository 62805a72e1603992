# Everything there is to run. Each target installs what it misses, says so, and is safe to repeat.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.NOTPARALLEL:
.DEFAULT_GOAL := help

# One folder for every build; the tools' own checks of Cargo.lock stay on.
WORKSPACE := --locked --workspace --all-features

# The tests of the issuer's service, which run on both stores.
ONLINE := package(hati-issuer) & (binary(service) | binary(admin) | binary(citizen))

.PHONY: help test demo vectors bench load fuzz soak docs fmt fmt-check clippy deny wasm peers nextest doctest

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{ printf "  make %-10s %s\n", $$1, $$2 }'

test: fmt-check clippy deny wasm peers nextest doctest docs ## every check there is, in the order in which they fail fastest
	@echo "make test: every check passed"

demo: ## walk the journey on a generated register, and leave the codes and verdicts in a folder
	@scripts/need.sh rust openssl
	@scripts/demo.sh

vectors: ## write the test vectors of spec/ anew, where they are meant to change
	@scripts/need.sh rust openssl
	cargo run --quiet --locked -p hati-tests --bin spec-vectors -- --write

bench: peers ## measure, beside each limit and each peer, and print the tables of spec/performance.md
	@scripts/need.sh rust openssl
	@scripts/bench.sh

load: ## wallets that ask the issuer's service as fast as it answers, on sled and on PostgreSQL (LOAD="--wallets 4000")
	@scripts/need.sh rust postgres openssl
	cargo build --quiet --locked --release -p hati-issuer -p hati-tests --bin hati-issuer --bin load
	target="$${CARGO_TARGET_DIR:-target}/release"; "$$target/load" --issuer "$$target/hati-issuer" $(LOAD)

fuzz: ## libFuzzer on every parser and on the service (FUZZ="service form" HATI_FUZZ_SECONDS=600)
	@scripts/need.sh rust openssl cxx
	@scripts/fuzz.sh $(FUZZ)

# proptest's own 256 cases for each property, 200 processes killed while they write and 6 services are for every day; this is
# for a night.
soak: export PROPTEST_CASES ?= 20000
soak: export HATI_KILLS ?= 200
soak: export HATI_FUZZ_ROUNDS ?= 20000
soak: peers ## the tests again, with 20,000 cases for each property and mutations of each input, and 200 killed services; then fuzz
	@scripts/need.sh rust openssl nextest postgres softhsm
	cargo nextest run $(WORKSPACE) --profile soak
	@$(MAKE) --no-print-directory fuzz

docs: ## build the API's documentation, warnings refused
	@scripts/need.sh rust openssl
	RUSTDOCFLAGS="-D warnings" cargo doc $(WORKSPACE) --no-deps

fmt: ## format the code
	@scripts/need.sh rust rustfmt
	cargo fmt --all

fmt-check: ## refuse code that is not formatted
	@scripts/need.sh rust rustfmt
	cargo fmt --all -- --check

clippy: ## lint every target
	@scripts/need.sh rust openssl clippy
	cargo clippy $(WORKSPACE) --all-targets -- -D warnings

deny: ## licences, sources and versions of the dependencies, and their advisories where the network gives them
	@scripts/need.sh rust deny
	@scripts/deny.sh

wasm: ## build the pure crates for the browser
	@scripts/need.sh rust
	@scripts/wasm.sh

peers: ## install the SD-JWT libraries of other makers that the tests talk to
	@scripts/need.sh node python
	@scripts/peers.sh

nextest: peers ## the tests
	@scripts/need.sh rust openssl nextest postgres softhsm
	@test -d "$${HATI_VECTORS:-../shared/vectors}" || \
		echo "==> no published vectors at $${HATI_VECTORS:-../shared/vectors}: THE TESTS THAT READ THEM CHECK NOTHING (set HATI_VECTORS)"
	cargo nextest run $(WORKSPACE)
	HATI_TEST_STORE=postgres cargo nextest run $(WORKSPACE) -E '$(ONLINE)'

doctest: ## the examples in the documentation
	@scripts/need.sh rust openssl
	cargo test $(WORKSPACE) --doc
