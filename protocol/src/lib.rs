//! What is sent: DCQL and the QR exchange. Pure.
//!
//! - [`dcql`]: what a verifier asks for, in the language of OpenID4VP 1.0, and the subset a QR code holds.

pub mod dcql;
