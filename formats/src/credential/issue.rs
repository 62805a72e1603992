//! From claims to the bytes an issuer signs, in each format.

use rand_core::CryptoRng;
use serde_json::{Map, Value};

use super::{CredentialType, Envelope, Format};
use crate::keys::Signature;
use crate::sd_jwt::{self, SD_ALG, SdJwtError};

/// Why a credential was not prepared.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum IssueError {
    /// The type requires a value the person does not have.
    #[error("a {type_id} needs `{claim}` to be {expected}; this person's is {got}, so none is issued")]
    NotEntitled {
        /// The type.
        type_id: String,
        /// The claim.
        claim: String,
        /// What it must be, as JSON.
        expected: String,
        /// What it is, as JSON.
        got: String,
    },
    /// Concealing the claims failed.
    #[error(transparent)]
    Conceal(#[from] SdJwtError),
    /// A credential without claims says nothing.
    #[error("the register has no value for any claim of a {type_id}")]
    Empty {
        /// The type.
        type_id: String,
    },
    /// Asked for a format that is not an SD-JWT.
    #[error("expected vc+sd-jwt or dc+sd-jwt, got {got}")]
    Format {
        /// The format.
        got: Format,
    },
}

/// An SD-JWT credential that waits for its issuer's signature.
#[derive(Debug, Clone)]
pub struct Unsigned(sd_jwt::Unsigned);

impl Unsigned {
    /// The bytes to sign.
    #[must_use]
    pub fn signing_input(&self) -> &[u8] {
        self.0.signing_input()
    }

    /// The credential: `jwt~disclosure~…~`.
    #[must_use]
    pub fn finish(self, signature: &Signature) -> String {
        self.0.finish(signature).serialize()
    }
}

impl CredentialType {
    /// Checks what this type requires of the person.
    ///
    /// # Errors
    /// [`IssueError::NotEntitled`] or [`IssueError::Empty`].
    pub fn check_entitled(&self, subject: &Map<String, Value>) -> Result<(), IssueError> {
        if subject.is_empty() {
            return Err(IssueError::Empty { type_id: self.id.clone() });
        }
        for claim in &self.claims {
            let Some(expected) = &claim.required else { continue };
            let path = claim.claim_path();
            let found = path.find(subject);
            let got = found.first().copied().unwrap_or(&Value::Null);
            if got != expected {
                return Err(IssueError::NotEntitled {
                    type_id: self.id.clone(),
                    claim: claim.path.join("."),
                    expected: expected.to_string(),
                    got: got.to_string(),
                });
            }
        }
        Ok(())
    }

    /// Prepares one copy of a credential in an SD-JWT format. Each copy draws its own salts and decoys.
    ///
    /// # Errors
    /// [`IssueError`].
    pub fn prepare(
        &self,
        subject: &Map<String, Value>,
        envelope: &Envelope<'_>,
        rng: &mut impl CryptoRng,
    ) -> Result<Unsigned, IssueError> {
        if envelope.format == Format::LdpVc {
            return Err(IssueError::Format { got: envelope.format });
        }
        self.check_entitled(subject)?;
        let mut concealed = sd_jwt::conceal(subject.clone(), &self.frame(), rng)?;
        // The envelope writes this member in its own place.
        concealed.payload.shift_remove(SD_ALG);
        let subject = Value::Object(concealed.payload).to_string();
        let payload = envelope.payload_text(&subject);
        Ok(Unsigned(sd_jwt::prepare_text(&envelope.header_text(), payload.as_bytes(), concealed.disclosures)))
    }
}
