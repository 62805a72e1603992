//! Promises about one-time values.

use hati_store::{MAX_ONCE_KEY_BYTES, Seen, Store, StoreError};

pub(crate) fn seen_before_until_it_expires(store: &dyn Store) {
    assert_eq!(store.remember(b"nonce", 160, 100).unwrap(), Seen::FirstTime);
    assert_eq!(store.remember(b"nonce", 160, 159).unwrap(), Seen::Before);
    assert_eq!(store.remember(b"another", 160, 159).unwrap(), Seen::FirstTime);
    // A replay does not make the memory longer.
    assert_eq!(store.remember(b"nonce", 999, 159).unwrap(), Seen::Before);
    assert_eq!(store.remember(b"nonce", 260, 160).unwrap(), Seen::FirstTime);
    assert_eq!(store.remember(b"nonce", 260, 161).unwrap(), Seen::Before);
}

pub(crate) fn expired_keys_are_forgotten(store: &dyn Store) {
    for (number, expires) in [(1, -5), (2, 100), (3, 101)] {
        store.remember(&[number], expires, -10).unwrap();
    }
    // Renewed after it expired: only its newer expiry counts.
    store.remember(&[1], 500, 0).unwrap();
    assert_eq!(store.forget_expired(100).unwrap(), 1);
    assert_eq!(store.forget_expired(100).unwrap(), 0);
    assert_eq!(store.remember(&[1], 500, 100).unwrap(), Seen::Before);
    assert_eq!(store.remember(&[3], 500, 100).unwrap(), Seen::Before);
    assert_eq!(store.remember(&[2], 500, 100).unwrap(), Seen::FirstTime);
}

pub(crate) fn keys_have_a_length(store: &dyn Store) {
    for bad in [0, MAX_ONCE_KEY_BYTES + 1] {
        let refused = store.remember(&vec![1; bad], 160, 100);
        assert!(matches!(refused, Err(StoreError::Length { got, .. }) if got == bad));
    }
    assert_eq!(store.remember(&[1; MAX_ONCE_KEY_BYTES], 160, 100).unwrap(), Seen::FirstTime);
}
