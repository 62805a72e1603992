//! Every reason code of `spec/verdict.md`, each produced by what it is for, and by nothing else: every test starts
//! from a presentation that is accepted and changes one thing.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that panics has failed, which is what it is for"
)]

mod binding;
mod codes;
mod credential;
mod query;
mod status;

use hati_formats::credential::Envelope;
use hati_formats::keys::{Algorithm, SoftwareKey};
use hati_formats::qr::presentation::{self, SINGLE_SCAN_AUDIENCE};
use hati_formats::qr::request::TypeId;
use hati_formats::qr::text::{self, Kind};
use hati_formats::sd_jwt::ClaimPath;
use hati_formats::time::Timestamp;
use hati_formats::trust::audience;
use hati_protocol::dcql::CompactQuery;
use hati_tests::country::{self, Country, at};
use hati_verifier::{Expected, MemoryReplay, Outcome, Policy, Question, Reason, Trust, Verdict, check, scan};

const NONCE: &str = "bm9uY2Utbm9uY2Utbm9uYw";

/// One scene: who shows what to whom, and when.
struct Scene {
    country: Country,
    holder: SoftwareKey,
    verifier: SoftwareKey,
    policy: Policy,
    query: CompactQuery,
    shown: Vec<&'static str>,
    now: Timestamp,
    signed_at: Timestamp,
    until: Timestamp,
    audience: Option<String>,
    nonce: &'static str,
    single_scan: bool,
    replay: MemoryReplay,
}

impl Scene {
    /// An identity check that is accepted.
    fn new() -> Self {
        Self {
            country: Country::new().unwrap(),
            holder: country::key(Algorithm::EdDsa, 10).unwrap(),
            verifier: country::key(Algorithm::EdDsa, 20).unwrap(),
            policy: Policy::default(),
            query: query("maisha-id", &["given_name", "birthdate"]),
            shown: vec!["given_name", "birthdate"],
            now: at(0),
            signed_at: at(-5),
            until: at(110),
            audience: None,
            nonce: NONCE,
            single_scan: false,
            replay: MemoryReplay::default(),
        }
    }

    /// A proof of age, shown without a request.
    fn single_scan() -> Self {
        Self {
            query: query("proof-of-age", &["age_equal_or_over.18"]),
            shown: Vec::new(),
            policy: Policy { single_scan: true, ..Policy::default() },
            audience: Some(SINGLE_SCAN_AUDIENCE.into()),
            single_scan: true,
            ..Self::new()
        }
    }

    fn credential(&self, change: impl FnOnce(&mut Envelope<'static>)) -> String {
        let issuer = &self.country.issuer;
        self.country.issue(self.query.credential_type.as_str(), &self.holder, issuer, change).unwrap()
    }

    fn present(&self, credential: &str) -> String {
        self.present_by(credential, &self.holder)
    }

    fn present_by(&self, credential: &str, signer: &SoftwareKey) -> String {
        let claims: Vec<ClaimPath> = self
            .shown
            .iter()
            .map(|path| ClaimPath::names(std::iter::once("credentialSubject").chain(path.split('.'))))
            .collect();
        let audience = self.audience.clone().unwrap_or_else(|| audience(self.verifier.public()));
        country::present(credential, signer, &claims, &audience, self.nonce, self.signed_at).unwrap()
    }

    /// The whole way: into a code, out of it, and through every check.
    fn judge(&mut self, sd_jwt: &str) -> Verdict {
        let kind = if self.single_scan { Kind::SingleScan } else { Kind::Presentation };
        let code = text::encode(kind, &presentation::compact(sd_jwt).unwrap());
        match scan::read(&[&code]) {
            Ok(presented) => self.judge_presented(&presented),
            Err(error) => error.verdict(),
        }
    }

    fn judge_presented(&mut self, presented: &scan::Presented) -> Verdict {
        let bundle = self.country.verified_bundle().unwrap();
        let trust = Trust::new(&bundle).unwrap();
        let audience = audience(self.verifier.public());
        let expected = if self.single_scan {
            Expected::SingleScan
        } else {
            Expected::Response { nonce: NONCE, audience: &audience, until: self.until }
        };
        let question = Question { query: &self.query, expected };
        check::check(presented, &question, &trust, &self.policy, &mut self.replay, self.now)
    }

    fn verdict(&mut self) -> Verdict {
        let credential = self.credential(|_| {});
        self.judge(&self.present(&credential))
    }
}

fn query(credential_type: &str, claims: &[&str]) -> CompactQuery {
    CompactQuery {
        credential_type: TypeId::parse(credential_type).unwrap(),
        claims: claims.iter().map(|claim| claim.parse().unwrap()).collect(),
    }
}

#[track_caller]
fn assert_reason(verdict: &Verdict, reason: Reason) {
    assert_eq!(verdict.reason, reason, "{verdict:#?}");
    assert_eq!(verdict.outcome, reason.outcome());
    if verdict.outcome == Outcome::Rejected {
        assert!(verdict.claims.is_empty(), "a rejected verdict carries claims");
    }
}

#[test]
fn a_good_answer_is_accepted_and_shows_what_was_asked_for() {
    for algorithm in [Algorithm::EdDsa, Algorithm::Es256] {
        let mut scene = Scene { holder: country::key(algorithm, 10).unwrap(), ..Scene::new() };
        let verdict = scene.verdict();
        assert_reason(&verdict, Reason::Ok);
        let claims = serde_json::json!({"given_name": "Wanjiru Nyambura", "birthdate": "1990-02-28"});
        assert_eq!(serde_json::Value::Object(verdict.claims), claims);
        assert_eq!(verdict.checks.len(), 14);
        assert_eq!(verdict.status_as_of, Some(at(-3600)));
    }
}

#[test]
fn a_single_scan_of_a_proof_of_age_is_accepted() {
    let verdict = Scene::single_scan().verdict();
    assert_reason(&verdict, Reason::Ok);
    assert_eq!(verdict.claims["age_equal_or_over"]["18"], true);
}

#[test]
fn the_iets_envelope_is_accepted_too() {
    let mut scene = Scene::new();
    let credential = scene.credential(|e| e.format = hati_formats::credential::Format::DcSdJwt);
    let claims = [ClaimPath::names(["given_name"]), ClaimPath::names(["birthdate"])];
    let audience = audience(scene.verifier.public());
    let shown =
        country::present(&credential, &scene.holder, &claims, &audience, NONCE, scene.signed_at).unwrap();
    let verdict = scene.judge(&shown);
    assert_reason(&verdict, Reason::Ok);
    assert_eq!(verdict.claims.len(), 2, "no envelope among the claims: {:?}", verdict.claims);
}

#[test]
fn the_json_is_one_flat_object() {
    let json = serde_json::to_value(Scene::new().verdict()).unwrap();
    assert_eq!(json["verdict"], "accepted");
    assert_eq!(json["code"], "ok");
    assert_eq!(json["claims"]["given_name"], "Wanjiru Nyambura");
    assert_eq!(json["status_as_of"], "2026-11-22T08:00:00Z");
    assert_eq!(
        json["checks"][0],
        serde_json::json!({
            "name": "clock", "outcome": "passed", "evidence": "not behind the bundle"
        })
    );
    assert!(json["message"]["sw"].is_string());
}
