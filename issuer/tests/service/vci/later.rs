//! What happens later: an officer decides, a wallet tells.

use hati_store::{Action, RegisterChange};
use serde_json::json;

use super::*;

fn transaction(response: Response<Body>) -> String {
    assert_eq!(response.status().as_u16(), 202);
    match CredentialResponse::parse(text(response).as_bytes()).unwrap() {
        CredentialResponse::Deferred { transaction_id, .. } => transaction_id,
        issued => panic!("{issued:?}"),
    }
}

/// Asks for copies for somebody who waits.
fn ask<'r>(running: &'r Running, keys: &[SoftwareKey]) -> (Wallet<'r>, String, String) {
    let wallet = Wallet::new(running);
    let offer = offer_of(running, WAITING, &[MAISHA], false);
    let token = wallet.redeem(&redeeming(&code(&offer), None)).access_token.as_str().to_owned();
    let proofs = proofs(running, keys);
    let id = transaction(wallet.credential(&token, proofs.clone()));
    // The proofs are used up.
    assert_eq!(error(wallet.credential(&token, proofs)), (400, "invalid_nonce".to_owned()));
    (wallet, token, id)
}

fn decide(running: &Running, admitted: bool) {
    let resolved = RegisterChange::Resolve(waiting().id().unwrap());
    let admit = admitted.then(|| RegisterChange::Admit(person(WAITING)));
    let changes: Vec<_> = [Some(resolved), admit].into_iter().flatten().collect();
    running.service.home().store.apply(&changes, &[]).unwrap();
}

#[test]
fn what_waits_for_an_officer_is_issued_once_when_it_is_resolved() {
    let running = office();
    let keys = keys(3);
    let (wallet, token, id) = ask(&running, &keys);
    let again = |wallet: &Wallet<'_>, token: &str, id: &str| {
        wallet.call("/deferred_credential", token, &json!({"transaction_id": id}))
    };
    assert_eq!(transaction(again(&wallet, &token, &id)), id);
    decide(&running, true);
    // Of somebody else, and of none.
    let stranger = Wallet::new(&running);
    let invalid = (400, "invalid_transaction_id".to_owned());
    assert_eq!(error(again(&stranger, &stranger.token(), &id)), invalid);
    assert_eq!(error(again(&wallet, &token, "unknown")), invalid);

    let responses = std::thread::scope(|scope| {
        let asking: Vec<_> = (0..4).map(|_| scope.spawn(|| again(&wallet, &token, &id))).collect();
        asking.into_iter().map(|it| it.join().unwrap()).collect::<Vec<_>>()
    });
    let (answered, refused): (Vec<_>, Vec<_>) =
        responses.into_iter().partition(|response| response.status().as_u16() == 200);
    let copies: Vec<_> = answered.into_iter().map(|response| issued(response).0).collect();
    assert_eq!(copies.len(), 1);
    for (copy, key) in copies[0].iter().zip(&keys) {
        assert_eq!(opened(&running, copy).0["cnf"]["jwk"], key.public().to_jwk());
    }
    refused.into_iter().for_each(|response| assert_eq!(error(response), invalid));
    assert_eq!(error(again(&wallet, &token, &id)), invalid);
    assert_eq!(running.service.home().store.entries_of(WAITING).unwrap().len(), 3);
}

#[test]
fn what_an_officer_dismissed_is_denied() {
    let running = office();
    let (wallet, token, id) = ask(&running, &keys(1));
    decide(&running, false);
    let again = || error(wallet.call("/deferred_credential", &token, &json!({"transaction_id": id})));
    assert_eq!(again(), (400, "credential_request_denied".to_owned()));
    assert_eq!(again(), (400, "invalid_transaction_id".to_owned()));
    assert_eq!(running.service.home().store.entries_of(WAITING).unwrap(), []);
}

#[test]
fn only_so_many_requests_wait() {
    let running = office();
    let (wallet, token, _) = ask(&running, &keys(1));
    for _ in 1..32 {
        transaction(wallet.credential(&token, proofs(&running, &keys(1))));
    }
    let response = wallet.credential(&token, proofs(&running, &keys(1)));
    assert_eq!(error(response), (400, "credential_request_denied".to_owned()));
}

#[test]
fn what_became_of_credentials_is_written_down_once() {
    let running = office();
    let wallet = Wallet::new(&running);
    let token = wallet.token();
    let (_, id) = wallet.copies(&token, MAISHA, &keys(1));
    let id = id.unwrap();
    let tell = |token: &str, id: &str, event: &str| {
        wallet.call("/notification", token, &json!({"notification_id": id, "event": event}))
    };
    for _ in 0..2 {
        assert_eq!(tell(&token, &id, "credential_accepted").status().as_u16(), 204);
    }
    assert_eq!(tell(&token, &id, "credential_deleted").status().as_u16(), 204);
    let told = ["credential_accepted", "credential_deleted"].map(|event| format!("{UPI}, {event}"));
    assert_eq!(events(&running, Action::Notified), told);

    assert_eq!(
        error(tell(&token, "unknown", "credential_accepted")),
        (400, "invalid_notification_id".to_owned())
    );
    assert_eq!(error(tell(&token, &id, "credential_lost")), (400, "invalid_notification_request".to_owned()));
    assert_eq!(error(tell("unknown", &id, "credential_accepted")), (401, "invalid_token".to_owned()));
    // Of somebody else's credentials.
    let offer = offer_of(&running, WAITING, &[MAISHA], false);
    let other = wallet.redeem(&redeeming(&code(&offer), None)).access_token.as_str().to_owned();
    assert_eq!(error(tell(&other, &id, "credential_accepted")), (400, "invalid_notification_id".to_owned()));
    assert_eq!(events(&running, Action::Notified).len(), 2);
}
