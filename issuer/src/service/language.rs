//! English and Swahili.

use axum::http::{HeaderMap, header};
use hati_protocol::oauth::Form;

/// The parameter of a page's address that chooses its language.
const LANG: &str = "lang";

/// The language that somebody is spoken to in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Language {
    /// English.
    En,
    /// Swahili.
    Sw,
}

/// What a page is written in, and the link to the same page in the other language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Spoken {
    /// The language.
    pub(super) language: Language,
    /// The link: a query, with all that the page's own has, which may be what the page is about.
    pub(super) in_the_other: String,
}

impl Spoken {
    /// What a request is answered in.
    pub(super) fn of(query: Option<&str>, headers: &HeaderMap) -> Self {
        let query = query.and_then(|query| Form::parse(query.as_bytes()).ok());
        let language = Language::of(query.as_ref().and_then(|query| query.get(LANG)), headers);
        let others =
            query.iter().flat_map(|query| query.names().filter_map(|name| Some((name, query.get(name)?))));
        let others = others.filter(|(name, _)| *name != LANG);
        let link = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(others)
            .append_pair(LANG, language.other().tag())
            .finish();
        Self { language, in_the_other: format!("?{link}") }
    }
}

impl Language {
    /// The language of a tag such as `sw-KE`.
    fn of_tag(tag: &str) -> Option<Self> {
        match tag.split('-').next()?.to_ascii_lowercase().as_str() {
            "en" => Some(Self::En),
            "sw" => Some(Self::Sw),
            _ => None,
        }
    }

    /// What was `chosen` on the page, or what the browser asks for (RFC 9110 section 12.5.4), or English.
    fn of(chosen: Option<&str>, headers: &HeaderMap) -> Self {
        let accepted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        chosen.and_then(Self::of_tag).or_else(|| preferred(accepted.unwrap_or_default())).unwrap_or(Self::En)
    }

    /// The one text or the other.
    pub(super) const fn pick<'t>(self, english: &'t str, swahili: &'t str) -> &'t str {
        match self {
            Self::En => english,
            Self::Sw => swahili,
        }
    }

    /// Its tag (RFC 5646).
    pub(super) const fn tag(self) -> &'static str {
        self.pick("en", "sw")
    }

    /// The other one.
    pub(super) const fn other(self) -> Self {
        match self {
            Self::En => Self::Sw,
            Self::Sw => Self::En,
        }
    }
}

/// The language of the greatest weight; of the same weight, the first.
fn preferred(accepted: &str) -> Option<Language> {
    let weighed = accepted.split(',').filter_map(|range| {
        let (tag, weight) = range.split_once(';').unwrap_or((range, "q=1"));
        let weight: f32 = weight.trim().strip_prefix("q=")?.parse().ok()?;
        Some((Language::of_tag(tag.trim())?, weight)).filter(|(_, weight)| *weight > 0.0)
    });
    let better = |best: Option<(Language, f32)>, next: (Language, f32)| match best {
        Some(best) if best.1 >= next.1 => Some(best),
        _ => Some(next),
    };
    weighed.fold(None, better).map(|(language, _)| language)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_asked_for_most_is_spoken() {
        for (accepted, expected) in [
            ("sw-KE,sw;q=0.9,en;q=0.8", Some(Language::Sw)),
            ("en-GB, sw;q=0.9", Some(Language::En)),
            ("en;q=0.1, SW;q=0.2", Some(Language::Sw)),
            ("fr, sw;q=0.3", Some(Language::Sw)),
            ("fr, sw;q=0", None),
            ("sw;q=x", None),
            ("", None),
        ] {
            assert_eq!(preferred(accepted), expected, "{accepted}");
        }
    }

    #[test]
    fn a_link_leads_to_the_same_page() {
        for (query, link) in [
            (None, "?lang=sw"),
            (Some("lang=sw"), "?lang=en"),
            (
                Some("client_id=a%26b&lang=sw&request_uri=urn%3Ax"),
                "?client_id=a%26b&request_uri=urn%3Ax&lang=en",
            ),
            (Some("%ff"), "?lang=sw"),
        ] {
            assert_eq!(Spoken::of(query, &HeaderMap::new()).in_the_other, link, "{query:?}");
        }
    }

    #[test]
    fn a_link_outweighs_the_browser() {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT_LANGUAGE, "sw".parse().unwrap());
        assert_eq!(Language::of(None, &headers), Language::Sw);
        assert_eq!(Language::of(Some("en"), &headers), Language::En);
        assert_eq!(Language::of(Some("<script>"), &headers), Language::Sw);
        assert_eq!(Language::of(None, &HeaderMap::new()), Language::En);
    }
}
