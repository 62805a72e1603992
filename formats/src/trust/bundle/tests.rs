use proptest::prelude::*;

use super::super::samples::{
    DAY, at, bundle, bundle_content, ed25519, forged, issuer, list_content, p256, registrar, root,
    signed_bundle, signed_list, status_list, transition, trust, uri,
};
use super::super::wire;
use super::super::{
    PayloadError, RegistrarKey, Serial, TrustList, TrustListContent, TrustListError, Validity, ValidityError,
};
use super::*;
use crate::cose::{CoseError, Kind};
use crate::keys::SoftwareKey;
use crate::status::{IndexOutOfRange, Status};

fn verify(bytes: &[u8], held: Option<&Held>) -> Result<Bundle, BundleError> {
    Bundle::verify(bytes, root().public(), held)
}

fn file(trust_list: &[u8], statement: Vec<u8>) -> Vec<u8> {
    wire::to_vec(&BundleFile { trust_list: trust_list.to_vec().into(), statement: statement.into() })
}

/// A bundle that only the reader's own checks can refuse.
fn unchecked(change: impl FnOnce(&mut ContentWire)) -> Vec<u8> {
    let mut wire = ContentWire::new(&bundle_content(), trust().sha256());
    change(&mut wire);
    file(trust().as_bytes(), forged(Kind::Bundle, &registrar(), wire::to_vec(&wire)))
}

fn refused(change: impl FnOnce(&mut ContentWire)) -> BundleError {
    verify(&unchecked(change), None).unwrap_err()
}

fn other_trust(
    change: impl FnOnce(&mut TrustListContent),
    root: &SoftwareKey,
    chain: Vec<Vec<u8>>,
) -> TrustList {
    let mut content = list_content();
    change(&mut content);
    TrustList::verify(&signed_list(content, root, chain), root.public()).unwrap()
}

#[test]
fn names_the_root_for_a_device_that_pinned_none() {
    let bundle = bundle(bundle_content());
    assert_eq!(&Bundle::root_unverified(bundle.as_bytes()).unwrap(), root().public());
    assert!(Bundle::root_unverified(&bundle.as_bytes()[1..]).is_err());
}

#[test]
fn looks_up_statuses_with_their_date() {
    let bundle = bundle(bundle_content());
    assert_eq!(bundle.status(&uri(1), 500), Ok((Status::Invalid, at(-DAY))));
    assert_eq!(bundle.status(&uri(1), 501), Ok((Status::Valid, at(-DAY))));
    assert_eq!(bundle.status(&uri(2), 500), Ok((Status::Valid, at(-2 * DAY))));
    let range = IndexOutOfRange { index: 1000, size: 1000 };
    assert_eq!(bundle.status(&uri(1), 1000), Err(StatusLookupError::OutOfRange(range)));
    assert_eq!(bundle.status(&uri(3), 0), Err(StatusLookupError::UnknownList { got: uri(3) }));
    assert_eq!(bundle.trust().issuer(&issuer().id), Some(&issuer()));
    assert!(bundle.content().withdrawn.contains(Serial::from_bytes([7; 8])));
}

#[test]
fn gives_type_documents_and_their_digest() {
    let bundle = bundle(bundle_content());
    let document = bundle.type_document("maisha-id").unwrap();
    assert_eq!(document.json, r#"{"vct":"maisha-id"}"#);
    let digest = crate::encoding::b64url(&document.sha256());
    assert_eq!(digest, "vW23IMp0Mx5AWOPmReXEzLFSFK94wG_bJXR-Pn9eQjM");
    assert!(bundle.type_document("proof-of-age").is_none());
}

#[test]
fn reports_a_clock_that_is_behind_and_a_bundle_that_is_due() {
    let bundle = bundle(bundle_content());
    assert!(bundle.clock_behind(at(-DAY - 1)) && !bundle.clock_behind(at(-DAY)));
    assert!(bundle.held().clock_behind(at(-DAY - 1)) && !bundle.held().clock_behind(at(-DAY)));
    assert!(bundle.is_overdue(at(DAY)) && !bundle.is_overdue(at(DAY - 1)));
}

#[test]
fn refuses_a_bad_signature_a_stranger_and_another_kind() {
    let unsigned = bundle_content().prepare(&trust(), registrar().public()).unwrap();
    let signature = ed25519(66).sign(unsigned.to_be_signed());
    let bad = verify(&unsigned.finish(&signature), None);
    assert!(matches!(bad, Err(BundleError::Signature(CoseError::Signature(_)))));
    let stranger = file(trust().as_bytes(), forged(Kind::Bundle, &ed25519(66), vec![]));
    assert!(matches!(verify(&stranger, None), Err(BundleError::UnknownRegistrar { .. })));
    let delta = file(trust().as_bytes(), forged(Kind::Delta, &registrar(), vec![]));
    assert!(matches!(verify(&delta, None), Err(BundleError::Signature(CoseError::Signature(_)))));
    let prepared = bundle_content().prepare(&trust(), ed25519(66).public());
    assert!(matches!(prepared, Err(BundleError::UnknownRegistrar { .. })));
}

#[test]
fn refuses_a_trust_list_of_another_root() {
    let refused = Bundle::verify(&signed_bundle(bundle_content(), &trust()), ed25519(66).public(), None);
    assert!(matches!(refused, Err(BundleError::TrustList(TrustListError::UnknownRoot { .. }))));
}

#[test]
fn refuses_a_trust_list_that_was_exchanged() {
    let other = other_trust(|list| list.version += 1, &root(), Vec::new());
    let wire = ContentWire::new(&bundle_content(), trust().sha256());
    let statement = forged(Kind::Bundle, &registrar(), wire::to_vec(&wire));
    assert!(verify(&file(trust().as_bytes(), statement.clone()), None).is_ok());
    let exchanged = verify(&file(other.as_bytes(), statement), None);
    assert!(matches!(exchanged, Err(BundleError::OtherTrustList)));
}

#[test]
fn refuses_a_registrars_key_that_was_not_valid_when_it_signed() {
    for (validity, early) in [
        (Validity { from: at(0), until: at(DAY) }, true),
        (Validity { from: at(-9 * DAY), until: at(-DAY) }, false),
    ] {
        let two_keys = |list: &mut TrustListContent| {
            let key = ed25519(30).public().clone();
            list.registrars[0].keys.push(RegistrarKey { key, validity });
        };
        let trust = other_trust(two_keys, &root(), Vec::new());
        let prepared = bundle_content().prepare(&trust, ed25519(30).public());
        assert!(matches!(prepared, Err(BundleError::RegistrarKey(_))));
        let bytes = signed_bundle(bundle_content(), &trust);
        let parts: BundleFile = wire::from_slice("test", &bytes).unwrap();
        let payload = crate::cose::Unverified::parse(&parts.statement).unwrap().payload_unverified().to_vec();
        let late = verify(&file(trust.as_bytes(), forged(Kind::Bundle, &ed25519(30), payload)), None);
        match late {
            Err(BundleError::RegistrarKey(ValidityError::NotYet { .. })) if early => {}
            Err(BundleError::RegistrarKey(ValidityError::Over { .. })) if !early => {}
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn never_goes_back() {
    let held = bundle(bundle_content()).held();
    assert!(verify(&signed_bundle(bundle_content(), &trust()), Some(&held)).is_ok(), "the same one again");
    let mut older = bundle_content();
    older.version -= 1;
    let refused = verify(&signed_bundle(older, &trust()), Some(&held));
    assert!(matches!(refused, Err(BundleError::Rollback { expected: 40, got: 39 })));
    let mut twin = bundle_content();
    twin.withdrawn = Default::default();
    let refused = verify(&signed_bundle(twin, &trust()), Some(&held));
    assert!(matches!(refused, Err(BundleError::TwoOfOneVersion { version: 40 })));
    let mut earlier = bundle_content();
    (earlier.version, earlier.issued_at) = (41, at(-DAY - 1));
    earlier.status_lists.clear();
    let refused = verify(&signed_bundle(earlier, &trust()), Some(&held));
    assert!(matches!(refused, Err(BundleError::IssuedEarlier { .. })));
    let mut newer = bundle_content();
    newer.version = 41;
    let older_list = other_trust(|list| list.version = 6, &root(), Vec::new());
    let refused = verify(&signed_bundle(newer, &older_list), Some(&held));
    assert!(matches!(refused, Err(BundleError::TrustListRollback { expected: 7, got: 6 })));
}

#[test]
fn what_is_held_survives_storage() {
    let held = bundle(bundle_content()).held();
    assert_eq!(Held::from_bytes(&held.to_bytes()).unwrap(), held);
    assert!(Held::from_bytes(&held.to_bytes()[1..]).is_err());
}

#[test]
fn the_root_that_was_followed_replaces_the_pinned_one() {
    let next_root = p256(40);
    let newer = |list: &mut TrustListContent| list.version = 8;
    let rotated = other_trust(newer, &next_root, vec![transition(&root(), &next_root)]);
    let mut content = bundle_content();
    content.version = 41;
    let bundle = verify(&signed_bundle(content.clone(), &rotated), None).unwrap();
    let held = bundle.held();
    assert_eq!(held.root(), next_root.public());
    content.version = 42;
    let stale_root = other_trust(|list| list.version = 9, &root(), Vec::new());
    let refused = verify(&signed_bundle(content, &stale_root), Some(&held));
    assert!(matches!(refused, Err(BundleError::TrustList(TrustListError::UnknownRoot { .. }))));
}

#[test]
fn refuses_content_that_breaks_a_rule() {
    use BundleError::{ListFromTheFuture, Payload, StatusList, UnclaimedList};
    use PayloadError::{EmptyInterval, NotAscending, TooMany};
    assert!(matches!(refused(|b| b.next_update = b.issued_at), Payload(EmptyInterval { .. })));
    assert!(matches!(refused(|b| b.status_lists.reverse()), Payload(NotAscending { .. })));
    assert!(matches!(refused(|b| b.status_lists[1].uri = uri(1)), Payload(NotAscending { .. })));
    assert!(matches!(refused(|b| b.status_lists[1].list = vec![0x80].into()), StatusList { .. }));
    let foreign = "https://x.example/status/1".to_owned();
    assert!(matches!(refused(|b| b.status_lists[1].uri = foreign), UnclaimedList { .. }));
    assert!(matches!(refused(|b| b.status_lists[0].as_of = at(0)), ListFromTheFuture { .. }));
    assert!(matches!(refused(|b| b.types.push(b.types[0].clone())), Payload(NotAscending { .. })));
    for json in ["{", "[]", r#"{"a":1,"a":2}"#] {
        assert!(matches!(refused(|b| b.types[0].json = json.to_owned()), BundleError::TypeDocument { .. }));
    }
    let long = format!("{{\"a\":\"{}\"}}", "a".repeat(1 << 16));
    assert!(matches!(refused(|b| b.types[0].json = long), Payload(TooMany { .. })));
    assert!(matches!(refused(|b| b.types[0].id = "a b".to_owned()), Payload(PayloadError::Text { .. })));
    let twice = vec![Serial::from_bytes([1; 8]); 2];
    assert!(matches!(refused(|b| b.withdrawn = twice), Payload(NotAscending { .. })));
    let many = |b: &mut ContentWire| {
        b.types = (0..257).map(|n| TypeDocument { id: format!("t{n:03}"), json: "{}".to_owned() }).collect();
    };
    assert!(matches!(refused(many), Payload(TooMany { expected: 256, got: 257, .. })));
}

#[test]
fn preparing_sorts_and_refuses_what_readers_would() {
    let mut content = bundle_content();
    content.status_lists.reverse();
    assert_eq!(bundle(content.clone()).content(), &bundle_content());
    content.next_update = content.issued_at;
    assert!(content.prepare(&trust(), registrar().public()).is_err());
}

#[test]
fn refuses_a_newer_format_by_asking_for_a_newer_app() {
    let newer = crate::cbor::to_vec(&(2_u64, "anything"));
    let statement = file(trust().as_bytes(), forged(Kind::Bundle, &registrar(), newer.clone()));
    for bytes in [newer, statement] {
        let refused = verify(&bytes, None);
        assert!(matches!(
            refused,
            Err(BundleError::Payload(PayloadError::UnknownVersion { expected: 1, got: 2, .. }))
        ));
    }
}

#[test]
fn refuses_an_over_long_one() {
    let refused = verify(&vec![0; MAX_BYTES + 1], None);
    assert!(matches!(refused, Err(BundleError::TooLong { expected: MAX_BYTES, .. })));
}

proptest! {
    #[test]
    fn every_bundle_survives(
        version: u64,
        lists in proptest::collection::btree_map(0_u32..50, proptest::collection::btree_set(0_u64..300, 0..20), 0..6),
        types in proptest::collection::btree_map("[a-z-]{1,12}", "[a-zŋ]{0,20}", 0..4),
        withdrawn in proptest::collection::btree_set(any::<[u8; 8]>(), 0..6),
    ) {
        let mut content = bundle_content();
        content.version = version;
        content.status_lists = lists
            .into_iter()
            .map(|(n, revoked)| status_list(n, 300, &revoked.into_iter().collect::<Vec<_>>(), at(-DAY)))
            .collect();
        content.types = types
            .into_iter()
            .map(|(id, text)| TypeDocument { id, json: format!("{{\"vct\": \"{text}\"}}") })
            .collect();
        content.withdrawn = withdrawn.into_iter().map(Serial::from_bytes).collect();
        let bytes = signed_bundle(content.clone(), &trust());
        let bundle = verify(&bytes, None).unwrap();
        content.status_lists.sort_by(|a, b| a.uri.cmp(&b.uri));
        prop_assert_eq!(bundle.content(), &content);
        prop_assert_eq!(bundle.as_bytes(), &bytes);
        let trust = trust();
        prop_assert_eq!(bundle.trust().as_bytes(), trust.as_bytes());
    }

    #[test]
    fn refuses_one_with_one_bit_flipped(at: prop::sample::Index, bit in 0_u8..8) {
        let mut bytes = signed_bundle(bundle_content(), &trust());
        let at = at.index(bytes.len());
        bytes[at] ^= 1 << bit;
        prop_assert!(verify(&bytes, None).is_err());
    }

    #[test]
    fn refuses_a_truncated_one(at: prop::sample::Index) {
        let bytes = signed_bundle(bundle_content(), &trust());
        prop_assert!(verify(&bytes[..at.index(bytes.len())], None).is_err());
    }

    #[test]
    fn hostile_bytes_never_panic(bytes: Vec<u8>) {
        let _ = verify(&bytes, None);
        let _ = Held::from_bytes(&bytes);
        let _ = verify(&file(trust().as_bytes(), bytes.clone()), None);
        let _ = verify(&file(trust().as_bytes(), forged(Kind::Bundle, &registrar(), bytes)), None);
    }
}
