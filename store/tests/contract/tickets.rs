//! Promises about tickets and officers.

use hati_store::{
    Action, Event, Officer, Role, Seen, SeenRecord, Store, StoreError, Ticket, TicketId, TicketKind, UsedUp,
};

use crate::event;

pub(crate) fn a_ticket_is_good_until_it_expires(store: &dyn Store) {
    let ticket = ticket(TicketKind::AccessToken, "secret", "1", 200);
    store.keep(std::slice::from_ref(&ticket), &[event(Action::Offered)]).unwrap();
    assert_eq!(store.ticket(&ticket.id, 199).unwrap(), Some(ticket.clone()));
    assert_eq!(store.ticket(&ticket.id, 200).unwrap(), None);
    // The same secret of another kind is another ticket.
    let other = TicketId::of(TicketKind::RefreshToken, b"secret");
    assert_eq!(store.ticket(&other, 0).unwrap(), None);
    assert_eq!(store.forget_tickets(199).unwrap(), 0);
    assert_eq!(store.forget_tickets(200).unwrap(), 1);
    assert_eq!(store.ticket(&ticket.id, 0).unwrap(), None);
    assert_eq!(store.tickets_of("1", 0).unwrap(), []);
    assert_eq!(store.events(0, 9).unwrap().len(), 1);
}

pub(crate) fn a_ticket_is_exchanged_once(store: &dyn Store) {
    let code = ticket(TicketKind::AuthorizationCode, "code", "1", 200);
    let tokens = [
        ticket(TicketKind::AccessToken, "access", "1", 300),
        ticket(TicketKind::RefreshToken, "refresh", "1", 400),
    ];
    store.keep(std::slice::from_ref(&code), &[]).unwrap();
    let seen_otherwise = Ticket { value: b"another".to_vec(), ..code.clone() };
    assert!(
        !store.exchange(&seen_otherwise, &tokens, UsedUp::default(), &[event(Action::SignedIn)]).unwrap()
    );
    assert!(store.exchange(&code, &tokens, UsedUp::default(), &[event(Action::SignedIn)]).unwrap());
    assert!(!store.exchange(&code, &tokens, UsedUp::default(), &[event(Action::SignedIn)]).unwrap());
    assert_eq!(store.ticket(&code.id, 0).unwrap(), None);
    for token in &tokens {
        assert_eq!(store.ticket(&token.id, 0).unwrap().as_ref(), Some(token));
    }
    assert_eq!(store.events(0, 9).unwrap().len(), 1);
    // A count of attempts: the same id, another value.
    let counted = Ticket { value: vec![1], ..tokens[0].clone() };
    assert!(store.exchange(&tokens[0], std::slice::from_ref(&counted), UsedUp::default(), &[]).unwrap());
    assert_eq!(store.ticket(&counted.id, 0).unwrap(), Some(counted));
}

pub(crate) fn of_many_who_show_a_ticket_one_is_served(store: &dyn Store) {
    let code = ticket(TicketKind::PreAuthorizedCode, "code", "1", 200);
    store.keep(std::slice::from_ref(&code), &[]).unwrap();
    let served = std::thread::scope(|scope| {
        let tries: Vec<_> = (0..8)
            .map(|number: u8| {
                let token = ticket(TicketKind::AccessToken, &number.to_string(), "1", 300);
                let code = &code;
                scope.spawn(move || {
                    store.exchange(code, &[token], UsedUp::default(), &[event(Action::Offered)]).unwrap()
                })
            })
            .collect();
        tries.into_iter().map(|it| it.join().unwrap()).filter(|served| *served).count()
    });
    assert_eq!(served, 1);
    assert_eq!(store.tickets_of("1", 0).unwrap().len(), 1);
    assert_eq!(store.events(0, 9).unwrap().len(), 1);
}

/// A sign-in that was right for the record as it was, and is to become a code for what is somebody else's now.
pub(crate) fn nothing_is_given_for_another_record(store: &dyn Store) {
    let person = crate::person("1");
    store.admit(std::slice::from_ref(&person), &[], &event(Action::Imported)).unwrap();
    let sign_in = ticket(TicketKind::SigningIn, "cookie", "", 200);
    let code = [ticket(TicketKind::AuthorizationCode, "code", "1", 300)];
    store.keep(std::slice::from_ref(&sign_in), &[]).unwrap();
    let amended = hati_store::Amendment {
        person,
        died: None,
        revision: 0,
        revoke: Vec::new(),
        withdraw: TicketKind::GRANTS.to_vec(),
        is_another: true,
    };
    store.apply(&[hati_store::RegisterChange::Amend(amended)], &[event(Action::Amended)]).unwrap();
    let exchange = |revision| {
        let record = Some(SeenRecord { upi: "1", revision });
        store.exchange_as(record, &sign_in, &code, UsedUp::default(), &[event(Action::SignedIn)]).unwrap()
    };
    assert!(!exchange(0));
    assert_eq!(store.tickets_of("1", 0).unwrap(), []);
    assert_eq!(store.ticket(&sign_in.id, 0).unwrap().as_ref(), Some(&sign_in));
    assert_eq!(store.events(0, 9).unwrap().len(), 2);
    assert!(exchange(1));
    assert_eq!(store.tickets_of("1", 0).unwrap(), code);
}

pub(crate) fn a_replayed_value_exchanges_nothing(store: &dyn Store) {
    let code = ticket(TicketKind::AuthorizationCode, "code", "1", 200);
    let token = ticket(TicketKind::AccessToken, "access", "1", 300);
    store.keep(std::slice::from_ref(&code), &[]).unwrap();
    store.remember(b"seen", 150, 100).unwrap();
    let values = |names: &[&str]| names.iter().map(|it| (it.as_bytes().to_vec(), 150)).collect::<Vec<_>>();
    let tokens = std::slice::from_ref(&token);
    for replayed in [values(&["new", "seen"]), values(&["new", "new"])] {
        let once = UsedUp { values: &replayed, now: 100 };
        let refused = store.exchange(&code, tokens, once, &[event(Action::SignedIn)]).unwrap_err();
        assert!(matches!(refused, StoreError::Replayed), "{refused}");
    }
    assert_eq!(store.ticket(&code.id, 0).unwrap().as_ref(), Some(&code));
    assert_eq!(store.ticket(&token.id, 0).unwrap(), None);
    assert_eq!(store.events(0, 9).unwrap().len(), 0);
    // A value counts again once it has expired.
    let used = values(&["new", "seen"]);
    assert!(store.exchange(&code, tokens, UsedUp { values: &used, now: 150 }, &[]).unwrap());
    assert_eq!(store.remember(b"new", 150, 100).unwrap(), Seen::Before);
}

pub(crate) fn what_somebody_holds_can_be_withdrawn(store: &dyn Store) {
    let kinds = [TicketKind::AccessToken, TicketKind::RefreshToken, TicketKind::Activation];
    let mut held: Vec<_> = kinds.iter().map(|kind| ticket(*kind, "a", "1", 200)).collect();
    held.sort_by_key(|it| it.id);
    store.keep(&held, &[]).unwrap();
    store.keep(&[ticket(TicketKind::AccessToken, "b", "11", 200)], &[]).unwrap();
    assert_eq!(store.tickets_of("1", 199).unwrap(), held);
    assert_eq!(store.tickets_of("1", 200).unwrap(), []);
    let withdrawn = store.withdraw("1", &kinds[..2], &[event(Action::Suspended)]).unwrap();
    assert_eq!(withdrawn, 2);
    let left = store.tickets_of("1", 0).unwrap();
    assert_eq!(left.iter().map(|it| it.kind).collect::<Vec<_>>(), [TicketKind::Activation]);
    assert_eq!(store.tickets_of("11", 0).unwrap().len(), 1);
}

pub(crate) fn an_account_is_saved_as_it_was_seen(store: &dyn Store) {
    let amina = officer("amina");
    assert!(store.save_officer(None, &amina, &[event(Action::OfficerChanged)]).unwrap());
    assert!(!store.save_officer(None, &amina, &[event(Action::OfficerChanged)]).unwrap());
    let failed = Officer { failures: 1, locked_until: 5, last_step: u64::from(u32::MAX), ..amina.clone() };
    assert!(store.save_officer(Some(&amina), &failed, &[]).unwrap());
    assert!(!store.save_officer(Some(&amina), &failed, &[]).unwrap());
    assert!(!store.save_officer(Some(&officer("juma")), &officer("juma"), &[]).unwrap());
    assert!(store.save_officer(None, &officer("baraka"), &[]).unwrap());
    assert_eq!(store.officer("amina").unwrap(), Some(failed.clone()));
    assert_eq!(store.officer("juma").unwrap(), None);
    assert_eq!(store.officers().unwrap(), [failed, officer("baraka")]);
    assert_eq!(store.events(0, 9).unwrap().len(), 1);
}

pub(crate) fn what_changes_nothing_can_be_logged(store: &dyn Store) {
    let seen = |subject: &str| Event::new(5, "amina", Action::Consulted, subject);
    store.log(&[seen("1"), seen("2")]).unwrap();
    store.log(&[seen("3")]).unwrap();
    let events = store.events(0, 9).unwrap();
    assert_eq!(events.iter().map(|it| it.event.subject.as_str()).collect::<Vec<_>>(), ["1", "2", "3"]);
    hati_store::check_chain(None, &events).unwrap();
}

fn ticket(kind: TicketKind, secret: &str, owner: &str, expires: i64) -> Ticket {
    let id = TicketId::of(kind, secret.as_bytes());
    Ticket { id, kind, owner: owner.into(), value: vec![0, 255], expires }
}

fn officer(name: &str) -> Officer {
    Officer {
        name: name.into(),
        roles: vec![Role::Registering, Role::Issuing],
        password: "$argon2id$".into(),
        second_factor: vec![1, 2],
        last_step: 0,
        failures: 0,
        locked_until: 0,
        closed: false,
    }
}
