//! One copy of a credential, its key, and when it was shown.

use hati_formats::credential::Format;
use hati_formats::keys::{PublicKey, SoftwareKey};
use hati_formats::qr::request::TypeId;
use hati_formats::time::Timestamp;
use minicbor::{CborLen, Decode, Encode};
use zeroize::Zeroizing;

use super::key::KeyRecord;
use crate::record;

/// How long a single-scan code renews itself with the same copy: as long as a verifier takes its key binding.
pub const RENEWAL_SECONDS: i64 = 60;

/// A single-use copy of a credential. Its key's secret is never shown by `Debug`.
#[derive(Debug)]
pub struct Copy {
    pub(crate) number: u64,
    pub(crate) key: SoftwareKey,
    pub(crate) format: Format,
    pub(crate) credential_type: TypeId,
    pub(crate) issuer: String,
    pub(crate) valid_from: Option<Timestamp>,
    pub(crate) valid_until: Option<Timestamp>,
    pub(crate) text: String,
    pub(crate) uses: Vec<Use>,
}

/// One showing of a copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Use {
    /// When.
    pub at: Timestamp,
    /// How.
    pub way: Way,
}

/// How a copy is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// In answer to a request.
    Answer,
    /// To whoever scans, without a request.
    SingleScan,
}

impl Copy {
    /// Its number in this wallet.
    #[must_use]
    pub const fn number(&self) -> u64 {
        self.number
    }

    /// Its format.
    #[must_use]
    pub const fn format(&self) -> Format {
        self.format
    }

    /// Its type.
    #[must_use]
    pub const fn credential_type(&self) -> &TypeId {
        &self.credential_type
    }

    /// Its issuer's HTTPS URL.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The key it is bound to.
    #[must_use]
    pub const fn public_key(&self) -> &PublicKey {
        self.key.public()
    }

    /// The first second of its validity, if it has a beginning.
    #[must_use]
    pub const fn valid_from(&self) -> Option<Timestamp> {
        self.valid_from
    }

    /// The first second after its validity, if it has an end.
    #[must_use]
    pub const fn valid_until(&self) -> Option<Timestamp> {
        self.valid_until
    }

    /// The credential as it was issued: an SD-JWT, or the JSON of an `ldp_vc`.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// When and how it was shown, oldest first.
    #[must_use]
    pub fn uses(&self) -> &[Use] {
        &self.uses
    }

    /// Whether it was ever shown.
    #[must_use]
    pub fn is_used(&self) -> bool {
        !self.uses.is_empty()
    }

    /// Whether it has expired.
    #[must_use]
    pub fn is_expired(&self, now: Timestamp) -> bool {
        self.valid_until.is_some_and(|until| now >= until)
    }

    /// Whether it is valid now.
    #[must_use]
    pub fn is_valid(&self, now: Timestamp) -> bool {
        !self.is_expired(now) && self.valid_from.is_none_or(|from| now >= from)
    }

    /// Whether it is the copy of a single-scan code that still renews itself: shown in no other way, and for the
    /// first time less than [`RENEWAL_SECONDS`] ago.
    #[must_use]
    pub fn renews(&self, now: Timestamp) -> bool {
        let single_scans = self.uses.iter().all(|shown| shown.way == Way::SingleScan);
        let since_first = self.uses.first().map(|first| now.seconds_since(first.at));
        single_scans && since_first.is_some_and(|seconds| (0..RENEWAL_SECONDS).contains(&seconds))
    }

    pub(crate) fn encode(&self) -> Zeroizing<Vec<u8>> {
        let seconds = |time: Option<Timestamp>| time.map(Timestamp::seconds);
        record::encode(&CopyRecord {
            key: KeyRecord::of(&self.key),
            format: self.format.media_type(),
            credential_type: self.credential_type.as_str(),
            issuer: &self.issuer,
            valid_from: seconds(self.valid_from),
            valid_until: seconds(self.valid_until),
            text: &self.text,
            uses: self.uses.iter().map(UseRecord::of).collect(),
        })
    }

    pub(crate) fn decode(number: u64, bytes: &[u8]) -> Option<Self> {
        let record: CopyRecord<'_> = record::decode(bytes)?;
        Some(Self {
            number,
            key: record.key.read()?,
            format: Format::from_media_type(record.format)?,
            credential_type: TypeId::parse(record.credential_type).ok()?,
            issuer: record.issuer.to_owned(),
            valid_from: record.valid_from.map(Timestamp::from_seconds),
            valid_until: record.valid_until.map(Timestamp::from_seconds),
            text: record.text.to_owned(),
            uses: record.uses.iter().map(UseRecord::read).collect(),
        })
    }
}

#[derive(Encode, Decode, CborLen)]
#[cbor(map)]
struct CopyRecord<'a> {
    #[n(0)]
    key: KeyRecord,
    #[b(1)]
    format: &'a str,
    #[b(2)]
    credential_type: &'a str,
    #[b(3)]
    issuer: &'a str,
    #[n(4)]
    valid_from: Option<i64>,
    #[n(5)]
    valid_until: Option<i64>,
    #[b(6)]
    text: &'a str,
    #[n(7)]
    uses: Vec<UseRecord>,
}

#[derive(Encode, Decode, CborLen)]
#[cbor(array)]
struct UseRecord {
    #[n(0)]
    at: i64,
    #[n(1)]
    single_scan: bool,
}

impl UseRecord {
    fn of(shown: &Use) -> Self {
        Self { at: shown.at.seconds(), single_scan: shown.way == Way::SingleScan }
    }

    fn read(&self) -> Use {
        let way = if self.single_scan { Way::SingleScan } else { Way::Answer };
        Use { at: Timestamp::from_seconds(self.at), way }
    }
}
