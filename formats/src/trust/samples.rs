//! A small country for the tests: one root, one issuer, one registrar, one shop.

use super::{
    Bundle, BundleContent, BundledList, Issuer, IssuerKey, Names, Registrar, RegistrarKey,
    RegistrationContent, RootTransition, Serial, TrustList, TrustListContent, TypeDocument, Validity,
};
use crate::cose;
use crate::keys::{Algorithm, SoftwareKey};
use crate::status::Status;
use crate::status::compact::CompactList;
use crate::time::Timestamp;

pub(super) const ISSUER: &str = "https://id.example.go.ke";
pub(super) const ISSUER_DID: &str = "did:web:id.example.go.ke";
/// 2026-11-22T09:00:00Z.
pub(super) const NOW: i64 = 1_795_338_000;
pub(super) const DAY: i64 = 86_400;

pub(super) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(NOW + seconds)
}

pub(super) fn ed25519(seed: u8) -> SoftwareKey {
    SoftwareKey::from_secret_bytes(Algorithm::EdDsa, &[seed; 32]).unwrap()
}

pub(super) fn p256(seed: u8) -> SoftwareKey {
    SoftwareKey::from_secret_bytes(Algorithm::Es256, &[seed; 32]).unwrap()
}

pub(super) fn root() -> SoftwareKey {
    ed25519(1)
}

pub(super) fn registrar() -> SoftwareKey {
    ed25519(3)
}

pub(super) fn year() -> Validity {
    Validity { from: at(-100 * DAY), until: at(265 * DAY) }
}

pub(super) fn issuer() -> Issuer {
    Issuer {
        id: ISSUER.to_owned(),
        did: Some(ISSUER_DID.to_owned()),
        names: Names::new("National Registration Bureau", "Idara ya Usajili wa Watu"),
        keys: vec![IssuerKey { kid: "key-1".to_owned(), key: ed25519(2).public().clone(), validity: year() }],
        types: vec!["maisha-id".to_owned(), "proof-of-age".to_owned()],
        status_prefixes: vec![format!("{ISSUER}/status/")],
    }
}

pub(super) fn list_content() -> TrustListContent {
    TrustListContent {
        version: 7,
        issued_at: at(-10 * DAY),
        next_update: at(20 * DAY),
        issuers: vec![issuer()],
        registrars: vec![Registrar {
            id: "https://registrar.example.go.ke".to_owned(),
            names: Names::new("Data Commissioner", "Kamishna wa Data"),
            keys: vec![RegistrarKey { key: registrar().public().clone(), validity: year() }],
        }],
    }
}

pub(super) fn signed_list(content: TrustListContent, root: &SoftwareKey, chain: Vec<Vec<u8>>) -> Vec<u8> {
    let unsigned = content.prepare(root.public(), chain).unwrap();
    let signature = root.sign(unsigned.to_be_signed());
    unsigned.finish(&signature)
}

pub(super) fn trust() -> TrustList {
    let list = signed_list(list_content(), &root(), Vec::new());
    TrustList::verify(&list, root().public()).unwrap()
}

pub(super) fn transition(old: &SoftwareKey, new: &SoftwareKey) -> Vec<u8> {
    let statement = RootTransition { new_root: new.public().clone(), issued_at: at(0) };
    signed(statement.prepare(old.public()), old)
}

pub(super) fn shop() -> RegistrationContent {
    let paths = ["given_name", "family_name", "birthdate", "sex", "id_number", "age_equal_or_over.18"];
    RegistrationContent {
        key: ed25519(4).public().clone(),
        names: Names::new("Kibra Corner Shop", "Duka la Kona Kibra"),
        place: Some("Nairobi".to_owned()),
        claims: paths.map(|path| path.parse().unwrap()).to_vec(),
        purposes: Vec::new(),
        validity: Validity { from: at(-DAY), until: at(200 * DAY) },
    }
}

pub(super) fn signed(unsigned: cose::Unsigned, key: &SoftwareKey) -> Vec<u8> {
    let signature = key.sign(unsigned.to_be_signed());
    unsigned.finish(&signature)
}

/// Signs any payload, to try what `prepare` would refuse.
pub(super) fn forged(kind: cose::Kind, key: &SoftwareKey, payload: Vec<u8>) -> Vec<u8> {
    let kid = super::KeyId::of(key.public());
    signed(cose::prepare(kind, key.public().algorithm(), kid.as_bytes(), payload), key)
}

pub(super) fn uri(list: u32) -> String {
    format!("{ISSUER}/status/{list}")
}

pub(super) fn status_list(number: u32, size: u64, revoked: &[u64], as_of: Timestamp) -> BundledList {
    let entries = revoked.iter().map(|index| (*index, Status::Invalid));
    BundledList { uri: uri(number), as_of, list: CompactList::new(size, entries).unwrap() }
}

pub(super) fn bundle_content() -> BundleContent {
    BundleContent {
        version: 40,
        issued_at: at(-DAY),
        next_update: at(DAY),
        status_lists: vec![
            status_list(1, 1000, &[3, 500], at(-DAY)),
            status_list(2, 1000, &[], at(-2 * DAY)),
        ],
        types: vec![TypeDocument { id: "maisha-id".to_owned(), json: r#"{"vct":"maisha-id"}"#.to_owned() }],
        withdrawn: [Serial::from_bytes([7; 8])].into_iter().collect(),
    }
}

pub(super) fn signed_bundle(content: BundleContent, trust: &TrustList) -> Vec<u8> {
    let unsigned = content.prepare(trust, registrar().public()).unwrap();
    let signature = registrar().sign(unsigned.to_be_signed());
    unsigned.finish(&signature)
}

pub(super) fn bundle(content: BundleContent) -> Bundle {
    Bundle::verify(&signed_bundle(content, &trust()), root().public(), None).unwrap()
}
