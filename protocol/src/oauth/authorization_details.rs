//! Which credentials are asked for and granted (RFC 9396, OpenID4VCI 1.0 sections 5.1.1 and 6.2).

use hati_formats::json::{self, JsonError};
use hati_formats::sd_jwt::ClaimPath;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::message::{self, non_empty, quoted};

/// The type that OpenID4VCI defines, the only one known here.
pub const OPENID_CREDENTIAL: &str = "openid_credential";

/// The most details in one request: a person has a handful of credentials, each in three formats.
pub const MAX_DETAILS: usize = 32;

/// Why `authorization_details` are refused; every endpoint answers `invalid_authorization_details` (RFC 9396 section 5).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AuthorizationDetailsError {
    /// Not strict JSON.
    #[error("authorization_details is damaged: {0}")]
    Json(#[from] JsonError),
    /// Not an array of such objects.
    #[error("authorization_details does not have its shape: {reason}")]
    Shape {
        /// What was expected and what came.
        reason: String,
    },
    /// None, or more than [`MAX_DETAILS`].
    #[error("authorization_details must have 1 to {limit} elements, got {got}")]
    Count {
        /// The most that is read.
        limit: usize,
        /// What came.
        got: usize,
    },
    /// A type that is not known here.
    #[error("authorization_details of type {OPENID_CREDENTIAL} are known, got {got}")]
    Type {
        /// What came.
        got: String,
    },
}

/// One credential that is asked for or granted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthorizationDetail {
    #[serde(rename = "type")]
    kind: String,
    /// A key of `credential_configurations_supported` in the issuer's metadata.
    pub credential_configuration_id: String,
    /// Where it is to be used: the issuer's identifier, required where its metadata name authorization servers.
    #[serde(default, deserialize_with = "non_empty", skip_serializing_if = "Vec::is_empty")]
    pub locations: Vec<String>,
    /// Which claims the wallet wants.
    #[serde(default, deserialize_with = "non_empty", skip_serializing_if = "Vec::is_empty")]
    pub claims: Vec<RequestedClaim>,
    /// In a token response: what to ask the credential endpoint for (section 6.2).
    #[serde(default, deserialize_with = "non_empty", skip_serializing_if = "Vec::is_empty")]
    pub credential_identifiers: Vec<String>,
}

/// A claim the wallet wants (OpenID4VCI 1.0 appendix B.1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestedClaim {
    /// Where it stands in the credential.
    pub path: ClaimPath,
    /// Whether the wallet refuses a credential without it.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub mandatory: bool,
}

impl AuthorizationDetail {
    /// Asks for the credential of that configuration.
    #[must_use]
    pub fn new(credential_configuration_id: impl Into<String>) -> Self {
        Self {
            kind: OPENID_CREDENTIAL.to_owned(),
            credential_configuration_id: credential_configuration_id.into(),
            locations: Vec::new(),
            claims: Vec::new(),
            credential_identifiers: Vec::new(),
        }
    }

    /// Whether it is to be used at this issuer (RFC 9396 section 2.2): where it says nothing, at any.
    #[must_use]
    pub fn is_for(&self, issuer: &str) -> bool {
        self.locations.is_empty() || self.locations.iter().any(|location| location == issuer)
    }

    /// Reads the value of the parameter `authorization_details`.
    ///
    /// # Errors
    /// [`AuthorizationDetailsError`].
    pub fn parse_all(text: &str) -> Result<Vec<Self>, AuthorizationDetailsError> {
        Self::read_all(json::parse(text.as_bytes())?)
    }

    /// The value of the parameter.
    #[must_use]
    pub fn to_text(details: &[Self]) -> String {
        Value::from_iter(details.iter().map(|detail| Value::Object(message::write(detail)))).to_string()
    }

    /// The same out of a JSON text that was parsed strictly.
    pub(super) fn read_all(value: Value) -> Result<Vec<Self>, AuthorizationDetailsError> {
        let Value::Array(items) = value else {
            let reason = format!("expected an array, got {}", json::kind(&value));
            return Err(AuthorizationDetailsError::Shape { reason });
        };
        if items.is_empty() || items.len() > MAX_DETAILS {
            return Err(AuthorizationDetailsError::Count { limit: MAX_DETAILS, got: items.len() });
        }
        items.into_iter().map(Self::read).collect()
    }

    fn read(value: Value) -> Result<Self, AuthorizationDetailsError> {
        match value.get("type").and_then(Value::as_str) {
            Some(kind) if kind != OPENID_CREDENTIAL => {
                Err(AuthorizationDetailsError::Type { got: quoted(kind) })
            }
            _ => serde_json::from_value(value).map_err(|error| AuthorizationDetailsError::Shape {
                reason: message::shown(&error.to_string()),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn details_survive_and_unknown_fields_are_ignored() {
        let text = r#"[{"type":"openid_credential","credential_configuration_id":"a","locations":["https://a.example"],"claims":[{"path":["given_name"],"mandatory":true},{"path":["a",null,0]}]}]"#;
        let details = AuthorizationDetail::parse_all(text).unwrap();
        assert_eq!(AuthorizationDetail::to_text(&details), text);
        let with_more = text.replacen("\"type\"", "\"more\":{},\"type\"", 1);
        assert_eq!(AuthorizationDetail::parse_all(&with_more), Ok(details));
        let one = [AuthorizationDetail::new("a")];
        assert_eq!(AuthorizationDetail::parse_all(&AuthorizationDetail::to_text(&one)).unwrap(), one);
    }

    #[test]
    fn a_detail_is_for_the_issuers_it_names_or_for_any() {
        let mut detail = AuthorizationDetail::new("a");
        assert!(detail.is_for("https://a.example"));
        detail.locations = vec!["https://b.example".to_owned(), "https://a.example".to_owned()];
        assert!(detail.is_for("https://a.example") && !detail.is_for("https://c.example"));
    }

    #[test]
    fn refusals_say_what_came() {
        let refused = |text: &str| AuthorizationDetail::parse_all(text).unwrap_err();
        assert!(matches!(refused("["), AuthorizationDetailsError::Json(_)));
        assert!(refused("{}").to_string().contains("expected an array, got an object"));
        assert_eq!(refused("[]"), AuthorizationDetailsError::Count { limit: MAX_DETAILS, got: 0 });
        let many = format!("[{}1]", "1,".repeat(MAX_DETAILS));
        assert_eq!(refused(&many), AuthorizationDetailsError::Count { limit: MAX_DETAILS, got: 33 });
        let payment = AuthorizationDetailsError::Type { got: "`payment`".to_owned() };
        assert_eq!(refused(r#"[{"type":"payment"}]"#), payment);
        assert!(
            refused(r#"[{"type":"openid_credential"}]"#).to_string().contains("credential_configuration_id")
        );
        assert!(
            refused(r#"[{"credential_configuration_id":"a"}]"#).to_string().contains("missing field `type`")
        );
        let empty = r#"[{"type":"openid_credential","credential_configuration_id":"a","claims":[]}]"#;
        assert!(refused(empty).to_string().contains("non-empty"));
    }
}
