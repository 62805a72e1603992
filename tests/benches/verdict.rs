//! From the text of a presentation's code to the verdict, beside the signature checks that have to be made, and
//! beside peers at the part of that work which they do.
//!
//! ```text
//! cargo bench -p hati-tests --bench verdict
//! ```
//!
//! `make bench` measures the peers too.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a benchmark stops where its own data is wrong"
)]

mod support;

use criterion::{Criterion, criterion_group, criterion_main};
use hati_formats::credential::Format;
use hati_formats::encoding::{b64url_decode, b64url_decode_array};
use hati_formats::keys::{Algorithm, PublicKey, SoftwareKey};
use hati_formats::qr::presentation;
use hati_formats::qr::request::TypeId;
use hati_formats::qr::text::{self, Kind};
use hati_formats::sd_jwt::Parts;
use hati_formats::trust::audience;
use hati_protocol::dcql::CompactQuery;
use hati_tests::country::{self, Country, at};
use hati_verifier::{Expected, MemoryReplay, Outcome, Policy, Question, Trust, check, scan};
use serde_json::{Value, json};
use support::{Case, Peers, compare};

/// As in `hati-verifier`.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What an identity check shows (design section 5).
const CLAIMS: [&str; 5] = ["given_name", "family_name", "birthdate", "sex", "id_number"];
const NONCE: &str = "bm9uY2Utbm9uY2Utbm9uYw";
/// How many times the raw checks the whole may take.
const LIMIT: f64 = 1.3;

/// Somebody shows a `maisha-id` to a verifier who asked for [`CLAIMS`].
struct Scene {
    country: Country,
    holder: SoftwareKey,
    audience: String,
    query: CompactQuery,
}

impl Scene {
    fn new(holder: Algorithm) -> Self {
        let verifier = country::key(Algorithm::EdDsa, 20).expect("a key");
        Self {
            country: Country::new().expect("a country"),
            holder: country::key(holder, 10).expect("a key"),
            audience: audience(verifier.public()),
            query: CompactQuery {
                credential_type: TypeId::parse("maisha-id").expect("a type"),
                claims: CLAIMS.map(|claim| claim.parse().expect("a path")).into(),
            },
        }
    }

    fn presentation(&self, format: Format) -> String {
        let issuer = &self.country.issuer;
        let credential = self.country.issue("maisha-id", &self.holder, issuer, |e| e.format = format);
        let credential = credential.expect("a credential");
        let paths = self.query.paths(format);
        country::present(&credential, &self.holder, &paths, &self.audience, NONCE, at(-5)).expect("shown")
    }

    /// Everything between the camera and the person at the counter.
    fn whole<'s>(&'s self, code: &'s str, trust: &'s Trust<'_>) -> Case<'s> {
        let expected = Expected::Response { nonce: NONCE, audience: &self.audience, until: at(120) };
        let question = Question { query: &self.query, expected };
        let policy = Policy::default();
        Case::new("Hati: code to verdict, every check", move || {
            let presented = scan::read(&[code]).expect("a presentation");
            let replay = &mut MemoryReplay::default();
            let verdict = check::check(&presented, &question, trust, &policy, replay, at(0));
            assert_eq!(verdict.outcome, Outcome::Accepted, "{verdict:?}");
            verdict
        })
    }
}

fn verdict(c: &mut Criterion) {
    let peers = Peers::start();
    for holder in [Algorithm::EdDsa, Algorithm::Es256] {
        let scene = Scene::new(holder);
        let bundle = scene.country.verified_bundle().expect("a bundle");
        let trust = Trust::new(&bundle).expect("types");
        let sd_jwt = scene.presentation(Format::VcSdJwt);
        let code = text::encode(Kind::Presentation, &presentation::compact(&sd_jwt).expect("compacts"));
        let parts = Parts::split(&sd_jwt).expect("an SD-JWT");
        let issuer_check = raw_check(scene.country.issuer.public(), parts.issuer_jwt);
        let holder_check = raw_check(scene.holder.public(), parts.key_binding.expect("a key binding"));
        let raw = Case::new("the two raw strict signature checks, keys parsed before", move || {
            issuer_check();
            holder_check();
        });
        let mut cases = vec![raw, scene.whole(&code, &trust)];
        if holder == Algorithm::EdDsa {
            cases.extend(peers.cases(&peers_part(&scene)));
        }
        let title = format!("identity, {} characters, {holder} holder", code.len());
        compare(c, &title, LIMIT, cases);
    }
}

/// The signature check alone: `verify_strict` of ed25519-dalek, and for ES256 AWS-LC, each with a key that was parsed
/// before.
fn raw_check(key: &PublicKey, jws: &str) -> Box<dyn Fn()> {
    let (message, signature) = jws.rsplit_once('.').expect("a JWS");
    let message = message.as_bytes().to_vec();
    let signature: [u8; 64] = b64url_decode_array(signature).expect("a signature");
    match key.algorithm() {
        Algorithm::EdDsa => {
            let key = key.to_bytes().try_into().expect("32 bytes");
            let key = ed25519_dalek::VerifyingKey::from_bytes(&key).expect("a key");
            let signature = ed25519_dalek::Signature::from_bytes(&signature);
            Box::new(move || key.verify_strict(&message, &signature).expect("a good signature"))
        }
        Algorithm::Es256 => {
            use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, ParsedPublicKey};
            let jwk = key.to_jwk();
            let [x, y] =
                ["x", "y"].map(|name| b64url_decode(jwk[name].as_str().expect("text")).expect("bytes"));
            let point = [vec![4], x, y].concat();
            let key = ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).expect("a key");
            Box::new(move || key.verify_sig(&message, &signature).expect("a good signature"))
        }
    }
}

/// The part of the work that SD-JWT libraries do: both signatures, the disclosures, and what the key binding is for. They
/// get the text, and it is a `dc+sd-jwt`, which all of them read.
fn peers_part(scene: &Scene) -> Value {
    json!({
        "op": "verify",
        "text": scene.presentation(Format::DcSdJwt),
        "issuer": scene.country.issuer.public().to_jwk(),
        "nonce": NONCE,
        "aud": scene.audience,
        "now": at(0).seconds(),
    })
}

criterion_group!(benches, verdict);
criterion_main!(benches);
