//! A copy as `ldp_vc`: kept for W3C peers, never shown in a code.

use hati_formats::credential::kid_of_multikey;
use hati_formats::data_integrity::{Controller, Expected, Unverified};
use hati_formats::did::{self, VerificationMethod};
use hati_formats::time::Timestamp;
use hati_formats::trust::Bundle;
use hati_formats::{json, vcdm};
use hati_protocol::issued::IssuedCredentials;
use serde_json::{Map, Value};

use super::person::Person;
use super::{Accepted, CopyError, find_issuer};
use crate::wallet::Wallet;

impl Wallet {
    pub(super) fn verify_ldp(
        &self,
        bundle: &Bundle,
        issued: &IssuedCredentials,
        text: &str,
        now: Timestamp,
    ) -> Result<Accepted, CopyError> {
        let secured = json::parse_object(text.as_bytes())?;
        let unverified = Unverified::parse(&secured)?;
        let named = unverified.issuer().unwrap_or("(none named)").to_owned();
        let issuer = find_issuer(bundle, &named, &issued.issuer)?;
        let method = unverified.verification_method();
        let key = issuer.key(kid_of_multikey(method), now)?;
        // The trust list says whose key it is; no DID document is fetched.
        let method = VerificationMethod::new(method, &named, key.clone());
        let verified = unverified.verify(&method, &Expected::assertion(Controller::Issuer, now))?;
        vcdm::validate(&secured)?;
        let credential = self.check_claims(issuer, issued, verified.document(), now)?;
        Ok(Accepted {
            key: self.waiting_subject(credential.subject)?,
            valid_from: credential.valid_from,
            valid_until: credential.valid_until,
            person: Person::of(&issued.credential_type, &issued.issuer, credential.subject),
        })
    }

    /// The waiting key that the subject's `did:key` or `did:jwk` is (VCDM 2.0 section 4.8).
    fn waiting_subject(&self, subject: &Map<String, Value>) -> Result<u64, CopyError> {
        let id = subject.get("id").and_then(Value::as_str).unwrap_or("no key");
        let key = did::key_of(id).ok();
        let waiting = self.pool.waiting.iter().find(|waiting| key.as_ref() == Some(waiting.public()));
        let foreign = || CopyError::ForeignKey { got: id.chars().take(200).collect() };
        waiting.map(|waiting| waiting.number).ok_or_else(foreign)
    }
}
