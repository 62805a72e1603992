//! Refilling the pool: refresh tokens, each good until its successor is used.

use hati_store::{Action, Amendment, RegisterChange, TicketKind};

use super::*;

fn first(wallet: &Wallet<'_>) -> TokenResponse {
    wallet.redeem(&redeeming(&code(&offer(wallet.running)), None))
}

fn amend(running: &Running, amendment: Amendment) {
    running.service.home().store.apply(&[RegisterChange::Amend(amendment)], &[]).unwrap();
}

#[test]
fn new_copies_carry_what_the_register_says_now() {
    let running = office();
    let wallet = Wallet::new(&running);
    let token = first(&wallet);
    let family_name = |token: &TokenResponse| {
        let (copies, _) = wallet.copies(token.access_token.as_str(), MAISHA, &keys(1));
        let (_, disclosures) = opened(&running, &copies[0]);
        ["Odhiambo", "Wekesa"].into_iter().find(|name| disclosures.contains(name))
    };
    assert_eq!(family_name(&token), Some("Odhiambo"));
    let married = Person { family_name: "Wekesa".into(), ..person(UPI) };
    amend(
        &running,
        Amendment {
            person: married,
            died: None,
            revision: 0,
            revoke: Vec::new(),
            withdraw: Vec::new(),
            is_another: false,
        },
    );
    let token = wallet.redeem(&refreshing(&token));
    assert_eq!(family_name(&token), Some("Wekesa"));
    wallet.redeem(&refreshing(&token));
}

/// The new credential is offered at the wallet's next contact, until copies of the new record were issued.
#[test]
fn a_wallet_is_told_to_ask_again_for_what_an_amendment_revoked() {
    let running = office();
    let wallet = Wallet::new(&running);
    let age = "proof-of-age.vc-sd-jwt";
    let offer = offer_of(&running, UPI, &[MAISHA, "maisha-id.dc-sd-jwt", age], false);
    let token = wallet.redeem(&redeeming(&code(&offer), None));
    for id in [MAISHA, age] {
        wallet.copies(token.access_token.as_str(), id, &keys(2));
    }
    let token = wallet.redeem(&refreshing(&token));
    assert!(token.reissue.is_empty());

    let married = Person { family_name: "Wekesa".into(), ..person(UPI) };
    amend(
        &running,
        Amendment {
            person: married,
            died: None,
            revision: 0,
            revoke: vec!["maisha-id".into()],
            withdraw: Vec::new(),
            is_another: false,
        },
    );
    // As it is sent, and again as long as nothing was fetched.
    let said: Value = serde_json::from_str(&text(wallet.ask(&refreshing(&token)))).unwrap();
    assert_eq!(said["hati_reissue"], serde_json::json!([MAISHA, "maisha-id.dc-sd-jwt"]));
    let token = TokenResponse::parse(said.to_string().as_bytes()).unwrap();
    let narrow = wallet.redeem(&format!("{}&scope={MAISHA}", refreshing(&token)));
    assert_eq!(narrow.reissue, [MAISHA]);
    let (copies, _) = wallet.copies(narrow.access_token.as_str(), MAISHA, &keys(1));
    assert!(opened(&running, &copies[0]).1.contains("Wekesa"));
    let said: Value = serde_json::from_str(&text(wallet.ask(&refreshing(&narrow)))).unwrap();
    assert_eq!(said.get("hati_reissue"), None, "{said}");
}

/// What an officer suspended is no reason to ask again.
#[test]
fn nobody_is_told_to_ask_again_for_what_an_officer_suspended() {
    use hati_issuer::actor::Actor;
    use hati_issuer::status::{StatusOrder, change};
    let running = office();
    let wallet = Wallet::new(&running);
    let token = first(&wallet);
    wallet.copies(token.access_token.as_str(), MAISHA, &keys(2));
    let change_to = hati_store::Change::Suspend;
    let (actor, now) = (Actor::officer("wanjiku"), now());
    let order =
        StatusOrder { upi: UPI, credential_type: None, types: &[], change: change_to, actor: &actor, now };
    change(&*running.service.home().store, order).unwrap();
    assert!(wallet.redeem(&refreshing(&token)).reissue.is_empty());
}

#[test]
fn a_token_that_was_used_before_ends_all_of_its_family() {
    let running = office();
    let wallet = Wallet::new(&running);
    let old = first(&wallet);
    let other = first(&wallet);
    let newest = wallet.redeem(&refreshing(&old));
    assert_ne!(old.refresh_token, newest.refresh_token);
    // Without the key nothing happens by showing it.
    let thief = Wallet::new(&running);
    for token in [&old, &newest] {
        assert_eq!(error(thief.ask(&refreshing(token))), (400, "invalid_grant".to_owned()));
        let bare = post(&running, "/token", FORM, &[], &refreshing(token));
        assert_eq!(error(bare), (400, "invalid_grant".to_owned()));
    }
    let newest = wallet.redeem(&refreshing(&newest));

    assert_eq!(error(wallet.ask(&refreshing(&old))), (400, "invalid_grant".to_owned()));
    assert_eq!(events(&running, Action::SignInRefused), [format!("{UPI}, refresh token used before")]);
    assert_eq!(error(wallet.ask(&refreshing(&newest))), (400, "invalid_grant".to_owned()));
    let access = newest.access_token.as_str();
    let response = wallet.credential(access, proofs(&running, &keys(1)));
    assert_eq!(error(response), (401, "invalid_token".to_owned()));
    // Another of the same person goes on.
    wallet.redeem(&refreshing(&other));
}

/// The network failed after the service had answered.
#[test]
fn a_lost_answer_costs_nothing() {
    let running = office();
    let wallet = Wallet::new(&running);
    let old = first(&wallet);
    let lost = wallet.redeem(&refreshing(&old));
    wallet.redeem(&refreshing(&old));
    // Without the key it gives nothing.
    assert_eq!(error(Wallet::new(&running).ask(&refreshing(&old))), (400, "invalid_grant".to_owned()));
    // The first answer arrives after all: it is as good, until one of them is used.
    let next = wallet.redeem(&refreshing(&lost));
    assert_eq!(events(&running, Action::SignInRefused), Vec::<String>::new());
    let (copies, _) = wallet.copies(next.access_token.as_str(), MAISHA, &keys(1));
    assert_eq!(copies.len(), 1);
    assert_eq!(error(wallet.ask(&refreshing(&old))), (400, "invalid_grant".to_owned()));
    assert_eq!(events(&running, Action::SignInRefused), [format!("{UPI}, refresh token used before")]);
    assert_eq!(error(wallet.ask(&refreshing(&next))), (400, "invalid_grant".to_owned()));
}

#[test]
fn two_refreshes_at_once_are_both_answered() {
    let running = office();
    let wallet = Wallet::new(&running);
    let form = refreshing(&first(&wallet));
    let mut given = std::thread::scope(|scope| {
        let asking: Vec<_> = (0..4).map(|_| scope.spawn(|| wallet.redeem(&form))).collect();
        asking.into_iter().map(|it| it.join().unwrap()).collect::<Vec<_>>()
    });
    wallet.redeem(&refreshing(&given.pop().unwrap()));
    assert_eq!(events(&running, Action::SignInRefused), Vec::<String>::new());
}

#[test]
fn a_secret_that_was_never_given_ends_nothing() {
    let running = office();
    let wallet = Wallet::new(&running);
    let token = first(&wallet);
    let refresh = token.refresh_token.as_ref().unwrap().as_str().to_owned();
    let (family, secret) = refresh.split_once('.').unwrap();
    let altered = format!("{}{}", if secret.starts_with('A') { 'B' } else { 'A' }, &secret[1..]);
    for invented in ["", "invented", &altered, &b64url(&[7; 64]), family] {
        let form = format!("grant_type=refresh_token&refresh_token={family}.{invented}");
        assert_eq!(error(wallet.ask(&form)), (400, "invalid_grant".to_owned()), "{invented}");
    }
    assert_eq!(events(&running, Action::SignInRefused), Vec::<String>::new());
    wallet.redeem(&refreshing(&token));
}

#[test]
fn a_scope_is_narrowed_and_never_widened() {
    let running = office();
    let wallet = Wallet::new(&running);
    let age = "proof-of-age.vc-sd-jwt";
    let token = wallet.redeem(&redeeming(&code(&offer_of(&running, UPI, &[MAISHA, age], false)), None));
    let wider = wallet.ask(&format!("{}&scope=maisha-id.ldp-vc", refreshing(&token)));
    assert_eq!(error(wider), (400, "invalid_scope".to_owned()));
    let narrow = wallet.redeem(&format!("{}&scope={age}", refreshing(&token)));
    assert_eq!(narrow.scope.as_deref(), Some(age));
    let response = wallet.credential(narrow.access_token.as_str(), proofs(&running, &keys(1)));
    assert_eq!(error(response).1, "insufficient_scope");
    // The refresh token is still for all that was granted (RFC 6749 section 6).
    assert_eq!(wallet.redeem(&refreshing(&narrow)).scope.unwrap(), format!("{MAISHA} {age}"));
}

/// RFC 6749 section 3.2.1: a wallet may name itself at any time, and its key says that it is the same.
#[test]
fn a_wallet_names_itself_later_and_takes_nobodys_token() {
    let running = office();
    let wallet = Wallet::new(&running);
    let token = first(&wallet);
    let named = |token: &TokenResponse, client: &str| format!("{}&client_id={client}", refreshing(token));
    let token = wallet.redeem(&named(&token, "hati-wallet"));
    // The wallet's own key, and no other.
    assert_eq!(
        error(Wallet::new(&running).ask(&named(&token, "hati-wallet"))),
        (400, "invalid_grant".to_owned())
    );
    wallet.redeem(&refreshing(&token));
    // What was given to a client is no other's.
    let form = format!("{}&client_id=hati-wallet", redeeming(&code(&offer(&running)), None));
    let token = wallet.redeem(&form);
    assert_eq!(error(wallet.ask(&named(&token, "another"))), (400, "invalid_grant".to_owned()));
    wallet.redeem(&named(&token, "hati-wallet"));
}

#[test]
fn what_an_officer_withdrew_is_nothing_any_more() {
    let running = office();
    let wallet = Wallet::new(&running);
    let token = first(&wallet);
    let store = &running.service.home().store;
    assert_eq!(store.withdraw(UPI, &[TicketKind::RefreshToken], &[]).unwrap(), 1);
    assert_eq!(error(wallet.ask(&refreshing(&token))), (400, "invalid_grant".to_owned()));
    let response = wallet.credential(token.access_token.as_str(), proofs(&running, &keys(1)));
    assert_eq!(error(response), (401, "invalid_token".to_owned()));
}

#[test]
fn who_died_gets_nothing_more() {
    let running = office();
    let wallet = Wallet::new(&running);
    let token = first(&wallet);
    let unused = code(&offer(&running));
    amend(
        &running,
        Amendment {
            person: person(UPI),
            died: Some(20_000),
            revision: 0,
            revoke: Vec::new(),
            withdraw: Vec::new(),
            is_another: false,
        },
    );
    let response = wallet.credential(token.access_token.as_str(), proofs(&running, &keys(1)));
    assert_eq!(error(response), (400, "credential_request_denied".to_owned()));
    for form in [refreshing(&token), redeeming(&unused, None)] {
        assert_eq!(error(wallet.ask(&form)), (400, "invalid_grant".to_owned()));
    }
    assert_eq!(running.service.home().store.entries_of(UPI).unwrap(), []);
}
