use iri_string::percent_encode::PercentEncodedForUri;

use super::CredentialOffer;
use crate::message::{MessageError, https_url, shown};
use crate::oauth::{Form, FormError};

/// Section 12.1.1: the scheme that every wallet answers to.
const SCHEME: &str = "openid-credential-offer://";

const BY_VALUE: &str = "credential_offer";
const BY_REFERENCE: &str = "credential_offer_uri";

/// An offer as a link, which a page shows and a QR code holds.
///
/// ```
/// use hati_protocol::openid4vci::OfferLink;
///
/// let link = OfferLink::Reference("https://id.example.go.ke/offers/GkurKxf5T0Y".to_owned());
/// let text = link.to_string();
/// assert!(text.starts_with("openid-credential-offer://?credential_offer_uri=https%3A%2F%2Fid."));
/// assert_eq!(OfferLink::parse(&text)?, link);
/// # Ok::<(), hati_protocol::openid4vci::OfferLinkError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OfferLink {
    /// The offer itself (section 4.1.2).
    Value(Box<CredentialOffer>),
    /// Where it is fetched (section 4.1.3): shorter, so easier to scan.
    Reference(String),
}

/// Why a link is not an offer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OfferLinkError {
    /// Another scheme.
    #[error("an offer begins with {SCHEME}, got `{got}`; scan the code that the issuer shows")]
    Scheme {
        /// The text, shortened.
        got: String,
    },
    /// The query is damaged.
    #[error("the offer's link is damaged: {0}")]
    Query(#[from] FormError),
    /// Section 4.1: "a single URI query parameter, either `credential_offer` or `credential_offer_uri`".
    #[error("the link must have either credential_offer or credential_offer_uri and nothing else, got {got}")]
    Parameters {
        /// The names that came.
        got: String,
    },
    /// The offer, or its address, is not what it has to be.
    #[error(transparent)]
    Offer(#[from] MessageError),
}

impl OfferLink {
    /// Reads a link.
    ///
    /// # Errors
    /// [`OfferLinkError`].
    pub fn parse(link: &str) -> Result<Self, OfferLinkError> {
        let query = strip_scheme(link).ok_or_else(|| OfferLinkError::Scheme { got: shown(link) })?;
        let query = Form::parse(query.as_bytes())?;
        match (query.names().count(), query.get(BY_VALUE), query.get(BY_REFERENCE)) {
            (1, Some(offer), None) => Ok(Self::Value(Box::new(CredentialOffer::parse(offer.as_bytes())?))),
            (1, None, Some(uri)) => {
                https_url("offer's link", BY_REFERENCE, uri)?;
                Ok(Self::Reference(uri.to_owned()))
            }
            _ => {
                let names: Vec<_> = query.names().collect();
                Err(OfferLinkError::Parameters { got: format!("`{}`", shown(&names.join(" "))) })
            }
        }
    }
}

impl core::fmt::Display for OfferLink {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let (name, value) = match self {
            Self::Value(offer) => (BY_VALUE, serde_json::Value::Object(offer.to_json()).to_string()),
            Self::Reference(uri) => (BY_REFERENCE, uri.clone()),
        };
        // Escaped as a URI, not as a form: a space is %20 to every reader, a plus not.
        write!(f, "{SCHEME}?{name}={}", PercentEncodedForUri::unreserve(value.as_str()))
    }
}

/// Schemes are case-insensitive (RFC 3986 section 3.1); some systems put a slash before the query.
fn strip_scheme(link: &str) -> Option<&str> {
    let (scheme, rest) = link.split_at_checked(SCHEME.len())?;
    let rest = rest.strip_prefix('/').unwrap_or(rest);
    rest.strip_prefix('?').filter(|_| scheme.eq_ignore_ascii_case(SCHEME))
}
