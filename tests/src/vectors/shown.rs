//! Cases in which somebody shows a credential and a verifier judges it.

use hati_formats::credential::{Envelope, Format};
use hati_formats::keys::SoftwareKey;
use hati_formats::names;
use hati_formats::qr::presentation::{SINGLE_SCAN_AUDIENCE, compact};
use hati_formats::qr::request::{Nonce, TypeId};
use hati_formats::qr::text::{self, Kind};
use hati_formats::sd_jwt::ClaimPath;
use hati_formats::time::Timestamp;
use hati_formats::trust::Bundle;
use hati_protocol::dcql::CompactQuery;
use hati_verifier::{Expected, MemoryReplay, Policy, Question, Trust, Verdict, check, scan};
use serde_json::{Map, Value, json};

use super::world::{Recipe, World};
use crate::country::{Result, at, present};

/// The nonce of the verifier's request: the bytes 0 to 15.
pub(super) const NONCE: [u8; 16] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];
/// The nonce that a wallet chose for a single scan: the bytes 16 to 31.
const OWN_NONCE: [u8; 16] = [16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31];

/// Who shows what to whom, and when. Accepted as [`Scene::answer`] and [`Scene::single_scan`] make it.
pub(super) struct Scene<'w> {
    pub(super) world: &'w World,
    pub(super) recipe: Recipe,
    pub(super) issuer: &'w SoftwareKey,
    pub(super) holder: &'w SoftwareKey,
    pub(super) asked: &'static [&'static str],
    pub(super) shown: &'static [&'static str],
    pub(super) audience: String,
    pub(super) nonce: [u8; 16],
    pub(super) signed_at: Timestamp,
    pub(super) until: Timestamp,
    pub(super) now: Timestamp,
    pub(super) policy: Value,
    pub(super) single_scan: bool,
}

impl<'w> Scene<'w> {
    /// An answer to the verifier's request.
    pub(super) fn answer(world: &'w World, recipe: Recipe, claims: &'static [&'static str]) -> Self {
        Self {
            world,
            recipe,
            issuer: &world.country.issuer,
            holder: &world.holder,
            asked: claims,
            shown: claims,
            audience: world.audience(),
            nonce: NONCE,
            signed_at: at(-5),
            until: at(110),
            now: at(0),
            policy: json!({}),
            single_scan: false,
        }
    }

    /// A proof of age for whoever scans it.
    pub(super) fn single_scan(world: &'w World) -> Self {
        Self {
            audience: SINGLE_SCAN_AUDIENCE.to_owned(),
            nonce: OWN_NONCE,
            policy: json!({ "single_scan": true }),
            single_scan: true,
            ..Self::answer(world, Recipe::age(Format::VcSdJwt), &["age_equal_or_over.18"])
        }
    }

    pub(super) fn credential(&self, change: impl FnOnce(&mut Envelope<'static>)) -> Result<String> {
        let mut envelope = self.world.envelope(&self.recipe, self.holder, self.issuer)?;
        change(&mut envelope);
        self.world.issue(&self.recipe, &envelope, self.issuer)
    }

    pub(super) fn present(&self, credential: &str) -> Result<String> {
        self.present_by(credential, self.holder)
    }

    pub(super) fn present_by(&self, credential: &str, signer: &SoftwareKey) -> Result<String> {
        let subject = (self.recipe.format == Format::VcSdJwt).then_some("credentialSubject");
        // What is always visible is not selected: a proof of age has no disclosures.
        let shown = if self.recipe.type_id == "proof-of-age" { &[] } else { self.shown };
        let path = |claim: &&str| ClaimPath::names(subject.into_iter().chain(claim.split('.')));
        let paths: Vec<ClaimPath> = shown.iter().map(path).collect();
        let nonce = Nonce::from_bytes(self.nonce).to_string();
        present(credential, signer, &paths, &self.audience, &nonce, self.signed_at)
    }

    /// The text of one code that holds it.
    pub(super) fn code(&self, sd_jwt: &str) -> Result<String> {
        let kind = if self.single_scan { Kind::SingleScan } else { Kind::Presentation };
        Ok(text::encode(kind, &compact(sd_jwt)?))
    }

    /// What is asked of a verifier that scans these texts.
    pub(super) fn case(&self, name: &str, says: &str, scan: &[String]) -> Map<String, Value> {
        let mut question = json!({ "type": self.recipe.type_id, "claims": self.asked });
        if let Some(members) = question.as_object_mut().filter(|_| !self.single_scan) {
            members.insert("nonce".to_owned(), Nonce::from_bytes(NONCE).to_string().into());
            members.insert("audience".to_owned(), self.world.audience().into());
            members.insert("until".to_owned(), self.until.to_string().into());
        }
        let case = json!({
            "name": name,
            "says": says,
            "question": question,
            "policy": self.policy,
            "now": self.now.to_string(),
            "scan": scan,
        });
        case.as_object().cloned().unwrap_or_default()
    }
}

/// The verdict on a case of `presentation.json` and its like: what is scanned, judged as the case asks. Where `scanned`
/// is 2, the same is scanned once before.
///
/// # Errors
/// If the case does not have the shape of one.
pub fn judge(case: &Value, bundle: &Bundle) -> Result<Verdict> {
    let question = case.get("question").ok_or("a case has a question")?;
    let claims: Vec<names::ClaimPath> = strings(question, "claims")?
        .iter()
        .map(|claim| claim.parse())
        .collect::<std::result::Result<_, _>>()?;
    let query = CompactQuery { credential_type: TypeId::parse(string(question, "type")?)?, claims };
    let policy = Policy::parse(&case.get("policy").ok_or("a case has a policy")?.to_string())?;
    let now = Timestamp::parse_rfc3339(string(case, "now")?)?;
    let expected = match question.get("until").and_then(Value::as_str) {
        Some(until) => Expected::Response {
            nonce: string(question, "nonce")?,
            audience: string(question, "audience")?,
            until: Timestamp::parse_rfc3339(until)?,
        },
        None => Expected::SingleScan,
    };
    let presented = match scan::read(&strings(case, "scan")?) {
        Ok(presented) => presented,
        Err(error) => return Ok(error.verdict()),
    };
    let (trust, question) = (Trust::new(bundle)?, Question { query: &query, expected });
    let mut replay = MemoryReplay::default();
    let mut judge = || check::check(&presented, &question, &trust, &policy, &mut replay, now);
    if case.get("scanned") == Some(&json!(2)) {
        judge();
    }
    Ok(judge())
}

fn string<'v>(value: &'v Value, name: &str) -> Result<&'v str> {
    Ok(value.get(name).and_then(Value::as_str).ok_or_else(|| format!("`{name}` is not a text"))?)
}

fn strings<'v>(value: &'v Value, name: &str) -> Result<Vec<&'v str>> {
    let items = value.get(name).and_then(Value::as_array).ok_or_else(|| format!("`{name}` is not a list"))?;
    Ok(items.iter().filter_map(Value::as_str).collect())
}
