//! What can go wrong in a store.

use crate::Slot;

/// Why a store did not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The disk or the database failed.
    #[error("{action} failed in the store at {place}: {source}. Check the disk, its space and its rights")]
    Backend {
        /// What was being done.
        action: &'static str,
        /// Where the store lives.
        place: String,
        /// What the backend said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Another process has the store open.
    #[error("the store at {place} is in use by another process. End it, or wait until it is done")]
    InUse {
        /// Where the store lives.
        place: String,
    },
    /// The address of a database is none.
    #[error(
        "the database's address cannot be read: {source}. Write postgresql://user:password@host:port/database"
    )]
    Address {
        /// What is wrong with it.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// There is no way to the database.
    #[error(
        "the database at {place} cannot be reached: {source}. Check that it runs, its address, user, password and certificate"
    )]
    Unreachable {
        /// Where the database is.
        place: String,
        /// What the way to it said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The connection broke before the database could say that the change is made.
    #[error(
        "the connection to {place} was lost while {action}: {source}. It is done as a whole or not at all: \
         read it back before you try again"
    )]
    ConnectionLost {
        /// What was being done.
        action: &'static str,
        /// Where the database is.
        place: String,
        /// What the connection said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The tables were made by a newer version of this program.
    #[error(
        "the tables at {place} have version {got}, expected at most {expected}. Use the version that made them"
    )]
    NewerSchema {
        /// Where the database is.
        place: String,
        /// The newest version this program knows.
        expected: i32,
        /// The version found.
        got: i32,
    },
    /// A record was written by a version of this program that this one does not know.
    #[error(
        "a record in \"{tree}\" has format {got}, expected {expected}. Use the version that wrote it, or newer"
    )]
    UnknownFormat {
        /// The kind of record.
        tree: &'static str,
        /// The format this version reads.
        expected: u8,
        /// The format found.
        got: u8,
    },
    /// A record cannot be read back.
    #[error("a record in \"{tree}\" cannot be read ({detail}). Restore the store from its backup")]
    Corrupt {
        /// The kind of record.
        tree: &'static str,
        /// What is wrong with it.
        detail: String,
    },
    /// A value cannot be written as a record.
    #[error("a record for \"{tree}\" cannot be written: {detail}. This is an error in the program")]
    Unwritable {
        /// The kind of record.
        tree: &'static str,
        /// What is wrong with it.
        detail: String,
    },
    /// The register holds other data under this UPI.
    #[error("UPI {upi} is registered with other data. Quarantine the new row, and let an officer decide")]
    UpiTaken {
        /// The UPI.
        upi: String,
    },
    /// An identity card belongs to one person.
    #[error(
        "the identity card of UPI {upi} is registered for UPI {of}. Look at both, and correct the number of one of them"
    )]
    IdNumberTaken {
        /// Who was to have it.
        upi: String,
        /// Whose it is.
        of: String,
    },
    /// People were admitted or amended since a decision was made.
    #[error(
        "the register has made {got} changes of people, expected {expected}: somebody was admitted or amended meanwhile. \
         Read who, and decide again"
    )]
    Outdated {
        /// The changes that the decision rests on.
        expected: u64,
        /// The changes there are.
        got: u64,
    },
    /// Somebody else imports.
    #[error(
        "another import into the register at {place} is under way. Wait until it has ended, and give the same command again"
    )]
    Importing {
        /// Where the register is.
        place: String,
    },
    /// A person's record was changed meanwhile.
    #[error(
        "the record of {upi} has revision {got}, expected {expected}: it was changed meanwhile. Read it again"
    )]
    Revised {
        /// The person.
        upi: String,
        /// The revision that was read.
        expected: u64,
        /// The revision there is.
        got: u64,
    },
    /// A credential type is withheld from a person.
    #[error(
        "{credential_type} is withheld from {upi} until an officer reinstates or revokes it. Issue it after that"
    )]
    Withheld {
        /// The person.
        upi: String,
        /// The type.
        credential_type: String,
    },
    /// A person had as many copies of a type as they get.
    #[error(
        "{upi} has had {at_once} copies of {credential_type} lately, as many as one person gets. Wait {seconds} s for more"
    )]
    TooManyCopies {
        /// The person.
        upi: String,
        /// The type.
        credential_type: String,
        /// The most at once.
        at_once: u32,
        /// Seconds until as many are free as were asked for.
        seconds: u64,
    },
    /// What allowed somebody to ask for copies was taken back meanwhile.
    #[error("the grant was withdrawn, so nothing is recorded. Have the person begin again with a new offer")]
    Withdrawn,
    /// A value that may be used once was used before.
    #[error("a value that may be used once was used before. Ask for a new one")]
    Replayed,
    /// What was to be decided is not there, or was decided before.
    #[error(
        "{what} is not there any more: somebody decided it before, or it never was. Look again at what is open"
    )]
    Gone {
        /// What it is.
        what: &'static str,
    },
    /// Two changes of one call concern the same person.
    #[error("two changes of one call concern {upi}. Make one of them, or call twice")]
    Repeated {
        /// The person.
        upi: String,
    },
    /// A feed's batch does not follow the one before it.
    #[error("feed {feed}: expected batch {expected}, got {got}. Send the batches in their order")]
    FeedOrder {
        /// The feed.
        feed: String,
        /// The next batch's number.
        expected: u64,
        /// The number given.
        got: u64,
    },
    /// A key or name is longer than the store takes.
    #[error("{what} is {got} bytes, expected 1 to {expected}. Shorten it, or use its digest")]
    Length {
        /// What was given.
        what: &'static str,
        /// The most bytes it may have.
        expected: usize,
        /// The bytes it has.
        got: usize,
    },
    /// A version was published already, or is older than what was published.
    #[error("version {got} cannot be published, expected more than {newest}. Take the next version first")]
    OldVersion {
        /// The newest version published.
        newest: u64,
        /// The version given.
        got: u64,
    },
    /// Every number of status lists is in use.
    #[error("no status list number is left after {last:?}. Start a new series of lists")]
    ListsExhausted {
        /// The last slot that was given out.
        last: Slot,
    },
    /// An entry of the audit cannot be read.
    #[error(
        "audit entry {number} cannot be read: {detail}. It was altered, or a newer version of this program wrote it: keep a copy, \
         compare with a backup, and read on from the entry after it"
    )]
    UnreadableEntry {
        /// Its number.
        number: u64,
        /// What is wrong with it.
        detail: String,
    },
    /// The audit's chain does not hold.
    #[error(
        "audit event {number} does not follow from the one before it. The audit was altered: keep a copy"
    )]
    BrokenChain {
        /// The first event that does not fit.
        number: u64,
    },
}

impl StoreError {
    /// What is wrong, without the person whom it concerns: a log names nobody.
    #[must_use]
    pub fn for_log(&self) -> String {
        match self {
            Self::UpiTaken { .. } => "a UPI is registered with other data".to_owned(),
            Self::Revised { expected, got, .. } => {
                format!("a record has revision {got}, expected {expected}: it was changed meanwhile")
            }
            Self::Withheld { credential_type, .. } => {
                format!("{credential_type} is withheld from the person")
            }
            Self::IdNumberTaken { .. } => "an identity card is registered for somebody else".to_owned(),
            Self::TooManyCopies { .. } => "somebody has had as many copies as they get".to_owned(),
            Self::Repeated { .. } => "two changes of one call concern the same person".to_owned(),
            // Each by its name, so that whoever adds an error says here whether its text names somebody.
            Self::Backend { .. }
            | Self::Outdated { .. }
            | Self::UnreadableEntry { .. }
            | Self::Importing { .. }
            | Self::InUse { .. }
            | Self::Address { .. }
            | Self::Unreachable { .. }
            | Self::ConnectionLost { .. }
            | Self::NewerSchema { .. }
            | Self::UnknownFormat { .. }
            | Self::Corrupt { .. }
            | Self::Unwritable { .. }
            | Self::Withdrawn
            | Self::Replayed
            | Self::Gone { .. }
            | Self::FeedOrder { .. }
            | Self::Length { .. }
            | Self::OldVersion { .. }
            | Self::ListsExhausted { .. }
            | Self::BrokenChain { .. } => self.to_string(),
        }
    }
}
