//! Issuing a `maisha-id` with every disclosure, a portrait of 1,000 bytes among them, beside one raw signature
//! and its hashes. The limit is twice that.
//!
//! ```text
//! cargo bench -p hati-tests --bench issuance
//! ```
#![expect(clippy::expect_used, reason = "a benchmark stops where its own data is wrong")]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use hati_formats::credential::{CredentialType, Envelope, Format, StatusPlace, short_kid};
use hati_formats::keys::{Algorithm, SoftwareKey};
use hati_formats::sd_jwt::{Digest, Parts};
use hati_formats::time::Date;
use hati_issuer::issuance::claims::subject;
use hati_issuer::keys::Keys;
use hati_store::{Person, Portrait, Sex};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;

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
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    let (_, keys) = Keys::generate(Algorithm::EdDsa, &mut rng);
    let holder = SoftwareKey::generate(Algorithm::Es256, &mut rng);
    let maisha_id = CredentialType::shipped().expect("the types that ship").remove(0);
    let day = Date::parse("2026-11-22").expect("a date");
    let claims = subject(&maisha_id, &person(), day, &keys.sectors).expect("claims");
    let kid = short_kid(keys.issuer.public());
    for format in [Format::VcSdJwt, Format::DcSdJwt] {
        let envelope = Envelope {
            format,
            algorithm: Algorithm::EdDsa,
            issuer: "https://id.maisha.go.ke".into(),
            kid: kid.as_str().into(),
            type_name: maisha_id.type_name(format).into(),
            valid_from: day,
            valid_until: Date::from_days(day.days() + 730),
            status: StatusPlace { list: 47, index: 1_048_575 },
            holder: holder.public().clone(),
        };
        let mut issue = || {
            let unsigned = maisha_id.prepare(&claims, &envelope, &mut rng).expect("a credential");
            let signature = keys.issuer.sign(unsigned.signing_input());
            unsigned.finish(&signature)
        };
        let issued = issue();
        let parts = Parts::split(&issued).expect("an SD-JWT");
        let (signing_input, _) = parts.issuer_jwt.rsplit_once('.').expect("a JWS");

        let mut group = c.benchmark_group(format!("issue {format}"));
        group.bench_function("one raw signature and its hashes", |b| {
            b.iter(|| {
                for disclosure in &parts.disclosures {
                    black_box(Digest::of(disclosure));
                }
                black_box(keys.issuer.sign(black_box(signing_input.as_bytes())))
            });
        });
        group.bench_function("a maisha-id", |b| b.iter(|| black_box(issue())));
        group.finish();
    }
}

criterion_group!(benches, issuing);
criterion_main!(benches);
