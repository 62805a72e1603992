//! The issuance ledger: which status index belongs to whom, and what its status is.

use minicbor::{Decode, Encode};
use rand_core::CryptoRng;

use crate::{Event, Pace, StoreError, TicketId, UsedUp};

/// Keeps an entry for every copy of a credential ever issued.
///
/// A status index is drawn at random among those never used, and recorded in the same transaction, before
/// anything is signed: a crash can waste an index and never reuses one.
pub trait Ledger {
    /// Records copies and allocates a status index to each.
    ///
    /// Gives one slot for each copy, in order, and appends the events to the audit.
    ///
    /// # Errors
    ///
    /// [`StoreError::Revised`] if a person's record is another one than the copies were made from,
    /// [`StoreError::Withheld`] if the type is withheld from the person, [`StoreError::Withdrawn`] if the grant is not
    /// there any more, [`StoreError::Replayed`] if one of the values was used before, [`StoreError::TooManyCopies`] if a person
    /// had as many as the pace allows; if the store cannot be written, or no list
    /// number is left. Then nothing is recorded, and no value is used up.
    fn record(
        &self,
        new: &NewCopies<'_>,
        rng: &mut dyn CryptoRng,
        events: &[Event],
    ) -> Result<Vec<Slot>, StoreError>;

    /// Everything ever issued to a person, in the order of the slots.
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    fn entries_of(&self, upi: &str) -> Result<Vec<Entry>, StoreError>;

    /// Changes the status of everything issued to a person, of one credential type if one is named, and what is issued
    /// from now on: what is suspended is withheld from somebody who is registered until it is reinstated or revoked. A
    /// revocation also withdraws [what the person's wallets may do](crate::TicketKind::GRANTS): a wallet that is lost
    /// asks in vain.
    ///
    /// # Errors
    ///
    /// If the store cannot be written.
    fn change_status(
        &self,
        upi: &str,
        credential_type: Option<&str>,
        change: Change,
        event: &Event,
    ) -> Result<Changed, StoreError>;

    /// The status lists opened so far, in order.
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    fn lists(&self) -> Result<Vec<ListUse>, StoreError>;

    /// Indices of a list whose status is not [`Status::Valid`], in order: all that a status list needs.
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    fn not_valid(&self, list: u32) -> Result<Vec<(u32, Status)>, StoreError>;

    /// Leaves copies out of [`not_valid`](Self::not_valid) that were valid until `ended` at most, and tells how many those
    /// were: nobody takes them any more, whatever their status. What the ledger says of them stays.
    ///
    /// # Errors
    ///
    /// If the store cannot be written.
    fn forget_statuses(&self, ended: i64) -> Result<u64, StoreError>;
}

/// Copies that are about to be signed, and what is used up by asking for them.
#[derive(Clone, Copy, Debug)]
pub struct NewCopies<'a> {
    /// The copies.
    pub copies: &'a [NewCopy],
    /// For lists opened from now on.
    pub list_size: ListSize,
    /// The ticket by which they are asked for: it has to be there still when they are recorded.
    pub grant: Option<TicketId>,
    /// What is used up by asking for them, and when that is.
    pub once: UsedUp<'a>,
    /// How many a person gets; without it, as many as are asked for, and none is counted.
    pub pace: Option<Pace>,
}

/// One copy of a credential that is about to be signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewCopy {
    /// Whose it is.
    pub upi: String,
    /// The revision of that person's record from which its claims were made.
    pub revision: u64,
    /// The credential type, such as `maisha-id`.
    pub credential_type: String,
    /// RFC 7638 thumbprint of the holder key it is bound to.
    pub holder_key: [u8; 32],
    /// First second at which it is valid.
    pub valid_from: i64,
    /// First second at which it is not valid any more.
    pub valid_until: i64,
}

/// What the ledger says about one copy.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Entry {
    /// Whose it is.
    #[n(0)]
    pub upi: String,
    /// The credential type, such as `maisha-id`.
    #[n(1)]
    pub credential_type: String,
    /// RFC 7638 thumbprint of the holder key it is bound to.
    #[cbor(n(2), with = "minicbor::bytes")]
    pub holder_key: [u8; 32],
    /// First second at which it is valid.
    #[n(3)]
    pub valid_from: i64,
    /// First second at which it is not valid any more.
    #[n(4)]
    pub valid_until: i64,
    /// Its place in the status lists.
    #[n(5)]
    pub slot: Slot,
    /// Its status now.
    #[n(6)]
    pub status: Status,
}

impl Entry {
    pub(crate) fn new(copy: &NewCopy, slot: Slot) -> Self {
        Self {
            upi: copy.upi.clone(),
            credential_type: copy.credential_type.clone(),
            holder_key: copy.holder_key,
            valid_from: copy.valid_from,
            valid_until: copy.valid_until,
            slot,
            status: Status::Valid,
        }
    }

    pub(crate) fn is_of(&self, credential_type: Option<&str>) -> bool {
        credential_type.is_none_or(|wanted| wanted == self.credential_type)
    }
}

/// A place in the status lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
pub struct Slot {
    /// Number of the list, from 0.
    #[n(0)]
    pub list: u32,
    /// Index in the list.
    #[n(1)]
    pub index: u32,
}

/// Status of a credential; the numbers are the status types of Token Status List, section 7.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum Status {
    /// 0x00 VALID.
    #[n(0)]
    Valid,
    /// 0x01 INVALID: revoked for good.
    #[n(1)]
    Revoked,
    /// 0x02 SUSPENDED: may become valid again.
    #[n(2)]
    Suspended,
}

impl Status {
    /// The status after a change. Revocation is for good (Token Status List, section 7.1).
    #[must_use]
    pub fn after(self, change: Change) -> Self {
        match (self, change) {
            (Self::Revoked, _) | (_, Change::Revoke) => Self::Revoked,
            (_, Change::Suspend) => Self::Suspended,
            (_, Change::Reinstate) => Self::Valid,
        }
    }
}

/// What an officer does to the credentials of a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// Makes them invalid for good.
    Revoke,
    /// Makes them invalid for the time being.
    Suspend,
    /// Ends a suspension.
    Reinstate,
}

/// What a change of status did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Changed {
    /// Copies whose status is another now.
    pub changed: u64,
    /// Copies that had the wanted status already.
    pub unchanged: u64,
    /// Copies that are revoked, and stay so although something else was wanted.
    pub stay_revoked: u64,
    /// Tickets that were withdrawn: codes and tokens of wallets, which have to begin again.
    pub withdrawn: u64,
}

impl Changed {
    pub(crate) fn count(&mut self, before: Status, change: Change) {
        if before != before.after(change) {
            self.changed += 1;
        } else if before == Status::Revoked && change != Change::Revoke {
            self.stay_revoked += 1;
        } else {
            self.unchanged += 1;
        }
    }
}

/// Number of indices in a status list, a power of two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListSize(u32);

impl ListSize {
    /// 2^20: 256 KiB of statuses raw, and a person's copies hide among a million others.
    pub const DEFAULT: Self = Self(1 << 20);
    /// Below this an index tells too much about its holder.
    pub const MIN: u32 = 1 << 8;
    /// 4 MiB of statuses raw, the most that a phone should inflate.
    pub const MAX: u32 = 1 << 24;

    /// A size between [`Self::MIN`] and [`Self::MAX`] that is a power of two.
    #[must_use]
    pub fn new(indices: u32) -> Option<Self> {
        (indices.is_power_of_two() && (Self::MIN..=Self::MAX).contains(&indices)).then_some(Self(indices))
    }

    /// The number of indices.
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0
    }

    /// How many of them are given out: a list is left at fifteen sixteenths, so that a draw takes 16 tries on average
    /// at worst and the last indices are as random as the first.
    #[must_use]
    pub fn room(self) -> u32 {
        room(self.0)
    }
}

fn room(size: u32) -> u32 {
    size.saturating_sub(size / 16)
}

/// A status list and how far it is filled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct ListUse {
    /// Number of the list, from 0.
    #[n(0)]
    pub list: u32,
    /// Indices it has.
    #[n(1)]
    pub size: u32,
    /// Indices given out.
    #[n(2)]
    pub used: u32,
    /// First second at which no copy in it is valid any more.
    #[cbor(n(3), default)]
    pub valid_until: i64,
    /// How often what [`Ledger::not_valid`] says of it was changed: it says the same while this number is the same.
    #[cbor(n(4), default)]
    pub changes: u64,
}

impl ListUse {
    /// A list of which nothing was given out.
    #[must_use]
    pub const fn empty(list: u32, size: ListSize) -> Self {
        Self { list, size: size.0, used: 0, valid_until: i64::MIN, changes: 0 }
    }

    /// Whether another list has to be opened.
    fn is_full(&self) -> bool {
        self.room() == 0
    }

    /// How many more indices it gives out.
    pub(crate) fn room(&self) -> u32 {
        room(self.size).saturating_sub(self.used)
    }

    /// Draws a slot, which may be taken.
    pub(crate) fn draw(&self, rng: &mut dyn CryptoRng) -> Slot {
        // The size is a power of two, so the mask keeps the draw uniform.
        Slot { list: self.list, index: rng.next_u32() & self.size.saturating_sub(1) }
    }
}

/// Draws slots at random, opening lists as they fill. Backends say which indices are taken.
pub(crate) struct Allocator {
    pub(crate) lists: Vec<ListUse>,
    size: ListSize,
}

impl Allocator {
    /// Starts from the newest list, if there is one.
    pub(crate) fn new(newest: Option<ListUse>, size: ListSize) -> Self {
        Self { lists: newest.into_iter().collect(), size }
    }

    pub(crate) fn draw(
        &mut self,
        rng: &mut dyn CryptoRng,
        valid_until: i64,
        mut is_taken: impl FnMut(Slot) -> Result<bool, StoreError>,
    ) -> Result<Slot, StoreError> {
        let mut open = self.open()?;
        let slot = loop {
            let slot = open.draw(rng);
            if !is_taken(slot)? {
                break slot;
            }
        };
        open.used += 1;
        open.valid_until = open.valid_until.max(valid_until);
        self.lists.push(open);
        Ok(slot)
    }

    /// Takes the list to draw from out of `lists`, and opens it if the newest is full. It is put back when what
    /// was drawn is counted.
    pub(crate) fn open(&mut self) -> Result<ListUse, StoreError> {
        match self.lists.pop() {
            Some(list) if list.is_full() => {
                let next = self.after(&list)?;
                self.lists.push(list);
                Ok(next)
            }
            Some(list) => Ok(list),
            None => Ok(ListUse::empty(0, self.size)),
        }
    }

    fn after(&self, list: &ListUse) -> Result<ListUse, StoreError> {
        let last = Slot { list: list.list, index: list.size.saturating_sub(1) };
        let number = list.list.checked_add(1).ok_or(StoreError::ListsExhausted { last })?;
        Ok(ListUse::empty(number, self.size))
    }
}
