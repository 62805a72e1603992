//! Verifiers that the registrar has registered.

use minicbor::{Decode, Encode};

use crate::{Event, StoreError};

/// Keeps the registrations of verifiers and their withdrawals.
pub trait Verifiers {
    /// Keeps a registration. The same one again is in force again, if it was withdrawn.
    ///
    /// # Errors
    ///
    /// If the store cannot be written.
    fn register_verifier(&self, verifier: &Verifier, event: &Event) -> Result<(), StoreError>;

    /// Withdraws a registration, and tells whether there was one in force.
    ///
    /// # Errors
    ///
    /// If the store cannot be written.
    fn withdraw_verifier(&self, id: &str, at: i64, event: &Event) -> Result<bool, StoreError>;

    /// Every registration ever made, in the order of their ids.
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    fn verifiers(&self) -> Result<Vec<Verifier>, StoreError>;
}

/// A verifier's registration.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Verifier {
    /// The serial of its registration: a verifier may have several, and each is withdrawn by itself.
    #[n(0)]
    pub id: String,
    /// Its name in English.
    #[n(1)]
    pub name: String,
    /// The registration as signed by the registrar.
    #[cbor(n(2), with = "minicbor::bytes")]
    pub statement: Vec<u8>,
    /// First second at which the registration does not hold any more.
    #[n(3)]
    pub expires: i64,
    /// When it was withdrawn.
    #[n(4)]
    pub withdrawn_at: Option<i64>,
}
