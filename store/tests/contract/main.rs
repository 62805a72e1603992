//! What every backend promises: one suite, run against each of them.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests, which clippy.toml allows in test functions alone"
)]

mod crash;
mod ledger;
mod measure;
mod once;
mod postgres_only;
mod register;
mod rest;
mod server;
mod sled_only;
mod tls;
mod two_processes;

use hati_store::{Action, Event, MemoryStore, Person, PostgresStore, Sex, SledStore, Store};
use tempfile::TempDir;

/// Runs each promise against each backend, as a test of its own.
macro_rules! promises {
    ($($module:ident: $($promise:ident),+ $(,)?;)+) => {
        mod memory {
            $($(#[test] fn $promise() { crate::$module::$promise(&hati_store::MemoryStore::default()); })+)+
        }
        mod sled {
            $($(#[test] fn $promise() {
                let backend = crate::TempSled::new();
                crate::$module::$promise(&backend.store);
            })+)+
        }
        mod postgres {
            $($(#[test] fn $promise() { crate::$module::$promise(&crate::server::store()); })+)+
        }
    };
}

promises! {
    register: admitted_people_are_found, admitting_again_changes_nothing, a_taken_upi_refuses_the_whole_call,
        a_upi_twice_in_one_call_is_refused, people_are_found_by_birthdate, people_are_found_by_id_number, quarantine_keeps_rows_once,
        quarantine_is_read_page_by_page;
    ledger: an_entry_says_what_was_recorded, indices_are_never_reused, lists_open_as_they_fill,
        indices_are_spread_over_the_list, status_changes_and_revocation_is_for_good,
        a_change_can_name_a_type, nobody_elses_entries_change, only_what_is_not_valid_is_listed;
    once: seen_before_until_it_expires, expired_keys_are_forgotten, keys_have_a_length;
    rest: verifiers_are_registered_and_withdrawn, versions_never_repeat, publications_never_go_back,
        every_change_is_audited, the_audit_is_read_page_by_page;
}

struct TempSled {
    store: SledStore,
    _folder: TempDir,
}

impl TempSled {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { store: SledStore::open(folder.path()).unwrap(), _folder: folder }
    }
}

fn person(upi: &str) -> Person {
    Person {
        upi: upi.into(),
        id_number: Some("31415926".into()),
        given_name: "Achieng".into(),
        family_name: "Odhiambo".into(),
        birthdate: 9_862,
        sex: Sex::Female,
        nationalities: vec!["KE".into()],
        county: "Kisumu".into(),
        locality: "Ahero".into(),
        country: "KE".into(),
        phone: Some("+254700000001".into()),
        portrait: None,
    }
}

fn event(action: Action) -> Event {
    Event::new(1_790_000_000, "test", action, "a subject")
}

/// Every backend is what an issuer asks for.
#[test]
fn backends_are_stores() {
    fn is_store(_: &dyn Store) {}
    is_store(&MemoryStore::default());
    is_store(&TempSled::new().store);
    let _: fn(&PostgresStore) = |store| is_store(store);
}
