//! Several processes on one PostgreSQL, and servers that go away.

use hati_store::{
    Action, Amendment, Audit, PostgresStore, Register, RegisterChange, SeenRecord, StoreError, Ticket,
    TicketId, TicketKind, Tickets, UsedUp, check_chain,
};
use postgres::Client;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use crate::crash::{self, Acknowledged, Writer};
use crate::{event, person};
use hati_test_postgres::{self as server, Server};

#[test]
fn two_processes_reuse_nothing_and_lose_nothing() {
    const NAME: &str = "two_processes::two_processes_reuse_nothing_and_lose_nothing";
    const ROUNDS: u64 = 150;
    if let Some(address) = crash::store_to_write() {
        crash::write(&PostgresStore::open(&address).unwrap(), ROUNDS);
    }
    let address = server::database();
    let writers = [0, 1].map(|writer| Writer::start(NAME, &address, writer));
    let mut acknowledged = Acknowledged::default();
    for writer in writers {
        acknowledged.add(writer.finish());
    }
    let store = PostgresStore::open(&address).unwrap();
    acknowledged.check(&store);
    assert_eq!(acknowledged.rows.len() as u64, 2 * ROUNDS);
    assert_eq!(store.population().unwrap(), 2 * ROUNDS);
    assert_eq!(used(&address), acknowledged.slots.len() as i64);
    // Each round is two events: a person admitted, copies issued.
    let events = store.events(0, usize::MAX).unwrap();
    assert_eq!(events.len() as u64, 4 * ROUNDS);
    check_chain(None, &events).unwrap();
}

#[test]
fn nothing_acknowledged_is_lost_when_processes_are_killed() {
    const NAME: &str = "two_processes::nothing_acknowledged_is_lost_when_processes_are_killed";
    if let Some(address) = crash::store_to_write() {
        crash::write(&PostgresStore::open(&address).unwrap(), u64::MAX);
    }
    let address = server::database();
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    let mut acknowledged = Acknowledged::default();
    for _ in 0..crash::kills().div_ceil(2) {
        let writers = [0, 1].map(|writer| Writer::start(NAME, &address, writer));
        for writer in writers {
            acknowledged.add(writer.kill_after(5 + rng.next_u32() % 30));
        }
        end_other_sessions(&mut server::client(&address));
        acknowledged.check(&PostgresStore::open(&address).unwrap());
    }
    acknowledged.check_all(&PostgresStore::open(&address).unwrap());
    println!("{} kills, {} acknowledged writes, none lost", crash::kills(), acknowledged.rows.len());
    assert!(acknowledged.rows.len() > 50);
}

#[test]
fn nothing_acknowledged_is_lost_when_the_server_crashes() {
    let mut server = Server::start();
    let address = server.database();
    // A careless operator's setting: the store asks for more.
    server::client(&address).batch_execute("ALTER DATABASE test_0 SET synchronous_commit = off").unwrap();
    let store = PostgresStore::open(&address).unwrap();
    for round in 0..3 {
        for number in 0..20 {
            let person = person(&format!("{round}{number:013}"));
            store.admit(&[person], &[], &event(Action::Imported)).unwrap();
        }
        server.crash();
        server.run();
        // The same store: its dead connections are replaced.
        assert_eq!(store.population().unwrap(), 20 * (round + 1));
        check_chain(None, &store.events(0, usize::MAX).unwrap()).unwrap();
    }
}

#[test]
fn a_lost_connection_says_so_and_leaves_nothing_behind() {
    let mut server = Server::start();
    let address = server.database();
    let store = PostgresStore::open(&address).unwrap();
    let mut other = server::client(&address);
    let outcome = std::thread::scope(|scope| {
        let mut holding = other.transaction().unwrap();
        holding.execute("SELECT number FROM audit_end FOR UPDATE", &[]).unwrap();
        // The person is written, and the change waits for its place in the audit.
        let admitting = scope.spawn(|| store.admit(&[person("1")], &[], &event(Action::Imported)));
        wait_until_one_waits(&mut server::client(&address));
        server.crash();
        let outcome = admitting.join().unwrap();
        drop(holding);
        outcome
    });
    let lost = outcome.unwrap_err();
    assert!(matches!(lost, StoreError::ConnectionLost { action: "changing the register", .. }), "{lost}");
    server.run();
    assert_eq!(store.person("1").unwrap(), None);
    assert!(store.events(0, 10).unwrap().is_empty());
    store.admit(&[person("1")], &[], &event(Action::Imported)).unwrap();
    assert_eq!(store.events(0, 10).unwrap().len(), 1);
}

#[test]
fn a_change_that_met_another_is_tried_again() {
    // A connection that has waited for this long is looked at: the store's is, in good time, and the other never.
    let address = format!("{} options='-c deadlock_timeout=3s'", server::as_operator(&server::database()));
    let store = PostgresStore::open(&address).unwrap();
    let mut other = server::client(&address);
    other.batch_execute("SET deadlock_timeout = '1h'").unwrap();
    std::thread::scope(|scope| {
        let mut crossing = other.transaction().unwrap();
        crossing.execute("SELECT number FROM audit_end FOR UPDATE", &[]).unwrap();
        let admitting = scope.spawn(|| store.admit(&[person("1")], &[], &event(Action::Imported)));
        wait_until_one_waits(&mut server::client(&address));
        // Waits for the person that the store is about to admit, while the store waits for the audit.
        let insert =
            "INSERT INTO people SELECT '1', null, '', '', 0, 0, '{}', '', '', '' ON CONFLICT DO NOTHING";
        assert_eq!(crossing.execute(insert, &[]).unwrap(), 1);
        crossing.rollback().unwrap();
        admitting.join().unwrap().unwrap();
    });
    assert_eq!(store.person("1").unwrap(), Some(person("1")));
    assert_eq!(store.events(0, 10).unwrap().len(), 1);
}

/// An officer's session is renewed while it is withdrawn: what takes the old one's place is withdrawn too, though there is no row of
/// an officer's that both could lock.
#[test]
fn what_is_being_exchanged_is_withdrawn_too() {
    let address = server::database();
    let store = PostgresStore::open(&address).unwrap();
    let (id, kind) = (TicketId([1; 32]), TicketKind::Session);
    let session = Ticket { id, kind, owner: "amina".into(), value: vec![1], expires: 100 };
    let renewed = [Ticket { expires: 200, ..session.clone() }];
    store.keep(std::slice::from_ref(&session), &[]).unwrap();
    let mut other = server::client(&address);
    std::thread::scope(|scope| {
        // The renewed one is written, and the exchange waits for its place in the audit.
        let mut holding = other.transaction().unwrap();
        holding.execute("SELECT number FROM audit_end FOR UPDATE", &[]).unwrap();
        let exchanging =
            scope.spawn(|| store.exchange(&session, &renewed, UsedUp::default(), &[event(Action::SignedIn)]));
        wait_until_wait(&mut server::client(&address), 1);
        let withdrawing = scope.spawn(|| store.withdraw("amina", &[TicketKind::Session], &[]));
        wait_until_wait(&mut server::client(&address), 2);
        holding.rollback().unwrap();
        assert!(exchanging.join().unwrap().unwrap());
        assert_eq!(withdrawing.join().unwrap().unwrap(), 1);
    });
    assert_eq!(store.tickets_of("amina", 0).unwrap(), []);
}

/// Of an exchange that is under way and an amendment that makes the record another person's, the second waits.
#[test]
fn a_record_is_not_amended_while_something_is_given_for_it() {
    let address = server::database();
    let store = PostgresStore::open(&address).unwrap();
    store.admit(&[person("1")], &[], &event(Action::Imported)).unwrap();
    let ticket = |kind, owner: &str, id| Ticket {
        id: TicketId([id; 32]),
        kind,
        owner: owner.into(),
        value: vec![1],
        expires: 100,
    };
    let sign_in = ticket(TicketKind::SigningIn, "", 1);
    let code = [ticket(TicketKind::AuthorizationCode, "1", 2)];
    store.keep(std::slice::from_ref(&sign_in), &[]).unwrap();
    let another = RegisterChange::Amend(Amendment {
        person: person("1"),
        died: None,
        revision: 0,
        revoke: Vec::new(),
        withdraw: TicketKind::GRANTS.to_vec(),
        is_another: true,
    });
    let mut other = server::client(&address);
    std::thread::scope(|scope| {
        let mut holding = other.transaction().unwrap();
        holding.execute("SELECT number FROM audit_end FOR UPDATE", &[]).unwrap();
        let exchanging = scope.spawn(|| {
            let record = Some(SeenRecord { upi: "1", revision: 0 });
            store.exchange_as(record, &sign_in, &code, UsedUp::default(), &[event(Action::SignedIn)])
        });
        wait_until_wait(&mut server::client(&address), 1);
        let amending = scope.spawn(|| store.apply(&[another], &[event(Action::Amended)]));
        wait_until_wait(&mut server::client(&address), 2);
        holding.rollback().unwrap();
        assert!(exchanging.join().unwrap().unwrap());
        assert_eq!(amending.join().unwrap().unwrap().withdrawn, 1);
    });
    assert_eq!(store.tickets_of("1", 0).unwrap(), []);
}

#[test]
fn many_processes_may_open_a_new_database_at_once() {
    let address = server::database();
    std::thread::scope(|scope| {
        let opening: Vec<_> = (0..6).map(|_| scope.spawn(|| PostgresStore::open(&address))).collect();
        for store in opening {
            assert_eq!(store.join().unwrap().unwrap().population().unwrap(), 0);
        }
    });
}

/// What a killed process had sent may still be under way; with its session it has come to its end. The server's own
/// processes, such as one that vacuums, are not for this user to end.
fn end_other_sessions(client: &mut Client) {
    let others = "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity
        WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()";
    client.execute(others, &[]).unwrap();
}

fn wait_until_one_waits(client: &mut Client) {
    wait_until_wait(client, 1);
}

fn wait_until_wait(client: &mut Client, number: usize) {
    let waiting = "SELECT pid FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock'";
    while client.query(waiting, &[]).unwrap().len() < number {}
}

fn used(address: &str) -> i64 {
    let sum = "SELECT sum(used) FROM status_lists";
    server::client(address).query_one(sum, &[]).unwrap().get(0)
}
