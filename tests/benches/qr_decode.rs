//! How well and how fast photographs of codes are read: 720 camera frames, each spoilt in one of six ways.
//!
//! ```text
//! cargo bench -p hati-tests --bench qr_decode
//! ```
//!
//! Beside its peers, in one run (needs cmake and a C++ compiler for zxing-cpp):
//!
//! ```text
//! cargo run --release --manifest-path tests/peers/qr/Cargo.toml
//! ```

use hati_formats::qr::image::ImageError;
use hati_tests::decoders::{OURS, compare};

fn main() -> Result<(), ImageError> {
    // `cargo test --benches` starts benchmarks too, without this argument: there is nothing to test here.
    if std::env::args().any(|argument| argument == "--bench") {
        println!("{}", compare(&[OURS], 20)?);
    }
    Ok(())
}
