//! Credential issuer metadata (section 12.2).

mod claims;
mod configuration;
mod display;
mod of_type;
mod signed;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{RequestEncryption, SupportedEncryption};
use crate::message::{self, MessageError, https_url, identifier_url, non_empty, quoted, refused};

pub use claims::{ClaimDescription, check_claims};
pub use configuration::{
    CredentialConfiguration, CredentialDefinition, CredentialMetadata, KeyAttestations, ProofType,
};
use display::check_locales;
pub use display::{Display, Image};
pub use of_type::{Securing, configuration_id, of_configuration_id};
pub use signed::{SIGNED_METADATA_TYP, SignedMetadataError};

/// The name of the well-known document (section 12.2.2).
pub const ISSUER_METADATA: &str = "openid-credential-issuer";

const MESSAGE: &str = "credential issuer metadata";

/// What an issuer issues, and where (section 12.2.4).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct IssuerMetadata {
    /// The issuer's identifier.
    pub credential_issuer: String,
    /// The authorization servers it relies on; none means that it is its own.
    #[serde(default, deserialize_with = "non_empty", skip_serializing_if = "Vec::is_empty")]
    pub authorization_servers: Vec<String>,
    /// Where credentials are asked for.
    pub credential_endpoint: String,
    /// Where nonces are; absent means that proofs need none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nonce_endpoint: Option<String>,
    /// Where deferred credentials are asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deferred_credential_endpoint: Option<String>,
    /// Where wallets tell what became of credentials.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notification_endpoint: Option<String>,
    /// Whether requests may or must be encrypted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credential_request_encryption: Option<RequestEncryption>,
    /// Whether responses can be or are encrypted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credential_response_encryption: Option<SupportedEncryption>,
    /// Whether several copies come at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub batch_credential_issuance: Option<BatchIssuance>,
    /// The issuer's name, by language.
    #[serde(default, deserialize_with = "non_empty", skip_serializing_if = "Vec::is_empty")]
    pub display: Vec<Display>,
    /// What is issued, by the id that offers and requests use.
    pub credential_configurations_supported: BTreeMap<String, CredentialConfiguration>,
}

/// How many copies at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchIssuance {
    /// The most proofs in one request, 2 or more.
    pub batch_size: usize,
}

impl IssuerMetadata {
    /// Reads the document fetched from the address that `well_known(issuer, ISSUER_METADATA)` gives. Unknown members
    /// are ignored (section 12.2.4).
    ///
    /// # Errors
    /// [`MessageError`], also where it is another issuer's.
    pub fn parse(text: &[u8], issuer: &str) -> Result<Self, MessageError> {
        let read: Self = message::read(MESSAGE, text)?;
        read.check(issuer)?;
        Ok(read)
    }

    /// The document.
    #[must_use]
    pub fn to_json(&self) -> Map<String, Value> {
        message::write(self)
    }

    /// The most proofs in one request: 1 where nothing is said about batches.
    #[must_use]
    pub fn batch_size(&self) -> usize {
        self.batch_credential_issuance.map_or(1, |batch| batch.batch_size)
    }

    /// The authorization server to use, given the one that the offer's grant names; `None` where section 4.1.1 does not
    /// allow that name, or where there are several and none is named.
    #[must_use]
    pub fn authorization_server(&self, named: Option<&str>) -> Option<&str> {
        match (self.authorization_servers.as_slice(), named) {
            ([], None) => Some(&self.credential_issuer),
            ([only], None) => Some(only),
            // "when `authorization_servers` … has multiple entries. It MUST NOT be used otherwise."
            (servers @ [_, _, ..], Some(named)) => {
                servers.iter().map(String::as_str).find(|server| *server == named)
            }
            _ => None,
        }
    }

    fn check(&self, issuer: &str) -> Result<(), MessageError> {
        if self.credential_issuer != issuer {
            let expected = "the identifier that the document was fetched for";
            return Err(refused(MESSAGE, "credential_issuer", expected, quoted(&self.credential_issuer)));
        }
        identifier_url(MESSAGE, "credential_issuer", &self.credential_issuer)?;
        let mut servers = self.authorization_servers.iter();
        servers.try_for_each(|server| identifier_url(MESSAGE, "authorization_servers", server))?;
        https_url(MESSAGE, "credential_endpoint", &self.credential_endpoint)?;
        for (member, url) in [
            ("nonce_endpoint", &self.nonce_endpoint),
            ("deferred_credential_endpoint", &self.deferred_credential_endpoint),
            ("notification_endpoint", &self.notification_endpoint),
        ] {
            url.iter().try_for_each(|url| https_url(MESSAGE, member, url))?;
        }
        if let Some(batch) = self.batch_credential_issuance.filter(|batch| batch.batch_size < 2) {
            return Err(refused(MESSAGE, "batch_size", "2 or greater", batch.batch_size));
        }
        check_locales(MESSAGE, &self.display)?;
        self.credential_configurations_supported.values().try_for_each(CredentialConfiguration::check)
    }
}
