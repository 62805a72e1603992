//! Who gets nothing, and why; a refusal records nothing.

use hati_formats::credential::{Format, IssueError};
use hati_formats::data_integrity::{Cryptosuite, DataIntegrityError, RdfcError};
use hati_formats::keys::Algorithm;
use hati_formats::time::Date;
use hati_issuer::actor::Actor;
use hati_issuer::issuance::IssuanceError;
use hati_store::{
    Action, Amendment, Change, Event, Ledger, Person, Quarantined, Reason, Register, RegisterChange,
};

use super::{Office, UPI, holder_keys, person};

fn refused(office: &mut Office, type_id: &str, format: Format) -> IssuanceError {
    let refused = office.issue(type_id, format, &holder_keys(2)).unwrap_err();
    assert_eq!(office.store.entries_of(UPI).unwrap(), [], "{refused}");
    refused
}

#[test]
fn an_unknown_person() {
    let mut office = Office::new(Algorithm::EdDsa);
    let refused = refused(&mut office, "maisha-id", Format::VcSdJwt);
    assert!(matches!(&refused, IssuanceError::Unknown { upi } if upi == UPI), "{refused}");
}

#[test]
fn a_person_in_quarantine() {
    let mut office = Office::new(Algorithm::EdDsa);
    let row = Quarantined {
        person: person(),
        reason: Reason::LikelyDuplicate { of: "20480163920018".into(), likeness: 990 },
        at: 0,
        source: "people.csv, line 7".into(),
    };
    office.store.admit(&[], &[row], &Event::new(0, "test", Action::Imported, "people.csv")).unwrap();
    let refused = refused(&mut office, "maisha-id", Format::VcSdJwt);
    assert!(matches!(refused, IssuanceError::Quarantined { .. }));
    for part in ["people.csv, line 7", "registered as 20480163920018", "officer has decided"] {
        assert!(refused.to_string().contains(part), "{refused}");
    }
}

/// Between two reads an officer decides: whoever asks is told that the row waits, or gets the copies, and never that there is nobody.
#[test]
fn a_person_whom_an_officer_admits_at_this_moment() {
    for _ in 0..300 {
        let office = Office::new(Algorithm::EdDsa);
        let row = Quarantined {
            person: person(),
            reason: Reason::LikelyDuplicate { of: "20480163920018".into(), likeness: 990 },
            at: 0,
            source: "people.csv, line 7".into(),
        };
        let (id, keys) = (row.id().unwrap(), holder_keys(1));
        office.store.admit(&[], &[row], &Event::new(0, "test", Action::Imported, "people.csv")).unwrap();
        let issuance = hati_issuer::issuance::Issuance {
            store: &office.store,
            config: &office.config,
            key: office.keys.issuer.public(),
            sectors: &office.keys.sectors,
        };
        let order = hati_issuer::issuance::Order {
            upi: UPI,
            credential_type: office.types.get("maisha-id").unwrap(),
            format: Format::VcSdJwt,
            cryptosuite: Cryptosuite::default(),
            holder_keys: &keys,
            actor: &Actor::officer("wanjiku"),
            once: &[],
            grant: None,
            pace: None,
            now: hati_formats::time::Timestamp::parse_rfc3339(super::NOW).unwrap(),
        };
        std::thread::scope(|scope| {
            let asking = scope.spawn(|| {
                loop {
                    match issuance.claims(&order) {
                        Err(IssuanceError::Quarantined { .. }) => {}
                        asked => break asked.map(|_| ()),
                    }
                }
            });
            let admit = [RegisterChange::Resolve(id), RegisterChange::Admit(person())];
            office.store.apply(&admit, &[]).unwrap();
            let asked = asking.join().unwrap();
            assert!(asked.is_ok(), "{asked:?}");
        });
    }
}

#[test]
fn a_person_who_died() {
    let mut office = Office::with(Algorithm::EdDsa, &person());
    let death = Amendment {
        person: person(),
        died: Some(20_000),
        revision: 0,
        revoke: Vec::new(),
        withdraw: Vec::new(),
        is_another: false,
    };
    office.store.apply(&[RegisterChange::Amend(death)], &[]).unwrap();
    let refused = refused(&mut office, "maisha-id", Format::VcSdJwt);
    assert_eq!(refused.code(), "person_died");
    assert!(refused.to_string().contains("died on 2024-10-04"), "{refused}");
}

#[test]
fn a_person_whose_credential_is_withheld() {
    let mut office = Office::with(Algorithm::EdDsa, &person());
    let event = Event::new(0, "test", Action::Suspended, UPI);
    office.store.change_status(UPI, Some("maisha-id"), Change::Suspend, &event).unwrap();
    let withheld = refused(&mut office, "maisha-id", Format::VcSdJwt);
    assert_eq!(withheld.code(), "credential_withheld");
    for part in ["maisha-id of UPI", "service centre", "officer reinstates what is there, or revokes it"] {
        assert!(withheld.to_string().contains(part), "{withheld}");
    }
    office.issue("proof-of-age", Format::VcSdJwt, &holder_keys(1)).unwrap();
}

/// Whose UPI it is, an officer decides first.
#[test]
fn a_person_of_whose_upi_a_row_waits() {
    let mut office = Office::with(Algorithm::EdDsa, &person());
    let row = Quarantined {
        person: Person { given_name: "Baraka".into(), ..person() },
        reason: Reason::UpiTaken { differs: vec!["given_name".into()] },
        at: 0,
        source: "people.csv, line 8".into(),
    };
    office.store.admit(&[], &[row], &Event::new(0, "test", Action::Imported, "people.csv")).unwrap();
    let refused = refused(&mut office, "maisha-id", Format::VcSdJwt);
    assert!(refused.to_string().contains("people.csv, line 8"), "{refused}");
    assert_eq!(refused.code(), "person_quarantined");
}

/// An amended record has another revision, with which copies are recorded.
#[test]
fn a_person_whose_record_was_amended_gets_copies() {
    let mut office = Office::with(Algorithm::EdDsa, &person());
    let renamed = Person { family_name: "Wekesa".into(), ..person() };
    let amendment = Amendment {
        person: renamed,
        died: None,
        revision: 0,
        revoke: Vec::new(),
        withdraw: Vec::new(),
        is_another: false,
    };
    office.store.apply(&[RegisterChange::Amend(amendment)], &[]).unwrap();
    office.issue("maisha-id", Format::VcSdJwt, &holder_keys(2)).unwrap();
    assert_eq!(office.store.entries_of(UPI).unwrap().len(), 2);
}

#[test]
fn a_minor_who_asks_for_proof_of_age() {
    // 18 on the day after.
    let birthdate = Date::parse("2008-11-23").unwrap().days();
    let mut office = Office::with(Algorithm::EdDsa, &Person { birthdate, ..person() });
    for format in Format::ALL {
        let refused = refused(&mut office, "proof-of-age", format);
        assert!(
            matches!(&refused, IssuanceError::Issue(IssueError::NotEntitled { claim, .. }) if claim == "age_equal_or_over.18"),
            "{refused}"
        );
    }
    assert!(office.issue("maisha-id", Format::VcSdJwt, &holder_keys(1)).is_ok());
}

#[test]
fn an_ldp_vc_by_an_issuer_without_an_ed25519_key() {
    let mut office = Office::with(Algorithm::Es256, &person());
    let refused = refused(&mut office, "maisha-id", Format::LdpVc);
    assert!(matches!(refused, IssuanceError::Issue(IssueError::Algorithm { got: Algorithm::Es256 })));
}

#[test]
fn signatures_that_are_not_one_for_each_copy() {
    let office = Office::with(Algorithm::EdDsa, &person());
    let issuance = hati_issuer::issuance::Issuance {
        store: &office.store,
        config: &office.config,
        key: office.keys.issuer.public(),
        sectors: &office.keys.sectors,
    };
    let keys = holder_keys(2);
    let order = hati_issuer::issuance::Order {
        upi: UPI,
        credential_type: office.types.get("maisha-id").unwrap(),
        format: Format::VcSdJwt,
        cryptosuite: Cryptosuite::default(),
        holder_keys: &keys,
        actor: &Actor::officer("wanjiku"),
        once: &[],
        grant: None,
        pace: None,
        now: hati_formats::time::Timestamp::parse_rfc3339(super::NOW).unwrap(),
    };
    let batch = issuance.prepare(&order, &mut office.rng.clone()).unwrap();
    let signature = office.keys.issuer.sign(batch.unsigned()[0].signing_input()).unwrap();
    let refused = batch.finish(&[signature]);
    assert!(matches!(refused, Err(IssuanceError::Signatures { expected: 2, got: 1 })));
}

#[test]
fn a_credential_until_a_day_that_cannot_be_written() {
    let mut office = Office::with(Algorithm::EdDsa, &person());
    for now in ["9999-12-31T00:00:00Z", "9999-12-31T23:59:59-23:59"] {
        let refused = office
            .issue_at(now, "maisha-id", (Format::VcSdJwt, Cryptosuite::default()), &holder_keys(2))
            .unwrap_err();
        assert_eq!(refused.code(), "date_beyond_calendar");
        assert!(refused.to_string().contains("until 9999-12-31 at the latest"), "{refused}");
    }
    assert_eq!(office.store.entries_of(UPI).unwrap(), []);
}

/// A name that JSON-LD would take for a blank node: refused before a place in the status list is taken.
#[test]
fn a_claim_that_a_proof_cannot_hold() {
    let named = hati_store::Person { given_name: "_:b0".into(), ..person() };
    let mut office = Office::with(Algorithm::EdDsa, &named);
    let form = (Format::LdpVc, Cryptosuite::EddsaRdfc2022);
    let refused = office.issue_at(super::NOW, "maisha-id", form, &holder_keys(2)).unwrap_err();
    assert!(
        matches!(&refused, IssuanceError::Issue(IssueError::Proof(DataIntegrityError::Rdfc(
            RdfcError::Form { member, .. }
        ))) if member == "given_name"),
        "{refused}"
    );
    assert_eq!(office.store.entries_of(UPI).unwrap(), []);
    assert!(office.issue("maisha-id", Format::LdpVc, &holder_keys(2)).is_ok());
}
