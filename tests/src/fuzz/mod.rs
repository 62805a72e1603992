//! Hostile input: a target for every parser that sees what somebody else sent, and one for the service as a whole.
//!
//! A target takes any bytes and must not panic. `cargo nextest run` gives each of them mutations of good input
//! (`tests/tests/fuzz.rs`); `make fuzz` lets libFuzzer look for what that does not reach (`tests/fuzz/main.rs`).

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "made of the tests' own input, and what fails is to be seen"
)]

mod mutate;
mod parsers;
mod seeds;
mod service;

pub use self::mutate::mutate;

/// What takes any bytes.
#[derive(Clone, Copy)]
pub struct Target {
    /// Its name.
    pub name: &'static str,
    /// Reads the bytes, and panics where there is a defect.
    pub run: fn(&[u8]),
    /// Input that is good, or nearly.
    pub seeds: fn() -> Vec<Vec<u8>>,
}

/// Every target.
#[must_use]
pub fn targets() -> Vec<Target> {
    parsers::TARGETS
        .iter()
        .map(|(name, run, seeds)| Target { name, run: *run, seeds: *seeds })
        .chain([Target { name: "service", run: service::run, seeds: service::seeds }])
        .collect()
}
