//! What `hati-issuer`, `hati-wallet` and `hati-verifier` share and may not lend each other: [`files`], the
//! [`system`]'s clock and randomness, and how a [`command`] answers. Nothing of the domain is here.

pub mod command;
pub mod files;
pub mod system;
