//! Authorization server metadata (RFC 8414).

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::pkce::S256;
use crate::message::{self, MessageError, https_url, identifier_url, non_empty, quoted, refused};

/// The name of the well-known document (RFC 8414 section 3).
pub const SERVER_METADATA: &str = "oauth-authorization-server";

const MESSAGE: &str = "authorization server metadata";

/// Where an authorization server's endpoints are and what it supports.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerMetadata {
    /// The server's identifier.
    pub issuer: String,
    /// Where the browser goes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authorization_endpoint: Option<String>,
    /// Where codes become tokens.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_endpoint: Option<String>,
    /// RFC 9126 section 5.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pushed_authorization_request_endpoint: Option<String>,
    /// RFC 9126 section 5: no other way to ask.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub require_pushed_authorization_requests: bool,
    /// The server's public keys.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jwks_uri: Option<String>,
    /// `["code"]`; may be absent where only the pre-authorized code is supported (OpenID4VCI section 12.2.4).
    #[serde(default, deserialize_with = "non_empty", skip_serializing_if = "Vec::is_empty")]
    pub response_types_supported: Vec<String>,
    /// How answers come; absent means in the query or the fragment.
    #[serde(default, deserialize_with = "non_empty", skip_serializing_if = "Vec::is_empty")]
    pub response_modes_supported: Vec<String>,
    /// The grants; absent means `authorization_code` and `implicit`.
    #[serde(default, deserialize_with = "non_empty", skip_serializing_if = "Vec::is_empty")]
    pub grant_types_supported: Vec<String>,
    /// How clients authenticate; `["none"]` for public wallets.
    #[serde(default, deserialize_with = "non_empty", skip_serializing_if = "Vec::is_empty")]
    pub token_endpoint_auth_methods_supported: Vec<String>,
    /// PKCE methods; absent means that PKCE is not supported.
    #[serde(default, deserialize_with = "non_empty", skip_serializing_if = "Vec::is_empty")]
    pub code_challenge_methods_supported: Vec<String>,
    /// RFC 9449 section 5.1; absent means that DPoP is not supported.
    #[serde(default, deserialize_with = "non_empty", skip_serializing_if = "Vec::is_empty")]
    pub dpop_signing_alg_values_supported: Vec<String>,
    /// The scopes.
    #[serde(default, deserialize_with = "non_empty", skip_serializing_if = "Vec::is_empty")]
    pub scopes_supported: Vec<String>,
    /// RFC 9396 section 10.
    #[serde(default, deserialize_with = "non_empty", skip_serializing_if = "Vec::is_empty")]
    pub authorization_details_types_supported: Vec<String>,
    /// RFC 9207 section 3: answers name the server in `iss`.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub authorization_response_iss_parameter_supported: bool,
    /// OpenID4VCI section 12.3: a pre-authorized code may come without a `client_id`.
    #[serde(
        rename = "pre-authorized_grant_anonymous_access_supported",
        default,
        skip_serializing_if = "core::ops::Not::not"
    )]
    pub pre_authorized_grant_anonymous_access_supported: bool,
}

impl ServerMetadata {
    /// Reads the document fetched from the address that `well_known(issuer, SERVER_METADATA)` gives.
    ///
    /// # Errors
    /// [`MessageError`], also where it is another issuer's (RFC 8414 section 3.3).
    pub fn parse(text: &[u8], issuer: &str) -> Result<Self, MessageError> {
        let read: Self = message::read(MESSAGE, text)?;
        if read.issuer != issuer {
            let expected = "the identifier that the document was fetched for";
            return Err(refused(MESSAGE, "issuer", expected, quoted(&read.issuer)));
        }
        identifier_url(MESSAGE, "issuer", &read.issuer)?;
        for (member, url) in [
            ("authorization_endpoint", &read.authorization_endpoint),
            ("token_endpoint", &read.token_endpoint),
            ("pushed_authorization_request_endpoint", &read.pushed_authorization_request_endpoint),
            ("jwks_uri", &read.jwks_uri),
        ] {
            url.iter().try_for_each(|url| https_url(MESSAGE, member, url))?;
        }
        Ok(read)
    }

    /// The document.
    #[must_use]
    pub fn to_json(&self) -> Map<String, Value> {
        message::write(self)
    }

    /// Whether codes can be protected by PKCE as it is done here.
    #[must_use]
    pub fn supports_s256(&self) -> bool {
        self.code_challenge_methods_supported.iter().any(|method| method == S256)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ISSUER: &str = "https://id.example.go.ke";

    fn metadata() -> ServerMetadata {
        ServerMetadata {
            issuer: ISSUER.to_owned(),
            token_endpoint: Some(format!("{ISSUER}/token")),
            code_challenge_methods_supported: vec![S256.to_owned()],
            pre_authorized_grant_anonymous_access_supported: true,
            ..ServerMetadata::default()
        }
    }

    fn with(member: &str, value: Value) -> Result<ServerMetadata, MessageError> {
        let mut document = Value::Object(metadata().to_json());
        document[member] = value;
        ServerMetadata::parse(document.to_string().as_bytes(), ISSUER)
    }

    #[test]
    fn metadata_survive() {
        let text = Value::Object(metadata().to_json()).to_string();
        assert!(text.contains(r#""pre-authorized_grant_anonymous_access_supported":true"#));
        let read = ServerMetadata::parse(text.as_bytes(), ISSUER).unwrap();
        assert!(read.supports_s256());
        assert_eq!(read, metadata());
        assert!(
            !with("code_challenge_methods_supported", Value::Null).is_ok_and(|read| read.supports_s256())
        );
    }

    #[test]
    fn another_issuer_and_plain_http_are_refused() {
        let other = with("issuer", "https://evil.example".into()).unwrap_err().to_string();
        assert!(other.contains("fetched for, got `https://evil.example`"), "{other}");
        let http = with("token_endpoint", "http://id.example.go.ke/token".into()).unwrap_err().to_string();
        assert!(http.contains("`token_endpoint`") && http.contains("https"), "{http}");
        assert!(with("jwks_uri", "x".into()).is_err());
        assert!(with("grant_types_supported", Value::Array(Vec::new())).is_err());
        assert!(with("unknown", true.into()).is_ok());
    }
}
