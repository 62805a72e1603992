//! What an issuer is configured with: `issuer.json` in its folder.

use std::collections::HashSet;

use hati_formats::did;
use hati_store::ListSize;
use serde::{Deserialize, Serialize};

use crate::keys::Hsm;
use crate::register::Rules;
use crate::register::feed::Feed;

/// The largest file taken for a configuration.
pub const MAX_CONFIG_BYTES: u64 = 64 << 10;

/// Digits a UPI may have: fewer tell too few people apart, more do not fit any register in use.
const UPI_DIGITS: std::ops::RangeInclusive<usize> = 6..=20;

/// An issuer's configuration, checked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Unchecked")]
pub struct Config {
    issuer_url: String,
    name: String,
    name_sw: String,
    upi_digits: usize,
    list_size: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    database: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    feeds: Vec<Feed>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hsm: Option<Hsm>,
}

/// Why a configuration is not taken.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The issuer's URL is no origin.
    #[error(
        "issuer URL: expected https://, a host and nothing after it, as in https://id.example.go.ke; got {got}. {reason}"
    )]
    IssuerUrl {
        /// What was given.
        got: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The number of digits is out of bounds.
    #[error("upi_digits: expected {} to {}, got {got}. Kenya's UPI has 14", UPI_DIGITS.start(), UPI_DIGITS.end())]
    UpiDigits {
        /// What was given.
        got: usize,
    },
    /// The size of status lists is out of bounds.
    #[error(
        "list_size: expected a power of two from {} to {}, got {got}. 1048576 suits a country",
        ListSize::MIN,
        ListSize::MAX
    )]
    ListSize {
        /// What was given.
        got: u32,
    },
    /// Two change feeds have one name.
    #[error("feeds: expected a name for each, got {name:?} twice. Give one of them another name")]
    FeedTwice {
        /// The name.
        name: String,
    },
}

hati_formats::error_codes!(ConfigError {
    Self::IssuerUrl { .. } | Self::UpiDigits { .. } | Self::ListSize { .. } | Self::FeedTwice { .. } => "config_refused",
});

impl ConfigError {
    /// The member that is wrong.
    const fn member(&self) -> &'static str {
        match self {
            Self::IssuerUrl { .. } => "issuer_url",
            Self::UpiDigits { .. } => "upi_digits",
            Self::ListSize { .. } => "list_size",
            Self::FeedTwice { .. } => "feeds",
        }
    }
}

/// The line of a member that only the outermost object has. A quotation mark inside a text is escaped, so that a name between
/// two of them with a colon behind is a member's.
fn line_of(text: &str, member: &str) -> Option<usize> {
    let quoted = format!("\"{member}\"");
    let (before, _) = text
        .match_indices(&quoted)
        .map(|(at, found)| text.split_at(at + found.len()))
        .find(|(_, behind)| behind.trim_start().starts_with(':'))?;
    Some(before.matches('\n').count() + 1)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Unchecked {
    issuer_url: String,
    name: String,
    name_sw: String,
    upi_digits: usize,
    list_size: u32,
    database: Option<String>,
    #[serde(default)]
    feeds: Vec<Feed>,
    hsm: Option<Hsm>,
}

impl TryFrom<Unchecked> for Config {
    type Error = ConfigError;

    fn try_from(unchecked: Unchecked) -> Result<Self, ConfigError> {
        let Unchecked { issuer_url, name, name_sw, upi_digits, list_size, database, feeds, hsm } = unchecked;
        check_origin(&issuer_url)?;
        if !UPI_DIGITS.contains(&upi_digits) {
            return Err(ConfigError::UpiDigits { got: upi_digits });
        }
        if ListSize::new(list_size).is_none() {
            return Err(ConfigError::ListSize { got: list_size });
        }
        let mut names = HashSet::new();
        if let Some(twice) = feeds.iter().find(|feed| !names.insert(feed.name())) {
            return Err(ConfigError::FeedTwice { name: twice.name().to_owned() });
        }
        Ok(Self { issuer_url, name, name_sw, upi_digits, list_size, database, feeds, hsm })
    }
}

impl Config {
    /// A configuration with Kenya's UPI and status lists of the default size.
    ///
    /// # Errors
    ///
    /// [`ConfigError::IssuerUrl`] unless the URL is an https origin.
    pub fn new(issuer_url: &str, name: &str, name_sw: &str) -> Result<Self, ConfigError> {
        Unchecked {
            issuer_url: issuer_url.to_owned(),
            name: name.to_owned(),
            name_sw: name_sw.to_owned(),
            upi_digits: Rules::UPI_DIGITS,
            list_size: ListSize::DEFAULT.get(),
            database: None,
            feeds: Vec::new(),
            hsm: None,
        }
        .try_into()
    }

    /// Reads `issuer.json`.
    ///
    /// # Errors
    ///
    /// What is wrong, and in which line.
    pub fn parse(text: &str) -> Result<Self, String> {
        let unchecked: Unchecked = serde_json::from_str(text).map_err(|error| error.to_string())?;
        unchecked.try_into().map_err(|error: ConfigError| match line_of(text, error.member()) {
            Some(line) => format!("line {line}: {error}"),
            None => error.to_string(),
        })
    }

    /// With keys in a token.
    #[must_use]
    pub fn with_hsm(self, hsm: Hsm) -> Self {
        Self { hsm: Some(hsm), ..self }
    }

    /// The token that holds keys, if one does.
    #[must_use]
    pub const fn hsm(&self) -> Option<&Hsm> {
        self.hsm.as_ref()
    }

    /// `iss` of the credentials: an https origin, without a slash at its end.
    #[must_use]
    pub fn issuer_url(&self) -> &str {
        &self.issuer_url
    }

    /// The `did:web` of the issuer.
    ///
    /// # Errors
    ///
    /// [`ConfigError::IssuerUrl`], which a checked configuration does not give.
    pub fn did(&self) -> Result<String, ConfigError> {
        check_origin(&self.issuer_url)
    }

    /// The issuer's name in English and in Swahili.
    #[must_use]
    pub fn names(&self) -> (&str, &str) {
        (&self.name, &self.name_sw)
    }

    /// Digits of a UPI.
    #[must_use]
    pub fn upi_digits(&self) -> usize {
        self.upi_digits
    }

    /// The same, with a PostgreSQL database for a store: `postgresql://user:password@host:port/database`.
    #[must_use]
    pub fn with_database(self, address: Option<String>) -> Self {
        Self { database: address, ..self }
    }

    /// The database that is the store; without one it is a folder of this machine.
    #[must_use]
    pub fn database(&self) -> Option<&str> {
        self.database.as_deref()
    }

    /// Indices of the status lists to open.
    #[must_use]
    pub fn list_size(&self) -> ListSize {
        ListSize::new(self.list_size).unwrap_or(ListSize::DEFAULT)
    }

    /// The systems whose signed changes are taken.
    #[must_use]
    pub fn feeds(&self) -> &[Feed] {
        &self.feeds
    }
}

/// Gives the `did:web` of an https origin. An origin, because the DID document and the status lists are found
/// below it, and a path would make two names for one issuer.
fn check_origin(url: &str) -> Result<String, ConfigError> {
    let refused = |reason: &str| ConfigError::IssuerUrl { got: url.to_owned(), reason: reason.to_owned() };
    let host = url.strip_prefix("https://").ok_or_else(|| refused("It has to start with https://"))?;
    if host.contains(['/', '?', '#', '@']) {
        return Err(refused("Leave out everything after the host and its port"));
    }
    if host.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return Err(refused("Write the host in small letters"));
    }
    did::web::from_url(&format!("{url}/.well-known/did.json")).map_err(|error| refused(&error.to_string()))
}

#[cfg(test)]
mod tests {
    use hati_formats::keys::{Algorithm, SoftwareKey};

    use super::*;

    #[test]
    fn an_https_origin_is_an_issuer() {
        for (url, did) in [
            ("https://id.example.go.ke", "did:web:id.example.go.ke"),
            ("https://id.example.go.ke:8443", "did:web:id.example.go.ke%3A8443"),
        ] {
            let config = Config::new(url, "Issuer", "Mtoaji").unwrap();
            assert_eq!(config.issuer_url(), url);
            assert_eq!(config.did().unwrap(), did);
        }
    }

    #[test]
    fn other_urls_are_refused_with_the_reason() {
        for url in [
            "",
            "id.example.go.ke",
            "http://id.example.go.ke",
            "https://",
            "https://id.example.go.ke/",
            "https://id.example.go.ke/issuer",
            "https://id.example.go.ke?x=1",
            "https://user@id.example.go.ke",
            "https://Id.example.go.ke",
            "https://id.example.go.ke:99999",
            "https://id .example",
        ] {
            let refused = Config::new(url, "Issuer", "Mtoaji").unwrap_err();
            assert!(matches!(&refused, ConfigError::IssuerUrl { got, .. } if got == url), "{url}: {refused}");
        }
    }

    #[test]
    fn a_file_is_checked_like_arguments() {
        let config = Config::new("https://id.example.go.ke", "Issuer", "Mtoaji").unwrap();
        let good = serde_json::to_value(&config).unwrap();
        assert_eq!(serde_json::from_value::<Config>(good.clone()).unwrap(), config);
        for (member, bad) in [
            ("issuer_url", serde_json::json!("http://id.example.go.ke")),
            ("upi_digits", serde_json::json!(5)),
            ("upi_digits", serde_json::json!(21)),
            ("list_size", serde_json::json!(1000)),
            ("salary", serde_json::json!(1)),
            ("feeds", serde_json::json!([{"name": "Births", "jwk": feed_key()}])),
            ("feeds", serde_json::json!([{"name": "births", "jwk": {"kty": "oct"}}])),
            (
                "feeds",
                serde_json::json!([{"name": "births", "jwk": feed_key()}, {"name": "births", "jwk": feed_key()}]),
            ),
        ] {
            let mut value = good.clone();
            value[member] = bad;
            let refused = serde_json::from_value::<Config>(value).unwrap_err().to_string();
            assert!(refused.contains("expected") || refused.contains("key"), "{member}: {refused}");
        }
    }

    /// As an editor leaves it, a member a line.
    #[test]
    fn what_is_wrong_in_a_file_has_a_line() {
        let file = |url: &str, digits: u32, list: u32, feeds: &serde_json::Value| {
            format!(
                "{{\n\"name\": \"the \\\"list_size\\\": 1\",\n\"name_sw\": \"M\",\n\"issuer_url\": \"{url}\",\n\"upi_digits\": {digits},\n\"list_size\": {list},\n\"feeds\": {feeds},\n\"database\": null\n}}\n"
            )
        };
        let (url, none) = ("https://id.example.go.ke", serde_json::json!([]));
        assert!(Config::parse(&file(url, 14, 1024, &none)).is_ok());
        let feed = |name: &str| serde_json::json!({"name": name, "jwk": feed_key()});
        for (text, expected) in [
            (file("http://x", 14, 1024, &none), "line 4: issuer URL: expected https://"),
            (file(url, 5, 1024, &none), "line 5: upi_digits: expected"),
            (file(url, 14, 1000, &none), "line 6: list_size: expected"),
            (file(url, 14, 1024, &serde_json::json!([feed("a"), feed("a")])), "line 7: feeds: expected"),
            (file(url, 14, 1024, &serde_json::json!([feed("A")])), "at line 7 "),
            (file(url, 14, 1024, &serde_json::json!({})), "at line 7 "),
        ] {
            let refused = Config::parse(&text).unwrap_err();
            assert!(refused.contains(expected), "{refused}");
        }
    }

    fn feed_key() -> serde_json::Value {
        let key = SoftwareKey::from_secret_bytes(Algorithm::EdDsa, &[7; 32]).unwrap();
        key.public().to_jwk()
    }

    #[test]
    fn feeds_are_read_as_they_are_written() {
        let mut value =
            serde_json::to_value(Config::new("https://id.example.go.ke", "I", "M").unwrap()).unwrap();
        assert_eq!(value.get("feeds"), None);
        value["feeds"] = serde_json::json!([{"name": "births", "jwk": feed_key()}]);
        let config: Config = serde_json::from_value(value.clone()).unwrap();
        assert_eq!(config.feeds()[0].name(), "births");
        assert_eq!(serde_json::to_value(&config).unwrap(), value);
    }
}
