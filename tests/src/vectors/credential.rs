//! Credentials: from the person and the envelope to the signed text.

use hati_formats::credential::{Envelope, Format};
use hati_formats::encoding::b64url_decode;
use hati_formats::keys::SoftwareKey;
use hati_formats::sd_jwt::{Digest, Parts};
use serde_json::{Value, json};

use super::world::{Recipe, World};
use crate::country::Result;

pub(super) fn vectors(world: &World) -> Result<Value> {
    let issuer = &world.country.issuer;
    let cases = [
        ("identity", Recipe::identity(Format::VcSdJwt), &world.holder, issuer),
        ("identity-p256-holder", Recipe::identity(Format::VcSdJwt), &world.holder_p256, issuer),
        ("identity-p256-issuer", Recipe::identity(Format::VcSdJwt), &world.holder, &world.issuer_p256),
        ("identity-dc", Recipe::identity(Format::DcSdJwt), &world.holder, issuer),
        ("age", Recipe::age(Format::VcSdJwt), &world.holder, issuer),
        ("age-dc", Recipe::age(Format::DcSdJwt), &world.holder_p256, issuer),
        ("age-ldp", Recipe::age(Format::LdpVc), &world.holder, issuer),
    ];
    cases
        .into_iter()
        .map(|(name, recipe, holder, issuer)| vector(world, name, &recipe, holder, issuer))
        .collect()
}

fn vector(
    world: &World,
    name: &str,
    recipe: &Recipe,
    holder: &SoftwareKey,
    issuer: &SoftwareKey,
) -> Result<Value> {
    let envelope = world.envelope(recipe, holder, issuer)?;
    let credential = world.issue(recipe, &envelope, issuer)?;
    let mut vector = json!({
        "name": name,
        "format": recipe.format.media_type(),
        "type": recipe.type_id,
        "signed_by": world.name_of(issuer),
        "holder": world.name_of(holder),
        "envelope": envelope_fields(&envelope),
        "subject": recipe.subject,
    });
    if let Some(members) = vector.as_object_mut() {
        match recipe.format {
            Format::LdpVc => members.extend([("credential".to_owned(), serde_json::from_str(&credential)?)]),
            _ => members.extend(steps(&credential)?),
        }
    }
    Ok(vector)
}

fn envelope_fields(envelope: &Envelope<'_>) -> Value {
    json!({
        "issuer": envelope.issuer,
        "kid": envelope.kid,
        "type_name": envelope.type_name,
        "valid_from": envelope.valid_from.to_string(),
        "valid_until": envelope.valid_until.to_string(),
        "status_list": envelope.status.list,
        "status_index": envelope.status.index,
    })
}

/// What an SD-JWT is put together from. The salts are in the disclosures; a digest that belongs to none of them is
/// a decoy.
fn steps(credential: &str) -> Result<Vec<(String, Value)>> {
    let parts = Parts::split(credential)?;
    let mut pieces = parts.issuer_jwt.split('.');
    let mut piece = || pieces.next().ok_or("a JWS has three pieces");
    let (header, payload, signature) = (text(piece()?)?, text(piece()?)?, piece()?);
    let disclosures = parts.disclosures.iter().map(|disclosure| {
        Ok(json!({ "json": text(disclosure)?, "disclosure": disclosure, "digest": Digest::of(disclosure).as_str() }))
    });
    let disclosures = disclosures.collect::<Result<Vec<Value>>>()?;
    let members = [
        ("header", header.into()),
        ("payload", payload.into()),
        ("signature", signature.into()),
        ("disclosures", disclosures.into()),
        ("credential", credential.into()),
    ];
    Ok(members.map(|(name, value)| (name.to_owned(), value)).to_vec())
}

fn text(base64url: &str) -> Result<String> {
    Ok(String::from_utf8(b64url_decode(base64url)?)?)
}
