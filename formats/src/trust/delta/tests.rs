use proptest::prelude::*;

use super::super::samples::{
    DAY, at, bundle, bundle_content, ed25519, forged, list_content, p256, registrar, root, signed_list,
    status_list, transition, uri,
};
use super::super::wire;
use super::super::{
    Bundle, BundleContent, BundleError, PayloadError, RegistrarKey, Serial, TrustList, TrustListError,
    TypeDocument, Validity,
};
use super::content::{DeltaFile, DeltaWire};
use super::*;
use crate::cose::{CoseError, Kind};
use crate::keys::SoftwareKey;
use crate::status::Status;

fn signed_delta(base: &Bundle, next: &Bundle, key: &SoftwareKey) -> Vec<u8> {
    let unsigned = base.prepare_delta(next).unwrap();
    let signature = key.sign(unsigned.to_be_signed());
    unsigned.finish(&signature)
}

/// The day after: one more revoked, a list grown, lists and types and withdrawals gone and come.
fn next_content() -> BundleContent {
    BundleContent {
        version: 41,
        issued_at: at(0),
        next_update: at(2 * DAY),
        status_lists: vec![
            status_list(1, 1100, &[3, 77, 500, 1050], at(0)),
            status_list(3, 1000, &[9], at(-10)),
        ],
        types: vec![
            TypeDocument { id: "maisha-id".to_owned(), json: r#"{"vct":"maisha-id","name":"x"}"#.to_owned() },
            TypeDocument { id: "proof-of-age".to_owned(), json: "{}".to_owned() },
        ],
        withdrawn: [Serial::from_bytes([8; 8])].into_iter().collect(),
    }
}

fn wire_of(delta: &[u8]) -> DeltaWire {
    let file: DeltaFile = wire::from_slice("test", delta).unwrap();
    let statement = crate::cose::Unverified::parse(&file.statement).unwrap();
    wire::from_slice("test", statement.payload_unverified()).unwrap()
}

/// A delta that only the reader's own checks can refuse.
fn refused(change: impl FnOnce(&mut DeltaWire)) -> DeltaError {
    let (base, next) = (bundle(bundle_content()), bundle(next_content()));
    let mut wire = wire_of(&signed_delta(&base, &next, &registrar()));
    change(&mut wire);
    let statement = forged(Kind::Delta, &registrar(), wire::to_vec(&wire)).into();
    base.apply(&wire::to_vec(&DeltaFile { trust_list: None, statement })).unwrap_err()
}

#[test]
fn leads_to_the_signed_bundle_byte_for_byte() {
    let (base, next) = (bundle(bundle_content()), bundle(next_content()));
    let applied = base.apply(&signed_delta(&base, &next, &registrar())).unwrap();
    assert_eq!(applied.as_bytes(), next.as_bytes());
    assert_eq!(applied.held(), next.held());
    assert_eq!(applied.status(&uri(1), 1050), Ok((Status::Invalid, at(0))));
    assert!(applied.status(&uri(2), 0).is_err());
}

#[test]
fn a_quiet_day_costs_nothing_for_each_list() {
    let lists = |as_of| (1..=200).map(|n| status_list(n, 1000, &[5], as_of)).collect();
    let base = bundle(BundleContent { status_lists: lists(at(-DAY)), ..bundle_content() });
    let quiet = BundleContent { version: 41, issued_at: at(0), next_update: at(2 * DAY), ..bundle_content() };
    let next = bundle(BundleContent { status_lists: lists(at(0)), ..quiet });
    let delta = signed_delta(&base, &next, &registrar());
    assert!(delta.len() < 250, "{} bytes", delta.len());
    assert_eq!(base.apply(&delta).unwrap().as_bytes(), next.as_bytes());
}

#[test]
fn one_revocation_costs_a_few_bytes() {
    let base = bundle(bundle_content());
    let mut content = BundleContent { version: 41, issued_at: at(0), ..bundle_content() };
    content.status_lists[0] = status_list(1, 1000, &[3, 77, 500], at(0));
    content.status_lists[1].as_of = at(0);
    let one = signed_delta(&base, &bundle(content.clone()), &registrar()).len();
    content.status_lists[0] = status_list(1, 1000, &[3, 500], at(0));
    let none = signed_delta(&base, &bundle(content), &registrar()).len();
    assert!(one - none < 24, "{} bytes", one - none);
}

#[test]
fn a_list_that_shrank_or_kept_its_old_date_travels_too() {
    let base = bundle(bundle_content());
    let mut content = BundleContent { version: 41, issued_at: at(0), ..bundle_content() };
    content.status_lists = vec![
        status_list(1, 10, &[3], at(0)),         // a new, shorter list at the same URI
        status_list(2, 1000, &[], at(-2 * DAY)), // its issuer published nothing
    ];
    let next = bundle(content);
    let delta = signed_delta(&base, &next, &registrar());
    assert_eq!(base.apply(&delta).unwrap().as_bytes(), next.as_bytes());
}

#[test]
fn carries_a_new_trust_list_a_new_root_and_a_new_registrars_key() {
    let (next_root, next_key) = (p256(40), p256(41));
    let mut list = list_content();
    list.version = 8;
    let validity = Validity { from: at(-1), until: at(99 * DAY) };
    list.registrars[0].keys = vec![RegistrarKey { key: next_key.public().clone(), validity }];
    let chain = vec![transition(&root(), &next_root)];
    let trust = TrustList::verify(&signed_list(list, &next_root, chain), root().public()).unwrap();
    let unsigned = next_content().prepare(&trust, next_key.public()).unwrap();
    let signature = next_key.sign(unsigned.to_be_signed());
    let (base, next) = (bundle(bundle_content()), unsigned.finish(&signature));
    let next = Bundle::verify(&next, root().public(), Some(&base.held())).unwrap();
    let applied = base.apply(&signed_delta(&base, &next, &next_key)).unwrap();
    assert_eq!(applied.as_bytes(), next.as_bytes());
    assert_eq!(applied.held().root(), next_root.public());
}

#[test]
fn refuses_another_base() {
    let (base, next) = (bundle(bundle_content()), bundle(next_content()));
    let delta = signed_delta(&base, &next, &registrar());
    let mut older = bundle_content();
    older.version = 39;
    let refused = bundle(older).apply(&delta);
    assert!(matches!(refused, Err(DeltaError::OtherBase { expected: 40, got: 39 })));
    let refused = next.apply(&delta);
    assert!(matches!(refused, Err(DeltaError::OtherBase { expected: 40, got: 41 })), "applied twice");
    let mut twin = bundle_content();
    twin.types.clear();
    let refused = bundle(twin).apply(&delta);
    assert!(matches!(refused, Err(DeltaError::OtherBaseContent { version: 40 })));
}

#[test]
fn leads_forward_only() {
    let (base, next) = (bundle(bundle_content()), bundle(next_content()));
    for (from, to) in [(&next, &base), (&base, &base)] {
        assert!(matches!(from.prepare_delta(to), Err(DeltaError::NotNewer { .. })));
    }
    let error = refused(|delta| delta.version = 39);
    assert!(matches!(error, DeltaError::Bundle(BundleError::Signature(_))), "{error:?}");
}

#[test]
fn refuses_a_bad_signature_a_stranger_and_another_kind() {
    let (base, next) = (bundle(bundle_content()), bundle(next_content()));
    let bad = base.apply(&signed_delta(&base, &next, &ed25519(66)));
    assert!(matches!(bad, Err(DeltaError::Signature(CoseError::Signature(_)))));
    let apply = |statement: Vec<u8>| {
        base.apply(&wire::to_vec(&DeltaFile { trust_list: None, statement: statement.into() }))
    };
    let stranger = apply(forged(Kind::Delta, &ed25519(66), Vec::new()));
    assert!(matches!(stranger, Err(DeltaError::UnknownRegistrar { .. })));
    let other_kind = apply(forged(Kind::Bundle, &registrar(), Vec::new()));
    assert!(matches!(other_kind, Err(DeltaError::Signature(CoseError::Signature(_)))));
}

#[test]
fn refuses_a_trust_list_of_another_root() {
    let thief = ed25519(66);
    let statement = forged(Kind::Delta, &registrar(), Vec::new()).into();
    let trust_list = Some(signed_list(list_content(), &thief, Vec::new()).into());
    let refused = bundle(bundle_content()).apply(&wire::to_vec(&DeltaFile { trust_list, statement }));
    assert!(matches!(refused, Err(DeltaError::TrustList(TrustListError::UnknownRoot { .. }))));
}

#[test]
fn refuses_what_does_not_lead_to_the_signed_bundle() {
    let not_signed = |change: fn(&mut DeltaWire)| {
        let error = refused(change);
        assert!(matches!(error, DeltaError::Bundle(BundleError::Signature(_))), "{error:?}");
    };
    not_signed(|delta| delta.as_of = at(-1));
    not_signed(|delta| delta.issued_at = at(1));
    not_signed(|delta| delta.next_update = at(3 * DAY));
    not_signed(|delta| delta.changed.clear());
    not_signed(|delta| delta.removed.clear());
    not_signed(|delta| delta.added.clear());
    not_signed(|delta| delta.types.clear());
    not_signed(|delta| {
        delta.types.remove(0);
        delta.removed_types = vec!["maisha-id".to_owned()];
    });
    not_signed(|delta| delta.reinstated.clear());
    not_signed(|delta| delta.withdrawn.clear());
    not_signed(|delta| delta.bundle_signature = [1; 64].into());
}

#[test]
fn refuses_changes_that_do_not_fit_the_base() {
    assert!(matches!(
        refused(|delta| delta.removed = vec![2]),
        DeltaError::NoSuchList { expected: 2, got: 2 }
    ));
    let position = |delta: &mut DeltaWire| delta.changed[0].position = u32::MAX;
    assert!(matches!(refused(position), DeltaError::NoSuchList { expected: 2, got: u32::MAX }));
    let broken = |delta: &mut DeltaWire| delta.changed[0].delta = Some(vec![0x80].into());
    assert!(matches!(refused(broken), DeltaError::StatusList { .. }));
    let misplaced = |delta: &mut DeltaWire| {
        delta.removed.clear();
        delta.changed[0].position = 1;
        // The second list has 1,000 entries, and this change starts from 10.
        delta.changed[0].delta = Some(vec![0x83, 0x0a, 0x0a, 0x80].into());
    };
    assert!(matches!(refused(misplaced), DeltaError::StatusList { .. }));
    let unordered = |delta: &mut DeltaWire| delta.removed = vec![1, 0];
    assert!(matches!(refused(unordered), DeltaError::Payload(PayloadError::NotAscending { .. })));
}

#[test]
fn refuses_a_newer_format_by_asking_for_a_newer_app() {
    let newer = crate::cbor::to_vec(&(2_u64, "anything"));
    let statement = forged(Kind::Delta, &registrar(), newer.clone()).into();
    for bytes in [newer, wire::to_vec(&DeltaFile { trust_list: None, statement })] {
        let refused = bundle(bundle_content()).apply(&bytes);
        assert!(matches!(
            refused,
            Err(DeltaError::Payload(PayloadError::UnknownVersion { expected: 1, got: 2, .. }))
        ));
    }
}

#[test]
fn refuses_an_over_long_one() {
    let refused = bundle(bundle_content()).apply(&vec![0; super::super::bundle::MAX_BYTES + 1]);
    assert!(matches!(refused, Err(DeltaError::TooLong { .. })));
}

fn contents() -> impl Strategy<Value = BundleContent> {
    let list = (0_u64..40, proptest::collection::btree_set(0_u64..1000, 0..40), -3_i64..=0);
    let lists = proptest::collection::btree_map(0_u32..12, list, 0..8);
    let types = proptest::collection::btree_map("[a-d]", "[a-z]{0,4}", 0..4);
    let withdrawn = proptest::collection::btree_set((0_u8..10).prop_map(|n| [n; 8]), 0..6);
    (lists, types, withdrawn).prop_map(|(lists, types, withdrawn)| BundleContent {
        status_lists: lists
            .into_iter()
            .map(|(n, (grown, revoked, days))| {
                let revoked: Vec<_> = revoked.into_iter().collect();
                status_list(n, 1000 + grown, &revoked, at(-DAY + days * DAY))
            })
            .collect(),
        types: types
            .into_iter()
            .map(|(id, name)| TypeDocument { id, json: format!("{{\"name\":\"{name}\"}}") })
            .collect(),
        withdrawn: withdrawn.into_iter().map(Serial::from_bytes).collect(),
        ..bundle_content()
    })
}

proptest! {
    #[test]
    fn between_any_two_bundles_there_is_a_delta(base in contents(), next in contents()) {
        let next = BundleContent { version: 41, issued_at: at(0), ..next };
        let (base, next) = (bundle(base), bundle(next));
        let applied = base.apply(&signed_delta(&base, &next, &registrar())).unwrap();
        prop_assert_eq!(applied.as_bytes(), next.as_bytes());
        prop_assert_eq!(applied.content(), next.content());
    }

    #[test]
    fn refuses_one_with_one_bit_flipped(at: prop::sample::Index, bit in 0_u8..8) {
        let (base, next) = (bundle(bundle_content()), bundle(next_content()));
        let mut bytes = signed_delta(&base, &next, &registrar());
        let at = at.index(bytes.len());
        bytes[at] ^= 1 << bit;
        prop_assert!(base.apply(&bytes).is_err());
    }

    #[test]
    fn refuses_a_truncated_one(at: prop::sample::Index) {
        let (base, next) = (bundle(bundle_content()), bundle(next_content()));
        let bytes = signed_delta(&base, &next, &registrar());
        prop_assert!(base.apply(&bytes[..at.index(bytes.len())]).is_err());
    }

    #[test]
    fn hostile_bytes_never_panic(bytes: Vec<u8>) {
        let base = bundle(bundle_content());
        let _ = base.apply(&bytes);
        let statement = forged(Kind::Delta, &registrar(), bytes).into();
        let _ = base.apply(&wire::to_vec(&DeltaFile { trust_list: None, statement }));
    }
}
