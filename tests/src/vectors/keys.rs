//! Keys: private and public JWK, thumbprint, and the names that are made of it.

use hati_formats::credential::short_kid;
use hati_formats::did::{did_jwk, did_key};
use hati_formats::encoding::b64url;
use hati_formats::trust::{KeyId, audience};
use serde_json::{Value, json};

use super::hex;
use super::world::World;

pub(super) fn vectors(world: &World) -> Value {
    let vectors = world.keys().map(|(name, key)| {
        let public = key.public();
        json!({
            "name": name,
            "algorithm": public.algorithm().name(),
            "secret": hex(key.to_secret_bytes().as_slice()),
            "public_jwk": public.to_jwk(),
            "public": hex(&public.to_bytes()),
            "thumbprint": b64url(&public.thumbprint()),
            "credential_kid": short_kid(public),
            "statement_kid": hex(KeyId::of(public).as_bytes()),
            "audience": audience(public),
            "did_key": did_key(public),
            "did_jwk": did_jwk(public),
        })
    });
    vectors.to_vec().into()
}
