//! Verifiers are registered, and registrations withdrawn.

use hati_formats::names::ClaimPath;
use hati_formats::time::Timestamp;
use hati_formats::trust::{
    PayloadError, Registration, RegistrationContent, RegistrationError, Serial, SerialError, TrustList,
    Withdrawn,
};
use hati_store::{Action, Event, Store, StoreError, Verifier, Verifiers};

use crate::actor::Actor;
use crate::keys::{SignError, Signer};
use crate::types::Types;

/// Why a verifier was not registered, or a registration not withdrawn.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VerifierError {
    /// The registration would not be taken by a reader.
    #[error("the registration: {0}")]
    Content(#[from] PayloadError),
    /// The registration does not verify.
    #[error(transparent)]
    Registration(#[from] RegistrationError),
    /// A claim that no credential has.
    #[error(
        "expected claims of the types {types}, as in given_name or age_equal_or_over.18; got {got}. Ask for claims that there are"
    )]
    UnknownClaim {
        /// The types there are.
        types: String,
        /// The claim.
        got: ClaimPath,
    },
    /// There is no such registration, or not any more.
    #[error(
        "expected the serial of a registration in force, got {got}. It was given when the verifier was registered"
    )]
    NotInForce {
        /// What was given.
        got: Serial,
    },
    /// The store has an id that is no serial.
    #[error("the store: {0}. Restore it from its backup")]
    Serial(#[from] SerialError),
    /// The registrar's key does not sign.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

hati_formats::error_codes!(VerifierError {
    Self::Content(_) => "registration_malformed",
    Self::UnknownClaim { .. } => "claim_unknown",
    Self::NotInForce { .. } => "registration_not_in_force",
    Self::Serial(_) => "store_failed",
    Self::Store(StoreError::InUse { .. }) => "store_in_use",
    Self::Store(_) => "store_failed",
} inner {
    Registration,
    Sign,
});

/// The registrar at work.
#[derive(Clone, Copy, Debug)]
pub struct Office<'a> {
    /// Where registrations are kept.
    pub store: &'a dyn Store,
    /// The trust list that names the registrar.
    pub trust: &'a TrustList,
    /// The registrar's key.
    pub key: &'a Signer,
    /// The types whose claims may be asked for.
    pub types: &'a Types,
    /// Who is at work, for the audit.
    pub actor: &'a Actor,
    /// When.
    pub now: Timestamp,
}

impl Office<'_> {
    /// Signs and records a registration, and gives it with the signed statement.
    ///
    /// # Errors
    ///
    /// [`VerifierError`]. Nothing is recorded that a wallet would refuse.
    pub fn register(&self, content: RegistrationContent) -> Result<(Registration, Vec<u8>), VerifierError> {
        content.claims.iter().try_for_each(|claim| self.check_claim(claim))?;
        let unsigned = content.prepare(self.key.public())?;
        let signature = self.key.sign(unsigned.to_be_signed())?;
        let statement = unsigned.finish(&signature);
        let registration = Registration::verify(&statement, self.trust, &Withdrawn::default(), self.now)?;
        let verifier = Verifier {
            id: registration.serial().to_string(),
            name: registration.content().names.en().to_owned(),
            statement: statement.clone(),
            expires: registration.content().validity.until.seconds(),
            withdrawn_at: None,
        };
        let event =
            Event::new(self.now.seconds(), self.actor, Action::VerifierRegistered, verifier.id.as_str());
        self.store.register_verifier(&verifier, &event)?;
        Ok((registration, statement))
    }

    /// A claim that no type has would be asked for in vain: most likely it is misspelt.
    fn check_claim(&self, claim: &ClaimPath) -> Result<(), VerifierError> {
        let mut known = self.types.iter().flat_map(|kind| &kind.claims);
        if known.any(|known| known.path.join(".") == claim.as_str()) {
            return Ok(());
        }
        let types = self.types.ids().join(", ");
        Err(VerifierError::UnknownClaim { types, got: claim.clone() })
    }
}

/// Withdraws a registration; wallets learn it from the next bundle.
///
/// # Errors
///
/// [`VerifierError::NotInForce`].
pub fn withdraw(
    store: &dyn Verifiers,
    serial: Serial,
    actor: &Actor,
    now: Timestamp,
) -> Result<(), VerifierError> {
    let id = serial.to_string();
    let event = Event::new(now.seconds(), actor, Action::VerifierWithdrawn, id.as_str());
    if store.withdraw_verifier(&id, now.seconds(), &event)? {
        return Ok(());
    }
    Err(VerifierError::NotInForce { got: serial })
}

/// The registrations that were withdrawn and would otherwise hold.
///
/// # Errors
///
/// If the store cannot be read.
pub fn withdrawn(store: &dyn Verifiers, now: Timestamp) -> Result<Withdrawn, VerifierError> {
    let verifiers = store.verifiers()?.into_iter();
    let gone = verifiers.filter(|one| one.withdrawn_at.is_some() && one.expires > now.seconds());
    Ok(gone.map(|one| one.id.parse::<Serial>()).collect::<Result<_, _>>()?)
}
