use super::super::form::{value, write};
use super::super::pkce::{CodeChallenge, PkceError, S256};
use super::super::{AuthorizationDetail, AuthorizationDetailsError, Form, FormError, Scope};
use super::{AuthorizationRequestError, RedirectUri};

/// How every `request_uri` of a pushed request begins (RFC 9126 section 2.2).
pub const REQUEST_URI_PREFIX: &str = "urn:ietf:params:oauth:request_uri:";

/// How answers come, and the only value of `response_mode`: in the query of the redirect URI (OAuth 2.0 Multiple Response Types
/// section 2.1).
pub const RESPONSE_MODE: &str = "query";

/// A request for a code, as it is pushed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthorizationRequest {
    /// Which wallet asks.
    pub client_id: String,
    /// Where its answer goes.
    pub redirect_uri: RedirectUri,
    /// What the code is bound to.
    pub code_challenge: CodeChallenge,
    /// Comes back with the answer.
    pub state: Option<String>,
    /// Credentials by scope (OpenID4VCI section 5.1.2).
    pub scope: Option<Scope>,
    /// Credentials by configuration (section 5.1.1).
    pub authorization_details: Vec<AuthorizationDetail>,
    /// From the offer. Not guaranteed to be this server's (section 5.1.3): look it up, never trust it.
    pub issuer_state: Option<String>,
    /// The thumbprint of the key that the code is bound to (RFC 9449 section 10).
    pub dpop_jkt: Option<String>,
}

impl AuthorizationRequest {
    /// Reads the form of a pushed request. Unknown parameters are ignored (section 5.1.3).
    ///
    /// # Errors
    /// [`AuthorizationRequestError`].
    pub fn parse(form: &Form) -> Result<Self, AuthorizationRequestError> {
        if form.get("request").is_some() {
            return Err(AuthorizationRequestError::RequestObject);
        }
        if form.get("request_uri").is_some() {
            return Err(AuthorizationRequestError::NestedReference);
        }
        let response_type = form.required("response_type")?;
        if response_type != "code" {
            let got = crate::message::shown(response_type);
            return Err(AuthorizationRequestError::ResponseType { got });
        }
        // OAuth 2.0 Multiple Response Types section 2.1.
        if let Some(mode) = form.get("response_mode").filter(|mode| *mode != RESPONSE_MODE) {
            return Err(AuthorizationRequestError::ResponseMode { got: crate::message::shown(mode) });
        }
        let owned = |name| form.get(name).map(str::to_owned);
        Ok(Self {
            client_id: form.required("client_id")?.to_owned(),
            redirect_uri: RedirectUri::parse(form.required("redirect_uri")?)?,
            code_challenge: challenge(form)?,
            state: owned("state"),
            scope: form.get("scope").map(Scope::parse).transpose()?,
            authorization_details: details(form)?,
            issuer_state: owned("issuer_state"),
            dpop_jkt: form.get("dpop_jkt").map(thumbprint).transpose()?,
        })
    }

    /// The form to push.
    #[must_use]
    pub fn to_form(&self) -> String {
        let challenge = self.code_challenge.to_string();
        let scope = self.scope.as_ref().map(ToString::to_string);
        let details = &self.authorization_details;
        let details = (!details.is_empty()).then(|| AuthorizationDetail::to_text(details));
        write([
            ("response_type", Some("code")),
            ("client_id", Some(self.client_id.as_str())),
            ("redirect_uri", Some(self.redirect_uri.as_str())),
            ("code_challenge", Some(challenge.as_str())),
            ("code_challenge_method", Some(S256)),
            ("state", self.state.as_deref()),
            ("scope", scope.as_deref()),
            ("authorization_details", details.as_deref()),
            ("issuer_state", self.issuer_state.as_deref()),
            ("dpop_jkt", self.dpop_jkt.as_deref()),
        ])
    }
}

/// What the browser brings to the authorization endpoint after a push (RFC 9126 section 4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PushedReference {
    /// Which wallet asks: the same as was pushed.
    pub client_id: String,
    /// What the push was answered with.
    pub request_uri: String,
}

impl PushedReference {
    /// Reads the query of the authorization endpoint.
    ///
    /// # Errors
    /// [`AuthorizationRequestError`]. No redirect may follow: nothing tells where to.
    pub fn parse(query: &Form) -> Result<Self, AuthorizationRequestError> {
        let request_uri = query.required("request_uri")?;
        if !request_uri.starts_with(REQUEST_URI_PREFIX) {
            return Err(AuthorizationRequestError::Reference { got: crate::message::shown(request_uri) });
        }
        Ok(Self { client_id: query.required("client_id")?.to_owned(), request_uri: request_uri.to_owned() })
    }

    /// The address to open at the server's `authorization_endpoint`.
    #[must_use]
    pub fn to_url(&self, authorization_endpoint: &str) -> String {
        let joint = if authorization_endpoint.contains('?') { '&' } else { '?' };
        let query = write([
            ("client_id", Some(self.client_id.as_str())),
            ("request_uri", Some(self.request_uri.as_str())),
        ]);
        format!("{authorization_endpoint}{joint}{query}")
    }
}

/// RFC 7636 section 4.3; the method is never left out, because that would mean `plain`.
fn challenge(form: &Form) -> Result<CodeChallenge, AuthorizationRequestError> {
    let challenge = form.required("code_challenge")?;
    match form.get("code_challenge_method") {
        Some(S256) => Ok(CodeChallenge::parse(challenge)?),
        other => {
            Err(PkceError::Method { got: other.map_or("none".to_owned(), crate::message::quoted) }.into())
        }
    }
}

pub(in super::super) fn details(form: &Form) -> Result<Vec<AuthorizationDetail>, AuthorizationDetailsError> {
    form.get("authorization_details").map_or(Ok(Vec::new()), AuthorizationDetail::parse_all)
}

/// RFC 9449 section 10: an RFC 7638 thumbprint.
fn thumbprint(text: &str) -> Result<String, FormError> {
    match hati_formats::encoding::b64url_decode_array::<32>(text) {
        Ok(_) => Ok(text.to_owned()),
        Err(_) => Err(value("dpop_jkt", "a SHA-256 thumbprint in base64url", text)),
    }
}
