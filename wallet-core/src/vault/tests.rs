use proptest::prelude::*;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;

use super::*;

/// The cheapest that Argon2id allows.
fn cheap() -> Cost {
    Cost::new(8, 1, 1).unwrap()
}

fn rng(seed: u64) -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(seed)
}

fn pin(text: &str) -> Pin {
    Pin::new(text).unwrap()
}

fn vault() -> (Vault, Header, DeviceSecret) {
    let mut rng = rng(1);
    let device = DeviceSecret::generate(&mut rng);
    let (vault, header) = Vault::create(&pin("246810"), &device, cheap(), &mut rng).unwrap();
    (vault, header, device)
}

#[test]
fn only_the_pin_on_this_device_unlocks() {
    let (vault, header, device) = vault();
    let sealed = vault.seal("copy/1", b"credential", &mut rng(2)).unwrap();
    let header = Header::from_bytes(&header.to_bytes()).unwrap();
    let device_again = DeviceSecret::from_bytes(device.as_bytes());
    let again = Vault::unlock(&header, &pin("246810"), &device_again).unwrap();
    assert_eq!(again.open("copy/1", &sealed).unwrap().as_slice(), b"credential");

    let other_device = DeviceSecret::generate(&mut rng(3));
    let wrong_pin = Vault::unlock(&header, &pin("246811"), &device).unwrap_err();
    let wrong_device = Vault::unlock(&header, &pin("246810"), &other_device).unwrap_err();
    // No oracle: nothing tells which of the two was wrong.
    assert_eq!((wrong_pin, wrong_device), (VaultError::Locked, VaultError::Locked));
}

#[test]
fn a_new_pin_replaces_the_old_one_and_keeps_the_records() {
    let (vault, old, device) = vault();
    let sealed = vault.seal("key/1", b"secret", &mut rng(2)).unwrap();
    let new = vault.change_pin(&pin("twende kazi"), &device, cheap(), &mut rng(3)).unwrap();
    assert_ne!(old, new);
    assert_eq!(Vault::unlock(&new, &pin("246810"), &device).unwrap_err(), VaultError::Locked);
    let again = Vault::unlock(&new, &pin("twende kazi"), &device).unwrap();
    assert_eq!(again.open("key/1", &sealed).unwrap().as_slice(), b"secret");
}

#[test]
fn a_record_opens_under_its_own_name_in_its_own_vault_only() {
    let (vault, _, device) = vault();
    let sealed = vault.seal("copy/1", b"credential", &mut rng(2)).unwrap();
    let refused = |name: &str| VaultError::Record { name: name.to_owned() };
    assert_eq!(vault.open("copy/2", &sealed).unwrap_err(), refused("copy/2"));
    let (other, _) = Vault::create(&pin("246810"), &device, cheap(), &mut rng(9)).unwrap();
    assert_eq!(other.open("copy/1", &sealed).unwrap_err(), refused("copy/1"));
    assert_eq!(vault.open("copy/1", &sealed[..20]).unwrap_err(), refused("copy/1"));
    // Fresh randomness for each sealing.
    assert_ne!(vault.seal("copy/1", b"credential", &mut rng(4)).unwrap(), sealed);
}

#[test]
fn pins_have_a_least_and_a_greatest_length() {
    assert_eq!(Pin::new("12345").unwrap_err(), PinError::TooShort { expected: 6, got: 5 });
    assert!(Pin::new("ŋŋŋŋŋ").is_err() && Pin::new("ŋŋŋŋŋŋ").is_ok());
    assert!(Pin::new(&"1".repeat(MAX_PIN_BYTES)).is_ok());
    let long = PinError::TooLong { limit: MAX_PIN_BYTES, got: MAX_PIN_BYTES + 1 };
    assert_eq!(Pin::new(&"1".repeat(MAX_PIN_BYTES + 1)).unwrap_err(), long);
}

#[test]
fn hostile_costs_are_refused_before_they_are_paid() {
    for (cost, what) in [
        (Cost::new(1 << 21, 1, 1), "KiB of memory"),
        (Cost::new(7, 1, 1), "KiB of memory"),
        (Cost::new(8, 65, 1), "passes"),
        (Cost::new(8, 0, 1), "passes"),
        (Cost::new(1 << 10, 1, 17), "lanes"),
        (Cost::new(8, 1, 0), "lanes"),
    ] {
        assert!(matches!(cost, Err(VaultError::Cost { what: got, .. }) if got == what), "{cost:?}");
    }
    assert_eq!(Cost::new(64 << 10, 3, 4), Ok(Cost::RECOMMENDED));
}

#[test]
fn an_oversized_record_is_refused() {
    let (vault, ..) = vault();
    let record = vec![0; MAX_RECORD_BYTES + 1];
    let limit = VaultError::RecordTooLong { limit: MAX_RECORD_BYTES, got: record.len() };
    assert_eq!(vault.seal("bundle", &record, &mut rng(2)).unwrap_err(), limit);
}

#[test]
fn secrets_never_reach_debug() {
    let (vault, _, device) = vault();
    let shown = format!("{vault:?} {:?} {device:?}", pin("246810"));
    assert_eq!(shown, "Vault(unlocked) Pin(secret) DeviceSecret(secret)");
}

proptest! {
    #[test]
    fn what_is_sealed_opens_and_nothing_altered_does(
        name in ".{0,20}",
        record: Vec<u8>,
        seed: u64,
        at: prop::sample::Index,
        bit in 0_u8..8,
    ) {
        let (vault, ..) = vault();
        let mut sealed = vault.seal(&name, &record, &mut rng(seed)).unwrap();
        let opened = vault.open(&name, &sealed).unwrap();
        prop_assert_eq!(opened.as_slice(), record.as_slice());
        let at = at.index(sealed.len());
        sealed[at] ^= 1 << bit;
        prop_assert!(vault.open(&name, &sealed).is_err());
    }

    #[test]
    fn an_altered_header_never_unlocks(at: prop::sample::Index, bit in 0_u8..8) {
        let (_, header, device) = vault();
        let original = header.to_bytes();
        let mut bytes = original.clone();
        let at = at.index(bytes.len());
        bytes[at] ^= 1 << bit;
        // The first six bytes are the costs, which may be raised to some that take long to pay.
        if let Ok(header) = Header::from_bytes(&bytes)
            && bytes[..6] == original[..6]
        {
            prop_assert_eq!(Vault::unlock(&header, &pin("246810"), &device).unwrap_err(), VaultError::Locked);
        }
    }

    #[test]
    fn hostile_headers_never_panic(bytes: Vec<u8>) {
        let _ = Header::from_bytes(&bytes);
    }
}
