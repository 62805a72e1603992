use proptest::prelude::*;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use serde_json::{Map, Value, json};

use super::*;
use crate::credential::{CredentialType, Envelope, Format, StatusPlace, short_kid};
use crate::data_integrity::Cryptosuite;
use crate::encoding::b64url;
use crate::keys::{Algorithm, SoftwareKey};
use crate::qr::text;
use crate::sd_jwt::{ClaimPath, Held};
use crate::time::{Date, Timestamp};

struct Fixture {
    issuer: SoftwareKey,
    holder: SoftwareKey,
    rng: ChaCha20Rng,
}

impl Fixture {
    fn new(holder: Algorithm, seed: u64) -> Self {
        let mut rng = ChaCha20Rng::seed_from_u64(seed);
        let issuer = SoftwareKey::generate(Algorithm::EdDsa, &mut rng);
        let holder = SoftwareKey::generate(holder, &mut rng);
        Self { issuer, holder, rng }
    }

    fn issue(&mut self, type_index: usize, format: Format, subject: &Map<String, Value>) -> String {
        let kind = CredentialType::shipped().unwrap().remove(type_index);
        let envelope = Envelope {
            format,
            algorithm: Algorithm::EdDsa,
            cryptosuite: Cryptosuite::default(),
            issuer: "https://id.maisha.go.ke".into(),
            kid: short_kid(self.issuer.public()).into(),
            type_name: kind.type_name(format).to_owned().into(),
            valid_from: Date::parse("2026-11-22").unwrap(),
            valid_until: Date::parse("2028-11-21").unwrap(),
            status: StatusPlace { list: 47, index: 1_048_575 },
            holder: self.holder.public().clone(),
            holder_did: None,
        };
        let unsigned = kind.template(subject.clone()).unwrap().prepare(&envelope, &mut self.rng).unwrap();
        let signature = self.issuer.sign(unsigned.signing_input());
        unsigned.finish(&signature)
    }

    fn present(&self, credential: &str, paths: &[ClaimPath]) -> String {
        let nonce = b64url(&[7; 16]);
        let audience = crate::trust::audience(self.issuer.public());
        let now = Timestamp::from_seconds(1_795_000_000);
        let unsigned = Held::parse(credential).unwrap().select(paths).unwrap().prepare_key_binding(
            self.holder.public().algorithm(),
            &audience,
            &nonce,
            now,
        );
        let signature = self.holder.sign(unsigned.signing_input());
        unsigned.finish(&signature)
    }
}

fn person() -> Map<String, Value> {
    let value = json!({
        "given_name": "Wanjiru Nyambura", "family_name": "Kamau-Otieno", "birthdate": "1990-02-28", "sex": "female",
        "id_number": "31415926", "portrait": "data:image/webp;base64,UklGRg==",
        "age_equal_or_over": {"13": true, "16": true, "18": true, "21": true, "60": false, "65": false},
        "origin": {
            "nationalities": ["KE"],
            "place_of_birth": {"locality": "Lodwar", "country": "KE", "region": "Turkana"},
        },
        "identifiers": {"upi": "12345678901234", "sector_ids": {
            "health": b64url(&[1; 16]), "tax": b64url(&[2; 16]), "education": b64url(&[3; 16]),
            "finance": b64url(&[4; 16]), "telecom": b64url(&[5; 16]),
        }},
    });
    value.as_object().unwrap().clone()
}

fn paths(format: Format, names: &[&[&str]]) -> Vec<ClaimPath> {
    let prefix: &[&str] = if format == Format::VcSdJwt { &["credentialSubject"] } else { &[] };
    names.iter().map(|path| ClaimPath::names(prefix.iter().chain(*path).copied())).collect()
}

const IDENTITY: [&[&str]; 5] = [&["given_name"], &["family_name"], &["birthdate"], &["sex"], &["id_number"]];

fn chars(bytes: &[u8]) -> usize {
    text::encode(text::Kind::Presentation, bytes).len()
}

/// The goals of the profile for a code on a screen: 420 characters (version 11) and 900 (version 17).
#[test]
fn sizes_stay_within_their_goals() {
    for holder in [Algorithm::EdDsa, Algorithm::Es256] {
        for format in [Format::VcSdJwt, Format::DcSdJwt] {
            let mut fixture = Fixture::new(holder, 1);
            let age = json!({"age_equal_or_over": {"18": true}});
            let age = fixture.issue(1, format, age.as_object().unwrap());
            let age = chars(&compact(&fixture.present(&age, &[])).unwrap());
            let identity = fixture.issue(0, format, &person());
            let identity = fixture.present(&identity, &paths(format, &IDENTITY));
            let identity = chars(&compact(&identity).unwrap());
            println!("{holder} {format}: proof of age {age}, identity {identity}");
            assert!(age <= 420, "{holder} {format}: proof of age has {age} characters");
            assert!(identity <= 900, "{holder} {format}: identity has {identity} characters");
        }
    }
}

#[test]
fn a_presentation_of_the_profile_travels_as_fields() {
    for format in [Format::VcSdJwt, Format::DcSdJwt] {
        let mut fixture = Fixture::new(Algorithm::Es256, 2);
        let credential = fixture.issue(0, format, &person());
        let all = Held::parse(&credential).unwrap().disclosable().to_vec();
        for paths in [
            vec![],
            paths(format, &IDENTITY),
            paths(format, &[&["identifiers", "sector_ids", "health"]]),
            all,
        ] {
            let presentation = fixture.present(&credential, &paths);
            let bytes = compact(&presentation).unwrap();
            assert_eq!(bytes[1], PROFILE, "{format} {paths:?}");
            assert_eq!(expand(&bytes).unwrap(), presentation);
        }
    }
}

/// A stranger's token, with spaces in its JSON, goes deflated, and what is no JOSE at all goes as text.
#[test]
fn tokens_of_other_makers_are_never_altered() {
    let part = |json: &str| b64url(json.as_bytes());
    let signature = b64url(&[9; 64]);
    let jwt = format!("{}.{}.{signature}", part(r#"{ "alg": "EdDSA" }"#), part(r#"{"a": 1.50}"#));
    let disclosure = part(r#"["salt", "name", "value"]"#);
    let kb = format!("{}.{}.{signature}", part(r#"{"typ":"kb+jwt"}"#), part("{}"));
    for (expected, text) in [
        (PARTS, format!("{jwt}~")),
        (PARTS, format!("{jwt}~{disclosure}~")),
        (PARTS, format!("{jwt}~{kb}")),
        (PARTS, format!("{jwt}~{disclosure}~{disclosure}~{kb}")),
        (TEXT, format!("{jwt}~not base64url~")),
        (PARTS, format!("{jwt}~~{kb}")),
        (TEXT, "~".into()),
    ] {
        let bytes = compact(&text).unwrap();
        assert_eq!(expand(&bytes).unwrap(), text);
        assert_eq!(bytes[1], expected, "{text}");
    }
}

#[test]
fn what_is_no_sd_jwt_or_too_long_is_refused() {
    assert_eq!(compact("a.b.c"), Err(PresentationError::NotAnSdJwt));
    assert_eq!(compact("é~"), Err(PresentationError::NotAnSdJwt));
    assert!(matches!(compact(&"~".repeat(MAX_TEXT + 1)), Err(PresentationError::TooLong { .. })));
    // 64 MiB of zeros deflate to 64 kB: inflation stops at the limit.
    let bomb = {
        use std::io::Write;
        let mut e = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
        e.write_all(&vec![b'~'; 4 << 20]).unwrap();
        e.finish().unwrap()
    };
    for array in [vec![0x82, TEXT], [&[0x84, PARTS, 0x58, 64][..], &[0; 64], &[0xf6]].concat()] {
        let mut bytes = array;
        minicbor::Encoder::new(&mut bytes).bytes(&bomb).unwrap();
        assert!(matches!(expand(&bytes), Err(PresentationError::TooLong { .. })));
    }
    assert_eq!(expand(&[0x81, 0x03]), Err(PresentationError::UnknownForm { got: 3 }));
}

#[test]
fn every_truncation_and_every_longer_code_is_refused() {
    let mut fixture = Fixture::new(Algorithm::EdDsa, 3);
    let credential = fixture.issue(0, Format::VcSdJwt, &person());
    let bytes = compact(&fixture.present(&credential, &paths(Format::VcSdJwt, &IDENTITY))).unwrap();
    for len in 0..bytes.len() {
        assert!(expand(&bytes[..len]).is_err(), "{len} of {} bytes", bytes.len());
    }
    assert!(expand(&[&bytes[..], &[0]].concat()).is_err());
}

/// What expands to one text has one encoding: another way of writing the same fields is refused.
#[test]
fn other_encodings_of_the_same_text_are_refused() {
    let mut fixture = Fixture::new(Algorithm::EdDsa, 4);
    let age =
        fixture.issue(1, Format::VcSdJwt, json!({"age_equal_or_over": {"18": true}}).as_object().unwrap());
    let bytes = compact(&fixture.present(&age, &[])).unwrap();
    assert_eq!(&bytes[..3], &[0x91, 0x00, 0x00]);
    let longer = [&[0x91, 0x18, 0x00][..], &bytes[2..]].concat();
    assert!(matches!(expand(&longer), Err(PresentationError::Damaged(CborError::NotDeterministic { .. }))));
    // The known type as text.
    let at = 3 + 1 + "id.maisha.go.ke".len() + 7;
    assert_eq!(bytes[at], 2, "the number of ProofOfAge");
    let named = [&bytes[..at], &[0x6a], b"ProofOfAge", &bytes[at + 1..]].concat();
    assert!(expand(&named).is_err());
}

fn names() -> impl Strategy<Value = String> {
    prop_oneof![Just("given_name".to_owned()), Just("18".to_owned()), "[a-z_]{1,12}", "\\PC{1,8}"]
}

fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f32>().prop_map(|f| Value::from(f64::from(f))),
        "\\PC{0,24}".prop_map(Value::from),
        "[A-Za-z0-9_-]{20,60}".prop_map(Value::from),
        (1900u16..2100, 1u8..13, 1u8..32).prop_map(|(y, m, d)| Value::from(format!("{y}-{m:02}-{d:02}"))),
        "[A-Za-z0-9+/]{8}".prop_map(|b| Value::from(format!("data:image/webp;base64,{b}"))),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((names(), inner), 0..4)
                .prop_map(|m| Value::Object(m.into_iter().collect())),
        ]
    })
}

proptest! {
    /// `expand(compact(x)) == x` over generated credentials: any claims, any selection, both formats and holders.
    #[test]
    fn nothing_is_lost(
        seed: u64,
        format in prop_oneof![Just(Format::VcSdJwt), Just(Format::DcSdJwt)],
        holder in prop_oneof![Just(Algorithm::EdDsa), Just(Algorithm::Es256)],
        given in values(),
        family in values(),
        birth in values(),
        chosen in prop::collection::vec(any::<bool>(), 32),
    ) {
        let mut fixture = Fixture::new(holder, seed);
        let mut subject = person();
        for (name, value) in [("given_name", given), ("family_name", family), ("birthdate", birth)] {
            subject.insert(name.into(), value);
        }
        let credential = fixture.issue(0, format, &subject);
        let mut paths = Held::parse(&credential).unwrap().disclosable().to_vec();
        let mut chosen = chosen.into_iter().cycle();
        paths.retain(|_| chosen.next().unwrap_or_default());
        let presentation = fixture.present(&credential, &paths);
        let bytes = compact(&presentation).unwrap();
        prop_assert_eq!(bytes[1], PROFILE);
        prop_assert_eq!(expand(&bytes).unwrap(), presentation);
    }

    #[test]
    fn any_text_with_a_tilde_comes_back(text in "[ -~]{0,200}~[ -~]{0,200}") {
        prop_assert_eq!(expand(&compact(&text).unwrap()).unwrap(), text);
    }

    #[test]
    fn one_flipped_bit_never_panics_and_never_gives_the_same_text(at in 0usize..4000, bit in 0u8..8) {
        let mut fixture = Fixture::new(Algorithm::EdDsa, 5);
        let credential = fixture.issue(0, Format::VcSdJwt, &person());
        let presentation = fixture.present(&credential, &paths(Format::VcSdJwt, &IDENTITY));
        let mut bytes = compact(&presentation).unwrap();
        let at = at % bytes.len();
        bytes[at] ^= 1 << bit;
        prop_assert_ne!(expand(&bytes).ok(), Some(presentation));
    }

    #[test]
    fn noise_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = expand(&bytes);
    }

    #[test]
    fn noise_behind_a_good_start_never_panics(form in 0u8..3, bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let items = [0x91, 0x84, 0x82][usize::from(form)];
        let _ = expand(&[&[items, form][..], &bytes].concat());
    }
}
