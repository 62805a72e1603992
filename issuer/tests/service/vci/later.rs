//! What happens later: an officer decides, a wallet tells.

use hati_store::{Action, RegisterChange};
use serde_json::json;

use super::*;

pub(super) fn transaction(response: Response<Body>) -> String {
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

pub(super) fn decide(running: &Running, admitted: bool) {
    let resolved = RegisterChange::Resolve(waiting().id().unwrap());
    let admit = admitted.then(|| RegisterChange::Admit(newcomer()));
    let changes: Vec<_> = [Some(resolved), admit].into_iter().flatten().collect();
    running.service.home().store.apply(&changes, &[]).unwrap();
}

#[test]
fn what_waits_for_an_officer_is_issued_when_it_is_resolved() {
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
    // An answer can be lost on its way, so each is one.
    for copies in responses.into_iter().map(|response| issued(response).0) {
        assert_eq!(copies.len(), keys.len());
        for (copy, key) in copies.iter().zip(&keys) {
            assert_eq!(opened(&running, copy).0["cnf"]["jwk"], key.public().to_jwk());
        }
    }
    let entries = running.service.home().store.entries_of(WAITING).unwrap();
    let slots: std::collections::BTreeSet<_> = entries.iter().map(|entry| entry.slot).collect();
    assert_eq!((entries.len(), slots.len()), (12, 12));
}

/// For a few minutes, whoever asks again gets an answer again; then nobody does.
#[test]
fn an_answer_that_was_lost_is_given_again() {
    use std::sync::atomic::AtomicI64;
    static SECONDS: AtomicI64 = AtomicI64::new(0);
    fn clock() -> hati_formats::time::Timestamp {
        now().plus_seconds(SECONDS.load(Ordering::Relaxed))
    }
    let running = office_at(clock);
    let (wallet, _, id) = ask(&running, &keys(1));
    decide(&running, true);
    let offer = offer_of(&running, WAITING, &[MAISHA], false);
    let mut token = wallet.redeem(&redeeming(&code(&offer), None));
    for seconds in [0, 300, 599] {
        SECONDS.store(seconds, Ordering::Relaxed);
        let body = json!({ "transaction_id": id });
        assert_eq!(
            issued(wallet.call("/deferred_credential", token.access_token.as_str(), &body)).0.len(),
            1
        );
        token = wallet.redeem(&refreshing(&token));
    }
    SECONDS.store(600, Ordering::Relaxed);
    let over =
        wallet.call("/deferred_credential", token.access_token.as_str(), &json!({ "transaction_id": id }));
    assert_eq!(error(over), (400, "invalid_transaction_id".to_owned()));
}

/// A proof that names its key by a DID.
fn named_proof(running: &Running, key: &SoftwareKey, kid: &str) -> String {
    let header = json!({"typ": "openid4vci-proof+jwt", "alg": key.public().algorithm().name(), "kid": kid});
    jwt(key, &header, &json!({"aud": URL, "iat": now().seconds(), "nonce": nonce(running)}))
}

/// OpenID4VCI 1.0 appendix F.1 and section 12.2.4: an `ldp_vc` is bound to the DID that its proof names the key by, also where an
/// officer decides first.
#[test]
fn a_credential_of_the_w3c_is_bound_to_the_did_that_was_proven() {
    use hati_formats::did::{did_jwk, did_key};
    const LDP: &str = "maisha-id.ldp-vc";
    let running = office();
    let wallet = Wallet::new(&running);
    let token = |upi: &str| {
        wallet.redeem(&redeeming(&code(&offer_of(&running, upi, &[LDP, MAISHA], false)), None)).access_token
    };
    let (own, waiting) = (token(UPI), token(WAITING));
    let key = key(Algorithm::Es256);
    let [by_jwk, by_key] = [did_jwk(key.public()), did_key(key.public())];
    let fragment = by_key.strip_prefix("did:key:").unwrap();
    let kids = [(&by_jwk, format!("{by_jwk}#0")), (&by_key, format!("{by_key}#{fragment}"))];
    for (did, kid) in &kids {
        let body = |id: &str| request(id, vec![named_proof(&running, &key, kid)]);
        let (copies, _) = issued(wallet.call("/credential", own.as_str(), &body(LDP)));
        assert_eq!(copies[0]["credentialSubject"]["id"], **did);
        // The formats that hold the key itself take either name for it.
        let (copies, _) = issued(wallet.call("/credential", own.as_str(), &body(MAISHA)));
        assert_eq!(opened(&running, &copies[0]).0["cnf"]["jwk"], key.public().to_jwk());
    }
    let body = request(LDP, vec![named_proof(&running, &key, &kids[0].1)]);
    let id = transaction(wallet.call("/credential", waiting.as_str(), &body));
    decide(&running, true);
    let answer = wallet.call("/deferred_credential", waiting.as_str(), &json!({ "transaction_id": id }));
    assert_eq!(issued(answer).0[0]["credentialSubject"]["id"], by_jwk);
    // And by no DID, to the shortest that there is.
    let (copies, _) = wallet.copies(own.as_str(), LDP, std::slice::from_ref(&key));
    assert_eq!(copies[0]["credentialSubject"]["id"], by_key);
}

/// A wallet without DPoP has no refresh token, and its access token ends long before an officer has decided.
#[test]
fn a_wallet_without_a_key_asks_for_as_long_as_its_request_waits() {
    use std::sync::atomic::AtomicI64;
    static SECONDS: AtomicI64 = AtomicI64::new(0);
    fn clock() -> hati_formats::time::Timestamp {
        now().plus_seconds(SECONDS.load(Ordering::Relaxed))
    }
    let running = office_at(clock);
    let form = redeeming(&code(&offer_of(&running, WAITING, &[MAISHA], false)), None);
    let given = text(post(&running, "/token", FORM, &[], &form));
    let given = TokenResponse::parse(given.as_bytes()).unwrap();
    assert!(given.refresh_token.is_none());
    let shown = format!("Bearer {}", given.access_token.as_str());
    let call = |path: &str, body: &Value| {
        post(&running, path, "application/json", &[("authorization", &shown)], &body.to_string())
    };
    let keys = keys(2);
    let asked = || call("/credential", &request(MAISHA, proofs(&running, &keys)));
    let waiting = asked();
    let said: Value = serde_json::from_str(&text(waiting)).unwrap();
    assert!(said["interval"].as_u64() < given.expires_in, "{said}");
    // A second request prolongs it as well.
    let other = transaction(asked());
    let id = said["transaction_id"].as_str().unwrap().to_owned();

    let day = 86_400;
    let again = |id: &str| call("/deferred_credential", &json!({"transaction_id": id}));
    SECONDS.store(day, Ordering::Relaxed);
    assert_eq!(transaction(again(&id)), id);
    // For nothing else.
    let expired = (401, "invalid_token".to_owned());
    assert_eq!(error(asked()), expired);
    let told = json!({"notification_id": "a", "event": "credential_accepted"});
    assert_eq!(error(call("/notification", &told)), expired);

    SECONDS.store(20 * day, Ordering::Relaxed);
    decide(&running, true);
    // It could not tell what becomes of them, so it is not asked to.
    let (copies, notification) = issued(again(&id));
    assert_eq!((copies.len(), notification), (2, None));
    SECONDS.store(30 * day - 1, Ordering::Relaxed);
    assert_eq!(error(again(&id)), (400, "invalid_transaction_id".to_owned()));
    assert_eq!(issued(again(&other)).0.len(), 2);
    SECONDS.store(30 * day, Ordering::Relaxed);
    assert_eq!(error(again(&other)), expired);
}

/// What an officer takes back is nothing, prolonged or not.
#[test]
fn a_withdrawn_token_asks_for_nothing_that_waits() {
    let running = office();
    let form = redeeming(&code(&offer_of(&running, WAITING, &[MAISHA], false)), None);
    let given = text(post(&running, "/token", FORM, &[], &form));
    let token = TokenResponse::parse(given.as_bytes()).unwrap().access_token;
    let shown = format!("Bearer {}", token.as_str());
    let call = |path: &str, body: &Value| {
        post(&running, path, "application/json", &[("authorization", &shown)], &body.to_string())
    };
    let id = transaction(call("/credential", &request(MAISHA, proofs(&running, &keys(1)))));
    let withdrawn = [hati_store::TicketKind::AccessToken];
    assert_eq!(running.service.home().store.withdraw(WAITING, &withdrawn, &[]).unwrap(), 1);
    let again = call("/deferred_credential", &json!({"transaction_id": id}));
    assert_eq!(error(again), (401, "invalid_token".to_owned()));
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
