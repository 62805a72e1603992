//! Tests of the whole room. Each file is one subject; here is what they share.

mod conceal;
mod key_binding;
mod properties;
mod refusals;
mod select;
mod vectors;

use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use serde_json::{Map, Value, json};

use super::*;
use crate::encoding::b64url;
use crate::keys::{Algorithm, SoftwareKey};

fn issuer() -> SoftwareKey {
    SoftwareKey::from_secret_bytes(Algorithm::EdDsa, &[1; 32]).unwrap()
}

fn holder() -> SoftwareKey {
    SoftwareKey::from_secret_bytes(Algorithm::Es256, &[2; 32]).unwrap()
}

fn rng(seed: u64) -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(seed)
}

fn object(value: Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap()
}

/// Reads `a.0.*.b`: digits are positions.
fn path(text: &str) -> ClaimPath {
    let segment = |segment: &str| match (segment, segment.parse()) {
        ("*", _) => PathSegment::All,
        (_, Ok(index)) => PathSegment::Index(index),
        _ => PathSegment::from(segment),
    };
    ClaimPath(text.split('.').filter(|segment| !segment.is_empty()).map(segment).collect())
}

fn frame(paths: &[&str]) -> Frame {
    let mut frame = Frame::default();
    paths.iter().for_each(|text| frame.conceal(&path(text)));
    frame
}

fn issue(claims: Value, frame: &Frame, seed: u64) -> String {
    let concealed = Template::new(&object(claims), frame).unwrap().conceal(&mut rng(seed));
    let header = object(json!({"alg": "EdDSA", "typ": "example+sd-jwt"}));
    let unsigned = prepare(&header, concealed.payload.as_bytes(), concealed.disclosures);
    let signature = issuer().sign(unsigned.signing_input());
    unsigned.finish(&signature)
}

/// Signs any payload and puts any disclosures behind it, as a careless or hostile issuer would.
fn sign(payload: &Value, disclosures: &[&str]) -> String {
    let header = object(json!({"alg": "EdDSA"}));
    let unsigned = prepare(&header, payload.to_string().as_bytes(), Disclosures::default());
    let signature = issuer().sign(unsigned.signing_input());
    Parts::join(unsigned.finish(&signature).trim_end_matches('~'), disclosures.iter().copied())
}

fn verify(text: &str) -> Result<Verified<'_>, SdJwtError> {
    Unverified::parse(text)?.verify_issuer(issuer().public())
}

fn refused(text: &str) -> SdJwtError {
    verify(text).unwrap_err()
}

/// A disclosure of this JSON text, and its digest.
fn disclosure(json: &str) -> (String, String) {
    let text = b64url(json.as_bytes());
    let digest = Digest::of(&text).as_str().to_owned();
    (text, digest)
}
