//! What the credential and deferred credential endpoints answer (sections 8.3 and 9.2).

use core::num::NonZeroU64;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::message::{self, MessageError, refused};

const MESSAGE: &str = "credential response";

/// Credentials, or when to ask for them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CredentialResponse {
    /// Issued: at most one for each proof.
    Issued {
        /// Each a string (an SD-JWT) or an object (`ldp_vc`), never re-encoded (appendix A).
        credentials: Vec<Value>,
        /// What a notification about them names.
        notification_id: Option<String>,
    },
    /// Not yet.
    Deferred {
        /// What to ask with.
        transaction_id: String,
        /// Seconds to wait before.
        interval: NonZeroU64,
    },
}

#[derive(Deserialize)]
struct Body {
    credentials: Option<Vec<Element>>,
    transaction_id: Option<String>,
    interval: Option<NonZeroU64>,
    notification_id: Option<String>,
}

#[derive(Deserialize)]
struct Element {
    credential: Value,
}

impl CredentialResponse {
    /// The HTTP status: 200 or 202.
    #[must_use]
    pub const fn status(&self) -> u16 {
        match self {
            Self::Issued { .. } => 200,
            Self::Deferred { .. } => 202,
        }
    }

    /// Reads the body, decrypted where it came encrypted. Unknown members are ignored (section 8.3).
    ///
    /// # Errors
    /// [`MessageError`].
    pub fn parse(text: &[u8]) -> Result<Self, MessageError> {
        let body: Body = message::read(MESSAGE, text)?;
        match body {
            Body { credentials: Some(elements), transaction_id: None, interval: None, notification_id } => {
                Ok(Self::Issued { credentials: credentials(elements)?, notification_id })
            }
            Body {
                credentials: None,
                transaction_id: Some(transaction_id),
                interval: Some(interval),
                notification_id: None,
            } => Ok(Self::Deferred { transaction_id, interval }),
            _ => {
                let expected = "there without transaction_id and interval, or those two without credentials and notification_id";
                Err(refused(MESSAGE, "credentials", expected, "another combination"))
            }
        }
    }

    /// The body; never to be cached.
    #[must_use]
    pub fn to_json(&self) -> Value {
        match self {
            Self::Issued { credentials, notification_id } => {
                let elements: Vec<_> =
                    credentials.iter().map(|credential| json!({"credential": credential})).collect();
                let mut body = json!({"credentials": elements});
                if let (Some(members), Some(id)) = (body.as_object_mut(), notification_id) {
                    members.insert("notification_id".to_owned(), id.as_str().into());
                }
                body
            }
            Self::Deferred { transaction_id, interval } => {
                json!({"transaction_id": transaction_id, "interval": interval})
            }
        }
    }
}

/// Section 8.3: "one or more", each "a string or an object".
fn credentials(elements: Vec<Element>) -> Result<Vec<Value>, MessageError> {
    if elements.is_empty() {
        return Err(refused(MESSAGE, "credentials", "a non-empty array", "[]"));
    }
    let credential = |element: Element| match element.credential {
        credential @ (Value::String(_) | Value::Object(_)) => Ok(credential),
        other => {
            Err(refused(MESSAGE, "credential", "a string or an object", hati_formats::json::kind(&other)))
        }
    };
    elements.into_iter().map(credential).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_responses_of_the_standard_survive() {
        for (text, status) in [
            (
                r#"{"credentials":[{"credential":"LUpixVCWJk0eOt4CXQe1NXK"},{"credential":{"id":1}}],"notification_id":"3fwe98js"}"#,
                200,
            ),
            (r#"{"credentials":[{"credential":"LUpixVCWJk0eOt4CXQe1NXK"}]}"#, 200),
            (r#"{"transaction_id":"8xLOxBtZp8","interval":3600}"#, 202),
        ] {
            let read = CredentialResponse::parse(text.as_bytes()).unwrap();
            assert_eq!((read.to_json().to_string().as_str(), read.status()), (text, status));
        }
    }

    #[test]
    fn other_combinations_are_refused() {
        for text in [
            "{}",
            r#"{"credentials":[]}"#,
            r#"{"credentials":["a"]}"#,
            r#"{"credentials":[{"credential":1}]}"#,
            r#"{"credentials":[{"credential":"a"}],"transaction_id":"t","interval":1}"#,
            r#"{"credentials":[{"credential":"a"}],"interval":1}"#,
            r#"{"transaction_id":"t"}"#,
            r#"{"transaction_id":"t","interval":0}"#,
            r#"{"transaction_id":"t","interval":-1}"#,
            r#"{"transaction_id":"t","interval":1,"notification_id":"n"}"#,
            r#"{"interval":1}"#,
        ] {
            assert!(CredentialResponse::parse(text.as_bytes()).is_err(), "{text}");
        }
    }
}
