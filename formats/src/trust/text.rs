//! Texts in statements: what a person is shown must not mislead, what a program compares must be plain.

use minicbor::{Decode, Encode};

use super::wire::PayloadError;

/// The longest text shown to a person: two lines on a cheap phone.
pub(super) const MAX_SHOWN_BYTES: usize = 96;

/// The longest identifier or URL: RFC 9110 recommends more for servers, but QR codes and lists pay for it.
pub(super) const MAX_URL_BYTES: usize = 200;

/// A name in English and Swahili. `names = [en: shown, ? sw: shown]`, the second only where it differs.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Names {
    #[n(0)]
    en: String,
    #[n(1)]
    sw: Option<String>,
}

impl Names {
    /// The same thing named in both languages.
    #[must_use]
    pub fn new(en: &str, sw: &str) -> Self {
        Self { en: en.to_owned(), sw: (sw != en).then(|| sw.to_owned()) }
    }

    /// In English.
    #[must_use]
    pub fn en(&self) -> &str {
        &self.en
    }

    /// In Swahili.
    #[must_use]
    pub fn sw(&self) -> &str {
        self.sw.as_deref().unwrap_or(&self.en)
    }

    pub(super) fn check(&self) -> Result<(), PayloadError> {
        shown("name in English", &self.en)?;
        match &self.sw {
            Some(sw) if *sw == self.en => Err(PayloadError::Text {
                what: "name in Swahili",
                expected: "left out where it is the English one",
                got: sw.clone(),
            }),
            Some(sw) => shown("name in Swahili", sw),
            None => Ok(()),
        }
    }
}

/// Refuses a text that a screen could show as something else.
pub(crate) fn shown(what: &'static str, text: &str) -> Result<(), PayloadError> {
    let fits = (1..=MAX_SHOWN_BYTES).contains(&text.len());
    if fits && text.trim() == text && !text.chars().any(misleads) {
        return Ok(());
    }
    let expected = "1 to 96 bytes, without control, direction or invisible characters or outer spaces";
    Err(PayloadError::Text { what, expected, got: text.to_owned() })
}

/// Control characters, and those by which a name passes for another: zero-width ones and the direction
/// controls of Unicode Standard Annex 9 section 2.
fn misleads(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{180b}'..='\u{180f}')
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
        || matches!(c, '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}')
        || matches!(c, '\u{e0000}'..='\u{e0fff}')
}

/// An identifier that programs compare: no spaces, nothing outside ASCII.
pub(super) fn identifier(what: &'static str, text: &str) -> Result<(), PayloadError> {
    if (1..=MAX_URL_BYTES).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic()) {
        return Ok(());
    }
    let expected = "1 to 200 visible ASCII characters";
    Err(PayloadError::Text { what, expected, got: text.to_owned() })
}

/// An `https` URL without query or fragment, as OpenID4VCI 1.0 section 12.2.1 wants for issuers.
pub(super) fn https(what: &'static str, url: &str) -> Result<(), PayloadError> {
    identifier(what, url)?;
    let host = url.strip_prefix("https://").filter(|rest| !rest.is_empty() && !rest.starts_with('/'));
    if host.is_some() && is_plain_path(url) {
        return Ok(());
    }
    let expected = "an https URL without query, fragment or dot segments";
    Err(PayloadError::Text { what, expected, got: url.to_owned() })
}

/// Whether a URL stays under the prefix it begins with: no query, no fragment, and none of the dot segments
/// that a URL parser takes back, percent-encoded ones included (WHATWG URL, "double-dot URL path segment").
pub(super) fn is_plain_path(url: &str) -> bool {
    let escapes = |at: &[u8]| at.eq_ignore_ascii_case(b"%2e");
    !url.contains(['?', '#', '\\'])
        && !url.as_bytes().windows(3).any(escapes)
        && !url.split('/').any(|segment| matches!(segment, "." | ".."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_names_that_mislead() {
        assert!(shown("t", "Duka la Mama Mboga, Kibra").is_ok());
        assert!(shown("t", "Ŋũgĩ wa Thiong'o").is_ok());
        for text in ["", " a", "a ", "a\nb", "a\u{202e}b", "a\u{200b}b", "a\u{feff}", "\u{3164}"] {
            assert!(shown("t", text).is_err(), "{text:?}");
        }
        assert!(shown("t", &"a".repeat(MAX_SHOWN_BYTES)).is_ok());
        assert!(shown("t", &"a".repeat(MAX_SHOWN_BYTES + 1)).is_err());
    }

    #[test]
    fn the_swahili_name_travels_only_where_it_differs() {
        assert_eq!(minicbor::to_vec(Names::new("Naivas", "Naivas")).unwrap(), b"\x81\x66Naivas");
        assert_eq!(Names::new("Naivas", "Naivas").sw(), "Naivas");
        assert_eq!(Names::new("Shop", "Duka").sw(), "Duka");
        assert!(minicbor::decode::<Names>(b"\x82\x61a\x61a").unwrap().check().is_err());
    }

    #[test]
    fn refuses_what_is_no_plain_https_url() {
        assert!(https("t", "https://id.example.go.ke/issuer").is_ok());
        for url in [
            "http://a",
            "https://",
            "https:///x",
            "https://a?b",
            "https://a#b",
            "https://a/../b",
            "https://a b",
        ] {
            assert!(https("t", url).is_err(), "{url}");
        }
        assert!(https("t", &format!("https://{}", "a".repeat(MAX_URL_BYTES))).is_err());
    }
}
