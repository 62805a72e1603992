//! How many copies one person gets.

use hati_issuer::issuance::PACE;
use hati_store::{ListSize, NewCopies, NewCopy, UsedUp};
use serde_json::json;

use super::*;

/// All of a person's copies but so many were given out just now.
pub(crate) fn leave(running: &Running, upi: &str, left: u32) {
    let copy = NewCopy {
        upi: upi.into(),
        revision: 0,
        credential_type: "maisha-id".into(),
        holder_key: [0; 32],
        valid_from: 0,
        valid_until: 9,
    };
    let new = NewCopies {
        copies: &vec![copy; (PACE.at_once - left) as usize],
        list_size: ListSize::DEFAULT,
        once: UsedUp { values: &[], now: (running.clock)().seconds() },
        grant: None,
        pace: Some(PACE),
    };
    running.service.home().store.record(&new, &mut rng(), &[]).unwrap();
}

#[test]
fn a_wallet_that_asks_on_and_on_is_told_when_to_ask_again() {
    let running = office();
    let wallet = Wallet::new(&running);
    let token = wallet.token();
    leave(&running, UPI, 4);
    // The same keys, again and again: each time it is other copies.
    let keys = keys(2);
    wallet.copies(&token, MAISHA, &keys);
    wallet.copies(&token, MAISHA, &keys);
    let entries = || running.service.home().store.entries_of(UPI).unwrap().len();
    let before = entries();
    let refused = wallet.credential(&token, proofs(&running, &keys));
    assert_eq!(refused.status().as_u16(), 400);
    let said: Value = serde_json::from_str(&text(refused)).unwrap();
    assert_eq!(said["error"], "credential_request_denied");
    let description = said["error_description"].as_str().unwrap();
    assert!(description.contains("512 copies") && description.contains("ask again in 1 h"), "{said}");
    assert_eq!(entries(), before);
    // In another format it is the same credential.
    let body = request("maisha-id.dc-sd-jwt", proofs(&running, &keys));
    assert!(!wallet.call("/credential", &token, &body).status().is_success());
}

/// It waits on, as what it waits for comes by itself.
#[test]
fn what_was_deferred_waits_until_there_are_copies_again() {
    use std::sync::atomic::AtomicI64;
    static SECONDS: AtomicI64 = AtomicI64::new(0);
    fn clock() -> hati_formats::time::Timestamp {
        now().plus_seconds(SECONDS.load(Ordering::Relaxed))
    }
    let running = office_at(clock);
    let wallet = Wallet::new(&running);
    let offer = offer_of(&running, WAITING, &[MAISHA], false);
    let token = wallet.redeem(&redeeming(&code(&offer), None));
    let id = later::transaction(wallet.credential(token.access_token.as_str(), proofs(&running, &keys(2))));
    later::decide(&running, true);
    leave(&running, WAITING, 1);
    let again = |token: &TokenResponse| {
        wallet.call("/deferred_credential", token.access_token.as_str(), &json!({ "transaction_id": id }))
    };
    assert_eq!(later::transaction(again(&token)), id);
    SECONDS.store(i64::from(PACE.seconds_each), Ordering::Relaxed);
    let token = wallet.redeem(&refreshing(&token));
    assert_eq!(issued(again(&token)).0.len(), 2);
}
