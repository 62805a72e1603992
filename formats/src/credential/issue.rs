//! From claims to the bytes an issuer signs, in each format.

use rand_core::CryptoRng;
use serde_json::{Map, Value};

use super::{CredentialType, Envelope, Format, ldp};
use crate::data_integrity::{self, DataIntegrityError, HASH_DATA};
use crate::keys::{Algorithm, Signature};
use crate::sd_jwt::{self, SdJwtError};

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
    /// The issuer's key cannot make the proof of an `ldp_vc`.
    #[error("an ldp_vc is signed with EdDSA, this issuer signs with {got}; ask for vc+sd-jwt or dc+sd-jwt")]
    Algorithm {
        /// The issuer's algorithm.
        got: Algorithm,
    },
    /// The issuer's URL has no `did:web`.
    #[error("expected an issuer's https URL with a domain name, got {got}; correct the issuer's URL")]
    Issuer {
        /// The URL.
        got: String,
    },
    /// The proof of an `ldp_vc` cannot be made.
    #[error(transparent)]
    Proof(#[from] DataIntegrityError),
}

/// A credential that waits for its issuer's signature.
#[derive(Debug, Clone)]
pub struct Unsigned(Waiting);

#[derive(Debug, Clone)]
enum Waiting {
    SdJwt(sd_jwt::Unsigned),
    Ldp { hash_data: [u8; HASH_DATA], document: Box<data_integrity::Unsigned> },
}

impl Unsigned {
    /// The bytes to sign.
    #[must_use]
    pub fn signing_input(&self) -> &[u8] {
        match &self.0 {
            Waiting::SdJwt(unsigned) => unsigned.signing_input(),
            Waiting::Ldp { hash_data, .. } => hash_data,
        }
    }

    /// The credential: `jwt~disclosure~…~`, or the JSON of an `ldp_vc`.
    #[must_use]
    pub fn finish(self, signature: &Signature) -> String {
        match self.0 {
            Waiting::SdJwt(unsigned) => unsigned.finish(signature),
            Waiting::Ldp { document, .. } => Value::Object(document.finish(signature)).to_string(),
        }
    }
}

/// What is the same in every copy of a person's credential. Each copy draws its own salts and decoys.
#[derive(Debug, Clone)]
pub struct Template<'t> {
    credential_type: &'t CredentialType,
    subject: Map<String, Value>,
    concealed: sd_jwt::Template,
}

impl CredentialType {
    /// Writes down what all copies of a person's credential share.
    ///
    /// # Errors
    /// [`IssueError`]; [`IssueError::NotEntitled`] or [`IssueError::Empty`] where this type is not for the person.
    pub fn template(&self, subject: Map<String, Value>) -> Result<Template<'_>, IssueError> {
        self.check_entitled(&subject)?;
        let concealed = sd_jwt::Template::of_subject(&subject, self.frame())?;
        Ok(Template { credential_type: self, subject, concealed })
    }

    fn check_entitled(&self, subject: &Map<String, Value>) -> Result<(), IssueError> {
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
}

impl Template<'_> {
    /// The claims.
    #[must_use]
    pub const fn subject(&self) -> &Map<String, Value> {
        &self.subject
    }

    /// Prepares one copy, in the format that the envelope names.
    ///
    /// # Errors
    /// [`IssueError`], for an `ldp_vc` alone.
    pub fn prepare(&self, envelope: &Envelope<'_>, rng: &mut impl CryptoRng) -> Result<Unsigned, IssueError> {
        if envelope.format == Format::LdpVc {
            let document = Box::new(ldp::prepare(self.credential_type, &self.subject, envelope)?);
            return Ok(Unsigned(Waiting::Ldp { hash_data: document.to_be_signed(), document }));
        }
        let concealed = self.concealed.conceal(rng);
        let payload = envelope.payload_text(&concealed.payload);
        let unsigned =
            sd_jwt::prepare_text(&envelope.header_text(), payload.as_bytes(), concealed.disclosures);
        Ok(Unsigned(Waiting::SdJwt(unsigned)))
    }
}

#[cfg(test)]
mod tests {
    use rand_chacha::ChaCha20Rng;
    use rand_core::SeedableRng;
    use serde_json::json;

    use super::super::{StatusPlace, issuer_did, kid_of_multikey, multikey_kid, short_kid};
    use super::*;
    use crate::data_integrity::{Controller, Cryptosuite, Expected};
    use crate::did::{VerificationMethod, did_key};
    use crate::json;
    use crate::keys::SoftwareKey;
    use crate::sd_jwt::Unverified;
    use crate::time::Date;
    use crate::vcdm::{self, MediaType};

    const ISSUER: &str = "https://id.example";

    fn key(algorithm: Algorithm, seed: u8) -> SoftwareKey {
        SoftwareKey::from_secret_bytes(algorithm, &[seed; 32]).unwrap()
    }

    fn proof_of_age() -> CredentialType {
        CredentialType::shipped().unwrap().remove(1)
    }

    fn subject(adult: bool) -> Map<String, Value> {
        json!({"age_equal_or_over": {"18": adult}}).as_object().unwrap().clone()
    }

    fn envelope(format: Format, issuer: &SoftwareKey) -> Envelope<'static> {
        Envelope {
            format,
            algorithm: issuer.public().algorithm(),
            cryptosuite: Cryptosuite::default(),
            issuer: ISSUER.into(),
            kid: short_kid(issuer.public()).into(),
            type_name: proof_of_age().type_name(format).to_owned().into(),
            valid_from: Date::parse("2026-11-22").unwrap(),
            valid_until: Date::parse("2027-11-22").unwrap(),
            status: StatusPlace { list: 0, index: 7 },
            holder: key(Algorithm::Es256, 2).public().clone(),
            holder_did: None,
        }
    }

    fn issue(format: Format, issuer: &SoftwareKey) -> Result<String, IssueError> {
        let mut rng = ChaCha20Rng::seed_from_u64(1);
        let kind = proof_of_age();
        let unsigned = kind.template(subject(true))?.prepare(&envelope(format, issuer), &mut rng)?;
        let signature = issuer.sign(unsigned.signing_input());
        Ok(unsigned.finish(&signature))
    }

    #[test]
    fn an_sd_jwt_of_the_w3c_names_its_issuer_by_did() {
        let issuer = key(Algorithm::EdDsa, 1);
        let text = issue(Format::VcSdJwt, &issuer).unwrap();
        let verified = Unverified::parse(&text).unwrap().verify_issuer(issuer.public()).unwrap();
        let kid = format!("did:web:id.example#{}", short_kid(issuer.public()));
        assert_eq!(verified.header().kid.as_deref(), Some(kid.as_str()));
        let header = &verified.header().members;
        let credential = vcdm::validate_payload(MediaType::VcSdJwt, header, verified.claims()).unwrap();
        assert_eq!(credential.issuer(), issuer_did(ISSUER).unwrap());
    }

    /// By the DID that the holder proved the key by.
    #[test]
    fn the_subject_of_an_ldp_vc_has_the_name_that_it_was_given() {
        let issuer = key(Algorithm::EdDsa, 1);
        let did = crate::did::did_jwk(key(Algorithm::Es256, 2).public());
        let named = Envelope { holder_did: Some(did.as_str().into()), ..envelope(Format::LdpVc, &issuer) };
        let mut rng = ChaCha20Rng::seed_from_u64(1);
        let unsigned = proof_of_age().template(subject(true)).unwrap().prepare(&named, &mut rng).unwrap();
        let signature = issuer.sign(unsigned.signing_input());
        let secured = json::parse_object(unsigned.finish(&signature).as_bytes()).unwrap();
        assert_eq!(vcdm::validate(&secured).unwrap().subjects()[0]["id"], did);
    }

    #[test]
    fn an_ldp_vc_is_a_credential_with_a_proof_that_holds() {
        let issuer = key(Algorithm::EdDsa, 1);
        let text = issue(Format::LdpVc, &issuer).unwrap();
        let secured = json::parse_object(text.as_bytes()).unwrap();
        let credential = vcdm::validate(&secured).unwrap();
        assert_eq!(credential.types(), ["VerifiableCredential", "ProofOfAge"]);
        let holder = did_key(key(Algorithm::Es256, 2).public());
        assert_eq!(credential.subjects()[0]["id"], holder);
        let lists: Vec<_> =
            credential.statuses().map(|entry| entry["statusListCredential"].clone()).collect();
        assert_eq!(
            lists,
            ["https://id.example/status/0/revocation", "https://id.example/status/0/suspension"]
        );
        assert!(credential.statuses().all(|entry| entry["statusListIndex"] == "7"));

        let did = issuer_did(ISSUER).unwrap();
        let method = format!("{did}#{}", multikey_kid(issuer.public()));
        assert_eq!(kid_of_multikey(&method), format!("{did}#{}", short_kid(issuer.public())));
        let method = VerificationMethod::new(method, did, issuer.public().clone());
        let now = credential.valid_from().unwrap();
        let expected = Expected::assertion(Controller::Issuer, now);
        let verify = |secured: &Map<String, Value>| {
            data_integrity::Unverified::parse(secured).unwrap().verify(&method, &expected)
        };
        assert_eq!(verify(&secured).unwrap().proof().options().created, Some(now));
        let mut altered = secured.clone();
        altered["credentialSubject"]["age_equal_or_over"]["18"] = json!(false);
        assert!(verify(&altered).is_err());
    }

    #[test]
    fn an_ldp_vc_needs_an_ed25519_key_and_a_did() {
        let issuer = key(Algorithm::Es256, 1);
        let refused = IssueError::Algorithm { got: Algorithm::Es256 };
        assert_eq!(issue(Format::LdpVc, &issuer), Err(refused));
        let issuer = key(Algorithm::EdDsa, 1);
        let envelope = Envelope { issuer: "https://127.0.0.1:x".into(), ..envelope(Format::LdpVc, &issuer) };
        let mut rng = ChaCha20Rng::seed_from_u64(1);
        let kind = proof_of_age();
        let refused = kind.template(subject(true)).unwrap().prepare(&envelope, &mut rng).unwrap_err();
        assert!(matches!(refused, IssueError::Issuer { got } if got == "https://127.0.0.1:x"));
    }

    #[test]
    fn a_type_is_issued_to_those_alone_who_have_what_it_requires() {
        let refused = proof_of_age().template(subject(false)).unwrap_err();
        assert!(
            matches!(&refused, IssueError::NotEntitled { claim, got, .. }
                if claim == "age_equal_or_over.18" && got == "false"),
            "{refused}"
        );
        let empty = proof_of_age().template(Map::new()).unwrap_err();
        assert!(matches!(empty, IssueError::Empty { .. }));
    }
}
