use crate::oauth::pkce::PkceError;
use crate::oauth::{AuthorizationDetailsError, ErrorResponse, FormError, ScopeError, TokenErrorCode};

/// Why a token request is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TokenRequestError {
    /// A parameter is missing, repeated or malformed.
    #[error(transparent)]
    Form(#[from] FormError),
    /// The verifier is malformed or the wrong one.
    #[error(transparent)]
    Pkce(#[from] PkceError),
    /// The scope is malformed.
    #[error(transparent)]
    Scope(#[from] ScopeError),
    /// The details are malformed or of an unknown type.
    #[error(transparent)]
    Details(#[from] AuthorizationDetailsError),
    /// A grant that is not known here.
    #[error("grant_type must be authorization_code, refresh_token or the pre-authorized code's, got `{got}`")]
    GrantType {
        /// What came.
        got: String,
    },
    /// OpenID4VCI section 6.3: the offer announces a transaction code.
    #[error("this code needs the transaction code that the person was given: send `tx_code`")]
    TxCodeMissing,
    /// Sections 6.1 and 6.3: nothing announces one, or the grant has none.
    #[error("no transaction code is expected here: send no `tx_code`")]
    TxCodeUnexpected,
}

impl From<TokenRequestError> for ErrorResponse<TokenErrorCode> {
    fn from(error: TokenRequestError) -> Self {
        use TokenRequestError as E;
        let code = match error {
            // RFC 7636 section 4.6.
            E::Pkce(PkceError::Mismatch) => TokenErrorCode::InvalidGrant,
            E::Form(_) | E::Pkce(_) | E::TxCodeMissing | E::TxCodeUnexpected => {
                TokenErrorCode::InvalidRequest
            }
            E::Scope(_) => TokenErrorCode::InvalidScope,
            E::Details(_) => TokenErrorCode::InvalidAuthorizationDetails,
            E::GrantType { .. } => TokenErrorCode::UnsupportedGrantType,
        };
        Self::new(code, error)
    }
}
