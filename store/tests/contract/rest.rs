//! Promises about verifiers, publications and the audit.

use hati_store::{
    Action, AuditEnd, Change, Document, Event, ListSize, NewCopies, NewCopy, Publication, Store, StoreError,
    UsedUp, Verifier, check_chain,
};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;

use crate::{event, person};

pub(crate) fn verifiers_are_registered_and_withdrawn(store: &dyn Store) {
    let registered = event(Action::VerifierRegistered);
    let withdrawn = event(Action::VerifierWithdrawn);
    store.register_verifier(&verifier("hati:bbb"), &registered).unwrap();
    store.register_verifier(&verifier("hati:aaa"), &registered).unwrap();
    assert!(store.withdraw_verifier("hati:bbb", 1_790_000_009, &withdrawn).unwrap());
    assert!(!store.withdraw_verifier("hati:bbb", 1_790_000_010, &withdrawn).unwrap());
    assert!(!store.withdraw_verifier("hati:ccc", 1_790_000_010, &withdrawn).unwrap());
    let gone = Verifier { withdrawn_at: Some(1_790_000_009), ..verifier("hati:bbb") };
    assert_eq!(store.verifiers().unwrap(), [verifier("hati:aaa"), gone]);

    store.register_verifier(&verifier("hati:bbb"), &registered).unwrap();
    assert_eq!(store.verifiers().unwrap(), [verifier("hati:aaa"), verifier("hati:bbb")]);
    // What did not happen is not in the audit.
    assert_eq!(store.events(0, 10).unwrap().len(), 4);
}

pub(crate) fn versions_never_repeat(store: &dyn Store) {
    assert_eq!(store.next_version(Document::TrustList).unwrap(), 1);
    assert_eq!(store.next_version(Document::TrustList).unwrap(), 2);
    assert_eq!(store.next_version(Document::Bundle).unwrap(), 1);
    assert_eq!(store.next_version(Document::TrustList).unwrap(), 3);
}

pub(crate) fn publications_never_go_back(store: &dyn Store) {
    let published = event(Action::Published);
    assert_eq!(store.latest(Document::Bundle).unwrap(), None);
    assert_eq!(store.published_version(Document::Bundle).unwrap(), 0);
    store.publish(&bundle(2), &published).unwrap();
    for old in [0, 1, 2] {
        let refused = store.publish(&bundle(old), &published);
        assert!(matches!(refused, Err(StoreError::OldVersion { newest: 2, got }) if got == old));
    }
    store.publish(&bundle(5), &published).unwrap();
    assert_eq!(store.latest(Document::Bundle).unwrap(), Some(bundle(5)));
    assert_eq!(store.published_version(Document::Bundle).unwrap(), 5);
    assert_eq!(store.latest(Document::TrustList).unwrap(), None);
    assert_eq!(store.events(0, 10).unwrap().len(), 2);
}

pub(crate) fn every_change_is_audited(store: &dyn Store) {
    let by = |action, subject: &str| Event::new(1_790_000_000, "an officer", action, subject);
    let copy = NewCopy {
        upi: "1".into(),
        revision: 0,
        credential_type: "maisha-id".into(),
        holder_key: [1; 32],
        valid_from: 0,
        valid_until: 1,
    };
    let mut rng = ChaCha20Rng::seed_from_u64(7);
    store.admit(&[person("1")], &[], &by(Action::Imported, "people.csv")).unwrap();
    let new = NewCopies {
        copies: &[copy],
        list_size: ListSize::DEFAULT,
        grant: None,
        once: UsedUp::default(),
        pace: None,
    };
    store.record(&new, &mut rng, &[by(Action::Issued, "1")]).unwrap();
    store.change_status("1", None, Change::Revoke, &by(Action::Revoked, "1")).unwrap();
    store.register_verifier(&verifier("hati:a"), &by(Action::VerifierRegistered, "hati:a")).unwrap();
    store.withdraw_verifier("hati:a", 5, &by(Action::VerifierWithdrawn, "hati:a")).unwrap();
    store.publish(&bundle(1), &by(Action::Published, "bundle 1")).unwrap();

    let events = store.events(0, 100).unwrap();
    let seen: Vec<_> = events.iter().map(|e| (e.number, e.event.action, e.event.subject.as_str())).collect();
    let expected = [
        (0, Action::Imported, "people.csv"),
        (1, Action::Issued, "1"),
        (2, Action::Revoked, "1"),
        (3, Action::VerifierRegistered, "hati:a"),
        (4, Action::VerifierWithdrawn, "hati:a"),
        (5, Action::Published, "bundle 1"),
    ];
    assert_eq!(seen, expected);
    check_chain(None, &events).unwrap();

    let mut altered = events.clone();
    altered[2].event.actor = "nobody".into();
    assert!(matches!(check_chain(None, &altered), Err(StoreError::BrokenChain { number: 2 })));
    let mut cut = events;
    cut.remove(3);
    assert!(matches!(check_chain(None, &cut), Err(StoreError::BrokenChain { number: 4 })));
}

pub(crate) fn the_end_of_the_audit_is_known(store: &dyn Store) {
    assert_eq!(store.end().unwrap(), AuditEnd::default());
    for number in 0..3 {
        store.log(&[event(Action::Issued), event(Action::Revoked)]).unwrap();
        let newest = store.events(2 * number + 1, 9).unwrap().pop().unwrap();
        assert_eq!(store.end().unwrap(), AuditEnd::from(&newest));
        assert_eq!(store.end().unwrap().entries, 2 * number + 2);
    }
    store.log(&[]).unwrap();
    assert_eq!(store.end().unwrap().entries, 6);
}

pub(crate) fn the_audit_is_read_page_by_page(store: &dyn Store) {
    for number in 0..7 {
        store.register_verifier(&verifier("hati:a"), &event(Action::VerifierRegistered)).unwrap();
        let last = store.events(number, 5).unwrap();
        assert_eq!(last.iter().map(|e| e.number).collect::<Vec<_>>(), [number]);
    }
    let first = store.events(0, 4).unwrap();
    let rest = store.events(4, 4).unwrap();
    assert_eq!(first.len() + rest.len(), 7);
    check_chain(first.last(), &rest).unwrap();
    assert!(store.events(7, 4).unwrap().is_empty());
}

fn verifier(id: &str) -> Verifier {
    Verifier {
        id: id.into(),
        name: "Duka la Mama Njeri".into(),
        statement: vec![0xd2, 0x84, 0xff],
        expires: 1_900_000_000,
        withdrawn_at: None,
    }
}

fn bundle(version: u64) -> Publication {
    Publication {
        document: Document::Bundle,
        version,
        at: 1_790_000_000,
        bytes: vec![0, 9, 255],
        entries: version * 10,
    }
}
