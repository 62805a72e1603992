//! Answers that are accepted: the SD-JWT+KB, its CBOR, the text of its code, the verdict.

use hati_formats::credential::Format;
use hati_formats::encoding::b64url;
use hati_formats::qr::presentation::compact;
use hati_formats::qr::sequence::Encoder;
use hati_formats::qr::text::Kind;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use serde_json::{Map, Value, json};

use super::hex;
use super::shown::{Scene, judge};
use super::world::{Recipe, World};
use crate::country::Result;

pub(super) const IDENTITY: &[&str] = &["given_name", "family_name", "birthdate", "sex", "id_number"];
pub(super) const AGE: &[&str] = &["age_equal_or_over.18"];

pub(super) fn answers(world: &World) -> Result<Value> {
    let scene = |recipe, claims| Scene::answer(world, recipe, claims);
    let identity = |format| scene(Recipe::identity(format), IDENTITY);
    let age = |format| scene(Recipe::age(format), AGE);
    let group: &[&str] = &["identifiers.sector_ids.health", "origin.nationalities"];
    let cases = [
        ("age", age(Format::VcSdJwt)),
        ("age-p256-holder", Scene { holder: &world.holder_p256, ..age(Format::VcSdJwt) }),
        ("age-dc", age(Format::DcSdJwt)),
        ("identity", identity(Format::VcSdJwt)),
        ("identity-p256-holder", Scene { holder: &world.holder_p256, ..identity(Format::VcSdJwt) }),
        ("identity-p256-issuer", Scene { issuer: &world.issuer_p256, ..identity(Format::VcSdJwt) }),
        ("identity-dc", identity(Format::DcSdJwt)),
        ("parts-of-groups", scene(Recipe::identity(Format::VcSdJwt), group)),
    ];
    cases.into_iter().map(|(name, scene)| vector(&scene, name)).collect()
}

pub(super) fn single_scan(world: &World) -> Result<Value> {
    let p256 = Scene { holder: &world.holder_p256, ..Scene::single_scan(world) };
    let cases = [("single-scan", Scene::single_scan(world)), ("single-scan-p256-holder", p256)];
    cases.into_iter().map(|(name, scene)| vector(&scene, name)).collect()
}

fn vector(scene: &Scene<'_>, name: &str) -> Result<Value> {
    let sd_jwt = scene.present(&scene.credential(|_| {})?)?;
    let cbor = compact(&sd_jwt)?;
    let code = scene.code(&sd_jwt)?;
    let says = format!("shows {} to {}", scene.shown.join(", "), scene.audience);
    let mut case = scene.case(name, &says, std::slice::from_ref(&code));
    case.insert("signed_at".to_owned(), scene.signed_at.to_string().into());
    case.insert("sd_jwt".to_owned(), sd_jwt.into());
    case.insert("cbor".to_owned(), hex(&cbor).into());
    case.insert("characters".to_owned(), code.len().into());
    accepted(scene, case)
}

/// Adds the verdict, which must be that it is accepted.
pub(super) fn accepted(scene: &Scene<'_>, case: Map<String, Value>) -> Result<Value> {
    let mut case = Value::Object(case);
    let verdict = serde_json::to_value(judge(&case, &scene.world.bundle)?)?;
    if verdict.get("verdict") != Some(&json!("accepted")) {
        return Err(format!("expected a case that is accepted, got {verdict}").into());
    }
    if let Some(members) = case.as_object_mut() {
        members.insert("expect".to_owned(), verdict);
    }
    Ok(case)
}

/// A person with 1,000 bytes in the place of a picture.
pub(super) fn with_portrait(format: Format) -> Recipe {
    let mut recipe = Recipe::identity(format);
    let mut picture = [0; 1_000];
    ChaCha20Rng::seed_from_u64(3).fill_bytes(&mut picture);
    let base64 = b64url(&picture).replace('-', "+").replace('_', "/");
    // 1,000 bytes leave a group of one, which base64 pads with two signs.
    recipe.subject.insert("portrait".to_owned(), format!("data:image/webp;base64,{base64}==").into());
    recipe
}

pub(super) fn sequence(world: &World) -> Result<Value> {
    let scene =
        Scene::answer(world, with_portrait(Format::VcSdJwt), &["given_name", "family_name", "portrait"]);
    let sd_jwt = scene.present(&scene.credential(|_| {})?)?;
    let payload = compact(&sd_jwt)?;
    let encoder = Encoder::new(Kind::Presentation, &payload)?;
    let source = encoder.source_frames();
    let frames = |numbers: &[u32]| numbers.iter().map(|number| encoder.frame(*number)).collect::<Vec<_>>();
    let all: Vec<u32> = (0..source).collect();
    // Frames 0 and 2 are missed, and the frames come backwards.
    let repaired: Vec<u32> = (0..source + 3).rev().filter(|number| ![0, 2].contains(number)).collect();
    let cases = [("all-source-frames", all), ("with-repair-frames", repaired)];
    let vector = |(name, numbers): (&str, Vec<u32>)| {
        let says = format!("frames {numbers:?} of {source} and as many repair frames as it takes");
        let mut case = scene.case(name, &says, &frames(&numbers));
        case.insert("sd_jwt".to_owned(), sd_jwt.clone().into());
        case.insert("cbor".to_owned(), hex(&payload).into());
        accepted(&scene, case)
    };
    cases.into_iter().map(vector).collect()
}
