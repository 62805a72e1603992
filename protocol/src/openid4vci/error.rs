//! The errors of the issuer's endpoints. A missing or bad access token is [`ResourceErrorCode`]'s.
//!
//! [`ResourceErrorCode`]: crate::oauth::ResourceErrorCode

use crate::message::MessageError;
use crate::oauth::{ErrorResponse, registered_codes};

registered_codes! {
    /// Errors of the credential endpoint (section 8.3.1.2) and the deferred credential endpoint (section 9.3).
    CredentialErrorCode {
        /// A parameter is missing, repeated or malformed.
        InvalidCredentialRequest = "invalid_credential_request", 400;
        /// No such credential configuration.
        UnknownCredentialConfiguration = "unknown_credential_configuration", 400;
        /// No such credential identifier.
        UnknownCredentialIdentifier = "unknown_credential_identifier", 400;
        /// A proof is missing or not valid, or has no nonce.
        InvalidProof = "invalid_proof", 400;
        /// A proof's nonce is not valid (any more): the wallet fetches another.
        InvalidNonce = "invalid_nonce", 400;
        /// The encryption parameters are missing or not valid.
        InvalidEncryptionParameters = "invalid_encryption_parameters", 400;
        /// The credential will not be issued.
        CredentialRequestDenied = "credential_request_denied", 400;
        /// Deferred credential endpoint alone: no such transaction, or its credential was already obtained.
        InvalidTransactionId = "invalid_transaction_id", 400;
    }
}

registered_codes! {
    /// Errors of the notification endpoint (section 11.3).
    NotificationErrorCode {
        /// No such notification id.
        InvalidNotificationId = "invalid_notification_id", 400;
        /// A parameter is missing, repeated or malformed.
        InvalidNotificationRequest = "invalid_notification_request", 400;
    }
}

impl From<MessageError> for ErrorResponse<CredentialErrorCode> {
    fn from(error: MessageError) -> Self {
        Self::new(CredentialErrorCode::InvalidCredentialRequest, error)
    }
}

impl From<MessageError> for ErrorResponse<NotificationErrorCode> {
    fn from(error: MessageError) -> Self {
        Self::new(NotificationErrorCode::InvalidNotificationRequest, error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oauth::ErrorCode;

    #[test]
    fn every_code_of_the_standard_is_there_with_status_400() {
        let names: Vec<_> = CredentialErrorCode::ALL.iter().map(|code| code.name()).collect();
        let expected = [
            "invalid_credential_request",
            "unknown_credential_configuration",
            "unknown_credential_identifier",
            "invalid_proof",
            "invalid_nonce",
            "invalid_encryption_parameters",
            "credential_request_denied",
            "invalid_transaction_id",
        ];
        assert_eq!(names, expected);
        let names: Vec<_> = NotificationErrorCode::ALL.iter().map(|code| code.name()).collect();
        assert_eq!(names, ["invalid_notification_id", "invalid_notification_request"]);
        assert!(CredentialErrorCode::ALL.iter().all(|code| code.status() == 400));
        assert!(NotificationErrorCode::ALL.iter().all(|code| code.status() == 400));
    }
}
