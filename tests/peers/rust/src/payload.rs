//! IOTA's `sd-jwt-payload`. It leaves signatures to its caller, who takes ed25519-dalek 2.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use sd_jwt_payload::{Hasher, JsonObject, JwsSigner, RequiredKeyBinding, SdJwt, SdJwtBuilder, Sha256Hasher};
use serde_json::Value;

use crate::{Result, Run, concealed, text};

struct Key(SigningKey);

// What `async_trait` makes of the trait's `async fn sign`.
impl JwsSigner for Key {
    type Error = String;

    fn sign<'s, 'h, 'p, 'f>(
        &'s self,
        header: &'h JsonObject,
        payload: &'p JsonObject,
    ) -> std::pin::Pin<Box<dyn Future<Output = std::result::Result<Vec<u8>, String>> + Send + 'f>>
    where
        's: 'f,
        'h: 'f,
        'p: 'f,
    {
        Box::pin(async move {
            let json = |part: &JsonObject| serde_json::to_vec(part).map_err(|e| e.to_string());
            let [header, payload] = [json(header)?, json(payload)?].map(|part| URL_SAFE_NO_PAD.encode(part));
            // What the crate calls a signature is the whole JWS.
            let input = format!("{header}.{payload}");
            let signature = URL_SAFE_NO_PAD.encode(self.0.sign(input.as_bytes()).to_bytes());
            Ok(format!("{input}.{signature}").into_bytes())
        })
    }
}

pub(crate) fn issue(command: &Value) -> Result<Run<'_>> {
    let key = Key(SigningKey::from_bytes(&coordinate(&command["key"], "d")?));
    let holder = command["holder"].as_object().ok_or("holder")?;
    let mut paths = Vec::new();
    concealed(&command["frame"], "", '/', &mut paths);
    Ok(Box::new(move || {
        let mut builder = SdJwtBuilder::new(&command["claims"])?.header("typ", text(command, "typ")?);
        for path in &paths {
            builder = builder.make_concealable(path)?;
        }
        builder = builder.require_key_binding(RequiredKeyBinding::Jwk(holder.clone()));
        Ok(ready(builder.finish(&key, "EdDSA"))??.to_string().into())
    }))
}

pub(crate) fn verify(command: &Value) -> Result<Run<'_>> {
    let issuer = VerifyingKey::from_bytes(&coordinate(&command["issuer"], "x")?)?;
    let (text, aud, nonce) = (text(command, "text")?, text(command, "aud")?, text(command, "nonce")?);
    Ok(Box::new(move || {
        let sd_jwt = SdJwt::parse(text)?;
        let (presented, kb) = text.rsplit_once('~').ok_or("no key binding")?;
        check(&issuer, presented.split('~').next().unwrap_or_default())?;
        let Some(RequiredKeyBinding::Jwk(holder)) = sd_jwt.required_key_bind() else {
            return Err("no key of the holder".into());
        };
        let holder = holder.get("x").and_then(Value::as_str).ok_or("x")?;
        check(&VerifyingKey::from_bytes(&decode(holder)?)?, kb)?;
        let claims = sd_jwt.key_binding_jwt().ok_or("no key binding")?.claims();
        let hasher = Sha256Hasher::new();
        let over = format!("{presented}~");
        if claims.aud != aud || claims.nonce != nonce || claims.sd_hash != hasher.encoded_digest(&over) {
            return Err("the key binding is for something else".into());
        }
        Ok(Value::Object(sd_jwt.into_disclosed_object(&hasher)?))
    }))
}

fn check(key: &VerifyingKey, jws: &str) -> Result<()> {
    let (input, signature) = jws.rsplit_once('.').ok_or("not a JWS")?;
    Ok(key.verify_strict(input.as_bytes(), &Signature::from_bytes(&decode(signature)?))?)
}

fn coordinate(jwk: &Value, name: &'static str) -> Result<[u8; 32]> {
    decode(jwk[name].as_str().ok_or(name)?)
}

fn decode<const N: usize>(text: &str) -> Result<[u8; N]> {
    URL_SAFE_NO_PAD.decode(text)?.try_into().map_err(|_| "a wrong length".into())
}

/// What a future gives that never waits.
fn ready<T>(future: impl Future<Output = T>) -> Result<T> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => Ok(value),
        Poll::Pending => Err("it waits".into()),
    }
}
