//! What every backend promises: one suite, run against each of them.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "helpers of tests, which clippy.toml allows in test functions alone"
)]

mod changes;
mod crash;
mod ledger;
mod measure;
mod once;
mod postgres_only;
mod register;
mod rest;
mod sled_only;
mod tickets;
mod tls;
mod two_processes;
mod withheld;

use hati_store::{
    Action, Entry, Event, ListSize, MemoryStore, NewCopies, NewCopy, Person, PostgresStore, Sex, SledStore,
    Slot, Store, UsedUp,
};
use rand_chacha::ChaCha20Rng;
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
            $($(#[test] fn $promise() { crate::$module::$promise(&crate::new_postgres()); })+)+
        }
    };
}

promises! {
    register: admitted_people_are_found, admitting_again_changes_nothing, a_taken_upi_refuses_the_whole_call,
        a_upi_twice_in_one_call_is_refused, people_are_found_by_birthdate, people_are_found_by_id_number, an_identity_card_is_one_persons,
        cards_are_looked_at_as_they_are_in_the_end, a_decision_rests_on_what_was_seen,
        who_was_changed_meanwhile_is_told, one_at_a_time_imports, quarantine_keeps_rows_once, quarantine_is_read_page_by_page;
    ledger: an_entry_says_what_was_recorded, indices_are_never_reused, many_at_once_fill_lists_together,
        copies_of_several_people_in_one_transaction, lists_open_as_they_fill,
        indices_are_spread_over_the_list, status_changes_and_revocation_is_for_good,
        a_change_can_name_a_type, nobody_elses_entries_change, only_what_is_not_valid_is_listed,
        a_person_gets_copies_at_a_pace, a_clock_that_was_wrong_is_forgotten,
        of_many_at_once_no_more_get_copies_than_the_pace_has,
        a_list_says_when_the_last_of_its_copies_ends, what_has_ended_is_forgotten, a_list_counts_its_changes;
    once: seen_before_until_it_expires, expired_keys_are_forgotten, keys_have_a_length;
    rest: verifiers_are_registered_and_withdrawn, versions_never_repeat, publications_never_go_back,
        every_change_is_audited, the_end_of_the_audit_is_known, the_audit_is_read_page_by_page;
    changes: an_amended_record_is_found_as_it_is_now, an_amendment_revokes_what_it_makes_wrong,
        nothing_is_made_of_an_older_record, what_is_used_up_by_asking_is_used_up_once,
        a_death_stays_only_where_it_is_said_again, what_somebody_asked_for_ends_with_them,
        changes_are_made_all_or_none, a_quarantined_row_is_decided_on_once, corrections_are_answered_once,
        a_feed_is_followed_in_its_order, people_are_found_by_name_and_telephone, a_common_name_hides_nobody;
    tickets: a_ticket_is_good_until_it_expires, a_ticket_is_exchanged_once,
        of_many_who_show_a_ticket_one_is_served, nothing_is_given_for_another_record, a_replayed_value_exchanges_nothing, what_somebody_holds_can_be_withdrawn,
        an_account_is_saved_as_it_was_seen, what_changes_nothing_can_be_logged;
    withheld: what_is_suspended_is_withheld_until_it_is_reinstated, what_is_withheld_stays_when_a_record_is_amended,
        what_is_revoked_is_given_up_with_every_grant, what_is_revoked_of_one_type_leaves_others_withheld,
        copies_need_the_grant_they_are_asked_for_by, an_amendment_withdraws_what_it_names,
        no_token_outlives_a_revocation_at_the_same_time, a_dismissed_row_never_waits_again,
        who_is_admitted_is_never_found_as_nobody, every_reason_comes_back;
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

/// Somebody with an identity card of their own.
fn person(upi: &str) -> Person {
    Person {
        upi: upi.into(),
        id_number: Some(format!("3{upi}")),
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

/// A new, empty store.
fn new_postgres() -> PostgresStore {
    PostgresStore::open(&hati_test_postgres::database()).unwrap()
}

/// Records copies as they are asked for: nothing used up, nobody's record amended.
fn record(store: &dyn Store, copies: &[NewCopy], list_size: ListSize, rng: &mut ChaCha20Rng) -> Vec<Slot> {
    let new = NewCopies { copies, list_size, grant: None, once: UsedUp::default(), pace: None };
    store.record(&new, rng, &[event(Action::Issued)]).unwrap()
}

/// What the ledger says of a person's copy.
fn entry(store: &dyn Store, upi: &str, slot: Slot) -> Entry {
    store.entries_of(upi).unwrap().into_iter().find(|entry| entry.slot == slot).unwrap()
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
