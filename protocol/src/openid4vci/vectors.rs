//! The messages that OpenID4VCI 1.0 publishes: each is read, and written back as it came.

use std::path::{Path, PathBuf};

use hati_formats::encoding::{b64url_decode, b64url_decode_array};
use hati_formats::keys::{Algorithm, PublicKey};
use hati_formats::time::Timestamp;
use serde_json::Value;

use super::*;
use crate::oauth::AuthorizationDetail;

const ISSUER: &str = "https://credential-issuer.example.com";

/// The text of a published file without its HTTP header, or `None`, said plainly, where there are no vectors.
#[expect(clippy::disallowed_methods, reason = "the published vectors are files")]
fn published(name: &str) -> Option<String> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/vectors");
    let folder = std::env::var_os("HATI_VECTORS").map_or(beside, PathBuf::from).join("openid4vci");
    let Ok(bytes) = std::fs::read(folder.join(name)) else {
        eprintln!("SKIPPED {name}: no vectors (set HATI_VECTORS)");
        return None;
    };
    let text = String::from_utf8(bytes).unwrap().trim_start().to_owned();
    let body = if text.starts_with("HTTP/") { text.find('{').unwrap() } else { 0 };
    Some(text[body..].to_owned())
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn published_offers() {
    for name in [
        "credential_offer_authz_code.txt",
        "credential_offer_by_reference.json",
        "credential_offer_multiple_credentials.json",
        "credential_offer_pre-authz_code.json",
    ] {
        let Some(text) = published(name) else { continue };
        let offer = CredentialOffer::parse(text.as_bytes()).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(Value::Object(offer.to_json()), json(&text), "{name}");
        let link = OfferLink::Value(Box::new(offer));
        assert_eq!(OfferLink::parse(&link.to_string()), Ok(link), "{name}");
    }
}

#[test]
fn published_authorization_details() {
    for name in ["", "_jwt_vc_json", "_ldp_vc", "_mso_doc", "_multiple_credentials", "_sd_jwt_vc", "_with_as"]
    {
        let name = format!("authorization_details{name}.json");
        let Some(text) = published(&name) else { continue };
        let details = AuthorizationDetail::parse_all(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(json(&AuthorizationDetail::to_text(&details)), json(&text), "{name}");
    }
}

#[test]
fn published_metadata() {
    for name in ["jwt_vc_json", "ldp_vc", "mso_mdoc", "sd_jwt_vc"] {
        let Some(text) = published(&format!("credential_metadata_{name}.json")) else { continue };
        // The files hold this one member alone.
        let mut document = json(&text);
        document["credential_issuer"] = ISSUER.into();
        document["credential_endpoint"] = format!("{ISSUER}/credential").into();
        let read = IssuerMetadata::parse(document.to_string().as_bytes(), ISSUER);
        let read = read.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(Value::Object(read.to_json()), document, "{name}");
    }
    let Some(text) = published("credential_issuer_metadata_sd_jwt_long.json") else { return };
    let read = IssuerMetadata::parse(text.as_bytes(), ISSUER).unwrap();
    assert_eq!(read.batch_size(), 10);
    assert_eq!(Value::Object(read.to_json()), json(&text));
}

#[test]
fn published_signed_metadata() {
    let Some(text) = published("credential_issuer_metadata_sd_jwt_jwt.txt") else { return };
    let jwt: String = text.split_whitespace().collect();
    let header = b64url_decode(jwt.split('.').next().unwrap()).unwrap();
    let certificate = json(core::str::from_utf8(&header).unwrap())["x5c"][0].as_str().unwrap().to_owned();
    let certificate = certificate.replace('+', "-").replace('/', "_").replace('=', "");
    let certificate = b64url_decode(&certificate).unwrap();
    // The key's BIT STRING in the certificate (RFC 5480): 66 bytes, none unused, uncompressed.
    let start = certificate.windows(4).position(|bytes| bytes == [0x03, 0x42, 0x00, 0x04]).unwrap() + 3;
    let key = PublicKey::from_bytes(Algorithm::Es256, &certificate[start..start + 65]).unwrap();
    let read =
        IssuerMetadata::verify_signed(&jwt, &key, ISSUER, Timestamp::from_seconds(1_516_239_022)).unwrap();
    assert_eq!(read.authorization_servers, ["https://server.example.com"]);
}

#[test]
fn published_responses() {
    for name in ["jwt_vc_json", "ldp_vc", "mso_mdoc", "sd_jwt_vc"] {
        let Some(text) = published(&format!("credential_response_{name}.txt")) else { continue };
        // Credentials are broken over lines, which JSON does not allow.
        let text = text.split('\n').map(str::trim).collect::<String>();
        let read =
            CredentialResponse::parse(text.as_bytes()).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(read.to_json(), json(&text), "{name}");
    }
}

#[test]
fn published_keys_and_the_request_of_a_draft() {
    if let Some(text) = published("issuer_jwks.json") {
        let mut document = json(&text.split('\n').map(str::trim).collect::<String>());
        document["issuer"] = ISSUER.into();
        let read = JwtVcIssuer::parse(document.to_string().as_bytes(), ISSUER).unwrap();
        let IssuerKeys::Inline(keys) = read.keys else { panic!("keys inline") };
        let (kid, key) = &keys[0];
        let thumbprint: [u8; 32] = b64url_decode_array(kid.rsplit(':').next().unwrap()).unwrap();
        assert_eq!(key.thumbprint(), thumbprint);
    }
    // It names a format, as drafts did, and neither a configuration nor an identifier (section 8.2).
    let Some(text) = published("credential_request_iso_mdl.json") else { return };
    let neither = CredentialRequestError::Requested { got: "neither" };
    assert_eq!(CredentialRequest::parse(text.as_bytes()), Err(neither));
}
