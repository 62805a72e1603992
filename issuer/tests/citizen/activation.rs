use std::sync::Barrier;

use hati_formats::time::{SECONDS_PER_DAY, Timestamp};
use hati_issuer::activation::{Activation, ActivationCode, ActivationError, DEFAULT_DAYS, MAX_DAYS};
use hati_issuer::actor::Actor;
use hati_issuer::home::Home;
use hati_store::{Amendment, Event, RegisterChange};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;

use super::{ACHIENG, MWANGI, NOBODY, Office, now, rng};

fn with_home(test: impl FnOnce(&Home, &Activation<'_>)) {
    Office::open().with_home(now, |home| test(home, &Activation::of(home)));
}

fn wrong(seed: u64) -> String {
    ActivationCode::generate(&mut ChaCha20Rng::seed_from_u64(1_000 + seed)).to_string()
}

fn code(activation: &Activation<'_>) -> String {
    activation.make(ACHIENG, DEFAULT_DAYS, &Actor::officer("wanjiku"), now(), &mut rng()).unwrap().to_string()
}

#[test]
fn a_code_signs_its_person_in_until_it_expires() {
    with_home(|_, activation| {
        let code = code(activation);
        let check = |upi, now: Timestamp| activation.check(upi, &code.to_lowercase(), now);
        assert_eq!(check(ACHIENG, now()).unwrap().upi(), ACHIENG);
        let end = now().plus_seconds(i64::from(DEFAULT_DAYS) * SECONDS_PER_DAY);
        assert!(check(ACHIENG, end.plus_seconds(-1)).is_ok());
        assert!(matches!(check(ACHIENG, end), Err(ActivationError::Wrong)));
        assert!(matches!(check(MWANGI, now()), Err(ActivationError::Wrong)));
    });
}

/// An officer gives the record to another person between the code and what it is shown for.
#[test]
fn who_signed_in_is_known_with_the_record_that_was_theirs() {
    with_home(|home, activation| {
        let code = code(activation);
        let citizen = activation.check(ACHIENG, &code, now()).unwrap();
        let person = home.store.person(ACHIENG).unwrap().unwrap();
        let another = Amendment {
            person,
            died: None,
            revision: 0,
            revoke: Vec::new(),
            withdraw: Vec::new(),
            is_another: true,
        };
        home.store.apply(&[RegisterChange::Amend(another)], &[]).unwrap();
        assert_eq!(citizen.revision(), 0);
        assert_eq!(home.store.registered(ACHIENG).unwrap().unwrap().standing.revision, 1);
        assert_eq!(activation.check(ACHIENG, &code, now()).unwrap().revision(), 1);
    });
}

#[test]
fn guesses_at_nobody_do_not_fill_the_audit() {
    with_home(|home, activation| {
        let guess = |number: u32, at: i64| {
            let upi = format!("{number:014}");
            let refused = activation.check(&upi, &wrong(number.into()), now().plus_seconds(at));
            assert!(matches!(refused, Err(ActivationError::Wrong)));
        };
        let before = home.store.end().unwrap().entries;
        (0..300).for_each(|number| guess(number, 0));
        assert_eq!(home.store.end().unwrap().entries, before + 1);
        guess(300, 60);
        assert_eq!(home.store.end().unwrap().entries, before + 2);
        let newest = home.store.events(before + 1, 9).unwrap().remove(0).event;
        assert_eq!(newest.subject, "UPIs of nobody");
        // And what is counted of them is kept for an hour.
        let forgotten = home.store.forget_tickets(now().plus_seconds(3_600).seconds()).unwrap();
        assert!(forgotten >= 300, "{forgotten}");
        // At somebody who is registered each is told.
        for seed in 0..3 {
            activation.check(MWANGI, &wrong(seed), now()).unwrap_err();
        }
        assert_eq!(home.store.end().unwrap().entries, before + 5);
    });
}

#[test]
fn a_new_code_takes_the_place_of_the_old() {
    with_home(|_, activation| {
        let old = code(activation);
        let new = activation
            .make(ACHIENG, 1, &Actor::officer("wanjiku"), now(), &mut ChaCha20Rng::seed_from_u64(9))
            .unwrap();
        assert!(matches!(activation.check(ACHIENG, &old, now()), Err(ActivationError::Wrong)));
        assert!(activation.check(ACHIENG, &new.to_string(), now()).is_ok());
    });
}

#[test]
fn only_living_people_get_codes_for_a_bounded_time() {
    with_home(|home, activation| {
        let make = |upi, days| activation.make(upi, days, &Actor::officer("wanjiku"), now(), &mut rng());
        assert!(matches!(make(NOBODY, 1), Err(ActivationError::Unknown { .. })));
        for days in [0, MAX_DAYS + 1] {
            assert!(matches!(make(ACHIENG, days), Err(ActivationError::Days { got }) if got == days));
        }
        let person = home.store.person(ACHIENG).unwrap().unwrap();
        let died = Amendment {
            person,
            died: Some(20_000),
            revision: 0,
            revoke: Vec::new(),
            withdraw: Vec::new(),
            is_another: false,
        };
        let event = Event::new(0, "officer", hati_store::Action::DeathRegistered, ACHIENG);
        home.store.apply(&[RegisterChange::Amend(died)], &[event]).unwrap();
        assert!(matches!(make(ACHIENG, 1), Err(ActivationError::Unknown { .. })));
    });
}

#[test]
fn wrong_codes_lock_for_a_growing_time() {
    with_home(|_, activation| {
        let code = code(activation);
        let try_at = |text: &str, at: i64| activation.check(ACHIENG, text, now().plus_seconds(at));
        for seed in 0..5 {
            assert!(matches!(try_at(&wrong(seed), 0), Err(ActivationError::Wrong)), "{seed}");
        }
        let quarter = 15 * 60;
        for text in [&code, &wrong(6)] {
            let locked = try_at(text, quarter - 1).unwrap_err();
            assert!(
                matches!(locked, ActivationError::Locked { until } if until == now().plus_seconds(quarter))
            );
        }
        // One more, and twice as long; then the right one ends the count.
        assert!(matches!(try_at(&wrong(7), quarter), Err(ActivationError::Wrong)));
        assert!(matches!(try_at(&code, 3 * quarter - 1), Err(ActivationError::Locked { .. })));
        assert!(try_at(&code, 3 * quarter).is_ok());
        assert!(matches!(try_at(&wrong(8), 3 * quarter), Err(ActivationError::Wrong)));
        assert!(try_at(&code, 3 * quarter).is_ok());
    });
}

#[test]
fn a_typing_mistake_costs_no_attempt() {
    with_home(|_, activation| {
        let code = code(activation);
        for _ in 0..20 {
            let typed = activation.check(ACHIENG, &code[1..], now());
            assert!(matches!(typed, Err(ActivationError::Mistyped(_))));
        }
        assert!(activation.check(ACHIENG, &code, now()).is_ok());
    });
}

/// Somebody with a code, somebody without, and nobody: the same answers in the same order.
#[test]
fn who_is_not_there_is_refused_like_who_is() {
    with_home(|_, activation| {
        code(activation);
        let answers = |upi: &str| -> Vec<String> {
            let check = |seed| activation.check(upi, &wrong(seed), now()).unwrap_err().to_string();
            (0..7).map(check).collect()
        };
        let expected = answers(ACHIENG);
        assert!(expected[4].contains("do not belong together") && expected[5].contains("too many"));
        assert_eq!(answers(MWANGI), expected);
        assert_eq!(answers(NOBODY), expected);
        for upi in ["", "1", "2048016392001x", "204801639200170", "20480163920017\0"] {
            assert!(
                matches!(activation.check(upi, &wrong(1), now()), Err(ActivationError::Wrong)),
                "{upi:?}"
            );
        }
    });
}

/// However many come at once, five are heard.
#[test]
fn guesses_at_the_same_time_all_count() {
    const GUESSES: usize = 32;
    with_home(|home, activation| {
        code(activation);
        let barrier = Barrier::new(GUESSES);
        let heard = std::thread::scope(|scope| {
            let guess = |seed: u64| {
                let barrier = &barrier;
                move || {
                    barrier.wait();
                    matches!(
                        Activation::of(home).check(ACHIENG, &wrong(seed), now()),
                        Err(ActivationError::Wrong)
                    )
                }
            };
            let threads: Vec<_> = (0..GUESSES as u64).map(|seed| scope.spawn(guess(seed))).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).filter(|heard| *heard).count()
        });
        assert_eq!(heard, 5);
    });
}

#[test]
fn the_store_holds_nothing_to_try_codes_against() {
    use sha2::{Digest, Sha256};
    with_home(|home, activation| {
        let code = code(activation).replace('-', "");
        let tickets = home.store.tickets_of(ACHIENG, now().seconds()).unwrap();
        assert_eq!(tickets.len(), 1);
        let kept = [&tickets[0].id.0[..], &tickets[0].value].concat();
        let contains = |what: &[u8]| kept.windows(what.len()).any(|part| part == what);
        assert!(!contains(code.as_bytes()));
        for text in [code.clone(), format!("{ACHIENG}{code}"), format!("code\0{ACHIENG}\0{code}\0")] {
            assert!(!contains(&Sha256::digest(text)));
        }
    });
}
