//! Accounts, signing in and sessions on a store in memory.

use crate::actor::Actor;
use hati_formats::time::Timestamp;
use hati_store::{Action, Audit, MemoryStore, Officer, Officers, Role, Store};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{Infallible, Rng, SeedableRng, TryCryptoRng, TryRng};

use super::second_factor::SecondFactor;
use super::*;

const PASSWORD: &str = "seven green umbrellas";
const SEAL: [u8; 32] = [3; 32];

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(1_790_000_010 + seconds)
}

fn rng() -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(1)
}

struct Desk(MemoryStore);

impl Desk {
    fn new() -> Self {
        let desk = Self(MemoryStore::default());
        let made = desk.accounts().add(
            ("wanjiku", PASSWORD),
            &[Role::Issuing],
            "Hati",
            (&Actor::officer("wanjiku"), at(-99)),
            &mut rng(),
        );
        assert!(made.unwrap().uri.starts_with("otpauth://totp/Hati:wanjiku?secret="));
        desk
    }

    fn accounts(&self) -> Accounts<'_> {
        Accounts { store: &self.0, seal: &SEAL }
    }

    fn account(&self) -> Officer {
        self.0.officer("wanjiku").unwrap().unwrap()
    }

    fn code(&self, seconds: i64) -> String {
        SecondFactor::unseal(&self.account().second_factor, "wanjiku", &SEAL).unwrap().code(at(seconds))
    }

    fn sign_in(&self, password: &str, code: &str, seconds: i64) -> Result<Officer, SignInError> {
        self.accounts().sign_in("wanjiku", password, code, at(seconds))
    }

    fn actions(&self) -> Vec<Action> {
        self.0.events(0, 1000).unwrap().into_iter().map(|it| it.event.action).collect()
    }
}

#[test]
fn a_password_and_a_code_of_the_moment_sign_in_once() {
    let desk = Desk::new();
    let code = desk.code(0);
    assert_eq!(desk.sign_in(PASSWORD, &code, 0).unwrap().roles, [Role::Issuing]);
    // The same code again, and that of a step before it.
    assert!(matches!(desk.sign_in(PASSWORD, &code, 1), Err(SignInError::Refused)));
    assert!(matches!(desk.sign_in(PASSWORD, &desk.code(-30), 1), Err(SignInError::Refused)));
    assert_eq!(desk.account().failures, 2);
    desk.sign_in(PASSWORD, &desk.code(30), 30).unwrap();
    assert_eq!(desk.account().failures, 0);
    use Action::{OfficerChanged, SignInRefused, SignedIn};
    assert_eq!(desk.actions(), [OfficerChanged, SignedIn, SignInRefused, SignInRefused, SignedIn]);
}

#[test]
fn every_refusal_is_one_and_says_the_same() {
    let desk = Desk::new();
    let code = desk.code(0);
    let refused = [
        desk.sign_in("seven green umbrella", &code, 0),
        desk.sign_in(PASSWORD, "000000", 0),
        desk.accounts().sign_in("kamau", PASSWORD, &code, at(0)),
        desk.accounts().sign_in("", PASSWORD, &code, at(0)),
        desk.accounts().sign_in(&"a".repeat(9999), PASSWORD, &code, at(0)),
        desk.sign_in(&"a".repeat(9999), &code, 0),
    ];
    for refused in refused {
        assert!(matches!(refused, Err(SignInError::Refused)), "{refused:?}");
    }
    // What is guessed at nobody is told once a minute.
    let refused = || desk.actions().iter().filter(|it| **it == Action::SignInRefused).count();
    assert_eq!(refused(), 3);
    for (seconds, expected) in [(59, 3), (60, 4), (119, 4), (120, 5)] {
        desk.accounts().sign_in("kamau", PASSWORD, &code, at(seconds)).unwrap_err();
        assert_eq!(refused(), expected, "{seconds}");
    }
    let events = desk.0.events(0, 99).unwrap();
    assert!(
        events
            .iter()
            .all(|it| !format!("{it:?}").contains("umbrella") && !it.event.subject.contains("kamau"))
    );
}

#[test]
fn failures_lock_for_longer_and_longer() {
    let desk = Desk::new();
    for _ in 0..FREE_ATTEMPTS {
        desk.sign_in("wrong", "000000", 0).unwrap_err();
    }
    assert_eq!(desk.account().locked_until, at(SHORTEST_LOCK).seconds());
    // Not looked at, and not counted.
    desk.sign_in(PASSWORD, &desk.code(29), 29).unwrap_err();
    assert_eq!(desk.account().failures, FREE_ATTEMPTS);
    desk.sign_in("wrong", "000000", 30).unwrap_err();
    assert_eq!(desk.account().locked_until, at(30 + 2 * SHORTEST_LOCK).seconds());
    for _ in 0..40 {
        let later = desk.account().locked_until - at(0).seconds();
        desk.sign_in("wrong", "000000", later).unwrap_err();
    }
    let later = desk.account().locked_until - at(0).seconds();
    desk.sign_in("wrong", "000000", later).unwrap_err();
    assert_eq!(desk.account().locked_until, at(later + LONGEST_LOCK).seconds());
    let later = later + LONGEST_LOCK;
    desk.sign_in(PASSWORD, &desk.code(later), later).unwrap();
    assert_eq!(desk.account().failures, 0);
}

#[test]
fn guesses_at_the_same_time_are_all_counted() {
    let desk = Desk::new();
    std::thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| desk.sign_in("wrong", "000000", 0).unwrap_err());
        }
    });
    // Those after the lock were not looked at.
    assert_eq!(desk.account().failures, FREE_ATTEMPTS);
    assert_eq!(desk.actions().iter().filter(|it| **it == Action::SignInRefused).count(), 16);
}

#[test]
fn of_one_code_shown_twice_at_the_same_time_one_signs_in() {
    let desk = Desk::new();
    let code = desk.code(0);
    let served = std::thread::scope(|scope| {
        let tries: Vec<_> =
            (0..4).map(|_| scope.spawn(|| desk.sign_in(PASSWORD, &code, 0).is_ok())).collect();
        tries.into_iter().map(|it| it.join().unwrap()).filter(|served| *served).count()
    });
    assert_eq!(served, 1);
}

#[test]
fn accounts_are_made_once_changed_and_closed() {
    let desk = Desk::new();
    let (accounts, rng) = (desk.accounts(), &mut rng());
    let again = accounts.add(("wanjiku", PASSWORD), &[], "Hati", (&Actor::officer("wanjiku"), at(0)), rng);
    assert_eq!(again.unwrap_err().code(), "officer_exists");
    for name in ["", "Wanjiku", "20480163920017", "wan jiku", &"a".repeat(65)] {
        let refused = accounts
            .add((name, PASSWORD), &[], "Hati", (&Actor::officer("wanjiku"), at(0)), rng)
            .unwrap_err();
        assert_eq!(refused.code(), "officer_name_refused", "{name}");
    }
    // What the audit calls somebody else.
    for name in
        ["wallet", "citizen", "ussd", "service", "sign-in", "init", "officer", "operator", "vc-api", "feed"]
    {
        let refused = accounts
            .add((name, PASSWORD), &[], "Hati", (&Actor::officer("wanjiku"), at(0)), rng)
            .unwrap_err();
        assert_eq!(refused.code(), "officer_name_refused", "{name}");
        assert!(refused.to_string().contains(name), "{refused}");
    }
    let short =
        accounts.add(("kamau", "short"), &[], "Hati", (&Actor::officer("wanjiku"), at(0)), rng).unwrap_err();
    assert_eq!(short.code(), "password_refused");
    assert_eq!(
        accounts.close("kamau", &Actor::officer("wanjiku"), at(0)).unwrap_err().code(),
        "officer_unknown"
    );

    accounts
        .set_roles(
            "wanjiku",
            &[Role::Revoking, Role::Issuing, Role::Revoking],
            &Actor::officer("wanjiku"),
            at(0),
        )
        .unwrap();
    assert_eq!(desk.account().roles, [Role::Issuing, Role::Revoking]);
    accounts.close("wanjiku", &Actor::officer("wanjiku"), at(0)).unwrap();
    desk.sign_in(PASSWORD, &desk.code(0), 0).unwrap_err();
    let other = "eleven blue bicycles";
    accounts.reset(("wanjiku", other), "Hati", (&Actor::officer("wanjiku"), at(0)), rng).unwrap();
    desk.sign_in(other, &desk.code(0), 0).unwrap();
    let another_key = Accounts { store: &desk.0, seal: &[4; 32] };
    let refused = another_key.sign_in("wanjiku", other, "000000", at(60)).unwrap_err();
    assert_eq!(refused.code(), "officer_unreadable");
}

#[test]
fn a_session_lasts_while_it_is_used_and_a_day_at_most() {
    let desk = Desk::new();
    let store: &dyn Store = &desk.0;
    let secret = session::open(store, &desk.account(), at(0), &mut rng()).unwrap();
    let resume = |seconds| session::resume(store, &secret, at(seconds)).unwrap().is_some();
    for now in (0..session::LONGEST).step_by(600) {
        assert!(resume(now), "{now}");
    }
    assert!(resume(session::LONGEST - 1) && !resume(session::LONGEST));

    let secret = session::open(store, &desk.account(), at(0), &mut ChaCha20Rng::seed_from_u64(2)).unwrap();
    assert!(session::resume(store, &secret, at(session::IDLE)).unwrap().is_none());
}

#[test]
fn a_session_ends_with_a_change_of_the_account_and_when_told() {
    let desk = Desk::new();
    let store: &dyn Store = &desk.0;
    let open =
        |seed| session::open(store, &desk.account(), at(0), &mut ChaCha20Rng::seed_from_u64(seed)).unwrap();
    let resume = |secret| session::resume(store, secret, at(1)).unwrap();
    let (one, two) = (open(1), open(2));
    session::close(store, &one, at(1)).unwrap();
    assert!(resume(&one).is_none() && resume(&two).is_some());
    desk.accounts().set_roles("wanjiku", &[Role::Auditing], &Actor::officer("wanjiku"), at(1)).unwrap();
    assert!(resume(&two).is_none());
    let three = open(3);
    assert_eq!(resume(&three).unwrap().roles, [Role::Auditing]);
    desk.accounts().close("wanjiku", &Actor::officer("wanjiku"), at(1)).unwrap();
    assert!(resume(&three).is_none());
}

#[test]
fn a_csrf_token_is_of_one_session() {
    let [one, two] = [1, 2]
        .map(|byte: u8| session::SessionSecret::parse(&hati_formats::encoding::b64url(&[byte; 32])).unwrap());
    assert!(one.is_csrf_token(&one.csrf_token()) && !one.is_csrf_token(&two.csrf_token()));
    assert!(!one.is_csrf_token("") && !one.is_csrf_token(&one.to_text()));
    assert_eq!(*session::SessionSecret::parse(&one.to_text()).unwrap().to_text(), *one.to_text());
    for wrong in ["", "AAAA", "*", &"A".repeat(44)] {
        assert!(session::SessionSecret::parse(wrong).is_none());
    }
    assert!(!format!("{one:?}").contains(one.to_text().as_str()));
}

/// Randomness that another administrator comes between: it is drawn after an account was read and before it is written.
struct Interrupted<'a>(&'a Desk, ChaCha20Rng);

impl TryRng for Interrupted<'_> {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(self.1.next_u32())
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(self.1.next_u64())
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        let by = Actor::officer("kamau");
        self.0.accounts().set_roles("wanjiku", &[Role::Auditing], &by, at(0)).unwrap();
        self.1.fill_bytes(bytes);
        Ok(())
    }
}

impl TryCryptoRng for Interrupted<'_> {}

#[test]
fn an_account_that_was_changed_meanwhile_is_not_written_over() {
    let desk = Desk::new();
    let before = desk.account();
    let by = (&Actor::officer("achieng"), at(0));
    let rng = &mut Interrupted(&desk, rng());
    let refused = desk.accounts().renew_second_factor("wanjiku", "Hati", by, rng).unwrap_err();
    assert_eq!(refused.code(), "officer_changed_meanwhile");
    assert_eq!(desk.account(), Officer { roles: vec![Role::Auditing], ..before });
}

/// A sign-in was right, and before its session was opened the account was given another password, or another second factor.
#[test]
fn a_session_of_an_account_as_it_was_before_is_none() {
    let desk = Desk::new();
    let store: &dyn Store = &desk.0;
    let by = (&Actor::officer("wanjiku"), at(1));
    let opened = |officer: &Officer, seed| {
        let rng = &mut ChaCha20Rng::seed_from_u64(seed);
        let secret = session::open(store, officer, at(2), rng).unwrap();
        session::resume(store, &secret, at(3)).unwrap().is_some()
    };
    let before = desk.sign_in(PASSWORD, &desk.code(0), 0).unwrap();
    assert!(opened(&before, 2));
    desk.accounts().renew_second_factor("wanjiku", "Hati", by, &mut ChaCha20Rng::seed_from_u64(7)).unwrap();
    assert!(!opened(&before, 3));
    let before = desk.account();
    assert!(opened(&before, 4));
    let rng = &mut ChaCha20Rng::seed_from_u64(8);
    desk.accounts().reset(("wanjiku", PASSWORD), "Hati", by, rng).unwrap();
    assert!(!opened(&before, 5));
    // What else changes on an account ends none that is opened after it.
    let before = desk.account();
    desk.accounts().unlock("wanjiku", by.0, by.1).unwrap();
    assert!(opened(&before, 6));
}
