//! The text of every code: a prefix of four characters, then Base45 (RFC 9285).
//!
//! ```text
//! text    = "H" version kind ":" base45
//! version = "1"
//! kind    = "R" request / "P" presentation / "S" single scan / "F" frame of a sequence
//!         / "B" bundle or delta
//! ```
//!
//! All of it is in QR's alphanumeric set, which packs two characters into 11 bits: Base45 in it costs 3 %
//! over raw bytes, and unlike raw bytes comes out of every reader unchanged. The prefix counts against the
//! size goals of a code, so it is as short as a magic letter, a version and a kind can be.
//!
//! Decoding is one to one: a text that decodes is the only text of its bytes.

use std::fmt;

use thiserror::Error;

use super::base45::{self, Base45Error};

/// What one code can hold at all: alphanumeric characters of version 40, level L (ISO/IEC 18004, table 7).
pub const MAX_CHARS: usize = 4_296;

const MAGIC: u8 = b'H';
const VERSION: u8 = b'1';
const PREFIX_CHARS: usize = 4;

/// What the bytes in a code are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// What a verifier asks for; the wallet scans it.
    Request,
    /// The answer to a request; the verifier scans it.
    Presentation,
    /// A presentation without a request, fresh for a short time.
    SingleScan,
    /// One frame of a [sequence](super::sequence).
    Frame,
    /// A bundle of trust and status, or a delta between two.
    Bundle,
}

impl Kind {
    /// Every kind, in the order of `spec/qr.md`.
    pub const ALL: [Self; 5] =
        [Self::Request, Self::Presentation, Self::SingleScan, Self::Frame, Self::Bundle];

    /// The letter that stands for this kind.
    #[must_use]
    pub const fn letter(self) -> u8 {
        match self {
            Self::Request => b'R',
            Self::Presentation => b'P',
            Self::SingleScan => b'S',
            Self::Frame => b'F',
            Self::Bundle => b'B',
        }
    }

    /// The kind a letter stands for, if there is one in this version.
    #[must_use]
    pub fn from_letter(letter: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.letter() == letter)
    }
}

/// Why a text is not the text of a code of ours.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TextError {
    /// More characters than any code holds.
    #[error("the text has {got} characters where a code holds at most {limit}; scan one code at a time")]
    TooLong {
        /// Characters in the text (bytes, if it is not ASCII).
        got: usize,
        /// [`MAX_CHARS`].
        limit: usize,
    },
    /// Some other kind of code.
    #[error("this code is {found}, not an ID code; scan the code that the wallet or the verifier shows")]
    Foreign {
        /// What it looks like.
        found: Foreign,
    },
    /// A code of a later version of the framing.
    #[error("this code needs a newer app: it is of version {got}, this app reads version {expected}")]
    NewerVersion {
        /// The version read here.
        expected: char,
        /// The version of the code.
        got: char,
    },
    /// A code of this version but of a kind added later.
    #[error("this code needs a newer app: codes of kind {got} are unknown here")]
    UnknownKind {
        /// The letter of the kind.
        got: char,
    },
    /// The text ends before its first byte of content.
    #[error("the code's text ends after {got} characters, before any content; scan it again")]
    Incomplete {
        /// Characters in the text.
        got: usize,
    },
    /// A character that Base45 does not have (RFC 9285, table 1).
    #[error("the code's text has {found:?} at character {position}, which no code of this kind contains")]
    Alphabet {
        /// Where, counted from 0 over the whole text.
        position: usize,
        /// What stands there.
        found: char,
    },
    /// A length that Base45 never has: one left over after groups of three (RFC 9285, section 4).
    #[error(
        "the code's text has {got} characters after its prefix, a length no bytes encode to; scan it again"
    )]
    Length {
        /// Characters after the prefix.
        got: usize,
    },
    /// A group that stands for more than two bytes, or a last pair for more than one (RFC 9285, section 4).
    #[error(
        "a group of the code's text stands for more than its bytes can hold; the code was not made by an ID app"
    )]
    Overflow,
}

/// What a text looks like that is not ours, so that the person learns what was scanned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Foreign {
    /// A web address.
    WebAddress,
    /// A link that opens a wallet (OpenID4VP, OpenID4VCI).
    WalletLink,
    /// An EU Digital COVID Certificate, whose prefix is the closest to ours.
    HealthCertificate,
    /// Anything else.
    Text,
}

impl fmt::Display for Foreign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::WebAddress => "a web address",
            Self::WalletLink => "a link for a wallet on the web",
            Self::HealthCertificate => "a health certificate",
            Self::Text => "some other text",
        })
    }
}

/// The text of a code that holds `bytes`.
///
/// It is never refused here: what does not fit a code is refused where it is drawn, and what
/// exceeds [`MAX_CHARS`] where it is read.
#[must_use]
pub fn encode(kind: Kind, bytes: &[u8]) -> String {
    let mut text = String::with_capacity(encoded_chars(bytes.len()));
    text.extend([MAGIC, VERSION, kind.letter(), b':'].map(char::from));
    base45::encode(bytes, &mut text);
    text
}

/// How many characters [`encode`] makes of `bytes` bytes.
#[must_use]
pub const fn encoded_chars(bytes: usize) -> usize {
    PREFIX_CHARS + bytes / 2 * 3 + bytes % 2 * 2
}

/// The kind and the bytes in the text of a code.
///
/// # Errors
/// [`TextError`], which says what was scanned instead.
pub fn decode(text: &str) -> Result<(Kind, Vec<u8>), TextError> {
    if text.len() > MAX_CHARS {
        return Err(TextError::TooLong { got: text.len(), limit: MAX_CHARS });
    }
    let (kind, body) = split_prefix(text)?;
    Ok((kind, decode_base45(body)?))
}

fn split_prefix(text: &str) -> Result<(Kind, &[u8]), TextError> {
    match text.as_bytes() {
        [MAGIC, VERSION, letter @ b'A'..=b'Z', b':', body @ ..] => {
            let kind =
                Kind::from_letter(*letter).ok_or(TextError::UnknownKind { got: char::from(*letter) })?;
            if body.is_empty() {
                return Err(TextError::Incomplete { got: text.len() });
            }
            Ok((kind, body))
        }
        [MAGIC, version @ b'0'..=b'9', b'A'..=b'Z', b':', ..] => {
            Err(TextError::NewerVersion { expected: char::from(VERSION), got: char::from(*version) })
        }
        [] | [MAGIC] | [MAGIC, VERSION] | [MAGIC, VERSION, b'A'..=b'Z'] => {
            Err(TextError::Incomplete { got: text.len() })
        }
        _ => Err(TextError::Foreign { found: recognise(text) }),
    }
}

fn recognise(text: &str) -> Foreign {
    // RFC 3986, section 3.1: schemes are case-insensitive.
    let scheme = text.split_once(':').map(|(scheme, _)| scheme.to_ascii_lowercase());
    match scheme.as_deref() {
        Some("http" | "https") => Foreign::WebAddress,
        Some(
            "openid4vp" | "openid-credential-offer" | "haip" | "haip-vp" | "haip-vci" | "mdoc-openid4vp",
        ) => Foreign::WalletLink,
        Some("hc1") => Foreign::HealthCertificate,
        _ => Foreign::Text,
    }
}

fn decode_base45(body: &[u8]) -> Result<Vec<u8>, TextError> {
    base45::decode(body).map_err(|error| match error {
        Base45Error::Alphabet(at) => {
            // What precedes it is ASCII, so the byte at `at` starts a character.
            let found = String::from_utf8_lossy(body.get(at..).unwrap_or_default()).chars().next();
            TextError::Alphabet {
                position: PREFIX_CHARS + at,
                found: found.unwrap_or(char::REPLACEMENT_CHARACTER),
            }
        }
        Base45Error::Length => TextError::Length { got: body.len() },
        Base45Error::Overflow => TextError::Overflow,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// RFC 9285, sections 4.3 and 4.4.
    const PUBLISHED: [(&str, &str); 4] =
        [("AB", "BB8"), ("Hello!!", "%69 VD92EX0"), ("base-45", "UJCLQE7W581"), ("ietf!", "QED8WEX0")];

    fn refused(text: &str) -> TextError {
        decode(text).unwrap_err()
    }

    #[test]
    fn published_examples_both_ways() {
        for (plain, encoded) in PUBLISHED {
            let text = format!("H1P:{encoded}");
            assert_eq!(encode(Kind::Presentation, plain.as_bytes()), text);
            assert_eq!(decode(&text), Ok((Kind::Presentation, plain.as_bytes().to_vec())));
        }
    }

    #[test]
    fn each_kind_has_its_letter() {
        let prefixes: Vec<String> = Kind::ALL.into_iter().map(|kind| encode(kind, b"AB")).collect();
        assert_eq!(prefixes, ["H1R:BB8", "H1P:BB8", "H1S:BB8", "H1F:BB8", "H1B:BB8"]);
    }

    #[test]
    fn an_over_long_text_is_refused_before_it_is_decoded() {
        let longest = format!("H1P:{}", "0".repeat(MAX_CHARS - PREFIX_CHARS));
        assert!(decode(&longest).is_ok());
        assert_eq!(refused(&format!("{longest}0")), TextError::TooLong { got: 4_297, limit: 4_296 });
    }

    #[test]
    fn foreign_codes_are_named() {
        for (text, found) in [
            ("https://example.org/a", Foreign::WebAddress),
            ("HTTP://EXAMPLE.ORG", Foreign::WebAddress),
            ("openid4vp://?client_id=x", Foreign::WalletLink),
            ("HC1:6BFOXN", Foreign::HealthCertificate),
            ("h1p:BB8", Foreign::Text),
            ("H1p:BB8", Foreign::Text),
            ("Karibu 🇰🇪", Foreign::Text),
        ] {
            assert_eq!(refused(text), TextError::Foreign { found }, "{text}");
        }
    }

    #[test]
    fn later_versions_and_kinds_ask_for_a_newer_app() {
        assert_eq!(refused("H2P:BB8"), TextError::NewerVersion { expected: '1', got: '2' });
        assert_eq!(refused("H1Z:BB8"), TextError::UnknownKind { got: 'Z' });
        assert!(refused("H2P:BB8").to_string().contains("newer app"));
        assert!(refused("H1Z:BB8").to_string().contains("newer app"));
    }

    #[test]
    fn truncated_texts_are_incomplete_or_of_a_wrong_length() {
        for text in ["", "H", "H1", "H1P", "H1P:"] {
            assert_eq!(refused(text), TextError::Incomplete { got: text.len() });
        }
        assert_eq!(refused("H1P:BB8B"), TextError::Length { got: 4 });
    }

    #[test]
    fn characters_outside_the_alphabet_are_shown_with_their_place() {
        assert_eq!(refused("H1P:BbB"), TextError::Alphabet { position: 5, found: 'b' });
        assert_eq!(refused("H1P:BB8é"), TextError::Alphabet { position: 7, found: 'é' });
    }

    #[test]
    fn values_beyond_their_bytes_are_refused() {
        // RFC 9285, section 4: "GGW" is 65,536; "::" as a last pair is 2,024; "V5" is 256.
        for text in ["H1P:GGW", "H1P::::", "H1P:::", "H1P:BB8V5"] {
            assert_eq!(refused(text), TextError::Overflow, "{text}");
        }
        assert_eq!(decode("H1P:FGWU5"), Ok((Kind::Presentation, vec![0xff, 0xff, 0xff])));
    }

    proptest! {
        #[test]
        fn what_is_encoded_is_decoded(
            kind in prop::sample::select(&Kind::ALL),
            bytes in prop::collection::vec(any::<u8>(), 1..2_800),
        ) {
            let text = encode(kind, &bytes);
            prop_assert_eq!(text.len(), encoded_chars(bytes.len()));
            prop_assert!(text.chars().all(|c| "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:".contains(c)));
            prop_assert_eq!(decode(&text), Ok((kind, bytes)));
        }

        #[test]
        fn what_decodes_is_the_only_text_of_its_bytes(text in "H1[RPSFB]:[0-9A-Z $%*+./:-]{1,9}") {
            if let Ok((kind, bytes)) = decode(&text) {
                prop_assert_eq!(encode(kind, &bytes), text);
            }
        }

        #[test]
        fn no_text_panics(text in "(H[0-9][A-Z]:)?.{0,40}") {
            let _ = decode(&text);
        }
    }
}
