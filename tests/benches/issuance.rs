//! Issuing a `maisha-id` with every disclosure, a portrait of 1,000 bytes among them, beside one raw signature
//! and its hashes, and beside peers that issue the same claims. The limit is twice the first.
//!
//! ```text
//! cargo bench -p hati-tests --bench issuance
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

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use hati_formats::credential::{ClaimDefinition, CredentialType, Envelope, Format, StatusPlace, short_kid};
use hati_formats::data_integrity::Cryptosuite;
use hati_formats::keys::{Algorithm, SoftwareKey};
use hati_formats::sd_jwt::Parts;
use hati_formats::time::Date;
use hati_issuer::issuance::claims::subject;
use hati_issuer::keys::{Keys, NewKeys, Signer};
use hati_store::{Person, Portrait, Sex};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use support::{Case, Peers, compare};

/// How many times the raw signature and its hashes the whole may take.
const LIMIT: f64 = 2.0;

fn person() -> Person {
    Person {
        upi: "20480163920017".into(),
        id_number: Some("31415926".into()),
        given_name: "Wanjiru Nyambura".into(),
        family_name: "Kamau-Otieno".into(),
        birthdate: 7_363,
        sex: Sex::Female,
        nationalities: vec!["KE".into()],
        county: "Turkana".into(),
        locality: "Lodwar".into(),
        country: "KE".into(),
        phone: None,
        portrait: Some(Portrait {
            media_type: "image/webp".into(),
            bytes: vec![0x5a; 1000],
            source_digest: [0; 32],
        }),
    }
}

fn issuing(c: &mut Criterion) {
    let peers = Peers::start();
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    let keys = Keys::from(NewKeys::generate(Algorithm::EdDsa, &mut rng));
    let [raw_key, key] =
        [(); 2].map(|()| SoftwareKey::from_secret_bytes(Algorithm::EdDsa, &[9; 32]).expect("a key"));
    let signer = Signer::from(key);
    let holder = SoftwareKey::generate(Algorithm::Es256, &mut rng);
    let maisha_id = CredentialType::shipped().expect("the types that ship").remove(0);
    let day = Date::parse("2026-11-22").expect("a date");
    let claims = subject(&maisha_id, &person(), day, &keys.sectors).expect("claims");
    let kid = short_kid(signer.public());
    for format in [Format::VcSdJwt, Format::DcSdJwt] {
        let envelope = Envelope {
            format,
            algorithm: Algorithm::EdDsa,
            cryptosuite: Cryptosuite::default(),
            issuer: "https://id.maisha.go.ke".into(),
            kid: kid.as_str().into(),
            type_name: maisha_id.type_name(format).into(),
            valid_from: day,
            valid_until: Date::from_days(day.days() + 730),
            status: StatusPlace { list: 47, index: 1_048_575 },
            holder: holder.public().clone(),
            holder_did: None,
        };
        // With what a batch would do once for all its copies, as before there was anything to share.
        let mut issue = || {
            let template = maisha_id.template(claims.clone()).expect("a person of this type");
            let unsigned = template.prepare(&envelope, &mut rng).expect("a credential");
            let signature = signer.sign(unsigned.signing_input()).expect("a signature");
            unsigned.finish(&signature)
        };
        let issued = issue();
        let parts = Parts::split(&issued).expect("an SD-JWT");
        let (signing_input, _) = parts.issuer_jwt.rsplit_once('.').expect("a JWS");

        let raw = Case::new("one raw signature and its hashes", || {
            for disclosure in &parts.disclosures {
                black_box(Sha256::digest(black_box(disclosure.as_bytes())));
            }
            raw_key.sign(black_box(signing_input.as_bytes()))
        });
        let mut cases = vec![raw, Case::new("Hati: issuing, every claim a disclosure", issue)];
        if format == Format::DcSdJwt {
            cases.extend(peers.cases(&peers_command(&raw_key, &holder, &maisha_id, &claims)));
        }
        compare(c, &format!("a maisha-id as {format}, {} characters", issued.len()), LIMIT, cases);
    }
}

/// The same claims under the same frame, as `tests/peers/README.md` writes them.
fn peers_command(
    issuer: &SoftwareKey,
    holder: &SoftwareKey,
    kind: &CredentialType,
    subject: &Map<String, Value>,
) -> Value {
    let mut claims = json!({"iss": "https://id.maisha.go.ke", "vct": kind.vct, "exp": 1_858_291_200});
    let members = claims.as_object_mut().expect("an object");
    members.extend(subject.clone());
    let mut frame = json!({});
    let withheld = |claim: &&ClaimDefinition| {
        claim.selectively_disclosable && !claim.claim_path().find(subject).is_empty()
    };
    for claim in kind.claims.iter().filter(withheld) {
        let (name, parents) = claim.path.split_last().expect("a name");
        let below = parents.iter().fold(&mut frame, |frame, parent| &mut frame[parent]);
        match &mut below["_sd"] {
            Value::Array(names) => names.push(name.as_str().into()),
            none => *none = json!([name]),
        }
    }
    let key: Value = serde_json::from_str(&issuer.to_jwk()).expect("a JWK");
    json!({
        "op": "issue", "key": key, "typ": "dc+sd-jwt", "claims": claims, "frame": frame,
        "holder": holder.public().to_jwk(),
    })
}

criterion_group!(benches, issuing);
criterion_main!(benches);
