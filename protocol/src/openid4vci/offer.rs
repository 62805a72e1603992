//! Credential offers (section 4): what an issuer shows, as a link or a QR code, and a wallet opens.

mod link;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::message::{self, MessageError, identifier_url, non_empty, quoted, refused};
use crate::oauth::Secret;

pub use link::{OfferLink, OfferLinkError};

const MESSAGE: &str = "credential offer";

/// Section 4.1.1: "The length of the string MUST NOT exceed 300 characters."
const MAX_DESCRIPTION: usize = 300;

/// More than a person types from paper; section 4.1.1 sets no limit.
const MAX_TX_CODE: u32 = 64;

/// What an issuer offers (section 4.1.1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CredentialOffer {
    /// The issuer's identifier, under which its metadata are found.
    pub credential_issuer: String,
    /// Keys of `credential_configurations_supported` in its metadata.
    #[serde(deserialize_with = "non_empty")]
    pub credential_configuration_ids: Vec<String>,
    /// How to get a token; without any, what the authorization server's metadata say.
    #[serde(default, skip_serializing_if = "Grants::is_empty")]
    pub grants: Grants,
}

/// The grants of an offer; others are ignored.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grants {
    /// The person logs in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authorization_code: Option<AuthorizationCodeOffer>,
    /// The person was already authenticated.
    #[serde(
        rename = "urn:ietf:params:oauth:grant-type:pre-authorized_code",
        skip_serializing_if = "Option::is_none"
    )]
    pub pre_authorized_code: Option<PreAuthorizedCodeOffer>,
}

/// The authorization code grant in an offer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthorizationCodeOffer {
    /// To send along with the authorization request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issuer_state: Option<String>,
    /// Which of the issuer's authorization servers, where it has several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authorization_server: Option<String>,
}

/// The pre-authorized code grant in an offer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PreAuthorizedCodeOffer {
    /// The code, for one use.
    #[serde(rename = "pre-authorized_code")]
    pub pre_authorized_code: Secret,
    /// Present where the person has to type a transaction code, even if nothing is said about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tx_code: Option<TxCode>,
    /// Which of the issuer's authorization servers, where it has several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authorization_server: Option<String>,
}

/// What the transaction code looks like.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TxCode {
    /// Which characters it has; absent means digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input_mode: Option<InputMode>,
    /// How many.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub length: Option<u32>,
    /// Where the person finds it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// The characters of a transaction code.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum InputMode {
    /// Only digits.
    #[default]
    Numeric,
    /// Any.
    Text,
}

impl CredentialOffer {
    /// Reads an offer: the body behind a reference, or the value in a link. Unknown members are ignored (section 4.1.1).
    ///
    /// # Errors
    /// [`MessageError`].
    pub fn parse(text: &[u8]) -> Result<Self, MessageError> {
        let offer: Self = message::read(MESSAGE, text)?;
        identifier_url(MESSAGE, "credential_issuer", &offer.credential_issuer)?;
        let mut seen = BTreeSet::new();
        if let Some(twice) = offer.credential_configuration_ids.iter().find(|id| !seen.insert(*id)) {
            let expected = "unique strings";
            return Err(refused(
                MESSAGE,
                "credential_configuration_ids",
                expected,
                format!("{} twice", quoted(twice)),
            ));
        }
        offer.grants.tx_code().map_or(Ok(()), TxCode::check)?;
        Ok(offer)
    }

    /// The offer, to answer a reference with.
    #[must_use]
    pub fn to_json(&self) -> Map<String, Value> {
        message::write(self)
    }
}

impl Grants {
    /// Whether the offer names no grant that is known here.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.authorization_code.is_none() && self.pre_authorized_code.is_none()
    }

    /// The transaction code that the person has to type.
    #[must_use]
    pub fn tx_code(&self) -> Option<&TxCode> {
        self.pre_authorized_code.as_ref()?.tx_code.as_ref()
    }
}

impl TxCode {
    /// Whether what a person typed can be the code at all, so that a slip costs no attempt.
    #[must_use]
    pub fn accepts(&self, typed: &str) -> bool {
        let length = typed.chars().count();
        let characters = match self.input_mode.unwrap_or_default() {
            InputMode::Numeric => typed.bytes().all(|b| b.is_ascii_digit()),
            InputMode::Text => true,
        };
        let fits = self.length.is_none_or(|expected| usize::try_from(expected) == Ok(length));
        length > 0 && characters && fits
    }

    fn check(&self) -> Result<(), MessageError> {
        if let Some(length) = self.length.filter(|length| !(1..=MAX_TX_CODE).contains(length)) {
            return Err(refused(MESSAGE, "length", "1 to 64", length));
        }
        let characters = self.description.as_ref().map_or(0, |text| text.chars().count());
        if characters > MAX_DESCRIPTION {
            return Err(refused(MESSAGE, "description", "at most 300 characters", characters));
        }
        Ok(())
    }
}
