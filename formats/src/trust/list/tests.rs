use proptest::prelude::*;

use super::super::samples::{
    DAY, ISSUER, ISSUER_DID, at, ed25519, forged, issuer, list_content, p256, registrar, root, signed_list,
    transition, trust,
};
use super::super::wire;
use super::super::{KeyId, MAX_TRANSITIONS, PayloadError, Validity, ValidityError};
use super::content::TrustListFile;
use super::*;
use crate::cose::{CoseError, Kind};
use crate::keys::SoftwareKey;

fn verify(bytes: &[u8]) -> Result<TrustList, TrustListError> {
    TrustList::verify(bytes, root().public())
}

/// The file of a list that only the reader's own checks can refuse.
fn unchecked(payload: Vec<u8>) -> Vec<u8> {
    let list = forged(Kind::TrustList, &root(), payload).into();
    wire::to_vec(&TrustListFile { transitions: Vec::new(), list, root: root().public().clone() })
}

fn refused_content(change: impl FnOnce(&mut TrustListContent)) -> PayloadError {
    let mut content = list_content();
    change(&mut content);
    match verify(&unchecked(wire::to_vec(&content))) {
        Err(TrustListError::Payload(error)) => error,
        other => panic!("expected a refused payload, got {other:?}"),
    }
}

#[test]
fn looks_up_issuers_by_url_and_did() {
    let trust = trust();
    for id in [ISSUER, ISSUER_DID] {
        assert_eq!(trust.issuer(id), Some(&issuer()));
    }
    assert_eq!(trust.issuer("https://id.example"), None);
    assert_eq!(trust.issuer("did:web:id.example"), None);
    assert_eq!(trust.root(), root().public());
    assert!(trust.is_overdue(at(20 * DAY)) && !trust.is_overdue(at(19 * DAY)));
}

#[test]
fn looks_up_keys_by_name_and_time() {
    let issuer = issuer();
    let key = ed25519(2).public().clone();
    assert_eq!(issuer.key("key-1", at(0)), Ok(&key));
    assert_eq!(issuer.key("did:web:id.example.go.ke#key-1", at(0)), Ok(&key));
    for kid in ["key-2", "did:web:other.example#key-1", "did:web:id.example.go.kekey-1", "#key-1", ""] {
        assert!(matches!(issuer.key(kid, at(0)), Err(KeyLookupError::UnknownKey { .. })), "{kid}");
    }
    let early = issuer.key("key-1", at(-101 * DAY));
    assert!(matches!(early, Err(KeyLookupError::Validity(ValidityError::NotYet { .. }))));
    let late = issuer.key("key-1", at(265 * DAY));
    assert!(matches!(late, Err(KeyLookupError::Validity(ValidityError::Over { .. }))));
}

#[test]
fn an_issuer_answers_for_its_own_types_and_status_lists_only() {
    let issuer = issuer();
    assert!(issuer.may_issue("maisha-id") && !issuer.may_issue("maisha"));
    assert!(issuer.publishes("https://id.example.go.ke/status/1"));
    for uri in
        ["https://id.example.go.ke/status", "https://id.example.go.ke/status/../x", "https://x.example/"]
    {
        assert!(!issuer.publishes(uri), "{uri}");
    }
}

#[test]
fn looks_up_registrars_by_key_id() {
    let trust = trust();
    let kid = KeyId::of(registrar().public());
    let (found, key) = trust.registrar_key(kid.as_bytes()).unwrap();
    assert_eq!((found.id.as_str(), &key.key), ("https://registrar.example.go.ke", registrar().public()));
    assert!(trust.registrar_key(KeyId::of(root().public()).as_bytes()).is_none());
    assert!(trust.registrar_key(b"").is_none());
}

#[test]
fn follows_the_rotations_from_whichever_root_was_pinned() {
    let roots: Vec<SoftwareKey> = vec![ed25519(10), p256(11), ed25519(12)];
    let chain: Vec<_> = roots.windows(2).map(|pair| transition(&pair[0], &pair[1])).collect();
    let list = signed_list(list_content(), &roots[2], chain);
    for pinned in &roots {
        let trust = TrustList::verify(&list, pinned.public()).unwrap();
        assert_eq!(trust.root(), roots[2].public());
    }
    let refused = verify(&list);
    assert!(matches!(refused, Err(TrustListError::UnknownRoot { .. })));
}

#[test]
fn a_reader_that_followed_a_rotation_refuses_the_old_root() {
    let list = signed_list(list_content(), &root(), vec![transition(&root(), &ed25519(10))]);
    assert!(matches!(verify(&list), Err(TrustListError::UnknownRoot { .. })));
    let newer = TrustList::verify(&signed_list(list_content(), &root(), Vec::new()), ed25519(10).public());
    assert!(matches!(newer, Err(TrustListError::UnknownRoot { .. })));
}

#[test]
fn refuses_a_rotation_that_the_old_root_did_not_sign() {
    let (thief, next) = (ed25519(66), ed25519(10));
    let content = super::super::RootTransition { new_root: next.public().clone(), issued_at: at(0) };
    let statement = content.prepare(root().public());
    let signature = thief.sign(statement.to_be_signed());
    let list = signed_list(list_content(), &next, vec![statement.finish(&signature)]);
    assert!(matches!(verify(&list), Err(TrustListError::Signature(CoseError::Signature(_)))));
}

#[test]
fn refuses_a_chain_without_end() {
    let chain = vec![transition(&root(), &root()); MAX_TRANSITIONS + 1];
    assert!(matches!(
        list_content().prepare(root().public(), chain.clone()),
        Err(PayloadError::TooMany { expected: 16, got: 17, .. })
    ));
    let list = forged(Kind::TrustList, &root(), wire::to_vec(&list_content()));
    let transitions = chain.into_iter().map(Into::into).collect();
    let file = wire::to_vec(&TrustListFile { transitions, list: list.into(), root: root().public().clone() });
    assert!(matches!(verify(&file), Err(TrustListError::ChainTooLong { expected: 16, got: 17 })));
}

#[test]
fn refuses_another_root_and_another_kind_of_statement() {
    assert!(matches!(
        TrustList::verify(&signed_list(list_content(), &ed25519(66), Vec::new()), root().public()),
        Err(TrustListError::UnknownRoot { .. })
    ));
    let list = forged(Kind::Registration, &root(), wire::to_vec(&list_content())).into();
    let file = wire::to_vec(&TrustListFile { transitions: Vec::new(), list, root: root().public().clone() });
    assert!(matches!(verify(&file), Err(TrustListError::Signature(CoseError::Signature(_)))));
}

#[test]
fn names_its_root_for_readers_without_one_and_refuses_another_name() {
    let signed = signed_list(list_content(), &root(), Vec::new());
    assert_eq!(&TrustList::root_unverified(&signed).unwrap(), root().public());
    let mut file: TrustListFile = wire::from_slice("test", &signed).unwrap();
    file.root = ed25519(66).public().clone();
    assert!(matches!(verify(&wire::to_vec(&file)), Err(TrustListError::UnknownRoot { .. })));
}

#[test]
fn refuses_a_newer_format_by_asking_for_a_newer_app() {
    let newer = unchecked(crate::cbor::to_vec(&(2_u64, "anything else")));
    assert!(matches!(
        verify(&newer),
        Err(TrustListError::Payload(PayloadError::UnknownVersion { expected: 1, got: 2, .. }))
    ));
    let newer_file = crate::cbor::to_vec(&(3_u64, "anything else"));
    assert!(matches!(
        verify(&newer_file),
        Err(TrustListError::Payload(PayloadError::UnknownVersion { expected: 1, got: 3, .. }))
    ));
}

#[test]
fn refuses_unknown_keys_and_a_tail() {
    // The last pair of the content's map is the registrars (key 4); one more pair makes six.
    let mut payload = wire::to_vec(&list_content());
    assert_eq!(payload[..3], [0x82, 0x01, 0xa5]);
    payload[2] = 0xa6;
    payload.extend([0x05, 0x00]);
    let refused = verify(&unchecked(payload));
    assert!(matches!(refused, Err(TrustListError::Payload(PayloadError::Malformed { .. }))));
    let mut tail = signed_list(list_content(), &root(), Vec::new());
    tail.push(0);
    assert!(matches!(verify(&tail), Err(TrustListError::Payload(PayloadError::Malformed { .. }))));
}

#[test]
fn refuses_content_that_breaks_a_rule() {
    use PayloadError::{EmptyInterval, NotAscending, Text, TooMany};
    assert!(matches!(refused_content(|c| c.next_update = c.issued_at), EmptyInterval { .. }));
    assert!(matches!(refused_content(|c| c.issuers.push(issuer())), NotAscending { .. }));
    assert!(matches!(refused_content(|c| c.issuers[0].types.reverse()), NotAscending { .. }));
    assert!(matches!(refused_content(|c| c.issuers[0].id = "http://a".to_owned()), Text { .. }));
    for did in ["did:key:z6M", "did:web:a#b"] {
        assert!(matches!(refused_content(|c| c.issuers[0].did = Some(did.to_owned())), Text { .. }));
    }
    let open = "https://id.example.go.ke/status".to_owned();
    assert!(matches!(refused_content(|c| c.issuers[0].status_prefixes = vec![open]), Text { .. }));
    assert!(matches!(refused_content(|c| c.issuers[0].keys[0].kid = "a#b".to_owned()), Text { .. }));
    let empty = Validity { from: at(0), until: at(0) };
    assert!(matches!(refused_content(|c| c.issuers[0].keys[0].validity = empty), EmptyInterval { .. }));
    assert!(matches!(refused_content(|c| c.registrars[0].keys[0].validity = empty), EmptyInterval { .. }));
    let many = (0..300).map(|n| format!("type-{n:03}")).collect();
    assert!(matches!(
        refused_content(|c| c.issuers[0].types = many),
        TooMany { expected: 256, got: 300, .. }
    ));
}

#[test]
fn refuses_one_did_or_one_key_for_two_parties() {
    let twin = Issuer { id: "https://other.example".to_owned(), ..issuer() };
    assert!(matches!(refused_content(|c| c.issuers.push(twin)), PayloadError::NotAscending { .. }));
    let twin = Registrar { id: "https://z.example".to_owned(), ..list_content().registrars[0].clone() };
    assert!(matches!(refused_content(|c| c.registrars.push(twin)), PayloadError::NotAscending { .. }));
}

#[test]
fn preparing_sorts_and_refuses_what_readers_would() {
    let mut content = list_content();
    content.issuers[0].types.reverse();
    let first = Issuer { id: "https://a.example".to_owned(), did: None, ..issuer() };
    content.issuers.push(first.clone());
    let list = verify(&signed_list(content.clone(), &root(), Vec::new())).unwrap();
    assert_eq!(list.content().issuers, [first, issuer()]);
    content.issuers.clear();
    content.next_update = content.issued_at;
    assert!(content.prepare(root().public(), Vec::new()).is_err());
}

#[test]
fn refuses_an_over_long_list() {
    let refused = verify(&vec![0; (1 << 20) + 1]);
    assert!(matches!(refused, Err(TrustListError::TooLong { expected: 1_048_576, got: 1_048_577 })));
}

proptest! {
    #[test]
    fn every_list_survives(version: u64, issuers in 0_usize..5, registrars in 0_u8..5, did: bool, p256_key: bool) {
        let mut content = list_content();
        content.version = version;
        content.issuers = (0..issuers).map(|n| Issuer {
            id: format!("https://issuer-{n}.example"),
            did: did.then(|| format!("did:web:issuer-{n}.example")),
            ..issuer()
        }).collect();
        content.registrars = (0..registrars).map(|n| {
            let mut registrar = list_content().registrars[0].clone();
            registrar.id = format!("https://registrar-{n}.example");
            registrar.keys[0].key = if p256_key { p256(n + 1) } else { ed25519(n + 1) }.public().clone();
            registrar
        }).collect();
        let bytes = signed_list(content.clone(), &root(), Vec::new());
        let list = verify(&bytes).unwrap();
        prop_assert_eq!(list.content(), &content);
        prop_assert_eq!(list.as_bytes(), &bytes);
    }

    #[test]
    fn refuses_a_truncated_list(cut in 1_usize..700) {
        let bytes = signed_list(list_content(), &root(), vec![transition(&ed25519(9), &root())]);
        let end = bytes.len().saturating_sub(cut);
        prop_assert!(verify(&bytes[..end]).is_err());
    }

    #[test]
    fn refuses_a_list_with_one_bit_flipped(at: prop::sample::Index, bit in 0_u8..8) {
        let mut bytes = signed_list(list_content(), &root(), Vec::new());
        let at = at.index(bytes.len());
        bytes[at] ^= 1 << bit;
        prop_assert!(verify(&bytes).is_err());
    }

    #[test]
    fn hostile_bytes_never_panic(bytes: Vec<u8>) {
        let _ = verify(&bytes);
        let _ = verify(&unchecked(bytes));
    }
}
