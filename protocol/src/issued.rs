//! The file in which an issuer hands copies of a credential to a wallet when there is no network between them.

use hati_formats::credential::Format;
use hati_formats::json::{self, JsonError};
use hati_formats::qr::request::{TypeId, TypeIdError};
use serde::Deserialize;

/// The most copies in one file: a pool for months, and with portraits still less than the
/// [`json::MAX_BYTES`] that are read.
pub const MAX_COPIES: usize = 128;

/// Copies of one credential, each for another holder key.
///
/// ```
/// use hati_protocol::issued::IssuedCredentials;
///
/// let file = br#"{"format":"vc+sd-jwt","type":"maisha-id","issuer":"https://id.example.go.ke","credentials":["e30.e30.AA~"]}"#;
/// let issued = IssuedCredentials::parse(file)?;
/// assert_eq!(issued.credentials.len(), 1);
/// assert_eq!(issued.to_json().as_bytes(), file);
/// # Ok::<(), hati_protocol::issued::IssuedError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssuedCredentials {
    /// How each of them is secured.
    pub format: Format,
    /// Which type of credential.
    pub credential_type: TypeId,
    /// The issuer's HTTPS URL.
    pub issuer: String,
    /// Each copy as text: an SD-JWT, or the JSON of an `ldp_vc`.
    pub credentials: Vec<String>,
}

/// Why a file is not one of issued credentials. What the credentials say is the wallet's to check.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IssuedError {
    /// Not strict JSON.
    #[error("the file of credentials is damaged: {0}; ask the issuer for it again")]
    Json(#[from] JsonError),
    /// JSON of another shape.
    #[error("the file is not one of issued credentials: {reason}; give the file that the issuer wrote")]
    Shape {
        /// Which member, and what was expected.
        reason: String,
    },
    /// A format that this version does not know.
    #[error(
        "expected credentials of format vc+sd-jwt, dc+sd-jwt or ldp_vc, got `{got}`; install a newer app"
    )]
    Format {
        /// What the file says.
        got: String,
    },
    /// Not the id of a type.
    #[error(transparent)]
    Type(#[from] TypeIdError),
    /// None, or too many.
    #[error("expected 1 to {limit} credentials in the file, got {got}; ask the issuer for fewer at a time")]
    Copies {
        /// [`MAX_COPIES`].
        limit: usize,
        /// How many there are.
        got: usize,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    format: String,
    #[serde(rename = "type")]
    credential_type: String,
    issuer: String,
    credentials: Vec<String>,
}

impl IssuedCredentials {
    /// Reads the file.
    ///
    /// # Errors
    /// [`IssuedError`].
    pub fn parse(file: &[u8]) -> Result<Self, IssuedError> {
        let file: File = serde_json::from_value(json::parse(file)?)
            .map_err(|error| IssuedError::Shape { reason: error.to_string() })?;
        let format = Format::from_media_type(&file.format)
            .ok_or_else(|| IssuedError::Format { got: file.format.clone() })?;
        let credential_type = TypeId::parse(&file.credential_type)?;
        let got = file.credentials.len();
        if got == 0 || got > MAX_COPIES {
            return Err(IssuedError::Copies { limit: MAX_COPIES, got });
        }
        Ok(Self { format, credential_type, issuer: file.issuer, credentials: file.credentials })
    }

    /// The file's text.
    #[must_use]
    pub fn to_json(&self) -> String {
        let room = self.credentials.iter().map(|credential| credential.len() + 3).sum::<usize>();
        let mut out = String::with_capacity(room + 128);
        self.append_json(&mut out);
        out
    }

    /// Appends the file's text.
    pub fn append_json(&self, out: &mut String) {
        let members = [
            ("{\"format\":\"", self.format.media_type()),
            ("\",\"type\":\"", self.credential_type.as_str()),
            ("\",\"issuer\":\"", self.issuer.as_str()),
        ];
        for (before, text) in members {
            out.push_str(before);
            json::push_escaped(text, out);
        }
        let mut before = "\",\"credentials\":[\"";
        for credential in &self.credentials {
            out.push_str(before);
            json::push_escaped(credential, out);
            before = "\",\"";
        }
        out.push_str(if self.credentials.is_empty() { "\",\"credentials\":[]}" } else { "\"]}" });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn file(format: &str, kind: &str, credentials: &[&str]) -> Vec<u8> {
        let file = serde_json::json!({
            "format": format, "type": kind, "issuer": "https://id.example", "credentials": credentials,
        });
        file.to_string().into_bytes()
    }

    #[test]
    fn refusals_say_what_came() {
        let refused = |file: &[u8]| IssuedCredentials::parse(file).unwrap_err();
        assert!(matches!(refused(b"{"), IssuedError::Json(_)));
        assert!(refused(b"{}").to_string().contains("missing field `format`"));
        let surplus = br#"{"format":"ldp_vc","type":"t","issuer":"i","credentials":["a"],"keys":[]}"#;
        assert!(refused(surplus).to_string().contains("`keys`"));
        let unknown = IssuedError::Format { got: "mso_mdoc".to_owned() };
        assert_eq!(refused(&file("mso_mdoc", "maisha-id", &["a"])), unknown);
        assert!(matches!(refused(&file("vc+sd-jwt", "../x", &["a"])), IssuedError::Type(_)));
        for got in [0, MAX_COPIES + 1] {
            let too_many = IssuedError::Copies { limit: MAX_COPIES, got };
            assert_eq!(refused(&file("vc+sd-jwt", "maisha-id", &vec!["a"; got])), too_many);
        }
        assert!(IssuedCredentials::parse(&file("vc+sd-jwt", "maisha-id", &["a"; MAX_COPIES])).is_ok());
    }

    proptest! {
        #[test]
        fn every_file_survives(
            format in prop::sample::select(&Format::ALL),
            kind in "[a-z0-9-]{1,64}",
            issuer in "\\PC{0,40}",
            credentials in prop::collection::vec("\\PC{0,40}", 1..5),
        ) {
            let credential_type = TypeId::parse(&kind).unwrap();
            let issued = IssuedCredentials { format, credential_type, issuer, credentials };
            prop_assert_eq!(IssuedCredentials::parse(issued.to_json().as_bytes()), Ok(issued));
        }

        #[test]
        fn hostile_files_never_panic(bytes: Vec<u8>) {
            let _ = IssuedCredentials::parse(&bytes);
        }
    }
}
