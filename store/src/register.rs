//! The register: one record for each person, and the rows an officer has to look at.

use minicbor::{Decode, Encode};
use sha2::{Digest, Sha256};

use crate::{Event, StoreError};

/// Keeps people by UPI, and what could not be admitted with the reason why.
pub trait Register {
    /// Admits people and quarantines rows, all or nothing.
    ///
    /// Admitting the same data again, or quarantining the same row again, changes nothing.
    ///
    /// # Errors
    ///
    /// [`StoreError::UpiTaken`] if the register, or an earlier person of this call, has other data under
    /// the same UPI.
    fn admit(&self, people: &[Person], quarantine: &[Quarantined], event: &Event) -> Result<(), StoreError>;

    /// The person with this UPI.
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    fn person(&self, upi: &str) -> Result<Option<Person>, StoreError>;

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

    /// How many people the register has.
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    fn population(&self) -> Result<u64, StoreError>;
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
        let encoded = minicbor::to_vec(&self.person)
            .map_err(|e| StoreError::Unwritable { tree: "quarantine", detail: e.to_string() })?;
        Ok(QuarantineId(Sha256::digest(encoded).into()))
    }
}

/// SHA-256 of a quarantined row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct QuarantineId(pub [u8; 32]);

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
}
