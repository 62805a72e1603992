//! The OpenWallet Foundation's `sd-jwt-rs`, over `jsonwebtoken`.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{DecodingKey, EncodingKey};
use sd_jwt_rs::{
    ClaimsForSelectiveDisclosureStrategy, SDJWTIssuer, SDJWTSerializationFormat, SDJWTVerifier,
};
use serde_json::Value;

use crate::{Result, Run, concealed, text};

pub(crate) fn issue(command: &Value) -> Result<Run<'_>> {
    let secret = URL_SAFE_NO_PAD.decode(text(&command["key"], "d")?)?;
    // RFC 8410 section 7: what comes before the 32 bytes of an Ed25519 key in PKCS #8.
    let prefix = [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];
    let der = [prefix.as_slice(), &secret].concat();
    let holder: jsonwebtoken::jwk::Jwk = serde_json::from_value(command["holder"].clone())?;
    let mut paths = Vec::new();
    concealed(&command["frame"], "$", '.', &mut paths);
    Ok(Box::new(move || {
        let mut issuer = SDJWTIssuer::new(EncodingKey::from_ed_der(&der), Some("EdDSA".to_owned()));
        let paths = paths.iter().map(String::as_str).collect();
        let strategy = ClaimsForSelectiveDisclosureStrategy::Custom(paths);
        let format = SDJWTSerializationFormat::Compact;
        let issued =
            issuer.issue_sd_jwt(command["claims"].clone(), strategy, Some(holder.clone()), false, format);
        Ok(issued.map_err(|e| e.to_string())?.into())
    }))
}

pub(crate) fn verify(command: &Value) -> Result<Run<'_>> {
    let issuer = DecodingKey::from_ed_components(text(&command["issuer"], "x")?)?;
    let (text, aud, nonce) = (text(command, "text")?, text(command, "aud")?, text(command, "nonce")?);
    Ok(Box::new(move || {
        let issuer = issuer.clone();
        let verifier = SDJWTVerifier::new(
            text.to_owned(),
            Box::new(move |_, _| issuer.clone()),
            Some(aud.to_owned()),
            Some(nonce.to_owned()),
            SDJWTSerializationFormat::Compact,
        );
        Ok(verifier.map_err(|e| e.to_string())?.verified_claims)
    }))
}
