use super::super::authorization::details;
use super::super::form::write;
use super::super::pkce::CodeVerifier;
use super::super::{AuthorizationDetail, Form, Scope, Secret};
use super::TokenRequestError;

/// A way to a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum GrantType {
    /// The officer's way (OpenID4VCI section 3.5).
    PreAuthorizedCode,
    /// The citizen's way from home (section 3.4).
    AuthorizationCode,
    /// Refilling the pool.
    RefreshToken,
}

impl GrantType {
    /// Every grant.
    pub const ALL: [Self; 3] = [Self::PreAuthorizedCode, Self::AuthorizationCode, Self::RefreshToken];

    /// The value of `grant_type`, and the name in metadata and offers.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::PreAuthorizedCode => "urn:ietf:params:oauth:grant-type:pre-authorized_code",
            Self::AuthorizationCode => "authorization_code",
            Self::RefreshToken => "refresh_token",
        }
    }
}

/// What is redeemed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Grant {
    /// The code of an offer.
    PreAuthorizedCode {
        /// `pre-authorized_code`
        code: Secret,
        /// What the person typed; see [`check_tx_code`].
        tx_code: Option<Secret>,
    },
    /// The code of a redirect.
    AuthorizationCode {
        /// `code`
        code: Secret,
        /// The same as in the authorization request.
        redirect_uri: String,
        /// What the code's challenge was made of.
        code_verifier: CodeVerifier,
    },
    /// A refresh token.
    RefreshToken {
        /// `refresh_token`
        refresh_token: Secret,
        /// At most what was granted.
        scope: Option<Scope>,
    },
}

/// A request to the token endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenRequest {
    /// What is redeemed.
    pub grant: Grant,
    /// Which wallet asks; may be absent with a pre-authorized code (OpenID4VCI section 6.1).
    pub client_id: Option<String>,
    /// A part of what was granted.
    pub authorization_details: Vec<AuthorizationDetail>,
}

impl TokenRequest {
    /// Reads the form. Unknown parameters are ignored (OpenID4VCI section 6.1).
    ///
    /// # Errors
    /// [`TokenRequestError`].
    pub fn parse(form: &Form) -> Result<Self, TokenRequestError> {
        let grant = Grant::parse(form)?;
        // RFC 6749 section 4.1.3: a public client names itself; the pre-authorized code's may be anonymous.
        let client_id = match grant {
            Grant::AuthorizationCode { .. } => Some(form.required("client_id")?),
            _ => form.get("client_id"),
        };
        Ok(Self { grant, client_id: client_id.map(str::to_owned), authorization_details: details(form)? })
    }

    /// The form to send.
    #[must_use]
    pub fn to_form(&self) -> String {
        let (mut tx, mut uri, mut verifier, mut scope) = (None, None, None, None);
        let (name, redeemed) = match &self.grant {
            Grant::PreAuthorizedCode { code, tx_code } => {
                tx = tx_code.as_ref().map(Secret::as_str);
                ("pre-authorized_code", code)
            }
            Grant::AuthorizationCode { code, redirect_uri, code_verifier } => {
                (uri, verifier) = (Some(redirect_uri.as_str()), Some(code_verifier.as_str()));
                ("code", code)
            }
            Grant::RefreshToken { refresh_token, scope: wanted } => {
                scope = wanted.as_ref().map(ToString::to_string);
                ("refresh_token", refresh_token)
            }
        };
        let details = &self.authorization_details;
        let details = (!details.is_empty()).then(|| AuthorizationDetail::to_text(details));
        write([
            ("grant_type", Some(self.grant.grant_type().name())),
            (name, Some(redeemed.as_str())),
            ("tx_code", tx),
            ("redirect_uri", uri),
            ("code_verifier", verifier),
            ("scope", scope.as_deref()),
            ("client_id", self.client_id.as_deref()),
            ("authorization_details", details.as_deref()),
        ])
    }
}

impl Grant {
    /// Which way it is.
    #[must_use]
    pub const fn grant_type(&self) -> GrantType {
        match self {
            Self::PreAuthorizedCode { .. } => GrantType::PreAuthorizedCode,
            Self::AuthorizationCode { .. } => GrantType::AuthorizationCode,
            Self::RefreshToken { .. } => GrantType::RefreshToken,
        }
    }

    fn parse(form: &Form) -> Result<Self, TokenRequestError> {
        let named = form.required("grant_type")?;
        let grant_type = GrantType::ALL.into_iter().find(|grant| grant.name() == named);
        let grant_type =
            grant_type.ok_or_else(|| TokenRequestError::GrantType { got: crate::message::shown(named) })?;
        let tx_code = form.get("tx_code");
        if tx_code.is_some() && grant_type != GrantType::PreAuthorizedCode {
            return Err(TokenRequestError::TxCodeUnexpected);
        }
        Ok(match grant_type {
            GrantType::PreAuthorizedCode => Self::PreAuthorizedCode {
                code: form.required("pre-authorized_code")?.into(),
                tx_code: tx_code.map(Secret::from),
            },
            GrantType::AuthorizationCode => Self::AuthorizationCode {
                code: form.required("code")?.into(),
                redirect_uri: form.required("redirect_uri")?.to_owned(),
                code_verifier: CodeVerifier::parse(form.required("code_verifier")?)?,
            },
            GrantType::RefreshToken => Self::RefreshToken {
                refresh_token: form.required("refresh_token")?.into(),
                scope: form.get("scope").map(Scope::parse).transpose()?,
            },
        })
    }
}

/// Whether a transaction code came if, and only if, the offer announced one (OpenID4VCI section 6.3). Whether it is the
/// right one is for whoever keeps its digest and counts the attempts.
///
/// # Errors
/// [`TokenRequestError::TxCodeMissing`] or [`TokenRequestError::TxCodeUnexpected`].
pub const fn check_tx_code(came: Option<&Secret>, announced: bool) -> Result<(), TokenRequestError> {
    match (came, announced) {
        (None, true) => Err(TokenRequestError::TxCodeMissing),
        (Some(_), false) => Err(TokenRequestError::TxCodeUnexpected),
        _ => Ok(()),
    }
}
