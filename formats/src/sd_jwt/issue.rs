//! Issuing: the payload is signed, and the disclosures go beside it.

use serde_json::{Map, Value};

use super::Disclosures;
use crate::jws;
use crate::keys::Signature;

/// Builds what the issuer signs. `header` must hold `alg`, fitting the key that will sign, and should hold `typ`
/// (RFC 9901 section 9.11). `payload` is signed byte for byte.
#[must_use]
pub fn prepare(header: &Map<String, Value>, payload: &[u8], disclosures: Disclosures) -> Unsigned {
    Unsigned { jws: jws::prepare(header, payload), disclosures }
}

/// The same from a header that is already text, for callers that fix every byte of it.
#[must_use]
pub fn prepare_text(header: &str, payload: &[u8], disclosures: Disclosures) -> Unsigned {
    let room = disclosures.as_str().len() + 1;
    Unsigned { jws: jws::prepare_with_room(header, payload, room), disclosures }
}

/// An SD-JWT that waits for its issuer's signature.
#[derive(Clone, Debug)]
pub struct Unsigned {
    jws: jws::Unsigned,
    disclosures: Disclosures,
}

impl Unsigned {
    /// The bytes to sign.
    #[must_use]
    pub fn signing_input(&self) -> &[u8] {
        self.jws.signing_input()
    }

    /// The SD-JWT as it is issued, with every disclosure: `<Issuer-signed JWT>~<Disclosure 1>~...~<Disclosure N>~`.
    #[must_use]
    pub fn finish(self, signature: &Signature) -> String {
        let mut text = self.jws.finish(signature);
        text.push('~');
        text.push_str(self.disclosures.as_str());
        text
    }
}
