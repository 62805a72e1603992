//! The register: one record for each person, and the rows an officer has to look at.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::atomic::{AtomicBool, Ordering};

use minicbor::{Decode, Encode};
use sha2::{Digest, Sha256};

use crate::{Changed, CorrectionAnswer, CorrectionId, Decided, Event, Standing, StoreError, TicketKind};

/// Keeps people by UPI, and what could not be admitted with the reason why.
pub trait Register {
    /// Admits people and quarantines rows, all or nothing, and whatever happened to the register meanwhile.
    ///
    /// Admitting the same data again, or quarantining the same row again or one that was dismissed, changes nothing.
    ///
    /// # Errors
    ///
    /// As for [`apply`](Self::apply); [`StoreError::UpiTaken`] also if an earlier person of this call has other data under
    /// the same UPI.
    fn admit(&self, people: &[Person], quarantine: &[Quarantined], event: &Event) -> Result<(), StoreError> {
        let mut changes: Vec<_> = quarantine.iter().cloned().map(RegisterChange::Quarantine).collect();
        changes.extend(each_once(people)?.into_values().cloned().map(RegisterChange::Admit));
        self.apply(&changes, std::slice::from_ref(event)).map(|_| ())
    }

    /// Makes changes, all or none, each of another person. Gives what became of their credentials.
    ///
    /// # Errors
    ///
    /// [`StoreError::UpiTaken`] if the register has other data under the same UPI; [`StoreError::IdNumberTaken`] if two
    /// people would have one identity card, and one of them did not have it before; [`StoreError::Outdated`] if people were
    /// changed since what was [`Seen`](RegisterChange::Seen); [`StoreError::Revised`] if a record is not the one that was
    /// read; [`StoreError::Gone`] if there is nothing to decide any more; [`StoreError::Repeated`];
    /// [`StoreError::FeedOrder`].
    fn apply(&self, changes: &[RegisterChange], events: &[Event]) -> Result<Changed, StoreError>;

    /// How many calls have admitted or amended people, or said what they had [`Seen`](RegisterChange::Seen), so far.
    ///
    /// Whoever decides on people by other people asks for this first, then reads, and says with the change what was seen: so
    /// no two decisions are made at once without one seeing the other.
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    fn changes(&self) -> Result<u64, StoreError>;

    /// Everybody who was admitted or amended after so many [`changes`](Self::changes), as they are now.
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    fn changed_after(&self, changes: u64) -> Result<Vec<Person>, StoreError>;

    /// Takes the one turn there is to import. It ends when it is dropped, or when the process ends.
    ///
    /// # Errors
    ///
    /// [`StoreError::Importing`] if somebody has it, in whatever process.
    fn take_turn(&self) -> Result<Turn<'_>, StoreError>;

    /// How far a feed was followed; a position of batch 0 if it never was.
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    fn feed_position(&self, feed: &str) -> Result<FeedPosition, StoreError>;

    /// The person with this UPI, and how the record stands.
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    fn registered(&self, upi: &str) -> Result<Option<Registered>, StoreError>;

    /// Who is registered under a UPI, and which rows of it wait for an officer or were dismissed: one question to the
    /// store, so that asking about the quarantine too costs nothing.
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    fn known_as(&self, upi: &str) -> Result<Known, StoreError>;

    /// The person with this UPI.
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    fn person(&self, upi: &str) -> Result<Option<Person>, StoreError> {
        Ok(self.registered(upi)?.map(|it| it.person))
    }

    /// Everybody born on a day, in the order of their UPIs: where likely duplicates are looked for.
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    fn born_on(&self, birthdate: i32) -> Result<Vec<Person>, StoreError>;

    /// Everybody registered with an identity card of this number, in the order of their UPIs. There should be
    /// one; a second is for an officer to decide.
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    fn with_id_number(&self, id_number: &str) -> Result<Vec<Person>, StoreError>;

    /// Everybody with this telephone number (E.164), in the order of their UPIs: a family often shares one.
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    fn with_phone(&self, phone: &str) -> Result<Vec<Person>, StoreError>;

    /// At most `limit` people who have names that begin with what is asked for, family or given, in any order, in
    /// any case and with marks or without; in the order of the UPIs. Nobody where no letter is asked for.
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    fn named(&self, names: &str, limit: usize) -> Result<Vec<Person>, StoreError>;

    /// The quarantined rows that bear a UPI, in the order of their ids.
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    fn quarantined_as(&self, upi: &str) -> Result<Vec<(QuarantineId, Quarantined)>, StoreError>;

    /// A quarantined row.
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    fn quarantined(&self, id: &QuarantineId) -> Result<Option<Quarantined>, StoreError>;

    /// At most `limit` quarantined rows with their ids, those after `after`, in the order of their ids.
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    fn quarantine(
        &self,
        after: Option<&QuarantineId>,
        limit: usize,
    ) -> Result<Vec<(QuarantineId, Quarantined)>, StoreError>;

    /// What was decided on the quarantined rows that bore a UPI, in the order of the ids.
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    fn decisions_on(&self, upi: &str) -> Result<Vec<Decided>, StoreError>;

    /// How many people the register has.
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    fn population(&self) -> Result<u64, StoreError>;
}

/// The turn to import.
#[must_use = "the turn ends when this is dropped"]
pub struct Turn<'a>(Option<Box<dyn FnOnce() + Send + 'a>>);

impl<'a> Turn<'a> {
    pub(crate) fn until(end: impl FnOnce() + Send + 'a) -> Self {
        Self(Some(Box::new(end)))
    }

    /// Within one process.
    pub(crate) fn take(taken: &'a AtomicBool, place: &str) -> Result<Self, StoreError> {
        if taken.swap(true, Ordering::Acquire) {
            return Err(StoreError::Importing { place: place.to_owned() });
        }
        Ok(Self::until(|| taken.store(false, Ordering::Release)))
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        if let Some(end) = self.0.take() {
            end();
        }
    }
}

impl std::fmt::Debug for Turn<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Turn")
    }
}

/// One change of the register.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RegisterChange {
    /// Somebody is new; the same data again changes nothing.
    Admit(Person),
    /// A record becomes another one.
    Amend(Amendment),
    /// A row waits for an officer; the same row again changes nothing, nor does one that was dismissed.
    Quarantine(Quarantined),
    /// A quarantined row was decided on, and waits no more. What the decision means is another change.
    Resolve(QuarantineId),
    /// A quarantined row is wrong. It waits no more, and the same row never waits again.
    Dismiss(QuarantineId),
    /// What was decided on a quarantined row, and why, is kept.
    Decide(Decided),
    /// A request for a correction was decided on. What was granted is another change.
    Answer(CorrectionId, CorrectionAnswer),
    /// A feed was followed up to here, and one batch less far before.
    Follow(FeedPosition),
    /// What the other changes rest on: the register after so many [`changes`](Register::changes), and nobody was admitted
    /// or amended since. This is one of them too, whatever else is in the call.
    Seen(u64),
}

/// What becomes of somebody's record. Its revision is one more afterwards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Amendment {
    /// The record as it shall be.
    pub person: Person,
    /// The day of death as it shall be: one that was registered stays only where it is said again.
    pub died: Option<i32>,
    /// The revision that was read.
    pub revision: u64,
    /// Credential types that the change makes wrong: what was issued of them is revoked.
    pub revoke: Vec<String>,
    /// Tickets that the person holds and that end with it, where the record is not that person's any more.
    pub withdraw: Vec<TicketKind>,
    /// Whether the record is another person's from now on: what the one before asked to have corrected is forgotten, because
    /// whoever has the UPI reads it.
    pub is_another: bool,
}

/// How far a feed was followed.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct FeedPosition {
    /// The feed.
    #[n(0)]
    pub feed: String,
    /// The number of its last batch, from 1.
    #[n(1)]
    pub sequence: u64,
    /// SHA-256 of that batch.
    #[cbor(n(2), with = "minicbor::bytes")]
    pub digest: [u8; 32],
}

impl FeedPosition {
    pub(crate) fn start(feed: &str) -> Self {
        Self { feed: feed.to_owned(), sequence: 0, digest: [0; 32] }
    }

    pub(crate) fn check_follows(&self, before: &Self) -> Result<(), StoreError> {
        let expected = before.sequence.saturating_add(1);
        if self.sequence != expected {
            return Err(StoreError::FeedOrder { feed: self.feed.clone(), expected, got: self.sequence });
        }
        Ok(())
    }
}

/// A person, and how the record stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registered {
    /// The person.
    pub person: Person,
    /// Its standing.
    pub standing: Standing,
}

/// What is known of a UPI.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// Who is registered.
    pub registered: Option<Registered>,
    /// The rows that wait for an officer, in the order of their ids.
    pub waiting: Vec<QuarantineId>,
    /// The rows that an officer dismissed, in the order of their ids.
    pub dismissed: Vec<QuarantineId>,
}

/// A person as registered. Whoever builds one has validated it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Person {
    /// Unique Personal Identifier.
    #[n(0)]
    pub upi: String,
    /// Number of the identity card; who has none yet, a child, has none here.
    #[n(1)]
    pub id_number: Option<String>,
    /// Given names, in order.
    #[n(2)]
    pub given_name: String,
    /// Family names, in order.
    #[n(3)]
    pub family_name: String,
    /// Days since 1970-01-01, negative before.
    #[n(4)]
    pub birthdate: i32,
    /// Sex as registered.
    #[n(5)]
    pub sex: Sex,
    /// ISO 3166-1 alpha-2 codes.
    #[n(6)]
    pub nationalities: Vec<String>,
    /// County of registration.
    #[n(7)]
    pub county: String,
    /// Town or place of birth.
    #[n(8)]
    pub locality: String,
    /// Country of birth, ISO 3166-1 alpha-2.
    #[n(9)]
    pub country: String,
    /// Telephone number in E.164 form.
    #[n(10)]
    pub phone: Option<String>,
    /// The picture, compressed.
    #[n(11)]
    pub portrait: Option<Portrait>,
}

/// Sex as registered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum Sex {
    /// Female.
    #[n(0)]
    Female,
    /// Male.
    #[n(1)]
    Male,
    /// Intersex, the third marker of Kenya's Children Act 2022, section 21.
    #[n(2)]
    Intersex,
}

/// A compressed picture and where it came from.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
pub struct Portrait {
    /// Media type of the bytes, such as `image/webp`.
    #[n(0)]
    pub media_type: String,
    /// The compressed picture.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub bytes: Vec<u8>,
    /// SHA-256 of the picture it was made from: tells that a row is unchanged without compressing again.
    #[cbor(n(2), with = "minicbor::bytes")]
    pub source_digest: [u8; 32],
}

impl std::fmt::Debug for Portrait {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Portrait({}, {} bytes)", self.media_type, self.bytes.len())
    }
}

/// A valid row that was not admitted, and why.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Quarantined {
    /// The row.
    #[n(0)]
    pub person: Person,
    /// Why it was not admitted.
    #[n(1)]
    pub reason: Reason,
    /// When it came.
    #[n(2)]
    pub at: i64,
    /// The file and line it came from.
    #[n(3)]
    pub source: String,
}

impl Quarantined {
    /// Names the row by what it says, so that the same row is quarantined once.
    ///
    /// # Errors
    ///
    /// If the row cannot be encoded, which is an error in the program.
    pub fn id(&self) -> Result<QuarantineId, StoreError> {
        QuarantineId::of(&self.person)
    }
}

/// SHA-256 of a quarantined row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct QuarantineId(pub [u8; 32]);

impl QuarantineId {
    /// Names a row by the person it tells of.
    ///
    /// # Errors
    ///
    /// If the row cannot be encoded, which is an error in the program.
    pub fn of(person: &Person) -> Result<Self, StoreError> {
        let encoded = minicbor::to_vec(person)
            .map_err(|e| StoreError::Unwritable { tree: "quarantine", detail: e.to_string() })?;
        Ok(Self(Sha256::digest(encoded).into()))
    }
}

/// Why a valid row was not admitted.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Reason {
    /// The UPI is registered with other data.
    #[n(0)]
    UpiTaken {
        /// The fields in which the two differ.
        #[n(0)]
        differs: Vec<String>,
    },
    /// Another UPI is registered for what looks like the same person.
    #[n(1)]
    LikelyDuplicate {
        /// The UPI that is registered.
        #[n(0)]
        of: String,
        /// How alike the names are, in thousandths.
        #[n(1)]
        likeness: u16,
    },
    /// Another UPI is registered with the same identity card.
    #[n(2)]
    SameIdNumber {
        /// The UPI that is registered.
        #[n(0)]
        of: String,
    },
    /// Another row of the UPI waits, and an officer decides on that one first.
    #[n(3)]
    UpiWaiting {
        /// The fields in which the row differs from the record, or from the row that waits where there is no record.
        #[n(0)]
        differs: Vec<String>,
    },
}

pub(crate) const A_PERSON: &str = "the person";
pub(crate) const A_ROW: &str = "the quarantined row";
pub(crate) const A_REQUEST: &str = "the open request for a correction";

/// The people of a call by their UPIs, unless two differ under one. In the order of the UPIs, so that two calls that admit
/// the same people wait for one another instead of each holding what the other one needs.
fn each_once(people: &[Person]) -> Result<BTreeMap<&str, &Person>, StoreError> {
    let mut new = BTreeMap::new();
    for person in people {
        if new.insert(person.upi.as_str(), person).is_some_and(|known| known != person) {
            return Err(StoreError::UpiTaken { upi: person.upi.clone() });
        }
    }
    Ok(new)
}

/// Whom a call admits or amends, as they shall be.
pub(crate) fn people(changes: &[RegisterChange]) -> impl Iterator<Item = &Person> {
    changes.iter().filter_map(|change| match change {
        RegisterChange::Admit(person) => Some(person),
        RegisterChange::Amend(amendment) => Some(&amendment.person),
        _ => None,
    })
}

/// The number of a call among all that admit or amend people, if it is one: `made` are there before it.
pub(crate) fn number(changes: &[RegisterChange], made: u64) -> Result<Option<u64>, StoreError> {
    for change in changes {
        match change {
            RegisterChange::Seen(expected) if *expected != made => {
                return Err(StoreError::Outdated { expected: *expected, got: made });
            }
            _ => {}
        }
    }
    Ok(is_counted(changes).then_some(made.saturating_add(1)))
}

/// Whether a call is one of those that are counted.
pub(crate) fn is_counted(changes: &[RegisterChange]) -> bool {
    let is_seen = |change: &RegisterChange| matches!(change, RegisterChange::Seen(_));
    changes.iter().any(is_seen) || people(changes).next().is_some()
}

/// Two changes of one person would have to be made one after the other.
pub(crate) fn check_distinct(changes: &[RegisterChange]) -> Result<(), StoreError> {
    let mut seen = HashSet::new();
    match people(changes).find(|person| !seen.insert(&person.upi)) {
        Some(person) => Err(StoreError::Repeated { upi: person.upi.clone() }),
        None => Ok(()),
    }
}

/// That nobody is given an identity card that somebody else has when the call is done. `holders` are the UPIs with a card
/// before it. Two who share one from of old are not refused for it, as long as it is not given to either of them anew.
pub(crate) fn check_id_numbers(
    changes: &[RegisterChange],
    mut holders: impl FnMut(&str) -> Result<Vec<String>, StoreError>,
) -> Result<(), StoreError> {
    let after: HashMap<_, _> = people(changes).map(|it| (it.upi.as_str(), it.id_number.as_deref())).collect();
    let mut given: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for person in people(changes) {
        let number = person.id_number.as_deref();
        number.into_iter().for_each(|number| given.entry(number).or_default().push(&person.upi));
    }
    for (number, of) in given {
        let before = holders(number)?;
        let keep = before.iter().map(String::as_str);
        let keep = keep.filter(|upi| after.get(upi).is_none_or(|after| *after == Some(number)));
        let keep: Vec<_> = keep.collect();
        let mut new = of.iter().copied().filter(|upi| !before.iter().any(|before| before == upi));
        if let Some(upi) = new.next()
            && let Some(other) = keep.first().copied().or_else(|| new.next())
        {
            return Err(StoreError::IdNumberTaken { upi: upi.to_owned(), of: other.to_owned() });
        }
    }
    Ok(())
}
