//! The audit, checked: every entry follows from the one before it, and from the checkpoints that were signed meanwhile.
//!
//! The store keeps the chain's end beside it, which shows an entry removed from there. Whoever can alter both leaves nothing
//! that the chain alone would show, nor if all of it was made anew. A *checkpoint* is the newest
//! entry's number and digest, signed by the registrar and published with every edition: whoever kept one can hold the
//! issuer to it.

use hati_formats::json::JsonError;
use hati_formats::jws::{self, JwsError};
use hati_formats::keys::PublicKey;
use hati_formats::time::Timestamp;
use hati_formats::{encoding, json};
use hati_store::{Audit, AuditEnd, Logged, StoreError, check_chain};
use serde_json::{Value, json};

use crate::keys::{SignError, Signer};

/// The explicit type of a checkpoint (RFC 8725 section 3.11).
pub const CHECKPOINT_TYPE: &str = "audit-checkpoint+jwt";

/// Entries that are read at once.
const PAGE: usize = 1_000;

/// Why the audit is not believed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AuditError {
    /// An entry does not say what it said when it was written.
    #[error("entry {number} was altered: it does not follow from the one before it. Compare with a backup")]
    Altered {
        /// Its number.
        number: u64,
    },
    /// An entry is not there.
    #[error("entry {expected} is missing: entry {got} stands in its place. Compare with a backup")]
    Removed {
        /// The entry that should come next.
        expected: u64,
        /// The one that does.
        got: u64,
    },
    /// An entry stands in another place.
    #[error("entry {got} stands where entry {expected} belongs. Compare with a backup")]
    Reordered {
        /// The entry that should come next.
        expected: u64,
        /// The one that does.
        got: u64,
    },
    /// What belongs in a place stands in another.
    #[error(
        "what belongs to entry {expected} stands at entry {got}: they were exchanged. Compare with a backup"
    )]
    Exchanged {
        /// The entry that should come next.
        expected: u64,
        /// Where it is.
        got: u64,
    },
    /// The audit ends before the entry that the store has as its newest.
    #[error(
        "the audit has {got} entries, and the store knows of {expected}: those at its end were removed. Compare with a backup"
    )]
    EndRemoved {
        /// How many the store knows of.
        expected: u64,
        /// How many there are.
        got: u64,
    },
    /// The store knows of fewer entries than there are.
    #[error(
        "the audit has {got} entries, and the store knows of {expected}: its mark of the end was set back. Compare with a backup"
    )]
    EndMoved {
        /// How many the store knows of.
        expected: u64,
        /// How many there are.
        got: u64,
    },
    /// The entry that the store has as its newest is another one.
    #[error(
        "entry {number} is not the one that the store has as its newest: the audit was made anew. Compare with a backup"
    )]
    NotOfEnd {
        /// The entry.
        number: u64,
    },
    /// The audit ends before an entry that was there when a checkpoint was signed.
    #[error(
        "entry {number} of the checkpoint of {at} is missing: the audit has {entries} entries. Compare with a backup"
    )]
    CutOff {
        /// The entry the checkpoint names.
        number: u64,
        /// When it was signed.
        at: Timestamp,
        /// How many there are.
        entries: u64,
    },
    /// The entry is not the one that a checkpoint names.
    #[error(
        "entry {number} is not the one of the checkpoint of {at}: it, or one before it, was made anew. Compare with a backup"
    )]
    NotOfCheckpoint {
        /// The entry.
        number: u64,
        /// When the checkpoint was signed.
        at: Timestamp,
    },
    /// A checkpoint's signature or form is wrong.
    #[error("the checkpoint is not one of this issuer's registrar: {0}. Name a file that it published")]
    Checkpoint(#[from] JwsError),
    /// A checkpoint by a key that is not the registrar's.
    #[error(
        "the checkpoint is not signed by a key of this issuer's registrar. Name a file that it published"
    )]
    CheckpointKey,
    /// A checkpoint of another form.
    #[error(
        "the checkpoint says something else than expected: {reason}. Name a file that this issuer published"
    )]
    Content {
        /// What is wrong.
        reason: String,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

hati_formats::error_codes!(AuditError {
    Self::Altered { .. } | Self::Store(StoreError::UnreadableEntry { .. }) => "audit_entry_altered",
    Self::Removed { .. } => "audit_entry_removed",
    Self::Reordered { .. } | Self::Exchanged { .. } => "audit_entry_reordered",
    Self::CutOff { .. } | Self::EndRemoved { .. } => "audit_cut_off",
    Self::EndMoved { .. } => "audit_end_moved",
    Self::NotOfCheckpoint { .. } | Self::NotOfEnd { .. } => "audit_made_anew",
    Self::Checkpoint(_) | Self::CheckpointKey | Self::Content { .. } => "checkpoint_refused",
    Self::Store(StoreError::InUse { .. }) => "store_in_use",
    Self::Store(_) => "store_failed",
});

/// The newest entry at some time, signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// The entry's number.
    pub number: u64,
    /// Its digest.
    pub digest: [u8; 32],
    /// When it was signed.
    pub at: Timestamp,
}

impl Checkpoint {
    /// The newest entry; none in an empty audit.
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    pub fn newest(audit: &dyn Audit, at: Timestamp) -> Result<Option<Self>, StoreError> {
        let AuditEnd { entries, digest } = audit.end()?;
        Ok(entries.checked_sub(1).map(|number| Self { number, digest, at }))
    }

    /// The signed text: a JWT (RFC 7519).
    ///
    /// # Errors
    ///
    /// If the registrar's key does not sign.
    pub fn sign(&self, issuer: &str, registrar: &Signer) -> Result<String, SignError> {
        let header = json!({
            "alg": registrar.public().algorithm().name(),
            "typ": CHECKPOINT_TYPE,
            "kid": encoding::b64url(&registrar.public().thumbprint()),
        });
        let claims = json!({
            "iss": issuer,
            "iat": self.at.seconds(),
            "entry": self.number,
            "digest": encoding::b64url(&self.digest),
        });
        let unsigned = jws::prepare_text(&header.to_string(), claims.to_string().as_bytes());
        let signature = registrar.sign(unsigned.signing_input())?;
        Ok(unsigned.finish(&signature))
    }

    /// Reads a checkpoint that `issuer`'s registrar signed, with one of its keys.
    ///
    /// # Errors
    ///
    /// [`AuditError::Checkpoint`] and [`AuditError::Content`].
    pub fn verify(text: &str, issuer: &str, registrar: &[PublicKey]) -> Result<Self, AuditError> {
        let content = |reason: &str| AuditError::Content { reason: reason.to_owned() };
        let unverified = jws::Unverified::parse(text.trim())?;
        let named = |key: &&PublicKey| {
            unverified.header().kid.as_deref() == Some(&encoding::b64url(&key.thumbprint()))
        };
        let key = registrar.iter().find(named).ok_or(AuditError::CheckpointKey)?;
        let verified = unverified.verify(key)?;
        if verified.header().typ.as_deref() != Some(CHECKPOINT_TYPE) {
            return Err(content(&format!("expected the type {CHECKPOINT_TYPE}")));
        }
        let claims = json::parse_object(verified.payload())
            .map_err(|error: JsonError| AuditError::Content { reason: error.to_string() })?;
        if claims.get("iss").and_then(Value::as_str) != Some(issuer) {
            return Err(content(&format!("expected the issuer {issuer}")));
        }
        let digest = claims.get("digest").and_then(Value::as_str).map(encoding::b64url_decode_array);
        Ok(Self {
            number: claims
                .get("entry")
                .and_then(Value::as_u64)
                .ok_or_else(|| content("expected a number as `entry`"))?,
            digest: digest
                .and_then(Result::ok)
                .ok_or_else(|| content("expected 32 bytes in base64url as `digest`"))?,
            at: Timestamp::from_seconds(
                claims
                    .get("iat")
                    .and_then(Value::as_i64)
                    .ok_or_else(|| content("expected seconds as `iat`"))?,
            ),
        })
    }
}

/// Checks every entry, and that what the checkpoints name is there. Gives the number of entries.
///
/// # Errors
///
/// [`AuditError`] names the first entry that is wrong.
pub fn verify(audit: &dyn Audit, checkpoints: &[Checkpoint]) -> Result<u64, AuditError> {
    // Before the entries: what is appended meanwhile comes after it.
    let known = audit.end()?;
    let mut previous: Option<Logged> = None;
    let mut entries = 0;
    loop {
        let page = audit.events(entries, PAGE)?;
        if page.is_empty() {
            break;
        }
        for logged in page {
            if logged.number != entries {
                return Err(misplaced(audit, entries, logged.number)?);
            }
            if check_chain(previous.as_ref(), std::slice::from_ref(&logged)).is_err() {
                return Err(misfit(audit, previous.as_ref(), &logged)?);
            }
            check_against(checkpoints, &logged)?;
            entries += 1;
            if entries == known.entries && logged.digest != known.digest {
                return Err(AuditError::NotOfEnd { number: logged.number });
            }
            previous = Some(logged);
        }
    }
    // After the entries: what was appended meanwhile is in it.
    let end = audit.end()?;
    if entries > end.entries {
        return Err(AuditError::EndMoved { expected: end.entries, got: entries });
    }
    if entries < known.entries && checkpoints.iter().all(|it| it.number < entries) {
        return Err(AuditError::EndRemoved { expected: known.entries, got: entries });
    }
    match checkpoints.iter().find(|known| known.number >= entries) {
        Some(known) => Err(AuditError::CutOff { number: known.number, at: known.at, entries }),
        None => Ok(entries),
    }
}

/// What stands in a place and does not follow from `previous`: what does may stand elsewhere, with its digest or without.
fn misfit(audit: &dyn Audit, previous: Option<&Logged>, here: &Logged) -> Result<AuditError, StoreError> {
    let end = previous.map(AuditEnd::from).unwrap_or_default();
    let mut from = 0;
    loop {
        let page = audit.events(from, PAGE)?;
        if page.is_empty() {
            return Ok(AuditError::Altered { number: here.number });
        }
        for other in page.iter().filter(|other| other.number != here.number) {
            let digest = end.follow(&other.event)?.digest;
            if digest == other.digest || digest == here.digest {
                return Ok(AuditError::Exchanged { expected: here.number, got: other.number });
            }
        }
        from += page.len() as u64;
    }
}

/// What stands in the place of `expected`: another entry, because this one is gone, or because it stands elsewhere.
fn misplaced(audit: &dyn Audit, expected: u64, got: u64) -> Result<AuditError, StoreError> {
    let mut from = 0;
    loop {
        let page = audit.events(from, PAGE)?;
        if page.is_empty() {
            return Ok(AuditError::Removed { expected, got });
        }
        if page.iter().any(|logged| logged.number == expected) {
            return Ok(AuditError::Reordered { expected, got });
        }
        from += page.len() as u64;
    }
}

fn check_against(checkpoints: &[Checkpoint], logged: &Logged) -> Result<(), AuditError> {
    let other = |known: &&Checkpoint| known.number == logged.number && known.digest != logged.digest;
    match checkpoints.iter().find(other) {
        Some(known) => Err(AuditError::NotOfCheckpoint { number: known.number, at: known.at }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use hati_formats::keys::{Algorithm, SoftwareKey};
    use hati_store::{Action, Event, MemoryStore, Person, Register, Sex};

    use super::*;

    const ISSUER: &str = "https://id.example.go.ke";

    fn now() -> Timestamp {
        Timestamp::from_seconds(1_790_000_000)
    }

    /// What somebody with the disk in hand could leave behind.
    struct Tampered(RefCell<Vec<Logged>>, AuditEnd);

    impl Audit for Tampered {
        fn events(&self, from: u64, limit: usize) -> Result<Vec<Logged>, StoreError> {
            Ok(self.0.borrow().iter().skip(from as usize).take(limit).cloned().collect())
        }

        fn end(&self) -> Result<AuditEnd, StoreError> {
            Ok(self.1)
        }

        fn log(&self, _: &[Event]) -> Result<(), StoreError> {
            Err(StoreError::Gone { what: "the room for another entry" })
        }
    }

    fn honest(entries: u64) -> Tampered {
        let store = MemoryStore::default();
        for number in 0..entries {
            let person = Person {
                upi: format!("{number:014}"),
                id_number: None,
                given_name: "Achieng".into(),
                family_name: format!("Odhiambo {number}"),
                birthdate: 9_862,
                sex: Sex::Female,
                nationalities: vec!["KE".into()],
                county: "Kisumu".into(),
                locality: "Ahero".into(),
                country: "KE".into(),
                phone: None,
                portrait: None,
            };
            let event = Event::new(now().seconds(), "officer", Action::Imported, format!("file {number}"));
            store.admit(&[person], &[], &event).unwrap();
        }
        Tampered(RefCell::new(store.events(0, usize::MAX).unwrap()), store.end().unwrap())
    }

    #[test]
    fn an_honest_audit_is_believed_and_its_newest_entry_found() {
        for entries in [0, 1, 2, 3, 7, 8, 1_001] {
            let audit = honest(entries);
            let newest = Checkpoint::newest(&audit, now()).unwrap();
            assert_eq!(newest.as_ref().map(|it| it.number), entries.checked_sub(1));
            assert_eq!(verify(&audit, newest.as_slice()).unwrap(), entries);
        }
    }

    #[test]
    fn what_was_done_to_an_audit_is_named() {
        let refused = |tamper: fn(&mut Vec<Logged>)| {
            let audit = honest(10);
            tamper(&mut audit.0.borrow_mut());
            verify(&audit, &[]).unwrap_err()
        };
        let altered = refused(|entries| entries[4].event.actor = "nobody".into());
        assert!(matches!(altered, AuditError::Altered { number: 4 }), "{altered}");
        let altered = refused(|entries| entries[4].digest[0] ^= 1);
        assert!(matches!(altered, AuditError::Altered { number: 4 }), "{altered}");
        let removed = refused(|entries| drop(entries.remove(4)));
        assert!(matches!(removed, AuditError::Removed { expected: 4, got: 5 }), "{removed}");
        let first = refused(|entries| drop(entries.remove(0)));
        assert!(matches!(first, AuditError::Removed { expected: 0, got: 1 }), "{first}");
        let reordered = refused(|entries| entries.swap(4, 5));
        assert!(matches!(reordered, AuditError::Reordered { expected: 4, got: 5 }), "{reordered}");
        // As in a table, whose numbers stay: what is in two rows is exchanged, with the digests and without.
        let exchanged = refused(|entries| {
            entries.swap(4, 6);
            (entries[4].number, entries[6].number) = (4, 6);
        });
        assert!(matches!(exchanged, AuditError::Exchanged { expected: 4, got: 6 }), "{exchanged}");
        let exchanged = refused(|entries| {
            let event = entries[4].event.clone();
            entries[4].event = std::mem::replace(&mut entries[5].event, event);
        });
        assert!(matches!(exchanged, AuditError::Exchanged { expected: 4, got: 5 }), "{exchanged}");
        assert_eq!(exchanged.code(), "audit_entry_reordered");
        let cut = refused(|entries| drop(entries.pop()));
        assert!(matches!(cut, AuditError::EndRemoved { expected: 10, got: 9 }), "{cut}");
        // Set back, so that a part of it would not be missed.
        let audit = honest(10);
        let third = AuditEnd::from(&audit.0.borrow()[2]);
        let moved = verify(&Tampered(audit.0, third), &[]).unwrap_err();
        assert!(matches!(moved, AuditError::EndMoved { expected: 3, got: 10 }), "{moved}");
        assert_eq!(moved.code(), "audit_end_moved");
        let all = refused(Vec::clear);
        assert!(matches!(all, AuditError::EndRemoved { expected: 10, got: 0 }), "{all}");
        // All of it made anew, from some entry on, with digests that fit.
        let anew = refused(|entries| {
            let mut end = AuditEnd::from(&entries[7]);
            for logged in &mut entries[8..] {
                logged.event.actor = "somebody else".into();
                *logged = end.follow(&logged.event).unwrap();
                end = AuditEnd::from(&*logged);
            }
        });
        assert!(matches!(anew, AuditError::NotOfEnd { number: 9 }), "{anew}");
        let repeated = refused(|entries| entries[5] = entries[3].clone());
        assert!(matches!(repeated, AuditError::Removed { expected: 5, got: 3 }), "{repeated}");
    }

    #[test]
    fn a_checkpoint_shows_a_cut_end_and_an_audit_made_anew() {
        let audit = honest(10);
        let kept = Checkpoint::newest(&audit, now()).unwrap().unwrap();
        audit.0.borrow_mut().truncate(7);
        let cut = verify(&audit, std::slice::from_ref(&kept)).unwrap_err();
        assert!(matches!(cut, AuditError::CutOff { number: 9, entries: 7, .. }), "{cut}");
        // With the store's own end cut too, a checkpoint alone shows it.
        let end = AuditEnd::from(audit.0.borrow().last().unwrap());
        let audit = Tampered(audit.0, end);
        let cut = verify(&audit, std::slice::from_ref(&kept)).unwrap_err();
        assert!(matches!(cut, AuditError::CutOff { number: 9, entries: 7, .. }), "{cut}");
        assert_eq!(verify(&audit, &[]).unwrap(), 7, "without a checkpoint nobody can tell");

        let anew = honest(12);
        let other = Checkpoint { digest: [7; 32], ..kept };
        let refused = verify(&anew, &[other]).unwrap_err();
        assert!(matches!(refused, AuditError::NotOfCheckpoint { number: 9, .. }), "{refused}");
    }

    #[test]
    fn only_the_registrar_signs_checkpoints() {
        let [registrar, other]: [Signer; 2] =
            [1, 2].map(|seed| SoftwareKey::from_secret_bytes(Algorithm::EdDsa, &[seed; 32]).unwrap().into());
        let older = SoftwareKey::from_secret_bytes(Algorithm::EdDsa, &[3; 32]).unwrap();
        let known = [older.public().clone(), registrar.public().clone()];
        let checkpoint = Checkpoint { number: 41, digest: [9; 32], at: now() };
        let text = checkpoint.sign(ISSUER, &registrar).unwrap();
        assert_eq!(Checkpoint::verify(&text, ISSUER, &known).unwrap(), checkpoint);
        let refused = |text: &str, issuer| Checkpoint::verify(text, issuer, &known).unwrap_err();
        assert!(matches!(
            refused(&checkpoint.sign(ISSUER, &other).unwrap(), ISSUER),
            AuditError::CheckpointKey
        ));
        assert!(matches!(refused(&text, "https://other.example"), AuditError::Content { .. }));
        assert!(matches!(refused("not a token", ISSUER), AuditError::Checkpoint(_)));
        let kid = encoding::b64url(&registrar.public().thumbprint());
        for (header, claims) in [
            (
                json!({"alg": "EdDSA", "typ": "JWT", "kid": kid}),
                json!({"iss": ISSUER, "iat": 1, "entry": 1, "digest": "A"}),
            ),
            (
                json!({"alg": "EdDSA", "typ": CHECKPOINT_TYPE, "kid": kid}),
                json!({"iss": ISSUER, "iat": 1, "entry": 1, "digest": "AAAA"}),
            ),
            (
                json!({"alg": "EdDSA", "typ": CHECKPOINT_TYPE, "kid": kid}),
                json!({"iss": ISSUER, "iat": 1, "entry": -1}),
            ),
        ] {
            let unsigned = jws::prepare_text(&header.to_string(), claims.to_string().as_bytes());
            let signature = registrar.sign(unsigned.signing_input()).unwrap();
            assert!(
                matches!(refused(&unsigned.finish(&signature), ISSUER), AuditError::Content { .. }),
                "{claims}"
            );
        }
    }
}
