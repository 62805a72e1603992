//! Registrations: who a verifier is, and what it may ask for. They travel inside every request code.

mod content;
mod verify;

pub use content::{RegistrationContent, Serial, SerialError};
pub use verify::{Registration, RegistrationError, Withdrawn};

#[cfg(test)]
mod tests;
