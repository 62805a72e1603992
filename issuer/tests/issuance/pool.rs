//! The copies of a pool share nothing that would tell that they are one person's.

use std::collections::BTreeSet;

use hati_formats::credential::{Format, short_kid, status_list_uri};
use hati_formats::encoding::b64url_decode;
use hati_formats::json;
use hati_formats::keys::Algorithm;
use hati_formats::sd_jwt::{Disclosure, Parts};
use serde_json::Value;

use super::{Office, URL, holder_keys, person};

#[test]
fn copies_of_a_pool_share_type_issuer_and_dates_alone() {
    for type_id in ["maisha-id", "proof-of-age"] {
        for format in [Format::VcSdJwt, Format::DcSdJwt] {
            let mut office = Office::with(Algorithm::EdDsa, &person());
            let kid = short_kid(office.keys.issuer.public());
            // Keys of one algorithm, as the pool of one wallet has.
            let copies = office.issue(type_id, format, &holder_keys(8)).unwrap().credentials;
            let copies: Vec<_> = copies.iter().step_by(2).map(|copy| values(copy)).collect();
            let allowed = shared_by_all(type_id, format, &kid);
            for (place, copy) in copies.iter().enumerate() {
                for other in &copies[..place] {
                    let shared: BTreeSet<_> = copy.intersection(other).map(String::as_str).collect();
                    let allowed: BTreeSet<_> = allowed.iter().map(String::as_str).collect();
                    assert_eq!(shared, allowed, "{type_id} as {format}");
                }
            }
        }
    }
}

/// What every credential of the type shares on that day, whoever has it.
fn shared_by_all(type_id: &str, format: Format, kid: &str) -> BTreeSet<String> {
    let office = Office::new(Algorithm::EdDsa);
    let kind = office.types.get(type_id).unwrap();
    let list = status_list_uri(URL, 0);
    let mut shared =
        vec!["EdDSA", format.media_type(), kind.type_name(format), &list, "EC", "P-256", "sha-256"];
    let did_kid = format!("did:web:id.example.go.ke#{kid}");
    let until = i64::from(kind.validity_days) * 86_400 + 1_795_305_600;
    let (from_day, until_day) = (day(1_795_305_600), day(until));
    let (from, until) = ("1795305600".to_owned(), until.to_string());
    if format == Format::VcSdJwt {
        shared.extend(hati_formats::credential::CONTEXTS);
        shared.extend(["VerifiableCredential", "did:web:id.example.go.ke", &did_kid, &from_day, &until_day]);
    } else {
        shared.extend([URL, kid, &from, &until]);
    }
    if type_id == "proof-of-age" {
        shared.push("true");
    }
    shared.into_iter().map(str::to_owned).collect()
}

fn day(seconds: i64) -> String {
    hati_formats::time::Timestamp::from_seconds(seconds).to_string()
}

/// Every value of a copy: in its header, its payload, its signature, and its disclosures' salts, texts and inner
/// digests. The claims in the disclosures are the same person's, and are shown to those alone whom the holder
/// chooses.
fn values(copy: &str) -> BTreeSet<String> {
    let parts = Parts::split(copy).unwrap();
    let mut values = BTreeSet::new();
    let segments: Vec<_> = parts.issuer_jwt.split('.').collect();
    for segment in &segments[..2] {
        leaves(&json::parse(&b64url_decode(segment).unwrap()).unwrap(), &mut values);
    }
    assert!(values.insert(segments[2].to_owned()));
    for (place, text) in parts.disclosures.iter().enumerate() {
        let disclosure = Disclosure::parse(text, place).unwrap();
        assert!(values.insert((*text).to_owned()));
        assert!(values.insert(disclosure.salt().to_owned()), "a salt is there twice");
        if let Some(digests) = disclosure.value().get("_sd") {
            leaves(digests, &mut values);
        }
    }
    values
}

fn leaves(value: &Value, values: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => members.values().for_each(|member| leaves(member, values)),
        Value::Array(items) => items.iter().for_each(|item| leaves(item, values)),
        Value::String(text) => {
            values.insert(text.clone());
        }
        other => {
            values.insert(other.to_string());
        }
    }
}

#[test]
fn copies_with_a_data_integrity_proof_differ_in_holder_index_and_signature() {
    let mut office = Office::with(Algorithm::EdDsa, &person());
    let copies = office.issue("maisha-id", Format::LdpVc, &holder_keys(2)).unwrap().credentials;
    let [mut one, mut other] = [0, 1].map(|at| json::parse(copies[at].as_bytes()).unwrap());
    for pointer in [
        "/credentialSubject/id",
        "/credentialStatus/0/statusListIndex",
        "/credentialStatus/1/statusListIndex",
        "/proof/proofValue",
    ] {
        let [one, other] = [&mut one, &mut other].map(|copy| copy.pointer_mut(pointer).unwrap().take());
        assert_ne!(one, other, "{pointer}");
    }
    assert_eq!(one, other);
}

#[test]
fn places_in_the_status_list_are_drawn_at_random() {
    let mut office = Office::with(Algorithm::EdDsa, &person());
    let indices: Vec<u64> = (0..2)
        .flat_map(|_| {
            let copies = office.issue("proof-of-age", Format::DcSdJwt, &holder_keys(60)).unwrap().credentials;
            copies.iter().map(|copy| index(copy)).collect::<Vec<_>>()
        })
        .collect();
    let distinct: BTreeSet<_> = indices.iter().collect();
    assert_eq!(distinct.len(), 120, "an index was given twice");
    // Of 119 steps of random numbers about half go up; counters go up always, or by one.
    let ups = indices.windows(2).filter(|pair| pair[0] < pair[1]).count();
    assert!((30..90).contains(&ups), "{ups} of 119 steps go up");
    assert!(indices.windows(2).all(|pair| pair[0].abs_diff(pair[1]) > 1));
    // Spread over the list of 2^20, not in a part of it.
    let quarters: BTreeSet<_> = indices.iter().map(|index| index >> 18).collect();
    assert_eq!(quarters.len(), 4);
}

fn index(copy: &str) -> u64 {
    let payload = Parts::split(copy).unwrap().issuer_jwt.split('.').nth(1).unwrap().to_owned();
    let payload = json::parse(&b64url_decode(&payload).unwrap()).unwrap();
    payload["status"]["status_list"]["idx"].as_u64().unwrap()
}
