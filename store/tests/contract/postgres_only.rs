//! What only PostgreSQL can promise.

use hati_store::{
    Action, Audit, Change, CorrectionId, Corrections, Document, Ledger, ListSize, NewCopy, Officers, OneTime,
    Person, Portrait, PostgresStore, Publications, Quarantined, Reason, Register, Seen, Sex, StoreError,
    TicketId, Tickets, Verifiers,
};
use proptest::prelude::*;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;

use crate::{event, person};
use hati_test_postgres as server;

#[test]
fn everything_is_there_after_opening_again() {
    let address = server::database();
    let store = PostgresStore::open(&address).unwrap();
    store.admit(&[person("1")], &[], &event(Action::Imported)).unwrap();
    store.remember(b"nonce", 160, 100).unwrap();
    drop(store);
    let store = PostgresStore::open(&address).unwrap();
    assert_eq!(store.person("1").unwrap(), Some(person("1")));
    assert_eq!(store.remember(b"nonce", 160, 100).unwrap(), Seen::Before);
}

#[test]
fn tables_of_a_newer_version_are_refused() {
    let address = server::database();
    drop(PostgresStore::open(&address).unwrap());
    server::client(&address).batch_execute("INSERT INTO schema_versions (version) VALUES (99)").unwrap();
    let refused = PostgresStore::open(&address).unwrap_err();
    assert!(matches!(refused, StoreError::NewerSchema { got: 99, expected: 9, .. }), "{refused}");
}

/// Another process brings the tables to a newer version while this one runs.
#[test]
fn a_process_says_that_the_tables_have_become_newer() {
    let address = server::database();
    let store = PostgresStore::open(&address).unwrap();
    assert_eq!(store.published_version(Document::Bundle).unwrap(), 0);
    let mut client = server::client(&address);
    client.batch_execute("INSERT INTO schema_versions (version) VALUES (99)").unwrap();
    let refused = store.published_version(Document::Bundle).unwrap_err();
    assert!(matches!(refused, StoreError::NewerSchema { got: 99, .. }), "{refused}");
}

/// A statement that was prepared goes on when another process adds a column: each names what it reads.
#[test]
fn a_column_more_breaks_no_statement() {
    let address = server::database();
    let store = PostgresStore::open(&address).unwrap();
    let row = Quarantined {
        person: person("2"),
        reason: Reason::SameIdNumber { of: "1".into() },
        at: 5,
        source: "a file".into(),
    };
    let read = || {
        store.admit(&[person("1")], std::slice::from_ref(&row), &event(Action::Imported)).unwrap();
        store.admit(&[person("1")], std::slice::from_ref(&row), &event(Action::Imported)).unwrap();
        store.registered("1").unwrap().unwrap();
        store.known_as("1").unwrap();
        let id = row.id().unwrap();
        store.quarantined(&id).unwrap().unwrap();
        assert_eq!(
            (store.quarantined_as("2").unwrap().len(), store.quarantine(None, 9).unwrap().len()),
            (1, 1)
        );
        store.decisions_on("1").unwrap();
        store.feed_position("births").unwrap();
        store.entries_of("1").unwrap();
        store.lists().unwrap();
        store.not_valid(0).unwrap();
        store.events(0, 9).unwrap();
        store.end().unwrap();
        store.officer("amina").unwrap();
        store.officers().unwrap();
        store.correction(&CorrectionId([0; 16])).unwrap();
        store.corrections_of("1").unwrap();
        store.open_corrections(None, 9).unwrap();
        store.latest(Document::Bundle).unwrap();
        store.ticket(&TicketId([0; 32]), 0).unwrap();
        store.tickets_of("1", 0).unwrap();
        store.verifiers().unwrap();
    };
    read();
    let mut client = server::client(&address);
    let tables = "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'";
    for table in client.query(tables, &[]).unwrap() {
        let table: String = table.get(0);
        client.batch_execute(&format!("ALTER TABLE {table} ADD COLUMN more integer")).unwrap();
    }
    read();
}

/// An entry that was altered so that nothing reads it any more is named all the same.
#[test]
fn an_entry_that_cannot_be_read_is_named() {
    let address = server::database();
    let store = PostgresStore::open(&address).unwrap();
    store.log(&vec![event(Action::Issued); 9]).unwrap();
    let mut client = server::client(&address);
    let alter = "ALTER TABLE audit DISABLE TRIGGER append_only, DROP CONSTRAINT audit_digest_check;
        UPDATE audit SET action = 99 WHERE number = 5; UPDATE audit SET digest = '\\x01' WHERE number = 7";
    client.batch_execute(alter).unwrap();
    for (from, expected) in [(0, 5), (5, 5), (6, 7)] {
        let refused = store.events(from, 9).unwrap_err();
        assert!(
            matches!(refused, StoreError::UnreadableEntry { number, .. } if number == expected),
            "{refused}"
        );
    }
    assert_eq!(store.events(8, 9).unwrap().len(), 1);
}

/// Rows that an older version of this program quarantined, and people of whom nothing is withheld.
#[test]
fn tables_of_an_older_version_are_completed() {
    let address = server::database();
    let mut client = server::client(&address);
    for step in [
        include_str!("../../src/postgres/migrations/0001-first.sql"),
        include_str!("../../src/postgres/migrations/0002-service.sql"),
        include_str!("../../src/postgres/migrations/0003-allocation.sql"),
        "CREATE TABLE schema_versions (version integer PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now());
        INSERT INTO schema_versions (version) VALUES (1), (2), (3);
        INSERT INTO people VALUES ('1', '31', 'Achieng', 'Odhiambo', 9862, 0, '{KE}', 'Kisumu', 'Ahero', 'KE',
            '+254700000001', NULL, NULL, NULL, 7, NULL);
        INSERT INTO quarantine SELECT upi, id_number, given_name, family_name, birthdate, sex, nationalities, county,
                locality, country, phone, NULL, NULL, NULL, decode(repeat(digit, 64), 'hex'), differs, of, likeness, 5, 'a file'
            FROM people, (VALUES ('1', '{county}'::text[], NULL, NULL), ('2', NULL, '9', 973)) AS row (digit, differs, of, likeness)",
    ] {
        client.batch_execute(step).unwrap();
    }
    let store = PostgresStore::open(&address).unwrap();
    let registered = store.registered("1").unwrap().unwrap();
    assert_eq!(registered.person, person("1"));
    assert_eq!((registered.standing.revision, registered.standing.withheld.has_any()), (7, false));
    let rows = store.quarantined_as("1").unwrap();
    let reasons: Vec<_> = rows.into_iter().map(|(_, row)| row.reason).collect();
    let differs = vec!["county".to_owned()];
    assert_eq!(
        reasons,
        [Reason::UpiTaken { differs }, Reason::LikelyDuplicate { of: "9".into(), likeness: 973 }]
    );
}

/// Whoever was in the register before there was the index by any name is in it once the store was opened.
#[test]
fn people_of_before_are_found_by_any_name() {
    let address = server::database();
    let store = PostgresStore::open(&address).unwrap();
    let people: Vec<_> = (0..25).map(|n| person(&format!("{n:014}"))).collect();
    store.admit(&people, &[], &event(Action::Imported)).unwrap();
    drop(store);
    // As the steps from the fifth on find them.
    let before = "DROP TABLE people_names, decisions, people_changes, paces; DELETE FROM schema_versions WHERE version >= 5;
        ALTER TABLE people DROP COLUMN changed;
        ALTER TABLE publications DROP COLUMN entries;
        ALTER TABLE status_lists DROP COLUMN valid_until, DROP COLUMN changes;
        ALTER TABLE not_valid DROP COLUMN valid_until;
        CREATE INDEX people_by_name ON people (family_name)";
    server::client(&address).batch_execute(before).unwrap();
    for _ in 0..2 {
        let store = PostgresStore::open(&address).unwrap();
        assert_eq!(store.named("achi odhiambo", 99).unwrap(), people);
        drop(store);
    }
}

/// Copies that an older version of this program recorded: when each ends is found out.
#[test]
fn lists_of_before_end_with_their_last_copy() {
    let address = server::database();
    let store = PostgresStore::open(&address).unwrap();
    let copies = [7, 9].map(|valid_until| NewCopy {
        upi: valid_until.to_string(),
        revision: 0,
        credential_type: "maisha-id".into(),
        holder_key: [1; 32],
        valid_from: 0,
        valid_until,
    });
    crate::record(&store, &copies, ListSize::DEFAULT, &mut ChaCha20Rng::seed_from_u64(7));
    for copy in &copies {
        store.change_status(&copy.upi, None, Change::Revoke, &event(Action::Revoked)).unwrap();
    }
    drop(store);
    let before = "DELETE FROM schema_versions WHERE version >= 9;
        ALTER TABLE status_lists DROP COLUMN valid_until, DROP COLUMN changes;
        ALTER TABLE not_valid DROP COLUMN valid_until";
    server::client(&address).batch_execute(before).unwrap();
    let store = PostgresStore::open(&address).unwrap();
    assert_eq!(store.lists().unwrap()[0].valid_until, 9);
    assert_eq!(store.not_valid(0).unwrap().len(), 2);
    assert_eq!(store.forget_statuses(7).unwrap(), 1);
    assert_eq!(store.not_valid(0).unwrap().len(), 1);
}

/// A common name is looked up as quickly as a rare one: what is read are the keys that fit.
#[test]
fn a_search_by_name_reads_the_index_alone() {
    let address = server::database();
    let store = PostgresStore::open(&address).unwrap();
    let named = |n: usize| Person {
        given_name: format!("Mary {}", ["Atieno", "Njeri", "Chebet", "Zawadi"][n % 4]),
        family_name: ["Wanjiku", "Wanjiru", "Kamau"][n % 3].into(),
        ..person(&format!("{n:014}"))
    };
    let people: Vec<_> = (0..20_000).map(named).collect();
    store.admit(&people, &[], &event(Action::Imported)).unwrap();
    drop(store);
    let mut client = server::client(&address);
    client.batch_execute("ANALYZE people; ANALYZE people_names").unwrap();
    // What a session counted is told once it has gone.
    let mut counted = |column: &str| -> i64 {
        let others = "SELECT count(*) FROM pg_stat_activity
            WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'";
        while client.query_one(others, &[]).unwrap().get::<_, i64>(0) > 0 {
            std::thread::yield_now();
        }
        let read =
            format!("SELECT sum({column})::bigint FROM pg_stat_user_tables WHERE relname LIKE 'people%'");
        client.query_one(&read, &[]).unwrap().get(0)
    };
    let (whole, keys) = (counted("seq_scan"), counted("idx_scan"));

    let store = PostgresStore::open(&address).unwrap();
    for asked in ["mary", "mary wanj", "zaw mary", "wanjiku mary at", "njeri kamau mary"] {
        assert_eq!(store.named(asked, 100).unwrap().len(), 100, "{asked}");
    }
    drop(store);
    assert!(counted("idx_scan") > keys, "nothing was counted");
    assert_eq!(counted("seq_scan"), whole, "a table was read as a whole");
}

#[test]
fn an_address_that_is_none_is_refused() {
    let refused = PostgresStore::open("postgresql://host:port:port/").unwrap_err();
    assert!(matches!(refused, StoreError::Address { .. }), "{refused}");
}

#[test]
fn a_database_that_is_not_there_is_named_without_its_password() {
    for address in
        ["postgresql://hati:secret@127.0.0.1:1/register", "host=/nowhere user=hati password=secret"]
    {
        let refused = PostgresStore::open(address).unwrap_err();
        assert!(matches!(refused, StoreError::Unreachable { .. }), "{refused}");
        assert!(!format!("{refused} {refused:?}").contains("secret"), "{refused:?}");
    }
}

#[test]
fn the_audit_cannot_be_altered_by_a_slip() {
    let address = server::database();
    let store = PostgresStore::open(&address).unwrap();
    store.admit(&[], &[], &event(Action::Imported)).unwrap();
    let mut client = server::client(&address);
    for slip in ["UPDATE audit SET actor = 'nobody'", "DELETE FROM audit", "TRUNCATE audit"] {
        let refused = client.batch_execute(slip).unwrap_err();
        assert!(refused.as_db_error().unwrap().message().contains("never altered"), "{refused}");
    }
    assert_eq!(store.events(0, 10).unwrap().len(), 1);
}

/// A table is spread over machines by a column that each of its unique keys has. `slots` is spread by its own key.
#[test]
fn what_concerns_a_person_is_keyed_by_the_upi() {
    let address = server::database();
    drop(PostgresStore::open(&address).unwrap());
    let keys = "SELECT c.relname::text, EXISTS (
            SELECT FROM pg_attribute k WHERE k.attrelid = i.indexrelid AND k.attname = 'upi')
        FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'upi'
        WHERE i.indisunique AND c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace ORDER BY 1";
    let keys = server::client(&address).query(keys, &[]).unwrap();
    let keys: Vec<(String, bool)> = keys.iter().map(|row| (row.get(0), row.get(1))).collect();
    let keys: Vec<_> = keys.iter().map(|(table, has_upi)| (table.as_str(), *has_upi)).collect();
    assert_eq!(
        keys,
        [
            ("corrections", true),
            ("decisions", true),
            ("dismissed", true),
            ("ledger", true),
            ("paces", true),
            ("people", true),
            ("people_names", true),
            ("quarantine", true),
            ("slots", false)
        ]
    );
}

#[test]
fn an_index_is_taken_once_whatever_the_program_does() {
    let address = server::database();
    let store = PostgresStore::open(&address).unwrap();
    let copy = NewCopy {
        upi: "1".into(),
        revision: 0,
        credential_type: "maisha-id".into(),
        holder_key: [1; 32],
        valid_from: 0,
        valid_until: 1,
    };
    let mut rng = ChaCha20Rng::seed_from_u64(7);
    crate::record(&store, &[copy], ListSize::DEFAULT, &mut rng);
    let again = "INSERT INTO slots SELECT list, idx, 'another' FROM slots";
    let refused = server::client(&address).batch_execute(again).unwrap_err();
    assert_eq!(refused.code(), Some(&postgres::error::SqlState::UNIQUE_VIOLATION));
}

#[test]
fn a_number_that_is_not_known_is_an_error() {
    let address = server::database();
    let store = PostgresStore::open(&address).unwrap();
    store.admit(&[person("1")], &[], &event(Action::Imported)).unwrap();
    for unknown in [9, -1] {
        server::client(&address).execute("UPDATE people SET sex = $1", &[&(unknown as i16)]).unwrap();
        let refused = store.person("1").unwrap_err();
        assert!(matches!(refused, StoreError::Corrupt { tree: "people", .. }), "{refused}");
    }
}

/// What the database tells of a row names a person; what goes to a log does not.
#[test]
fn an_error_of_the_database_names_nobody() {
    let address = server::database();
    let store = PostgresStore::open(&address).unwrap();
    let check = "ALTER TABLE people ADD CHECK (upi <> '20480163920017')";
    server::client(&address).batch_execute(check).unwrap();
    let refused = store.admit(&[person("20480163920017")], &[], &event(Action::Imported)).unwrap_err();
    assert!(matches!(refused, StoreError::Backend { action: "changing the register", .. }), "{refused}");
    assert!(refused.to_string().contains("SQLSTATE 23514"), "{refused}");
    assert!(!format!("{refused} {refused:?}").contains("20480163920017"), "{refused:?}");
}

#[test]
fn people_come_back_as_they_went() {
    let store = crate::new_postgres();
    let number = std::cell::Cell::new(0);
    let mut runner = proptest::test_runner::TestRunner::default();
    let outcome = runner.run(&(any_person(), any_reason()), |(person, reason)| {
        number.set(number.get() + 1);
        let upi = format!("{}{}", person.upi, number.get());
        // One person's alone, as the UPI is.
        let id_number = person.id_number.map(|it| format!("{it}{}", number.get()));
        let person = Person { upi, id_number, ..person };
        let row = Quarantined { person: person.clone(), reason, at: i64::MIN, source: "'; --".into() };
        let event = event(Action::Imported);
        store.admit(std::slice::from_ref(&person), std::slice::from_ref(&row), &event).unwrap();
        prop_assert_eq!(store.quarantined(&row.id().unwrap()).unwrap(), Some(row));
        prop_assert_eq!(store.person(&person.upi).unwrap(), Some(person));
        Ok(())
    });
    outcome.unwrap();
}

/// Any text but for the one character that PostgreSQL's texts cannot hold, and that no register has.
fn text() -> impl Strategy<Value = String> {
    any::<String>().prop_map(|text| text.replace('\0', ""))
}

fn any_person() -> impl Strategy<Value = Person> {
    let sex = prop_oneof![Just(Sex::Female), Just(Sex::Male), Just(Sex::Intersex)];
    let portrait = (text(), any::<Vec<u8>>(), any::<[u8; 32]>());
    let portrait =
        portrait.prop_map(|(media_type, bytes, source_digest)| Portrait { media_type, bytes, source_digest });
    let names = (text(), proptest::option::of(text()), text(), text());
    let place = (text(), text(), text(), proptest::option::of(text()));
    let rest = (any::<i32>(), sex, proptest::collection::vec(text(), 0..4), proptest::option::of(portrait));
    (names, place, rest).prop_map(|(names, place, rest)| Person {
        upi: names.0,
        id_number: names.1,
        given_name: names.2,
        family_name: names.3,
        county: place.0,
        locality: place.1,
        country: place.2,
        phone: place.3,
        birthdate: rest.0,
        sex: rest.1,
        nationalities: rest.2,
        portrait: rest.3,
    })
}

fn any_reason() -> impl Strategy<Value = Reason> {
    prop_oneof![
        proptest::collection::vec(text(), 0..4).prop_map(|differs| Reason::UpiTaken { differs }),
        proptest::collection::vec(text(), 0..4).prop_map(|differs| Reason::UpiWaiting { differs }),
        (text(), any::<u16>()).prop_map(|(of, likeness)| Reason::LikelyDuplicate { of, likeness }),
        text().prop_map(|of| Reason::SameIdNumber { of }),
    ]
}
