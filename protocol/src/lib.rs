//! What is sent: DCQL and the QR exchange. Pure.
//!
//! - [`dcql`]: what a verifier asks for, in the language of OpenID4VP 1.0, and the subset a QR code holds.
//! - [`issued`]: copies of a credential in a file, from an issuer to a wallet.

pub mod dcql;
pub mod issued;
