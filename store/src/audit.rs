//! The audit: what was done, by whom and when, each event chained to the one before it.

use minicbor::{Decode, Encode};
use sha2::{Digest, Sha256};

use crate::StoreError;

/// Reads the audit. Events of a change are appended by the method that makes it, in its transaction; nothing
/// alters or removes one.
pub trait Audit {
    /// At most `limit` events in order, from number `from` on; the first event has number 0.
    ///
    /// # Errors
    ///
    /// [`StoreError::UnreadableEntry`] names the first that cannot be read; if the store cannot be read.
    fn events(&self, from: u64, limit: usize) -> Result<Vec<Logged>, StoreError>;

    /// Where the next event goes: kept beside the events, so that one removed from their end is missed.
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    fn end(&self) -> Result<AuditEnd, StoreError>;

    /// Appends events that changed nothing else: an officer looked at a record, a password was refused.
    ///
    /// # Errors
    ///
    /// If the store cannot be written.
    fn log(&self, events: &[Event]) -> Result<(), StoreError>;
}

/// What somebody did.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Event {
    /// When.
    #[n(0)]
    pub at: i64,
    /// Who: an officer, an operator, a service.
    #[n(1)]
    pub actor: String,
    /// What.
    #[n(2)]
    pub action: Action,
    /// To whom or what: a UPI, a verifier's id, the name of a file.
    #[n(3)]
    pub subject: String,
}

impl Event {
    /// An event.
    #[must_use]
    pub fn new(at: i64, actor: impl Into<String>, action: Action, subject: impl Into<String>) -> Self {
        Self { at, actor: actor.into(), action, subject: subject.into() }
    }
}

/// What can be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum Action {
    /// Rows of a file were admitted or quarantined.
    #[n(0)]
    Imported,
    /// Copies of a credential were recorded for signing.
    #[n(1)]
    Issued,
    /// Credentials were revoked.
    #[n(2)]
    Revoked,
    /// Credentials were suspended.
    #[n(3)]
    Suspended,
    /// Credentials were reinstated.
    #[n(4)]
    Reinstated,
    /// A verifier was registered.
    #[n(5)]
    VerifierRegistered,
    /// A verifier's registration was withdrawn.
    #[n(6)]
    VerifierWithdrawn,
    /// A signed document was published.
    #[n(7)]
    Published,
    /// A person's record was corrected.
    #[n(8)]
    Amended,
    /// A death was registered.
    #[n(9)]
    DeathRegistered,
    /// A quarantined row was decided on.
    #[n(10)]
    QuarantineResolved,
    /// A person asked for a correction.
    #[n(11)]
    CorrectionRequested,
    /// A request for a correction was answered.
    #[n(12)]
    CorrectionAnswered,
    /// An officer's account was made or changed.
    #[n(13)]
    OfficerChanged,
    /// Somebody signed in.
    #[n(14)]
    SignedIn,
    /// Somebody was refused: a wrong password, code or PIN.
    #[n(15)]
    SignInRefused,
    /// A credential was offered to a wallet.
    #[n(16)]
    Offered,
    /// An officer looked at a person's record.
    #[n(17)]
    Consulted,
    /// A batch of another system's changes was taken in.
    #[n(18)]
    FeedFollowed,
    /// A key was made, put to use or retired.
    #[n(19)]
    KeyChanged,
    /// A wallet told what became of its credentials.
    #[n(20)]
    Notified,
    /// A death that was registered by mistake was taken back.
    #[n(21)]
    DeathWithdrawn,
}

impl Action {
    /// Its name, for logs and programs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Imported => "imported",
            Self::Issued => "issued",
            Self::Revoked => "revoked",
            Self::Suspended => "suspended",
            Self::Reinstated => "reinstated",
            Self::VerifierRegistered => "verifier_registered",
            Self::VerifierWithdrawn => "verifier_withdrawn",
            Self::Published => "published",
            Self::Amended => "amended",
            Self::DeathRegistered => "death_registered",
            Self::QuarantineResolved => "quarantine_resolved",
            Self::CorrectionRequested => "correction_requested",
            Self::CorrectionAnswered => "correction_answered",
            Self::OfficerChanged => "officer_changed",
            Self::SignedIn => "signed_in",
            Self::SignInRefused => "sign_in_refused",
            Self::Offered => "offered",
            Self::Consulted => "consulted",
            Self::FeedFollowed => "feed_followed",
            Self::KeyChanged => "key_changed",
            Self::Notified => "notified",
            Self::DeathWithdrawn => "death_withdrawn",
        }
    }
}

/// An event in its place.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Logged {
    /// Its number, from 0.
    #[n(0)]
    pub number: u64,
    /// What was done.
    #[n(1)]
    pub event: Event,
    /// SHA-256 over the digest before it (32 zero bytes at first), its number and the event.
    #[cbor(n(2), with = "minicbor::bytes")]
    pub digest: [u8; 32],
}

/// The end of the audit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub struct AuditEnd {
    /// How many events there are: the number of the next one.
    #[n(0)]
    pub entries: u64,
    /// The digest of the newest; 32 zero bytes before the first.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub digest: [u8; 32],
}

impl AuditEnd {
    /// The event as it stands after this end.
    ///
    /// # Errors
    ///
    /// If the event cannot be encoded, which is an error in the program.
    pub fn follow(self, event: &Event) -> Result<Logged, StoreError> {
        let Self { entries: number, digest: before } = self;
        Ok(Logged { number, event: event.clone(), digest: digest(&before, number, event)? })
    }
}

impl From<&Logged> for AuditEnd {
    fn from(newest: &Logged) -> Self {
        Self { entries: newest.number.saturating_add(1), digest: newest.digest }
    }
}

/// Names the entry that a record was of, if the record is what is wrong.
pub(crate) fn unreadable(number: u64) -> impl Fn(StoreError) -> StoreError {
    move |error| match error {
        StoreError::Corrupt { detail, .. } => StoreError::UnreadableEntry { number, detail },
        other => other,
    }
}

/// Checks that events follow from one another, `previous` being the one before the first.
///
/// A cut end shows only to someone who kept a later digest, so the newest digest is worth writing down
/// elsewhere.
///
/// # Errors
///
/// [`StoreError::BrokenChain`] names the first event that does not fit.
pub fn check_chain(previous: Option<&Logged>, events: &[Logged]) -> Result<(), StoreError> {
    let mut end = previous.map(AuditEnd::from).unwrap_or_default();
    for logged in events {
        if end.follow(&logged.event)? != *logged {
            return Err(StoreError::BrokenChain { number: logged.number });
        }
        end = logged.into();
    }
    Ok(())
}

fn digest(before: &[u8; 32], number: u64, event: &Event) -> Result<[u8; 32], StoreError> {
    let encoded = minicbor::to_vec(event)
        .map_err(|e| StoreError::Unwritable { tree: "audit", detail: e.to_string() })?;
    let hash = Sha256::new().chain_update(before).chain_update(number.to_be_bytes()).chain_update(encoded);
    Ok(hash.finalize().into())
}
