//! Issuing: the payload is signed, and the disclosures go beside it.

use serde_json::{Map, Value};

use super::{Disclosure, Parts};
use crate::jws;
use crate::keys::Signature;

/// Builds what the issuer signs. `header` must hold `alg`, fitting the key that will sign, and should hold `typ`
/// (RFC 9901 section 9.11). `payload` is signed byte for byte.
#[must_use]
pub fn prepare(header: &Map<String, Value>, payload: &[u8], disclosures: Vec<Disclosure>) -> Unsigned {
    Unsigned { jws: jws::prepare(header, payload), disclosures }
}

/// The same from a header that is already text, for callers that fix every byte of it.
#[must_use]
pub fn prepare_text(header: &str, payload: &[u8], disclosures: Vec<Disclosure>) -> Unsigned {
    Unsigned { jws: jws::prepare_text(header, payload), disclosures }
}

/// An SD-JWT that waits for its issuer's signature.
#[derive(Clone, Debug)]
pub struct Unsigned {
    jws: jws::Unsigned,
    disclosures: Vec<Disclosure>,
}

impl Unsigned {
    /// The bytes to sign.
    #[must_use]
    pub fn signing_input(&self) -> &[u8] {
        self.jws.signing_input()
    }

    /// The SD-JWT.
    #[must_use]
    pub fn finish(self, signature: &Signature) -> SdJwt {
        SdJwt { issuer_jwt: self.jws.finish(signature), disclosures: self.disclosures }
    }
}

/// An SD-JWT as it was issued, with every disclosure.
#[derive(Clone, Debug)]
pub struct SdJwt {
    issuer_jwt: String,
    disclosures: Vec<Disclosure>,
}

impl SdJwt {
    /// The disclosures.
    #[must_use]
    pub fn disclosures(&self) -> &[Disclosure] {
        &self.disclosures
    }

    /// The compact serialisation: `<Issuer-signed JWT>~<Disclosure 1>~...~<Disclosure N>~`.
    #[must_use]
    pub fn serialize(&self) -> String {
        Parts::join(&self.issuer_jwt, self.disclosures.iter().map(Disclosure::as_str))
    }
}
