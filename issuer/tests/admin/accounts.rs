//! What an administrator does for officers who are kept out.

use hati_store::Role;
use serde_json::{Value, json};

use super::{Desk, PASSWORD, Totp, now};

#[test]
fn an_administrator_opens_an_account_that_guessing_locked() {
    let desk = Desk::new();
    let administrator = desk.sign_in(Role::Administering);
    for _ in 0..5 {
        desk.try_sign_in("revoking", "wrong", "000000").problem(401, "sign_in_refused");
    }
    let right = || desk.try_sign_in("revoking", PASSWORD, &desk.code(Role::Revoking, now()));
    right().problem(401, "sign_in_refused");
    let unlocked = desk.post("/officers/revoking/unlock", &administrator, &Value::Null);
    assert_eq!((unlocked.status.as_u16(), unlocked.body), (204, json!("")));
    right().ok();
    desk.post("/officers/nobody/unlock", &administrator, &Value::Null).problem(404, "officer_unknown");
    let actions = desk.actions(&desk.sign_in(Role::Auditing));
    let made = ("officer administering".into(), "officer_changed".into(), "revoking, unlocked".into());
    assert!(actions.contains(&made), "{actions:?}");
}

#[test]
fn another_administrator_renews_a_second_factor() {
    let desk = Desk::new();
    let administrator = desk.sign_in(Role::Administering);
    let before = desk.sign_in(Role::Revoking);
    let renewed = desk.post("/officers/revoking/second-factor", &administrator, &Value::Null).ok();
    // The sessions of the telephone that was lost are over, and its codes are none.
    desk.get("/session", &before).problem(401, "not_signed_in");
    let old = desk.code(Role::Revoking, now().plus_seconds(30));
    desk.try_sign_in("revoking", PASSWORD, &old).problem(401, "sign_in_refused");
    let factor = Totp::of(renewed["otpauth"].as_str().unwrap());
    desk.try_sign_in("revoking", PASSWORD, &factor.code(now())).ok();

    let own = desk.post("/officers/administering/second-factor", &administrator, &Value::Null);
    own.problem(409, "officer_own_account");
    desk.get("/session", &administrator).ok();
    let nobody = desk.post("/officers/nobody/second-factor", &administrator, &Value::Null);
    nobody.problem(404, "officer_unknown");
    let actions = desk.actions(&desk.sign_in(Role::Auditing));
    let made = ("officer administering".into(), "officer_changed".into(), "revoking, second factor".into());
    assert!(actions.contains(&made), "{actions:?}");
}
