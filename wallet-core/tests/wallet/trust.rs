use hati_formats::keys::{Algorithm, SoftwareKey};
use hati_wallet_core::pool::Reuse;
use hati_wallet_core::trust::TrustError;
use hati_wallet_core::vault::Vault;
use hati_wallet_core::{Wallet, WalletError};

use crate::country::{Asker, DAY};
use crate::{Device, now, pin};

#[test]
fn a_bundle_needs_a_pinned_root_and_survives_the_vault() {
    let mut device = Device::new();
    let bundle = device.country.bundle(1, false);
    assert_eq!(device.wallet.take_bundle(&bundle, &mut device.rng).unwrap_err().code(), "root_missing");
    let mut device = Device::trusting();
    device.reopen();
    assert_eq!(device.wallet.bundle().unwrap().content().version, 1);
    assert_eq!(device.wallet.root(), Some(device.country.root().public()));
}

#[test]
fn a_wallet_keeps_the_root_it_pinned() {
    let mut device = Device::trusting();
    let other = SoftwareKey::from_secret_bytes(Algorithm::EdDsa, &[66; 32]).unwrap();
    let refused = device.wallet.pin_root(other.public().clone(), &mut device.rng).unwrap_err();
    assert!(matches!(refused, TrustError::OtherRoot { .. }));
    assert!(device.wallet.pin_root(device.country.root().public().clone(), &mut device.rng).is_ok());

    let mut stranger = Device::new();
    let changes = stranger.wallet.pin_root(other.public().clone(), &mut stranger.rng).unwrap();
    stranger.store(changes);
    let bundle = stranger.country.bundle(1, false);
    let refused = stranger.wallet.take_bundle(&bundle, &mut stranger.rng).unwrap_err();
    assert_eq!(refused.code(), "trust_list_other_root");
}

#[test]
fn bundles_and_deltas_lead_forward_only() {
    let mut device = Device::trusting();
    device.country.now = now().plus_seconds(DAY);
    let (second, third) = (device.country.bundle(2, false), device.country.bundle(3, true));
    let delta = device.country.delta(&second, &third);
    let ahead = device.wallet.take_bundle(&delta, &mut device.rng).unwrap_err();
    assert_eq!(ahead.code(), "delta_other_version");
    for file in [&second, &delta] {
        let changes = device.wallet.take_bundle(file, &mut device.rng).unwrap();
        device.store(changes);
        device.reopen();
    }
    assert_eq!(device.wallet.bundle().unwrap().as_bytes(), third);
    let back = device.wallet.take_bundle(&second, &mut device.rng).unwrap_err();
    assert_eq!(back.code(), "bundle_rollback");
    let garbage = device.wallet.take_bundle(b"garbage", &mut device.rng).unwrap_err();
    assert_eq!(garbage.code(), "bundle_malformed");
}

#[test]
fn a_clock_behind_the_bundle_decides_nothing() {
    let mut device = Device::trusting();
    let request = device.country.request(Asker::Unregistered, "proof-of-age", &["age_equal_or_over.18"]);
    let before = now().plus_seconds(-1);
    let refused = device.wallet.consider(&request, Reuse::Never, before).unwrap_err();
    assert_eq!(refused.code(), "clock_behind");
    assert!(refused.to_string().contains("2026-11-22T08:59:59Z"), "{refused}");
    let issued = device.country.issue("proof-of-age", hati_formats::credential::Format::VcSdJwt, &[]);
    let refused = device.wallet.take_in(&issued, before, &mut device.rng).unwrap_err();
    assert_eq!(refused.code(), "clock_behind");
    let kind = hati_formats::qr::request::TypeId::parse("proof-of-age").unwrap();
    let refused = device.wallet.single_scan(&kind, Reuse::Never, before, &mut device.rng).unwrap_err();
    assert_eq!(refused.code(), "clock_behind");
}

#[test]
fn records_that_were_exchanged_altered_or_added_do_not_open() {
    let mut device = Device::trusting();
    device.new_keys(Algorithm::EdDsa, 2);
    let open = |stored: &std::collections::BTreeMap<String, Vec<u8>>| {
        let vault = Vault::unlock(&device.header, &pin(), &device.secret).unwrap();
        Wallet::open(vault, stored.clone())
    };
    assert!(open(&device.stored).is_ok());
    let mut exchanged = device.stored.clone();
    let [first, second] = ["key/1", "key/2"].map(|name| device.stored[name].clone());
    exchanged.insert("key/1".to_owned(), second);
    exchanged.insert("key/2".to_owned(), first);
    assert_eq!(open(&exchanged).unwrap_err().code(), "record_altered");
    let mut added = device.stored.clone();
    added.insert("note/1".to_owned(), Vec::new());
    assert!(matches!(open(&added), Err(WalletError::UnknownRecord { name }) if name == "note/1"));
}
