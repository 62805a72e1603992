//! JWE (RFC 7516) of requests and responses, as OpenID4VCI 1.0 section 10 uses it.

use hati_formats::encoding::b64url_decode;
use hati_formats::json;
use hati_formats::keys::{Algorithm, SoftwareKey};
use hati_protocol::oauth::ErrorResponse;
use hati_protocol::openid4vci::{
    CredentialErrorCode, EncryptionError, Jwks, RequestEncryption, ResponseEncryption, SupportedEncryption,
};
use josekit::JoseError;
use josekit::jwe::alg::ecdh_es::EcdhEsJweDecrypter;
use josekit::jwe::{ECDH_ES, JweContext, JweHeader};
use josekit::jwk::Jwk;
use serde_json::{Map, Value, json};

use crate::keys::SectorKeys;

use super::refusal::Refusal;

const ALG: &str = "ECDH-ES";
const ENCS: [&str; 2] = ["A128GCM", "A256GCM"];

/// What josekit knows besides, and nobody needs here.
const OTHER_ENCS: [&str; 4] = ["A128CBC-HS256", "A192CBC-HS384", "A256CBC-HS512", "A192GCM"];

/// RFC 7518 section 5.3: 96 bits of initialization vector and 128 bits of tag, in base64url. A shorter tag is forged.
const IV_CHARACTERS: usize = 16;
const TAG_CHARACTERS: usize = 22;

/// The key that requests are encrypted to.
pub(super) struct Encryption {
    public: Map<String, Value>,
    decrypter: Option<EcdhEsJweDecrypter>,
}

/// A request cannot be decrypted, or a response not be encrypted to the wallet's key.
#[derive(Debug, thiserror::Error)]
pub(super) enum EncryptionFailed {
    /// The request.
    #[error(
        "the request cannot be decrypted: encrypt it to the key in the metadata, with ECDH-ES and AES-GCM"
    )]
    Request,
    /// It has to be understood by whoever reads it, and is not.
    #[error("the request's JWE header has crit, and no extension is understood here: leave it out")]
    Critical,
    /// The response.
    #[error("nothing can be encrypted to credential_response_encryption.jwk: send a key of P-256 or X25519")]
    Response,
}

impl From<EncryptionFailed> for Refusal {
    fn from(error: EncryptionFailed) -> Self {
        Self::Credential(ErrorResponse::new(CredentialErrorCode::InvalidEncryptionParameters, error))
    }
}

impl Encryption {
    /// With a key of the issuer's secrets.
    pub(super) fn new(secrets: &SectorKeys) -> Self {
        // All but 2^-32 of the texts of 32 bytes are keys of P-256.
        let secret = secrets.derive("encryption of requests");
        let key = SoftwareKey::from_secret_bytes(Algorithm::Es256, &secret).ok();
        let public = key.as_ref().map(public_jwk).unwrap_or_default();
        let private = key.and_then(|key| {
            let mut jwk = Jwk::from_bytes(key.to_jwk().as_bytes()).ok()?;
            jwk.set_algorithm(ALG);
            jwk.set_key_use("enc");
            jwk.set_key_id(public.get("kid")?.as_str()?);
            Some(jwk)
        });
        Self { public, decrypter: private.and_then(|jwk| ECDH_ES.decrypter_from_jwk(&jwk).ok()) }
    }

    /// `credential_request_encryption` of the metadata.
    pub(super) fn of_requests(&self) -> Option<RequestEncryption> {
        self.decrypter.as_ref().map(|_| RequestEncryption {
            jwks: Jwks { keys: vec![self.public.clone()] },
            enc_values_supported: ENCS.map(str::to_owned).to_vec(),
            zip_values_supported: Vec::new(),
            encryption_required: false,
        })
    }

    /// What a request says, if it is encrypted to our key.
    pub(super) fn decrypt(&self, jwe: &[u8]) -> Result<Vec<u8>, EncryptionFailed> {
        let failed = || EncryptionFailed::Request;
        let decrypter = self.decrypter.as_ref().ok_or_else(failed)?;
        let parts: Vec<_> = jwe.split(|byte| *byte == b'.').map(<[u8]>::len).collect();
        let [header, 0, IV_CHARACTERS, _, TAG_CHARACTERS] = parts.as_slice() else { return Err(failed()) };
        let header =
            jwe.get(..*header).and_then(|header| std::str::from_utf8(header).ok()).ok_or_else(failed)?;
        let header = b64url_decode(header).map_err(|_| failed())?;
        // RFC 7516 section 4.1.13: whoever sends it wants it heard, and nothing is here that could be named in it. josekit
        // passes over it.
        if json::parse_object(&header).map_err(|_| failed())?.contains_key("crit") {
            return Err(EncryptionFailed::Critical);
        }
        context().deserialize_compact(jwe, decrypter).map(|(text, _)| text).map_err(|_| failed())
    }
}

/// `credential_response_encryption` of the metadata.
pub(super) fn of_responses() -> SupportedEncryption {
    SupportedEncryption {
        alg_values_supported: vec![ALG.to_owned()],
        enc_values_supported: ENCS.map(str::to_owned).to_vec(),
        zip_values_supported: Vec::new(),
        encryption_required: false,
    }
}

/// How a response goes to the wallet.
pub(super) struct Recipient {
    jwk: Jwk,
    header: JweHeader,
}

impl Recipient {
    /// Checks what a wallet asks for, before anything is issued: a key that cannot be used is known now.
    pub(super) fn of(
        asked: Option<&ResponseEncryption>,
        request_was_encrypted: bool,
    ) -> Result<Option<Self>, Refusal> {
        let refused = |error: EncryptionError| Refusal::Credential(error.into());
        SupportedEncryption::check(Some(&of_responses()), asked, request_was_encrypted).map_err(refused)?;
        let Some(asked) = asked else { return Ok(None) };
        let mut header = JweHeader::new();
        header.set_content_encryption(asked.enc.as_str());
        // RFC 7516 section 4.1.6: the wallet sees by it which of its keys it was.
        if let Some(kid) = asked.jwk.get("kid").and_then(Value::as_str) {
            header.set_key_id(kid);
        }
        let curve = ["kty", "crv"].map(|name| asked.jwk.get(name).and_then(Value::as_str));
        // josekit knows larger curves besides, which the metadata do not promise.
        if !matches!(curve, [Some("EC"), Some("P-256")] | [Some("OKP"), Some("X25519")]) {
            return Err(EncryptionFailed::Response.into());
        }
        let jwk = Jwk::from_map(asked.jwk.clone()).map_err(|_| EncryptionFailed::Response)?;
        let recipient = Self { jwk, header };
        recipient.encrypt(b"{}")?;
        Ok(Some(recipient))
    }

    pub(super) fn encrypt(&self, text: &[u8]) -> Result<String, EncryptionFailed> {
        let encrypt = || -> Result<String, JoseError> {
            let encrypter = ECDH_ES.encrypter_from_jwk(&self.jwk)?;
            context().serialize_compact(text, &self.header, &encrypter)
        };
        encrypt().map_err(|_| EncryptionFailed::Response)
    }
}

/// Without compression: a small request would become a large one.
fn context() -> JweContext {
    let mut context = JweContext::new();
    context.remove_compression("DEF");
    OTHER_ENCS.into_iter().for_each(|enc| context.remove_content_encryption(enc));
    context
}

fn public_jwk(key: &SoftwareKey) -> Map<String, Value> {
    let mut jwk = key.public().to_jwk().as_object().cloned().unwrap_or_default();
    let kid = hati_formats::encoding::b64url(&key.public().thumbprint());
    for (name, value) in [("use", json!("enc")), ("alg", json!(ALG)), ("kid", json!(kid))] {
        jwk.insert(name.to_owned(), value);
    }
    jwk
}

#[cfg(test)]
mod tests {
    use josekit::jwe::serialize_compact;
    use josekit::jwk::alg::ec::EcCurve;
    use josekit::jwk::alg::ecx::EcxCurve;
    use proptest::prelude::*;
    use rand_chacha::ChaCha20Rng;
    use rand_chacha::rand_core::SeedableRng;

    use super::*;
    use crate::keys::{Keys, NewKeys};

    fn encryption() -> Encryption {
        let new = NewKeys::generate(Algorithm::EdDsa, &mut ChaCha20Rng::seed_from_u64(1));
        Encryption::new(&Keys::from(new).sectors)
    }

    fn sealed(change: impl Fn(&mut JweHeader)) -> String {
        let encrypter = ECDH_ES.encrypter_from_jwk(&Jwk::from_map(encryption().public).unwrap()).unwrap();
        let mut header = JweHeader::new();
        header.set_content_encryption("A128GCM");
        change(&mut header);
        serialize_compact(b"{}", &header, &encrypter).unwrap()
    }

    #[test]
    fn what_the_metadata_name_is_read_by_every_process() {
        assert_eq!(encryption().decrypt(sealed(|_| {}).as_bytes()).unwrap(), b"{}");
        let key = &encryption().of_requests().unwrap().jwks.keys[0];
        assert_eq!((&key["alg"], &key["use"]), (&json!("ECDH-ES"), &json!("enc")));
        assert!(!key.contains_key("d") && key["kid"].is_string());
    }

    #[test]
    fn compression_other_algorithms_and_short_tags_are_refused() {
        let sealed_with = |enc: &'static str| sealed(move |header| header.set_content_encryption(enc));
        for jwe in [
            sealed(|header| header.set_compression("DEF")),
            sealed_with("A192GCM"),
            sealed_with("A128CBC-HS256"),
            String::new(),
        ] {
            assert!(encryption().decrypt(jwe.as_bytes()).is_err(), "{jwe}");
        }
        // OpenSSL takes a tag of 12 bytes.
        let whole = sealed(|_| {});
        let short = &whole[..whole.len() - 6];
        assert!(context().deserialize_compact(short, &encryption().decrypter.unwrap()).is_ok());
        assert!(encryption().decrypt(short.as_bytes()).is_err());
    }

    /// RFC 7515 section 4.1.11: whatever it names, and also where it names nothing.
    #[test]
    fn what_a_header_calls_critical_is_refused() {
        for crit in [json!(["foo"]), json!([]), json!(["alg"])] {
            let jwe = sealed(|header| header.set_claim("crit", Some(crit.clone())).unwrap());
            let refused = encryption().decrypt(jwe.as_bytes());
            assert!(matches!(refused, Err(EncryptionFailed::Critical)), "{crit}: {refused:?}");
        }
    }

    #[test]
    fn responses_are_encrypted_to_the_curves_that_the_refusal_names() {
        let recipient = |jwk: Jwk| {
            let mut jwk = jwk.to_public_key().unwrap();
            jwk.set_algorithm(ALG);
            let jwk: &Map<String, Value> = jwk.as_ref();
            let asked = json!({ "jwk": jwk, "enc": "A128GCM" });
            Recipient::of(Some(&serde_json::from_value(asked).unwrap()), true).is_ok()
        };
        assert!(recipient(Jwk::generate_ec_key(EcCurve::P256).unwrap()));
        assert!(recipient(Jwk::generate_ecx_key(EcxCurve::X25519).unwrap()));
        assert!(!recipient(Jwk::generate_ec_key(EcCurve::P384).unwrap()));
        assert!(!recipient(Jwk::generate_ec_key(EcCurve::P521).unwrap()));
        assert!(!recipient(Jwk::generate_ecx_key(EcxCurve::X448).unwrap()));
    }

    proptest! {
        #[test]
        fn hostile_requests_never_panic(bytes: Vec<u8>, place in 0usize..400, with in 0x20u8..0x7f) {
            let _ = encryption().decrypt(&bytes);
            let mut altered = sealed(|_| {}).into_bytes();
            let place = place % altered.len();
            altered[place] = with;
            let _ = encryption().decrypt(&altered);
        }
    }
}
