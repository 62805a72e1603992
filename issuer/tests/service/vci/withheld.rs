//! A telephone is lost: what its wallet gets until an officer decides, and after.

use hati_issuer::activation::{Activation, DEFAULT_DAYS};
use hati_issuer::actor::Actor;
use hati_issuer::grants::offer::OfferError;
use hati_issuer::status::{StatusOrder, change};
use hati_store::{Change, Changed, QuarantineId, RegisterChange, Status};
use serde_json::json;

use super::*;

const AGE: &str = "proof-of-age.vc-sd-jwt";

fn first(wallet: &Wallet<'_>) -> TokenResponse {
    wallet.redeem(&redeeming(&code(&offer_of(wallet.running, UPI, &[MAISHA, AGE], false)), None))
}

fn decide(running: &Running, upi: &str, credential_type: Option<&str>, wanted: Change) -> Changed {
    let order = StatusOrder {
        upi,
        credential_type,
        types: &["maisha-id", "proof-of-age"],
        change: wanted,
        actor: &Actor::officer("wanjiku"),
        now: now(),
    };
    change(&*running.service.home().store, order).unwrap()
}

/// The person locks it, without the telephone.
fn lock(running: &Running) -> Value {
    use base64::Engine;
    let activation = Activation::of(running.service.home());
    let code = activation.make(UPI, DEFAULT_DAYS, &Actor::officer("wanjiku"), now(), &mut rng()).unwrap();
    let basic = base64::engine::general_purpose::STANDARD.encode(format!("{UPI}:{code}"));
    let headers = [("authorization", format!("Basic {basic}"))];
    let headers = headers.each_ref().map(|(name, value)| (*name, value.as_str()));
    let answer = text(post(running, "/citizen/v1/lock", "application/json", &headers, "{}"));
    serde_json::from_str(&answer).unwrap()
}

fn ask(wallet: &Wallet<'_>, token: &str, id: &str) -> (u16, String) {
    error(wallet.call("/credential", token, &request(id, proofs(wallet.running, &keys(1)))))
}

fn denied() -> (u16, String) {
    (400, "credential_request_denied".to_owned())
}

fn offer_refused(running: &Running, id: &str) -> Option<OfferError> {
    let home = running.service.home();
    let wanted = Wanted {
        upi: UPI,
        configurations: &[id.to_owned()],
        tx_code: false,
        actor: &Actor::officer("wanjiku"),
        now: now(),
    };
    make(&*home.store, &home.config, &Catalogue::of(home).unwrap(), &wanted, &mut rng()).err()
}

fn statuses(running: &Running) -> Vec<Status> {
    let entries = running.service.home().store.entries_of(UPI).unwrap();
    entries.into_iter().map(|entry| entry.status).collect()
}

#[test]
fn a_locked_wallet_gets_nothing_until_an_officer_reinstates() {
    let running = office();
    let wallet = Wallet::new(&running);
    let token = first(&wallet);
    wallet.copies(token.access_token.as_str(), MAISHA, &keys(2));
    let unused = offer(&running);
    assert_eq!(lock(&running)["locked"], 2);

    let access = token.access_token.as_str();
    assert_eq!([MAISHA, AGE].map(|id| ask(&wallet, access, id)), [denied(), denied()]);
    let token = wallet.redeem(&refreshing(&token));
    assert_eq!(ask(&wallet, token.access_token.as_str(), MAISHA), denied());
    // Nor by an offer from before, or by a new one.
    let thief = Wallet::new(&running);
    let stolen = thief.redeem(&redeeming(&code(&unused), None));
    assert_eq!(ask(&thief, stolen.access_token.as_str(), MAISHA), denied());
    let refused = offer_refused(&running, AGE).unwrap();
    assert_eq!(refused.code(), "credential_withheld");
    assert!(refused.to_string().contains("Reinstate what is there, or revoke it"), "{refused}");
    assert_eq!(statuses(&running), [Status::Suspended; 2]);

    assert_eq!(decide(&running, UPI, None, Change::Reinstate).withdrawn, 0);
    let token = wallet.redeem(&refreshing(&token));
    wallet.copies(token.access_token.as_str(), MAISHA, &keys(3));
    assert_eq!(statuses(&running), [Status::Valid; 5]);
}

#[test]
fn who_has_no_copy_yet_is_locked_too() {
    let running = office();
    let wallet = Wallet::new(&running);
    let token = first(&wallet);
    assert_eq!((&lock(&running)["locked"], statuses(&running)), (&json!(0), vec![]));
    assert_eq!(ask(&wallet, token.access_token.as_str(), MAISHA), denied());
    decide(&running, UPI, None, Change::Reinstate);
    wallet.copies(token.access_token.as_str(), MAISHA, &keys(1));
}

/// After a correction every copy is revoked, and the wallet is to get others: a lock keeps them from it.
#[test]
fn who_has_revoked_copies_alone_is_locked_too() {
    let running = office();
    let wallet = Wallet::new(&running);
    let token = first(&wallet);
    wallet.copies(token.access_token.as_str(), MAISHA, &keys(1));
    let amendment = hati_store::Amendment {
        person: Person { family_name: "Wekesa".into(), ..person(UPI) },
        died: None,
        revision: 0,
        revoke: vec!["maisha-id".into()],
        withdraw: Vec::new(),
        is_another: false,
    };
    running.service.home().store.apply(&[RegisterChange::Amend(amendment)], &[]).unwrap();
    assert_eq!(lock(&running)["locked"], 0);
    assert_eq!(ask(&wallet, token.access_token.as_str(), MAISHA), denied());
    assert_eq!(statuses(&running), [Status::Revoked]);
}

#[test]
fn one_type_is_withheld_and_others_are_not() {
    let running = office();
    let wallet = Wallet::new(&running);
    let token = first(&wallet);
    let access = token.access_token.as_str();
    decide(&running, UPI, Some("proof-of-age"), Change::Suspend);
    assert_eq!(ask(&wallet, access, AGE), denied());
    assert!(offer_refused(&running, AGE).is_some() && offer_refused(&running, MAISHA).is_none());
    wallet.copies(access, MAISHA, &keys(1));
    decide(&running, UPI, Some("proof-of-age"), Change::Reinstate);
    wallet.copies(access, AGE, &keys(1));
}

#[test]
fn a_revoked_wallet_is_out_for_good_and_the_next_one_begins_anew() {
    let running = office();
    let wallet = Wallet::new(&running);
    let token = first(&wallet);
    wallet.copies(token.access_token.as_str(), MAISHA, &keys(1));
    let unused = offer(&running);
    lock(&running);
    // Two access tokens would be too many to count on: the access token, the refresh token, the offer.
    assert_eq!(decide(&running, UPI, None, Change::Revoke).withdrawn, 3);
    assert_eq!(ask(&wallet, token.access_token.as_str(), MAISHA), (401, "invalid_token".to_owned()));
    for form in [refreshing(&token), redeeming(&code(&unused), None)] {
        assert_eq!(error(wallet.ask(&form)), (400, "invalid_grant".to_owned()));
    }
    assert_eq!(statuses(&running), [Status::Revoked]);

    let next = Wallet::new(&running);
    let token = first(&next);
    next.copies(token.access_token.as_str(), MAISHA, &keys(1));
    let mut statuses = statuses(&running);
    statuses.sort();
    assert_eq!(statuses, [Status::Valid, Status::Revoked]);
}

#[test]
fn what_was_deferred_waits_while_it_is_withheld() {
    let running = office();
    let wallet = Wallet::new(&running);
    let offer = offer_of(&running, WAITING, &[MAISHA], false);
    let token = wallet.redeem(&redeeming(&code(&offer), None)).access_token.as_str().to_owned();
    let id = deferred(wallet.credential(&token, proofs(&running, &keys(1))));
    let admit = [RegisterChange::Resolve(waiting().id().unwrap()), RegisterChange::Admit(newcomer())];
    running.service.home().store.apply(&admit, &[]).unwrap();
    decide(&running, WAITING, None, Change::Suspend);
    let again = || wallet.call("/deferred_credential", &token, &json!({ "transaction_id": id }));
    assert_eq!(deferred(again()), id);
    assert_eq!(running.service.home().store.entries_of(WAITING).unwrap(), []);
    decide(&running, WAITING, None, Change::Reinstate);
    assert_eq!(issued(again()).0.len(), 1);
}

/// A row with other data under the UPI: whose it is, an officer decides first.
#[test]
fn who_is_registered_waits_too_while_a_row_of_their_upi_does() {
    let running = office();
    let wallet = Wallet::new(&running);
    let token = first(&wallet).access_token.as_str().to_owned();
    let row = Quarantined {
        person: Person { given_name: "Baraka".into(), ..person(UPI) },
        reason: Reason::UpiTaken { differs: vec!["given_name".into()] },
        at: 0,
        source: "people.csv, line 8".into(),
    };
    let store = &running.service.home().store;
    store.apply(&[RegisterChange::Quarantine(row.clone())], &[]).unwrap();
    let id = deferred(wallet.credential(&token, proofs(&running, &keys(1))));
    let again = || wallet.call("/deferred_credential", &token, &json!({ "transaction_id": id }));
    assert_eq!(deferred(again()), id);
    assert_eq!(statuses(&running), []);
    store.apply(&[RegisterChange::Dismiss(QuarantineId::of(&row.person).unwrap())], &[]).unwrap();
    assert_eq!(issued(again()).0.len(), 1);
}

fn deferred(response: Response<Body>) -> String {
    let said = text(response);
    match CredentialResponse::parse(said.as_bytes()).unwrap() {
        CredentialResponse::Deferred { transaction_id, .. } => transaction_id,
        CredentialResponse::Issued { .. } => panic!("{said}"),
    }
}
