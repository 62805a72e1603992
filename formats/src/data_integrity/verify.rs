use serde_json::{Map, Value};

use super::{DataIntegrityError, Hashed, Proof, context, issuer_of};
use crate::{
    did::{Relationship, VerificationMethod},
    keys::Algorithm,
    time::Timestamp,
};

/// How far ahead of the verifier's clock a proof may have been created, in seconds: cheap phones drift by
/// about a second a day and meet a time signal at least monthly.
pub const CLOCK_TOLERANCE: i64 = 60;

/// What the caller needs the proof to be.
#[derive(Clone, Debug)]
pub struct Expected<'a> {
    /// What it must be made for.
    pub purpose: Relationship,
    /// Whom it must be by.
    pub controller: Controller<'a>,
    /// The nonce it must answer; without one, it must answer none.
    pub challenge: Option<&'a str>,
    /// Whom it must be for; without one, it must be for anyone.
    pub domain: Option<&'a str>,
    /// The time of the check.
    pub now: Timestamp,
}

/// Whom a proof must be by.
#[derive(Clone, Copy, Debug)]
pub enum Controller<'a> {
    /// The document's own `issuer`.
    Issuer,
    /// Someone the caller knows: a holder, or the party that a trust list lets sign for an issuer.
    Named(&'a str),
}

impl<'a> Expected<'a> {
    /// A proof that states claims, as on a credential.
    #[must_use]
    pub fn assertion(controller: Controller<'a>, now: Timestamp) -> Self {
        Self { purpose: Relationship::AssertionMethod, controller, challenge: None, domain: None, now }
    }
}

/// A secured document nobody has checked.
#[derive(Clone, Debug)]
pub struct Unverified {
    document: Map<String, Value>,
    proof: Proof,
}

/// A document and the proof that fits it. Only [`Unverified::verify`] makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    document: Map<String, Value>,
    proof: Proof,
}

impl Unverified {
    /// Takes the proof out of a secured document (3.3.2, steps 1 to 4; 3.2.2 likewise).
    ///
    /// # Errors
    /// [`DataIntegrityError`] for anything but exactly one proof of the cryptosuite.
    pub fn parse(secured: &Map<String, Value>) -> Result<Self, DataIntegrityError> {
        let proof = Proof::parse(secured.get("proof").ok_or(DataIntegrityError::NoProof)?)?;
        let members = secured.iter().filter(|(name, _)| *name != "proof");
        let mut document = members.map(|(name, value)| (name.clone(), value.clone())).collect();
        context::restore_signed(&mut document, &proof.config)?;
        Ok(Self { document, proof })
    }

    /// The identifier of the key to verify with, as the proof claims.
    #[must_use]
    pub fn verification_method(&self) -> &str {
        &self.proof.options().verification_method
    }

    /// The document's issuer, as it claims: `issuer`, or the `id` in it.
    #[must_use]
    pub fn issuer(&self) -> Option<&str> {
        issuer_of(&self.document)
    }

    /// Checks the proof (Data Integrity 1.0, 4.4; 3.3.2 from step 5, 3.2.2 from step 4).
    ///
    /// # Errors
    /// [`DataIntegrityError`], the signature last.
    pub fn verify(
        self,
        method: &VerificationMethod,
        expected: &Expected<'_>,
    ) -> Result<Verified, DataIntegrityError> {
        self.check_method(method, expected.controller)?;
        self.check_options(expected)?;
        let suite = self.proof.options().cryptosuite;
        let hashed = Hashed::new(suite, &self.document, &self.proof.config)?;
        method.key().verify(&hashed.hash_data(), &self.proof.signature)?;
        Ok(Verified { document: self.document, proof: self.proof })
    }

    /// Data Integrity 1.0, 4.4: purpose, dates, domain and challenge.
    fn check_options(&self, expected: &Expected<'_>) -> Result<(), DataIntegrityError> {
        let options = self.proof.options();
        let now = expected.now;
        if options.purpose != expected.purpose {
            let got = options.purpose.name().to_owned();
            return Err(DataIntegrityError::Purpose { expected: expected.purpose.name(), got });
        }
        match options.created {
            Some(created) if created > now.plus_seconds(CLOCK_TOLERANCE) => {
                return Err(DataIntegrityError::Future { created, now });
            }
            _ => {}
        }
        match options.expires {
            Some(expires) if expires <= now => return Err(DataIntegrityError::Expired { expires, now }),
            _ => {}
        }
        check_binding("challenge", expected.challenge, options.challenge.as_deref())?;
        check_binding("domain", expected.domain, options.domain.as_deref())
    }

    fn check_method(
        &self,
        method: &VerificationMethod,
        controller: Controller<'_>,
    ) -> Result<(), DataIntegrityError> {
        if method.id() != self.verification_method() {
            return Err(DataIntegrityError::VerificationMethod {
                expected: self.verification_method().to_owned(),
                got: method.id().to_owned(),
            });
        }
        let controller = match controller {
            Controller::Issuer => self.issuer().ok_or(DataIntegrityError::NoIssuer)?,
            Controller::Named(named) => named,
        };
        if method.controller() != controller {
            return Err(DataIntegrityError::Controller {
                expected: controller.to_owned(),
                got: method.controller().to_owned(),
            });
        }
        match method.key().algorithm() {
            Algorithm::EdDsa => Ok(()),
            got => {
                let suite = self.proof.options().cryptosuite;
                Err(DataIntegrityError::KeyType { suite, id: method.id().to_owned(), got })
            }
        }
    }
}

impl Verified {
    /// The document that was signed: without its proof, with the contexts the proof names.
    #[must_use]
    pub fn document(&self) -> &Map<String, Value> {
        &self.document
    }

    /// The proof.
    #[must_use]
    pub fn proof(&self) -> &Proof {
        &self.proof
    }
}

fn check_binding(
    member: &'static str,
    expected: Option<&str>,
    got: Option<&str>,
) -> Result<(), DataIntegrityError> {
    if expected == got {
        return Ok(());
    }
    let owned = |text: Option<&str>| text.map(str::to_owned);
    Err(DataIntegrityError::Binding { member, expected: owned(expected), got: owned(got) })
}
