//! What others published, checked against this crate: vectors of standards and working groups, and
//! Wycheproof's. Where this profile decides otherwise than a vector, the vector is listed with the reason,
//! and it fails here too if that ever changes.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

mod cose;
mod credentials;
mod data_integrity;
mod did_key;
mod jcs;
mod jose;
mod presentation;
mod vectors;
mod wycheproof;
