//! ID tokens (OpenID Connect Core 1.0 section 3.1.3.7).

use hati_formats::time::Timestamp;
use josekit::jwk::Jwk;
use josekit::jws::{ES256, EdDSA, JwsVerifier, PS256, RS256};
use josekit::jwt::{self, JwtPayload};

use super::UpstreamError;

/// How far the provider's clock may be ahead.
const LEEWAY_SECONDS: i64 = 60;

/// The longest token that is read.
const MAX_TOKEN: usize = 16 << 10;

/// What a token has to say.
pub(super) struct Expected<'a> {
    pub(super) issuer: &'a str,
    pub(super) client_id: &'a str,
    pub(super) nonce: &'a str,
    pub(super) now: Timestamp,
}

/// Checks a token, and gives its claims.
pub(super) fn verify(
    token: &str,
    keys: &[Jwk],
    expected: &Expected<'_>,
) -> Result<JwtPayload, UpstreamError> {
    let refused = |reason: &str| UpstreamError::IdToken { reason: reason.to_owned() };
    if token.len() > MAX_TOKEN {
        return Err(refused("it is too long"));
    }
    let header = jwt::decode_header(token).map_err(|_| refused("it is no signed JWT"))?;
    // RFC 7515 section 4.1.11. josekit passes over one that names nothing.
    if header.claim("crit").is_some() {
        return Err(refused("it has crit, and no extension is understood here"));
    }
    let alg = header.claim("alg").and_then(|alg| alg.as_str()).unwrap_or_default();
    let kid = header.claim("kid").and_then(|kid| kid.as_str());
    let mut keys = keys.iter().filter(|key| is_for(key, alg, kid)).filter_map(|key| verifier(alg, key));
    let claims = keys
        .find_map(|verifier| jwt::decode_with_verifier(token, &*verifier).ok())
        .map(|(claims, _)| claims)
        .ok_or_else(|| refused("no key of the provider signed it with RS256, PS256, ES256 or EdDSA"))?;
    if claims.issuer() != Some(expected.issuer) {
        return Err(refused("another issuer's"));
    }
    let audience = claims.audience().unwrap_or_default();
    let party = claims.claim("azp").and_then(|azp| azp.as_str());
    if audience != [expected.client_id] || party.is_some_and(|party| party != expected.client_id) {
        return Err(refused("for another client, or for others too"));
    }
    let seconds = |name: &str| claims.claim(name).and_then(|claim| claim.as_i64());
    let now = expected.now.seconds();
    if seconds("exp").is_none_or(|exp| exp <= now) {
        return Err(refused("it has expired"));
    }
    if seconds("iat").is_none_or(|iat| iat > now.saturating_add(LEEWAY_SECONDS)) {
        return Err(refused("it is of the future"));
    }
    if claims.claim("nonce").and_then(|nonce| nonce.as_str()) != Some(expected.nonce) {
        return Err(refused("of another sign-in"));
    }
    Ok(claims)
}

/// RFC 8725 section 3.1: the algorithm belongs to the key, and a secret key is none.
fn is_for(key: &Jwk, alg: &str, kid: Option<&str>) -> bool {
    key.key_use().is_none_or(|purpose| purpose == "sig")
        && key.algorithm().is_none_or(|of_key| of_key == alg)
        && (kid.is_none() || key.key_id().is_none() || key.key_id() == kid)
}

fn verifier(alg: &str, key: &Jwk) -> Option<Box<dyn JwsVerifier>> {
    let mut key = key.clone();
    // josekit would refuse a token that does not name its key, and need not.
    key.set_parameter("kid", None).ok()?;
    Some(match alg {
        "RS256" => Box::new(RS256.verifier_from_jwk(&key).ok()?),
        "PS256" => Box::new(PS256.verifier_from_jwk(&key).ok()?),
        "ES256" => Box::new(ES256.verifier_from_jwk(&key).ok()?),
        "EdDSA" => Box::new(EdDSA.verifier_from_jwk(&key).ok()?),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use josekit::jws::{HS256, JwsHeader, JwsSigner};
    use serde_json::{Value, json};

    use super::*;

    const NOW: i64 = 1_795_000_000;

    fn claims() -> Value {
        json!({"iss": "https://op.example", "aud": "hati", "exp": NOW + 1, "iat": NOW, "nonce": "n", "upi": "1"})
    }

    fn sign(claims: &Value, signer: &dyn JwsSigner) -> String {
        let payload = JwtPayload::from_map(claims.as_object().unwrap().clone()).unwrap();
        jwt::encode_with_signer(&payload, &JwsHeader::new(), signer).unwrap()
    }

    fn check(token: &str, keys: &[Jwk]) -> Result<JwtPayload, String> {
        let now = Timestamp::from_seconds(NOW);
        let expected = Expected { issuer: "https://op.example", client_id: "hati", nonce: "n", now };
        verify(token, keys, &expected).map_err(|error| error.to_string())
    }

    #[test]
    fn every_claim_that_binds_a_token_is_checked() {
        let pair = Jwk::generate_ec_key(josekit::jwk::alg::ec::EcCurve::P256).unwrap();
        let keys = [pair.to_public_key().unwrap()];
        let signer = ES256.signer_from_jwk(&pair).unwrap();
        let said = |member: &str, value: Value| {
            let mut claims = claims();
            claims[member] = value;
            claims.as_object_mut().unwrap().retain(|_, value| !value.is_null());
            check(&sign(&claims, &signer), &keys)
        };
        assert!(said("extra", json!(1)).is_ok());
        assert!(said("aud", json!(["hati"])).is_ok() && said("azp", json!("hati")).is_ok());
        for (member, value) in [
            ("iss", json!("https://op.example/")),
            ("iss", Value::Null),
            ("aud", json!("other")),
            ("aud", json!(["hati", "other"])),
            ("aud", json!([])),
            ("azp", json!("other")),
            ("exp", json!(NOW)),
            ("exp", Value::Null),
            ("iat", json!(NOW + 61)),
            ("iat", Value::Null),
            ("nonce", json!("m")),
            ("nonce", Value::Null),
        ] {
            assert!(said(member, value.clone()).is_err(), "{member} {value}");
        }
    }

    #[test]
    fn only_a_key_of_the_provider_signs() {
        let pair = Jwk::generate_rsa_key(2_048).unwrap();
        let keys = [pair.to_public_key().unwrap()];
        let token = sign(&claims(), &RS256.signer_from_jwk(&pair).unwrap());
        assert!(check(&token, &keys).is_ok());
        assert!(check(&token, &[]).is_err());
        let other = Jwk::generate_rsa_key(2_048).unwrap();
        assert!(check(&token, &[other.to_public_key().unwrap()]).is_err());
        assert!(check(&sign(&claims(), &PS256.signer_from_jwk(&pair).unwrap()), &keys).is_ok());
        for crit in [json!([]), json!(["exp"])] {
            let mut header = JwsHeader::new();
            header.set_claim("crit", Some(crit.clone())).unwrap();
            let payload = JwtPayload::from_map(claims().as_object().unwrap().clone()).unwrap();
            let token =
                jwt::encode_with_signer(&payload, &header, &RS256.signer_from_jwk(&pair).unwrap()).unwrap();
            assert!(check(&token, &keys).unwrap_err().contains("crit"), "{crit}");
        }
        // A secret that is published, and no signature at all.
        let secret = Jwk::generate_oct_key(32).unwrap();
        let forged = sign(&claims(), &HS256.signer_from_jwk(&secret).unwrap());
        assert!(check(&forged, &[secret]).is_err());
        let payload = JwtPayload::from_map(claims().as_object().unwrap().clone()).unwrap();
        assert!(check(&jwt::encode_unsecured(&payload, &JwsHeader::new()).unwrap(), &keys).is_err());
        for text in ["", "a.b.c", &"x".repeat(20_000), &token[..token.len() - 8]] {
            assert!(check(text, &keys).is_err());
        }
    }
}
