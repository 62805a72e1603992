//! How a vector of something not accepted is made from an accepted one: by one change, in one place.

use hati_formats::credential::{Envelope, Format, short_kid};
use hati_formats::encoding::{b64url, b64url_decode};
use hati_formats::jws;
use hati_verifier::Reason;
use serde_json::{Map, Value, json};

use super::shown::Scene;
use super::world::{Recipe, World};
use crate::country::Result;

/// What the accepted one shows.
pub(super) const CLAIMS: &[&str] = &["given_name", "birthdate"];

/// The vectors made so far.
pub(super) struct Cases<'w> {
    world: &'w World,
    pub(super) cases: Vec<Value>,
}

impl<'w> Cases<'w> {
    pub(super) fn new(world: &'w World) -> Self {
        Self { world, cases: Vec::new() }
    }

    pub(super) fn world(&self) -> &'w World {
        self.world
    }

    pub(super) fn fresh(&self) -> Scene<'w> {
        Scene::answer(self.world(), Recipe::identity(Format::VcSdJwt), CLAIMS)
    }

    pub(super) fn push(&mut self, scene: &Scene<'_>, reason: Reason, says: &str, sd_jwt: &str) -> Result<()> {
        let case = scene.case("", says, &[scene.code(sd_jwt)?]);
        self.cases.push(expecting(case, reason, self.cases.len()));
        Ok(())
    }

    /// The credential is issued with another envelope.
    pub(super) fn issued(
        &mut self,
        reason: Reason,
        says: &str,
        change: impl FnOnce(&mut Envelope<'static>),
    ) -> Result<()> {
        let scene = self.fresh();
        let sd_jwt = scene.present(&scene.credential(change)?)?;
        self.push(&scene, reason, says, &sd_jwt)
    }

    /// Somebody else shows it, or shows it otherwise.
    pub(super) fn shown(
        &mut self,
        reason: Reason,
        says: &str,
        change: impl FnOnce(&mut Scene<'w>),
    ) -> Result<()> {
        let mut scene = self.fresh();
        change(&mut scene);
        let sd_jwt = scene.present(&scene.credential(|_| {})?)?;
        self.push(&scene, reason, says, &sd_jwt)
    }

    /// The text is altered after the holder signed.
    pub(super) fn altered(
        &mut self,
        reason: Reason,
        says: &str,
        change: impl FnOnce(&str) -> Result<String>,
    ) -> Result<()> {
        let scene = self.fresh();
        let sd_jwt = change(&scene.present(&scene.credential(|_| {})?)?)?;
        self.push(&scene, reason, says, &sd_jwt)
    }

    /// The issuer signed another payload than the profile's.
    pub(super) fn payload(
        &mut self,
        reason: Reason,
        says: &str,
        change: impl FnOnce(&mut Map<String, Value>),
    ) -> Result<()> {
        let scene = self.fresh();
        let credential = scene.credential(|_| {})?;
        let (jwt, disclosures) = credential.split_once('~').ok_or("an SD-JWT")?;
        let [header, payload, _] = pieces(jwt)?;
        let header: Map<String, Value> = serde_json::from_slice(&b64url_decode(header)?)?;
        let mut payload: Map<String, Value> = serde_json::from_slice(&b64url_decode(payload)?)?;
        change(&mut payload);
        let unsigned = jws::prepare(&header, Value::Object(payload).to_string().as_bytes());
        let signature = scene.issuer.sign(unsigned.signing_input());
        let sd_jwt = scene.present(&format!("{}~{disclosures}", unsigned.finish(&signature)))?;
        self.push(&scene, reason, says, &sd_jwt)
    }
}

impl Scene<'_> {
    /// The `kid` that the issuer's key has in the trust list.
    pub(super) fn credential_kid(&self) -> String {
        short_kid(self.issuer.public())
    }
}

/// Adds what is expected, and a name by which a failing test tells the case.
pub(super) fn expecting(mut case: Map<String, Value>, reason: Reason, number: usize) -> Value {
    case.insert("name".to_owned(), format!("{}-{number}", reason.code()).into());
    case.insert("expect".to_owned(), json!({ "verdict": reason.outcome(), "code": reason.code() }));
    Value::Object(case)
}

pub(super) fn pieces(jwt: &str) -> Result<[&str; 3]> {
    Ok(jwt.split('.').collect::<Vec<_>>().try_into().map_err(|_| "a JWS has three pieces")?)
}

pub(super) fn with_payload(sd_jwt: &str, change: impl FnOnce(String) -> String) -> Result<String> {
    let (jwt, rest) = sd_jwt.split_once('~').ok_or("an SD-JWT")?;
    let [header, payload, signature] = pieces(jwt)?;
    let payload = change(String::from_utf8(b64url_decode(payload)?)?);
    Ok(format!("{header}.{}.{signature}~{rest}", b64url(payload.as_bytes())))
}

pub(super) fn another_name(part: &str) -> String {
    match b64url_decode(part).ok().and_then(|json| String::from_utf8(json).ok()) {
        Some(json) => b64url(json.replace("Wanjiru", "Wangari").as_bytes()),
        None => part.to_owned(),
    }
}

pub(super) fn decodes_to(part: &str, word: &str) -> bool {
    b64url_decode(part).is_ok_and(|json| String::from_utf8_lossy(&json).contains(word))
}
