//! JSON Web Signature (RFC 7515), compact serialisation, strict: EdDSA and ES256 only, the algorithm bound
//! to the key, unknown critical headers refused, one text for one token.

use serde_json::{Map, Value};

use crate::encoding::{EncodingError, b64url_append, b64url_decode, b64url_decode_array};
use crate::json::{self, JsonError};
use crate::keys::{Algorithm, PublicKey, Signature, SignatureInvalid};

/// The longest token that is read: a status list of 2^20 entries in two bits is under 400 kB.
pub const MAX_BYTES: usize = json::MAX_BYTES;

/// Why a text is not a valid JWS.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JwsError {
    /// Longer than [`MAX_BYTES`].
    #[error("the token has {got} characters; at most {limit} are read")]
    TooLong {
        /// Characters in the token.
        got: usize,
        /// The most that is read.
        limit: usize,
    },
    /// Not three parts (RFC 7515 section 7.1).
    #[error("a signed token has three parts with two dots between them; this one has {got}")]
    Parts {
        /// How many parts came.
        got: usize,
    },
    /// A part is not base64url.
    #[error("the token's {part} is damaged: {source}")]
    Encoding {
        /// Header, payload or signature.
        part: &'static str,
        /// What the decoder met.
        source: EncodingError,
    },
    /// Header or claims are not strict JSON.
    #[error("the token's {part} is damaged: {source}")]
    Json {
        /// Header or payload.
        part: &'static str,
        /// What the parser met.
        source: JsonError,
    },
    /// A header member has the wrong type.
    #[error("header member `{member}` must be a string")]
    HeaderMember {
        /// Its name.
        member: &'static str,
    },
    /// An algorithm other than EdDSA and ES256 (RFC 8725 section 3.1).
    #[error("the token is signed with `{got}`; only EdDSA and ES256 are accepted")]
    Algorithm {
        /// What the header names.
        got: String,
    },
    /// The header names another algorithm than the key's.
    #[error("the token names {got}, but the key is for {expected}")]
    AlgorithmOfKey {
        /// The key's algorithm.
        expected: Algorithm,
        /// The token's.
        got: Algorithm,
    },
    /// A critical header is not understood (RFC 7515 section 4.1.11); none is defined for Hati.
    #[error("the token demands an extension this reader does not have: {got}")]
    Critical {
        /// The value of `crit`.
        got: String,
    },
    /// The signature does not match.
    #[error(transparent)]
    Signature(#[from] SignatureInvalid),
}

/// Builds the signing input of a token; `header` must hold `alg`, fitting the key that will sign.
#[must_use]
pub fn prepare(header: &Map<String, Value>, payload: &[u8]) -> Unsigned {
    prepare_text(&Value::Object(header.clone()).to_string(), payload)
}

/// The same from a header that is already text, for callers that fix every byte of it.
#[must_use]
pub fn prepare_text(header: &str, payload: &[u8]) -> Unsigned {
    prepare_with_room(header, payload, 0)
}

/// The same with memory for so many characters behind the signature.
pub(crate) fn prepare_with_room(header: &str, payload: &[u8], room: usize) -> Unsigned {
    let mut text = String::with_capacity((header.len() + payload.len()) * 4 / 3 + 100 + room);
    b64url_append(header.as_bytes(), &mut text);
    text.push('.');
    b64url_append(payload, &mut text);
    Unsigned { text }
}

/// A token that waits for its signature.
#[derive(Debug, Clone)]
pub struct Unsigned {
    text: String,
}

impl Unsigned {
    /// The bytes to sign (RFC 7515 section 5.1).
    #[must_use]
    pub fn signing_input(&self) -> &[u8] {
        self.text.as_bytes()
    }

    /// The whole token.
    #[must_use]
    pub fn finish(mut self, signature: &Signature) -> String {
        self.text.push('.');
        b64url_append(&signature.0, &mut self.text);
        self.text
    }
}

/// What a token's protected header says.
#[derive(Debug, Clone, PartialEq)]
pub struct Header {
    /// The algorithm it names; verification compares it with the key's own.
    pub alg: Algorithm,
    /// The explicit type (RFC 8725 section 3.11).
    pub typ: Option<String>,
    /// Which of the signer's keys.
    pub kid: Option<String>,
    /// Every member.
    pub members: Map<String, Value>,
}

/// A token whose signature nobody has checked.
#[derive(Debug, Clone)]
pub struct Unverified<'t> {
    signing_input: &'t str,
    header: Header,
    payload: Vec<u8>,
    signature: Signature,
}

impl<'t> Unverified<'t> {
    /// Takes a token apart.
    ///
    /// # Errors
    /// [`JwsError`].
    pub fn parse(text: &'t str) -> Result<Self, JwsError> {
        if text.len() > MAX_BYTES {
            return Err(JwsError::TooLong { got: text.len(), limit: MAX_BYTES });
        }
        let parts = || JwsError::Parts { got: text.split('.').count() };
        let (signing_input, signature) = text.rsplit_once('.').ok_or_else(parts)?;
        let (header, payload) = signing_input.split_once('.').ok_or_else(parts)?;
        if payload.contains('.') {
            return Err(parts());
        }
        let encoding = |part| move |source| JwsError::Encoding { part, source };
        let header = Header::parse(&b64url_decode(header).map_err(encoding("header"))?)?;
        let payload = b64url_decode(payload).map_err(encoding("payload"))?;
        let signature = Signature(b64url_decode_array(signature).map_err(encoding("signature"))?);
        Ok(Self { signing_input, header, payload, signature })
    }

    /// The header, for choosing the key.
    #[must_use]
    pub const fn header(&self) -> &Header {
        &self.header
    }

    /// The signature's bytes.
    #[must_use]
    pub const fn signature(&self) -> &Signature {
        &self.signature
    }

    /// The payload as it came, for reading who claims to have signed before the key is known. Nothing in
    /// it is true until [`verify`](Self::verify) has passed.
    #[must_use]
    pub fn payload_unverified(&self) -> &[u8] {
        &self.payload
    }

    /// Checks the signature over the bytes received, never over a re-encoding: parsers differ.
    ///
    /// # Errors
    /// [`JwsError::AlgorithmOfKey`] or [`JwsError::Signature`].
    pub fn verify(self, key: &PublicKey) -> Result<Verified, JwsError> {
        if self.header.alg != key.algorithm() {
            return Err(JwsError::AlgorithmOfKey { expected: key.algorithm(), got: self.header.alg });
        }
        key.verify(self.signing_input.as_bytes(), &self.signature)?;
        Ok(Verified { header: self.header, payload: self.payload })
    }
}

impl Header {
    fn parse(text: &[u8]) -> Result<Self, JwsError> {
        let members = json::parse_object(text).map_err(|source| JwsError::Json { part: "header", source })?;
        if let Some(crit) = members.get("crit") {
            return Err(JwsError::Critical { got: crit.to_string() });
        }
        let string = |member| match members.get(member) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.as_str())),
            Some(_) => Err(JwsError::HeaderMember { member }),
        };
        let named = string("alg")?.unwrap_or_default();
        let alg = Algorithm::from_name(named).ok_or_else(|| JwsError::Algorithm { got: named.to_owned() })?;
        let [typ, kid] = [string("typ")?, string("kid")?].map(|text| text.map(str::to_owned));
        Ok(Self { alg, typ, kid, members })
    }
}

/// A token whose signature matches the key it was checked with. Only [`Unverified::verify`] makes one.
#[derive(Debug, Clone)]
pub struct Verified {
    header: Header,
    payload: Vec<u8>,
}

impl Verified {
    /// The header.
    #[must_use]
    pub const fn header(&self) -> &Header {
        &self.header
    }

    /// The payload's bytes.
    #[must_use]
    pub fn payload(&self) -> &[u8] {
        &self.payload
    }

    /// The payload as a JWT claims set (RFC 7519 section 7.2).
    ///
    /// # Errors
    /// [`JwsError::Json`].
    pub fn claims(&self) -> Result<Map<String, Value>, JwsError> {
        json::parse_object(&self.payload).map_err(|source| JwsError::Json { part: "payload", source })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encoding::b64url;
    use crate::keys::SoftwareKey;
    use proptest::prelude::*;
    use serde_json::json;

    fn key(algorithm: Algorithm) -> SoftwareKey {
        SoftwareKey::from_secret_bytes(algorithm, &[5; 32]).unwrap()
    }

    fn token(header: &Value, key: &SoftwareKey) -> String {
        let unsigned = prepare(header.as_object().unwrap(), br#"{"a":1}"#);
        let signature = key.sign(unsigned.signing_input());
        unsigned.finish(&signature)
    }

    fn refused(text: &str, key: &SoftwareKey) -> JwsError {
        Unverified::parse(text).and_then(|t| t.verify(key.public())).unwrap_err()
    }

    #[test]
    fn accepts_its_own() {
        for algorithm in [Algorithm::EdDsa, Algorithm::Es256] {
            let text = token(&json!({"alg": algorithm.name(), "typ": "t", "kid": "k"}), &key(algorithm));
            let verified = Unverified::parse(&text).unwrap().verify(key(algorithm).public()).unwrap();
            assert_eq!(verified.claims().unwrap()["a"], 1);
            assert_eq!(verified.header().kid.as_deref(), Some("k"));
        }
    }

    #[test]
    fn the_algorithm_belongs_to_the_key() {
        let (ed, ec) = (key(Algorithm::EdDsa), key(Algorithm::Es256));
        let lying = token(&json!({"alg": "ES256"}), &ed);
        assert!(matches!(refused(&lying, &ed), JwsError::AlgorithmOfKey { .. }));
        assert!(matches!(refused(&lying, &ec), JwsError::Signature(_)));
        for alg in ["none", "HS256", "RS256", "eddsa", "Ed25519", ""] {
            assert!(matches!(refused(&token(&json!({"alg": alg}), &ed), &ed), JwsError::Algorithm { .. }));
        }
        assert!(matches!(refused(&token(&json!({}), &ed), &ed), JwsError::Algorithm { .. }));
        assert!(matches!(
            refused(&token(&json!({"alg": 1}), &ed), &ed),
            JwsError::HeaderMember { member: "alg" }
        ));
    }

    #[test]
    fn any_crit_is_refused() {
        let ed = key(Algorithm::EdDsa);
        for crit in [json!(["exp"]), json!([]), json!("b64")] {
            let text = token(&json!({"alg": "EdDSA", "crit": crit}), &ed);
            assert!(matches!(refused(&text, &ed), JwsError::Critical { .. }));
        }
    }

    #[test]
    fn malformed_tokens_are_refused_by_name() {
        let ed = key(Algorithm::EdDsa);
        let good = token(&json!({"alg": "EdDSA"}), &ed);
        let (body, _) = good.rsplit_once('.').unwrap();
        assert_eq!(refused("", &ed), JwsError::Parts { got: 1 });
        assert_eq!(refused(body, &ed), JwsError::Parts { got: 2 });
        assert_eq!(refused(&format!("{good}."), &ed), JwsError::Parts { got: 4 });
        assert!(matches!(refused(&format!("{good}A"), &ed), JwsError::Encoding { part: "signature", .. }));
        assert!(matches!(refused(&format!("{good}="), &ed), JwsError::Encoding { part: "signature", .. }));
        assert!(matches!(refused(&format!("{body}."), &ed), JwsError::Encoding { part: "signature", .. }));
        assert!(matches!(refused(&"a".repeat(MAX_BYTES + 1), &ed), JwsError::TooLong { .. }));
        let twice = b64url(br#"{"alg":"EdDSA","alg":"EdDSA"}"#);
        let rest = good.split_once('.').unwrap().1;
        assert!(matches!(refused(&format!("{twice}.{rest}"), &ed), JwsError::Json { part: "header", .. }));
    }

    proptest! {
        #[test]
        fn one_altered_character_is_refused(at in 0usize..150, to in "[A-Za-z0-9_.-]") {
            let ed = key(Algorithm::EdDsa);
            let good = token(&json!({"alg": "EdDSA"}), &ed);
            let at = at % good.len();
            let mut bad = good.clone();
            bad.replace_range(at..=at, &to);
            if bad != good {
                let _ = refused(&bad, &ed);
            }
        }
    }
}
