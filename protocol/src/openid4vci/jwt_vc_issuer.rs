//! The keys an SD-JWT VC issuer signs with (draft-ietf-oauth-sd-jwt-vc, "JWT VC Issuer Metadata").

use hati_formats::keys::PublicKey;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::message::{self, MessageError, https_url, identifier_url, quoted, refused};

/// The name of the well-known document.
pub const JWT_VC_ISSUER: &str = "jwt-vc-issuer";

const MESSAGE: &str = "JWT VC issuer metadata";

/// The most keys that are read: an issuer rotating every month for five years lists 60.
const MAX_KEYS: usize = 64;

/// An issuer and its keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JwtVcIssuer {
    /// The issuer's identifier: `iss` of its credentials.
    pub issuer: String,
    /// Where the keys are.
    pub keys: IssuerKeys,
}

/// The keys of an issuer: one of the two, never both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IssuerKeys {
    /// Each with its `kid`. Keys of other kinds than Ed25519 and P-256 are left out when reading.
    Inline(Vec<(String, PublicKey)>),
    /// The address of the key set.
    Uri(String),
}

#[derive(Deserialize)]
struct Body {
    issuer: String,
    jwks: Option<Jwks>,
    jwks_uri: Option<String>,
}

#[derive(Deserialize)]
struct Jwks {
    keys: Vec<Value>,
}

impl JwtVcIssuer {
    /// Reads the document fetched from the address that `well_known(issuer, JWT_VC_ISSUER)` gives.
    ///
    /// # Errors
    /// [`MessageError`], also where it is another issuer's.
    pub fn parse(text: &[u8], issuer: &str) -> Result<Self, MessageError> {
        let body: Body = message::read(MESSAGE, text)?;
        identifier_url(MESSAGE, "issuer", &body.issuer)?;
        if body.issuer != issuer {
            let expected = "the identifier that the document was fetched for";
            return Err(refused(MESSAGE, "issuer", expected, quoted(&body.issuer)));
        }
        let keys = match (body.jwks, body.jwks_uri) {
            (Some(Jwks { keys }), None) if keys.len() > MAX_KEYS => {
                return Err(refused(MESSAGE, "jwks", "a set of at most 64 keys", keys.len()));
            }
            (Some(Jwks { keys }), None) => IssuerKeys::Inline(keys.iter().filter_map(named_key).collect()),
            (None, Some(uri)) => {
                https_url(MESSAGE, "jwks_uri", &uri)?;
                IssuerKeys::Uri(uri)
            }
            (jwks, _) => {
                let got = if jwks.is_some() { "both" } else { "neither" };
                return Err(refused(MESSAGE, "jwks", "there, or else jwks_uri", got));
            }
        };
        Ok(Self { issuer: body.issuer, keys })
    }

    /// The document.
    #[must_use]
    pub fn to_json(&self) -> Value {
        match &self.keys {
            IssuerKeys::Inline(keys) => json!({"issuer": self.issuer, "jwks": jwks(keys)}),
            IssuerKeys::Uri(uri) => json!({"issuer": self.issuer, "jwks_uri": uri}),
        }
    }
}

/// Keys for signatures as a JWK set (RFC 7517 section 5), for `jwks_uri` too.
#[must_use]
pub fn jwks(keys: &[(String, PublicKey)]) -> Value {
    let jwk = |(kid, key): &(String, PublicKey)| {
        let mut members: Map<String, Value> = key.to_jwk().as_object().cloned().unwrap_or_default();
        for (name, value) in [("kid", kid.as_str()), ("use", "sig"), ("alg", key.algorithm().name())] {
            members.insert(name.to_owned(), value.into());
        }
        Value::Object(members)
    };
    json!({"keys": keys.iter().map(jwk).collect::<Vec<_>>()})
}

/// RFC 7517 section 5: keys of kinds that are not understood are ignored.
fn named_key(jwk: &Value) -> Option<(String, PublicKey)> {
    let kid = jwk.get("kid")?.as_str()?.to_owned();
    let for_signatures = jwk.get("use").is_none_or(|usage| usage == "sig");
    PublicKey::from_jwk(jwk).ok().filter(|_| for_signatures).map(|key| (kid, key))
}

#[cfg(test)]
mod tests {
    use super::*;
    use hati_formats::keys::{Algorithm, SoftwareKey};
    use rand_chacha::ChaCha20Rng;
    use rand_chacha::rand_core::SeedableRng;

    const ISSUER: &str = "https://id.example.go.ke";

    fn published() -> JwtVcIssuer {
        let mut rng = ChaCha20Rng::seed_from_u64(1);
        let keys = [Algorithm::EdDsa, Algorithm::Es256].map(|algorithm| {
            (algorithm.name().to_owned(), SoftwareKey::generate(algorithm, &mut rng).public().clone())
        });
        JwtVcIssuer { issuer: ISSUER.to_owned(), keys: IssuerKeys::Inline(keys.to_vec()) }
    }

    #[test]
    fn keys_survive_and_foreign_kinds_are_left_out() {
        let mut document = published().to_json();
        assert_eq!(JwtVcIssuer::parse(document.to_string().as_bytes(), ISSUER), Ok(published()));
        let keys = document["jwks"]["keys"].as_array_mut().unwrap();
        keys.push(json!({"kty": "RSA", "kid": "r", "n": "AQAB", "e": "AQAB"}));
        let mut for_encryption = keys[1].clone();
        for_encryption["use"] = json!("enc");
        keys.push(for_encryption);
        assert_eq!(JwtVcIssuer::parse(document.to_string().as_bytes(), ISSUER), Ok(published()));
        let by_uri = JwtVcIssuer { keys: IssuerKeys::Uri(format!("{ISSUER}/jwks")), ..published() };
        assert_eq!(JwtVcIssuer::parse(by_uri.to_json().to_string().as_bytes(), ISSUER), Ok(by_uri));
    }

    #[test]
    fn refusals_say_what_came() {
        let refused = |text: &str| JwtVcIssuer::parse(text.as_bytes(), ISSUER).unwrap_err().to_string();
        assert!(
            refused(r#"{"issuer":"https://evil.example","jwks":{"keys":[]}}"#)
                .contains("`https://evil.example`")
        );
        assert!(refused(r#"{"issuer":"http://id.example.go.ke"}"#).contains("https"));
        assert!(refused(r#"{"issuer":"https://id.example.go.ke"}"#).contains("got neither"));
        let both =
            r#"{"issuer":"https://id.example.go.ke","jwks":{"keys":[]},"jwks_uri":"https://a.example"}"#;
        assert!(refused(both).contains("got both"));
        assert!(
            refused(r#"{"issuer":"https://id.example.go.ke","jwks_uri":"http://a.example"}"#)
                .contains("jwks_uri")
        );
        let many = json!({"issuer": ISSUER, "jwks": {"keys": vec![1; MAX_KEYS + 1]}});
        assert!(refused(&many.to_string()).contains("at most 64 keys, got 65"));
    }
}
