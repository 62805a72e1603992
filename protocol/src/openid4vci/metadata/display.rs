use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::message::{MessageError, quoted, refused};

/// How an issuer, a credential or a claim is shown in one language; each standard place uses some of the members.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Display {
    /// What it is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The language (BCP 47).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
    /// Its logo.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logo: Option<Image>,
    /// What it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// CSS Color Module Level 3.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub background_color: Option<String>,
    /// A picture behind it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub background_image: Option<Image>,
    /// CSS Color Module Level 3.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text_color: Option<String>,
}

/// A picture by its URI, which may be a data URI.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Image {
    /// Where it is.
    pub uri: String,
    /// What it shows, for people who do not see it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alt_text: Option<String>,
}

/// Section 12.2.4: "There MUST be only one object for each language identifier." Tags are case-insensitive (BCP 47).
pub(super) fn check_locales(message: &'static str, displays: &[Display]) -> Result<(), MessageError> {
    let mut seen = BTreeSet::new();
    let locales = displays.iter().filter_map(|display| display.locale.as_deref());
    for locale in locales {
        if !seen.insert(locale.to_ascii_lowercase()) {
            return Err(refused(
                message,
                "display",
                "one object for each locale",
                format!("{} twice", quoted(locale)),
            ));
        }
    }
    Ok(())
}
