use hati_formats::jws;
use hati_formats::keys::PublicKey;
use hati_formats::time::Timestamp;
use serde_json::json;

use super::{TYP, ath};
use crate::oauth::{HtuError, normalize_htu};

/// What a proof says; its time and identifier are the caller's.
#[derive(Clone, Copy)]
pub struct Claims<'a> {
    /// A fresh identifier of at least 96 random bits.
    pub jti: &'a str,
    /// The request's method.
    pub method: &'a str,
    /// The request's URL.
    pub url: &'a str,
    /// When it is made.
    pub now: Timestamp,
    /// The access token that goes along.
    pub access_token: Option<&'a str>,
    /// The server's latest nonce.
    pub nonce: Option<&'a str>,
}

/// The proof that waits for the signature of `key`.
///
/// # Errors
/// [`HtuError`] where the URL is none.
pub fn prepare(key: &PublicKey, claims: &Claims<'_>) -> Result<jws::Unsigned, HtuError> {
    let header = json!({"typ": TYP, "alg": key.algorithm().name(), "jwk": key.to_jwk()});
    let mut payload = json!({
        "jti": claims.jti, "htm": claims.method, "htu": normalize_htu(claims.url)?, "iat": claims.now.seconds(),
    });
    if let Some(members) = payload.as_object_mut() {
        members.extend(claims.access_token.map(|token| ("ath".to_owned(), ath(token).into())));
        members.extend(claims.nonce.map(|nonce| ("nonce".to_owned(), nonce.into())));
    }
    Ok(jws::prepare_text(&header.to_string(), payload.to_string().as_bytes()))
}
