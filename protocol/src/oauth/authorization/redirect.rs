use iri_string::types::UriStr;

use super::super::FormError;
use super::super::form::value;

/// Where the browser is sent back to. Whether it is the client's own is for the server's register of clients.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RedirectUri(String);

impl RedirectUri {
    /// Reads the parameter `redirect_uri`: an absolute URI without a fragment (RFC 6749 section 3.1.2) with https, an
    /// app's own scheme (RFC 8252 section 7.1), or http to this device alone (section 7.3).
    ///
    /// # Errors
    /// [`FormError::Value`].
    pub fn parse(text: &str) -> Result<Self, FormError> {
        let expected = "an absolute URI without fragment, with https, an app's own scheme, or http to a loopback address";
        let uri = UriStr::new(text).ok().filter(|uri| uri.fragment_str().is_none());
        if uri.is_some_and(is_redirect) {
            Ok(Self(text.to_owned()))
        } else {
            Err(value("redirect_uri", expected, text))
        }
    }

    /// The text, to compare with the one that came before.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The URI with parameters added to its query (RFC 6749 section 4.1.2).
    pub(super) fn with(&self, parameters: &str) -> String {
        let joint = if self.0.contains('?') { '&' } else { '?' };
        format!("{}{joint}{parameters}", self.0)
    }
}

fn is_redirect(uri: &UriStr) -> bool {
    let authority = uri.authority_components();
    let host = authority.map(|it| it.host()).unwrap_or_default();
    let no_user = authority.is_none_or(|it| it.userinfo().is_none());
    match uri.scheme_str().to_ascii_lowercase().as_str() {
        "https" => !host.is_empty() && no_user,
        "http" => matches!(host, "127.0.0.1" | "[::1]") && no_user,
        // What a browser runs or opens itself.
        "javascript" | "data" | "blob" | "file" | "about" | "vbscript" => false,
        _ => true,
    }
}
