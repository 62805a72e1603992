//! What a wallet tells the issuer about what it received (section 11).

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::message::{self, MessageError, quoted, refused};
use crate::oauth::describe;

const MESSAGE: &str = "notification request";

/// More than a developer reads; section 11.1 sets no limit, and it goes into logs.
const MAX_DESCRIPTION: usize = 1000;

/// What became of the credentials of one response. Answered with 204 (section 11.2), however often it comes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotificationRequest {
    /// From the credential response.
    pub notification_id: String,
    /// What happened.
    pub event: NotificationEvent,
    /// More about it, for developers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event_description: Option<String>,
}

/// What happened to the credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NotificationEvent {
    /// They are in the wallet.
    CredentialAccepted,
    /// They are not, and it was not the person's choice. One lost copy counts as all.
    CredentialFailure,
    /// The person did not want them.
    CredentialDeleted,
}

impl NotificationRequest {
    /// Reads the body. Unknown members are ignored (section 11.1).
    ///
    /// # Errors
    /// [`MessageError`], which becomes `invalid_notification_request`.
    pub fn parse(text: &[u8]) -> Result<Self, MessageError> {
        let read: Self = message::read(MESSAGE, text)?;
        let description = read.event_description.as_deref().unwrap_or_default();
        if description.len() > MAX_DESCRIPTION || !description.bytes().all(is_allowed) {
            let expected = "at most 1000 of the characters %x20-21 / %x23-5B / %x5D-7E";
            return Err(refused(MESSAGE, "event_description", expected, quoted(description)));
        }
        Ok(read)
    }

    /// The body; what a description may not contain is replaced.
    #[must_use]
    pub fn to_json(&self) -> Map<String, Value> {
        let event_description = self.event_description.as_deref().map(describe);
        message::write(&Self { event_description, ..self.clone() })
    }
}

/// Section 11.1.
fn is_allowed(byte: u8) -> bool {
    matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b'\\')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oauth::ErrorResponse;
    use crate::openid4vci::NotificationErrorCode;

    #[test]
    fn the_requests_of_the_standard_survive() {
        for text in [
            r#"{"notification_id":"3fwe98js","event":"credential_accepted"}"#,
            r#"{"notification_id":"3fwe98js","event":"credential_failure","event_description":"Could not store the Credential. Out of storage."}"#,
            r#"{"notification_id":"3fwe98js","event":"credential_deleted"}"#,
        ] {
            let read = NotificationRequest::parse(text.as_bytes()).unwrap();
            assert_eq!(Value::Object(read.to_json()).to_string(), text);
        }
    }

    #[test]
    fn malformed_requests_are_refused_with_their_code() {
        for text in [
            "{}",
            r#"{"notification_id":"a","event":"Credential_accepted"}"#,
            r#"{"notification_id":"a","event":"credential_accepted","event_description":"\""}"#,
            r#"{"notification_id":"a","event":"credential_accepted","event_description":"é"}"#,
            r#"{"notification_id":"a","notification_id":"a","event":"credential_accepted"}"#,
        ] {
            let error = NotificationRequest::parse(text.as_bytes()).unwrap_err();
            let code = ErrorResponse::<NotificationErrorCode>::from(error).code;
            assert_eq!(code, NotificationErrorCode::InvalidNotificationRequest, "{text}");
        }
        let long = "x".repeat(MAX_DESCRIPTION + 1);
        let text = format!(
            r#"{{"notification_id":"a","event":"credential_accepted","event_description":"{long}"}}"#
        );
        assert!(NotificationRequest::parse(text.as_bytes()).is_err());
    }

    #[test]
    fn what_is_written_can_be_read() {
        let request = NotificationRequest {
            notification_id: "a".to_owned(),
            event: NotificationEvent::CredentialFailure,
            event_description: Some("\"disk\" full\\é".to_owned()),
        };
        let text = Value::Object(request.to_json()).to_string();
        let read = NotificationRequest::parse(text.as_bytes()).unwrap();
        assert_eq!(read.event_description.as_deref(), Some("'disk' full/?"));
    }
}
