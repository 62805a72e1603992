use crate::message::MessageError;
use crate::oauth::ErrorResponse;
use crate::openid4vci::{CredentialErrorCode, EncryptionError};

/// Why a request to the credential or deferred credential endpoint is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CredentialRequestError {
    /// Not the JSON that the standard asks for.
    #[error(transparent)]
    Message(#[from] MessageError),
    /// Section 8.2: exactly one of the two.
    #[error("expected either credential_configuration_id or credential_identifier, got {got}")]
    Requested {
        /// Neither or both.
        got: &'static str,
    },
    /// Section 8.2: the token response gave identifiers, so one of them has to be used.
    #[error("the token response gave credential_identifiers: send one of them as credential_identifier")]
    IdentifierRequired,
    /// Not among the identifiers of the token response.
    #[error("credential_identifier must be one that the token response gave, got {got}")]
    UnknownIdentifier {
        /// What came.
        got: String,
    },
    /// The issuer's metadata have no such configuration.
    #[error("credential_configuration_id must be a key of credential_configurations_supported, got {got}")]
    UnknownConfiguration {
        /// What came.
        got: String,
    },
    /// `proofs` has not exactly one proof type, or one without proofs.
    #[error("proofs must have one member `jwt` with an array of JWTs, got {got}")]
    Proofs {
        /// What came.
        got: String,
    },
    /// The encryption parameters are malformed, or do not agree with the issuer's metadata.
    #[error(transparent)]
    Encryption(#[from] EncryptionError),
}

impl From<CredentialRequestError> for ErrorResponse<CredentialErrorCode> {
    fn from(error: CredentialRequestError) -> Self {
        use CredentialErrorCode as Code;
        use CredentialRequestError as E;
        let code = match error {
            E::Message(_) | E::Requested { .. } | E::IdentifierRequired => Code::InvalidCredentialRequest,
            E::UnknownIdentifier { .. } => Code::UnknownCredentialIdentifier,
            E::UnknownConfiguration { .. } => Code::UnknownCredentialConfiguration,
            E::Proofs { .. } => Code::InvalidProof,
            E::Encryption(_) => Code::InvalidEncryptionParameters,
        };
        Self::new(code, error)
    }
}

impl From<EncryptionError> for ErrorResponse<CredentialErrorCode> {
    fn from(error: EncryptionError) -> Self {
        CredentialRequestError::from(error).into()
    }
}
