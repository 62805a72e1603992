//! A copy in one of the SD-JWT formats.

use hati_formats::credential::Format;
use hati_formats::sd_jwt::Unverified;
use hati_formats::time::Timestamp;
use hati_formats::trust::Bundle;
use hati_formats::vcdm::{self, MediaType};
use hati_protocol::issued::IssuedCredentials;
use serde_json::Value;

use super::person::Person;
use super::{Accepted, CopyError, find_issuer};
use crate::wallet::Wallet;

impl Wallet {
    pub(super) fn verify_sd_jwt(
        &self,
        bundle: &Bundle,
        issued: &IssuedCredentials,
        text: &str,
        now: Timestamp,
    ) -> Result<Accepted, CopyError> {
        let token = Unverified::parse(text)?;
        let expected = issued.format.media_type();
        if token.header().typ.as_deref() != Some(expected) {
            let got = token.header().typ.clone().unwrap_or_else(|| "none".to_owned());
            return Err(CopyError::OtherFormat { expected, got });
        }
        let issuer = find_issuer(bundle, named_issuer(&token), &issued.issuer)?;
        let key = issuer.key(token.header().kid.as_deref().unwrap_or_default(), now)?;
        let token = token.verify_issuer(key)?;
        if issued.format == Format::VcSdJwt {
            vcdm::validate_payload(MediaType::VcSdJwt, &token.header().members, token.claims())?;
        }
        let credential = self.check_claims(issuer, issued, token.claims(), now)?;
        let holder = token.confirmation_key()?;
        let waiting = self
            .pool
            .waiting_key(&holder)
            .ok_or_else(|| CopyError::ForeignKey { got: format!("the key {}", holder.to_jwk()) })?;
        Ok(Accepted {
            key: waiting.number,
            valid_from: credential.valid_from,
            valid_until: credential.valid_until,
            person: Person::of(&issued.credential_type, &issued.issuer, credential.subject),
        })
    }
}

fn named_issuer<'t>(token: &'t Unverified<'_>) -> &'t str {
    let named = match token.claim_unverified("iss").or_else(|| token.claim_unverified("issuer")) {
        Some(Value::Object(issuer)) => issuer.get("id"),
        other => other,
    };
    named.and_then(Value::as_str).unwrap_or("(none named)")
}
