//! The compact serialisation, taken apart at its tildes: RFC 9901 section 4.

use super::SdJwtError;

/// The longest text that is read. The longest published sample has 5 kB; a portrait of passport quality
/// adds 20 kB, and base64url over base64 makes that 36 kB.
pub const MAX_BYTES: usize = 64 * 1024;

/// The most disclosures that are read. The longest published sample has 28.
pub const MAX_DISCLOSURES: usize = 256;

/// `<Issuer-signed JWT>~<Disclosure 1>~...~<Disclosure N>~[<KB-JWT>]`, with nothing decoded yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parts<'t> {
    /// The JWT the issuer signed.
    pub issuer_jwt: &'t str,
    /// The disclosures, in the order received.
    pub disclosures: Vec<&'t str>,
    /// Everything up to and with the last tilde: the SD-JWT without key binding, which `sd_hash` covers.
    pub sd_jwt: &'t str,
    /// The JWT the holder signed.
    pub key_binding: Option<&'t str>,
}

impl<'t> Parts<'t> {
    /// Splits an SD-JWT or SD-JWT+KB.
    ///
    /// # Errors
    /// If the text is too long, has no tilde, too many disclosures, or an empty one.
    pub fn split(text: &'t str) -> Result<Self, SdJwtError> {
        if text.len() > MAX_BYTES {
            return Err(SdJwtError::TooLong { limit: MAX_BYTES, got: text.len() });
        }
        let (issuer_jwt, rest) = text.split_once('~').ok_or(SdJwtError::NoTilde)?;
        let (disclosures, key_binding) = match rest.rsplit_once('~') {
            Some((disclosed, last)) => (disclosed.split('~').take(MAX_DISCLOSURES + 1).collect(), last),
            None => (Vec::new(), rest),
        };
        if disclosures.len() > MAX_DISCLOSURES {
            return Err(SdJwtError::TooManyDisclosures { limit: MAX_DISCLOSURES });
        }
        if let Some(position) = disclosures.iter().position(|text: &&str| text.is_empty()) {
            return Err(SdJwtError::EmptyDisclosure { position });
        }
        let (sd_jwt, _) = text.split_at(text.len() - key_binding.len());
        let key_binding = Some(key_binding).filter(|jwt| !jwt.is_empty());
        Ok(Self { issuer_jwt, disclosures, sd_jwt, key_binding })
    }

    /// Puts an SD-JWT together.
    #[must_use]
    pub fn join<'d>(issuer_jwt: &str, disclosures: impl IntoIterator<Item = &'d str>) -> String {
        let mut text = String::with_capacity(2 * issuer_jwt.len());
        text.push_str(issuer_jwt);
        text.push('~');
        for disclosure in disclosures {
            text.push_str(disclosure);
            text.push('~');
        }
        text
    }
}
