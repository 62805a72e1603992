//! What is just still accepted, and tokens that the profile did not make.

use hati_formats::credential::Format;
use hati_formats::encoding::b64url;
use hati_formats::jws;
use hati_formats::keys::Algorithm;
use hati_formats::qr::presentation::{compact, expand};
use hati_formats::qr::text::{self, Kind};
use hati_formats::sd_jwt::Held;
use serde_json::{Map, Value, json};

use super::hex;
use super::presentation::{IDENTITY, accepted, with_portrait};
use super::shown::Scene;
use super::world::{Recipe, World};
use crate::country::{NOW, Result, at, key};

/// Everything a `maisha-id` can say.
const ALL: &[&str] = &[
    "given_name",
    "family_name",
    "birthdate",
    "sex",
    "id_number",
    "portrait",
    "age_equal_or_over",
    "origin",
    "identifiers",
];

pub(super) fn answers(world: &World) -> Result<Value> {
    let identity = || Scene::answer(world, Recipe::identity(Format::VcSdJwt), IDENTITY);
    let named = |given: &str, family: &str| {
        let mut recipe = Recipe::identity(Format::VcSdJwt);
        recipe
            .subject
            .extend([("given_name".to_owned(), given.into()), ("family_name".to_owned(), family.into())]);
        Scene::answer(world, recipe, IDENTITY)
    };
    let midnight = at(0).date().start();
    let cases = [
        ("long-names", "names of 90 characters", named(&"Nyambura ".repeat(10), &"Ole-Lenku ".repeat(9))),
        (
            "escapes",
            "quotes, a backslash, a line break, letters outside ASCII",
            named("Ng'ang'a \"Wanjikũ\"", "\\ŋ\n\u{1f}🇰🇪"),
        ),
        (
            "like-other-types",
            "names that look like a day and like base64url",
            named("1990-02-28", "AAAAAAAAAAAAAAAAAAAAAA"),
        ),
        (
            "everything",
            "every claim, the portrait too",
            Scene { asked: ALL, shown: ALL, ..Scene::answer(world, with_portrait(Format::VcSdJwt), ALL) },
        ),
        (
            "everything-dc",
            "the same in dc+sd-jwt",
            Scene { asked: ALL, shown: ALL, ..Scene::answer(world, with_portrait(Format::DcSdJwt), ALL) },
        ),
        ("two-minutes-old", "signed 120 seconds ago", Scene { signed_at: at(-120), ..identity() }),
        ("a-minute-ahead", "signed 60 seconds ahead", Scene { signed_at: at(60), ..identity() }),
        (
            "status-of-just-then",
            "a status as old as the policy allows",
            Scene { policy: json!({"max_status_age": 3600}), ..identity() },
        ),
        (
            "single-scan-a-minute-old",
            "signed 60 seconds ago",
            Scene { signed_at: at(-60), ..Scene::single_scan(world) },
        ),
    ];
    let mut vectors: Vec<Value> = Vec::new();
    for (name, says, scene) in cases {
        let sd_jwt = scene.present(&scene.credential(|_| {})?)?;
        vectors.push(vector(&scene, name, says, sd_jwt)?);
    }
    let scene = identity();
    let last_day = scene.credential(|envelope| envelope.valid_until = at(crate::country::DAY).date())?;
    let last = midnight.plus_seconds(86_399);
    let end = Scene { now: last, signed_at: last, until: last, ..identity() };
    vectors.push(vector(&end, "last-second", "in the last second of the last day", end.present(&last_day)?)?);
    Ok(vectors.into())
}

fn vector(scene: &Scene<'_>, name: &str, says: &str, sd_jwt: String) -> Result<Value> {
    let mut case = scene.case(name, says, &[scene.code(&sd_jwt)?]);
    case.insert("sd_jwt".to_owned(), sd_jwt.into());
    accepted(scene, case)
}

pub(super) fn other_makers() -> Result<Value> {
    let spaced = spaced()?;
    let (presented, _) = spaced.rsplit_once('~').ok_or("an SD-JWT+KB")?;
    let without_binding = format!("{presented}~");
    let foreign = spaced.replacen("eyJ", "e yJ", 1);
    let cases = [
        ("spaces-in-json", "JSON with spaces, an array, a fraction, a nested disclosure", 1, spaced.as_str()),
        ("without-key-binding", "the same without a key binding", 1, &without_binding),
        (
            "no-base64url",
            "the same with a space in its header: no token, but still carried as it is",
            2,
            &foreign,
        ),
    ];
    let vector = |(name, says, form, sd_jwt): (&str, &str, u8, &str)| {
        let cbor = compact(sd_jwt)?;
        if cbor.get(1) != Some(&form) || expand(&cbor)? != sd_jwt {
            return Err(format!("{name}: expected form {form} and the same text").into());
        }
        let code = text::encode(Kind::Presentation, &cbor);
        Ok(
            json!({ "name": name, "says": says, "form": form, "sd_jwt": sd_jwt, "cbor": hex(&cbor), "scan": code }),
        )
    };
    cases.into_iter().map(vector).collect()
}

/// A token as a library might write it that puts spaces into JSON and disclosures into arrays.
fn spaced() -> Result<String> {
    let (issuer, holder) = (key(Algorithm::Es256, 90)?, key(Algorithm::Es256, 91)?);
    let disclosures = [
        b64url(br#"["2GLC42sKQveCfGfryNRN9w", "height", 1.75]"#),
        b64url(br#"["eluV5Og3gSNII8EYnsxA_A", "KE"]"#),
    ];
    let digests = [&disclosures[0], &disclosures[1]]
        .map(|text| hati_formats::sd_jwt::Digest::of(text).as_str().to_owned());
    let payload = format!(
        r#"{{"iss": "https://issuer.example", "vct": "https://issuer.example/person", "_sd_alg": "sha-256", "_sd": ["{}"], "nationalities": [{{"...": "{}"}}, "UG"], "cnf": {{"jwk": {}}}}}"#,
        digests[0],
        digests[1],
        holder.public().to_jwk(),
    );
    let header: Map<String, Value> = serde_json::from_str(r#"{"typ":"dc+sd-jwt","alg":"ES256"}"#)?;
    let unsigned = jws::prepare(&header, payload.as_bytes());
    let signature = issuer.sign(unsigned.signing_input());
    let credential = format!("{}~{}~", unsigned.finish(&signature), disclosures.join("~"));
    let everything = Held::parse(&credential)?.select(&[hati_formats::sd_jwt::ClaimPath(Vec::new())])?;
    let at = hati_formats::time::Timestamp::from_seconds(NOW);
    let unsigned =
        everything.prepare_key_binding(Algorithm::Es256, "https://verifier.example", "a nonce of words", at);
    let signature = holder.sign(unsigned.signing_input());
    Ok(unsigned.finish(&signature))
}
