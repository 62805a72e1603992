use hati_formats::credential::Format;
use hati_formats::keys::Algorithm;
use hati_formats::qr::request::TypeId;
use hati_formats::status::Status;
use hati_wallet_core::pool::{KnownStatus, Reuse};

use crate::country::{Asker, FIRST_INDEX};
use crate::{Device, now};

impl Device {
    /// Takes in a bundle with these statuses of the copies, in the order they were issued.
    fn learn(&mut self, version: u64, statuses: &[Status]) {
        let known = (FIRST_INDEX..).zip(statuses.iter().copied());
        self.country.statuses = Some(known.filter(|(_, status)| *status != Status::Valid).collect());
        let bundle = self.country.bundle(version, false);
        let changes = self.wallet.take_bundle(&bundle, &mut self.rng).unwrap();
        self.store(changes);
        self.reopen();
    }

    /// The number of the copy that would answer, or the code of the refusal.
    fn would_show(&mut self, reuse: Reuse) -> Result<u64, &'static str> {
        let request = self.country.request(Asker::Unregistered, "proof-of-age", &["age_equal_or_over.18"]);
        let consent = self.wallet.consider(&request, reuse, now());
        consent.map(|consent| consent.copy()).map_err(|error| error.code())
    }
}

#[test]
fn revoked_and_suspended_copies_are_never_shown() {
    for format in [Format::VcSdJwt, Format::DcSdJwt] {
        let mut device = Device::holding("proof-of-age", format, 3);
        let first = device.would_show(Reuse::Never).unwrap();
        device.learn(2, &[Status::Invalid, Status::Suspended, Status::Valid]);
        let shown = device.would_show(Reuse::Never).unwrap();
        assert_eq!(shown, first + 2, "{format}");
        device.learn(3, &[Status::Invalid, Status::Suspended, Status::Suspended]);
        assert_eq!(device.would_show(Reuse::LastResort), Err("suspended"));
        device.learn(4, &[Status::Invalid; 3]);
        assert_eq!(device.would_show(Reuse::LastResort), Err("revoked"));
        let kind = TypeId::parse("proof-of-age").unwrap();
        let refused = device.wallet.single_scan(&kind, Reuse::Never, now(), &mut device.rng).unwrap_err();
        assert_eq!(refused.code(), "revoked");
        assert!(refused.to_string().contains("3 as of 2026-11-22T09:00:00Z"), "{refused}");
        // New copies come before what is refused.
        let new = device.add("proof-of-age", format, Algorithm::EdDsa, 1);
        assert_eq!(device.would_show(Reuse::Never), Ok(new[0]));
    }
}

#[test]
fn a_suspended_copy_that_is_reinstated_is_shown_again() {
    let mut device = Device::holding("proof-of-age", Format::VcSdJwt, 1);
    device.learn(2, &[Status::Suspended]);
    assert_eq!(device.would_show(Reuse::Never), Err("suspended"));
    device.learn(3, &[Status::Valid]);
    assert!(device.would_show(Reuse::Never).is_ok());
}

#[test]
fn a_status_that_is_not_known_excludes_no_copy() {
    let mut device = Device::holding("proof-of-age", Format::VcSdJwt, 1);
    assert_eq!(device.wallet.status(&device.wallet.pool().copies()[0]), None);
    assert!(device.would_show(Reuse::Never).is_ok());
    device.learn(2, &[Status::from(3)]);
    assert!(device.would_show(Reuse::Never).is_ok());
}

#[test]
fn the_status_of_every_format_is_looked_up() {
    for format in Format::ALL {
        let mut device = Device::holding("maisha-id", format, 2);
        device.learn(2, &[Status::Valid, Status::Invalid]);
        let statuses: Vec<_> =
            device.wallet.pool().copies().iter().map(|copy| device.wallet.status(copy)).collect();
        let known = |status| Some(KnownStatus { status, as_of: now() });
        assert_eq!(statuses, [known(Status::Valid), known(Status::Invalid)], "{format}");
    }
}
