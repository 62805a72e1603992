//! What a service keeps: the register, the issuance ledger, one-time values, tickets, officers, requests for
//! corrections, verifier registrations, publications and the audit.
//!
//! The traits are named after what the domain does, and every method is one transaction: when it
//! returns, what it says is on disk, together with the audit event that tells of it.
//!
//! ```
//! use hati_store::{Action, Event, MemoryStore, Person, Register, Sex};
//!
//! # fn main() -> Result<(), hati_store::StoreError> {
//! let store = MemoryStore::default();
//! let person = Person {
//!     upi: "20480163920017".into(),
//!     id_number: Some("31415926".into()),
//!     given_name: "Achieng".into(),
//!     family_name: "Odhiambo".into(),
//!     birthdate: 9_862,
//!     sex: Sex::Female,
//!     nationalities: vec!["KE".into()],
//!     county: "Kisumu".into(),
//!     locality: "Ahero".into(),
//!     country: "KE".into(),
//!     phone: None,
//!     portrait: None,
//! };
//! let event = Event::new(1_790_000_000, "registering officer", Action::Imported, "people.csv");
//! store.admit(std::slice::from_ref(&person), &[], &event)?;
//! assert_eq!(store.person("20480163920017")?, Some(person));
//! # Ok(())
//! # }
//! ```
//!
//! # Backends
//!
//! [`MemoryStore`] for tests, [`SledStore`] for one machine, [`PostgresStore`] for more. All pass the one
//! suite in `tests/contract/`. Methods block: an asynchronous service calls them where blocking is allowed.
//! What allocates (a status index, a version, an audit number) does so inside the transaction that keeps
//! it, which in PostgreSQL is a locked row.
//!
//! Times are seconds since 1970-01-01T00:00:00Z and dates are days since 1970-01-01, as plain integers,
//! because this room depends on no other.

mod audit;
mod corrections;
mod decisions;
mod error;
mod ledger;
mod memory;
mod names;
mod officers;
mod once;
mod pace;
mod postgres;
mod publications;
mod register;
mod sled;
mod standing;
mod tickets;
mod verifiers;

pub use self::audit::{Action, Audit, AuditEnd, Event, Logged, check_chain};
pub use self::corrections::{Correction, CorrectionAnswer, CorrectionId, Corrections};
pub use self::decisions::{Decided, DecisionId};
pub use self::error::StoreError;
pub use self::ledger::{Change, Changed, Entry, Ledger, ListSize, ListUse, NewCopies, NewCopy, Slot, Status};
pub use self::memory::MemoryStore;
pub use self::officers::{Officer, Officers, Role};
pub use self::once::{MAX_ONCE_KEY_BYTES, OneTime, Seen, UsedUp};
pub use self::pace::Pace;
pub use self::postgres::PostgresStore;
pub use self::publications::{Document, Publication, Publications};
pub use self::register::{
    Amendment, FeedPosition, Known, Person, Portrait, QuarantineId, Quarantined, Reason, Register,
    RegisterChange, Registered, Sex, Turn,
};
pub use self::sled::SledStore;
pub use self::standing::{Standing, Withheld};
pub use self::tickets::{SeenRecord, Ticket, TicketId, TicketKind, Tickets};
pub use self::verifiers::{Verifier, Verifiers};

/// Everything an issuer keeps. A verifier needs [`OneTime`] alone.
pub trait Store:
    Register
    + Ledger
    + OneTime
    + Tickets
    + Officers
    + Corrections
    + Verifiers
    + Publications
    + Audit
    + std::fmt::Debug
    + Send
    + Sync
{
}

impl<T> Store for T where
    T: Register
        + Ledger
        + OneTime
        + Tickets
        + Officers
        + Corrections
        + Verifiers
        + Publications
        + Audit
        + std::fmt::Debug
        + Send
        + Sync
{
}
