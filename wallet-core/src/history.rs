//! What was shown, to whom, when, and which claims: their names, never their values.

use hati_formats::qr::request::{Nonce, TypeId};
use hati_formats::time::Timestamp;
use hati_formats::trust::Names;
use minicbor::{CborLen, Decode, Encode};
use zeroize::Zeroizing;

use crate::pool::Way;
use crate::record;

/// One showing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub(crate) number: u64,
    /// When.
    pub at: Timestamp,
    /// To whom; `None` for a single-scan code, which anybody may have scanned.
    pub to: Option<Recipient>,
    /// Of which type of credential.
    pub credential_type: TypeId,
    /// Which claims, without their values.
    pub claims: Vec<String>,
    /// The number of the copy.
    pub copy: u64,
    /// Whether the copy had been shown before, so that two who saw it can know that it was one person.
    pub reused: bool,
}

/// Who asked, as the wallet showed it before the holder approved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipient {
    /// Its names, if a registrar knows it.
    pub names: Option<Names>,
    /// The audience that its key stands for.
    pub audience: String,
    /// Where it asked.
    pub place: Option<String>,
    /// What for, as it was shown in English.
    pub purpose: String,
    /// The request's nonce, so that it is answered once: a second answer would burn a copy for nothing, since a verifier
    /// takes one.
    pub nonce: Nonce,
}

impl Entry {
    /// Its number in this wallet.
    #[must_use]
    pub const fn number(&self) -> u64 {
        self.number
    }

    /// How it was shown.
    #[must_use]
    pub const fn way(&self) -> Way {
        if self.to.is_some() { Way::Answer } else { Way::SingleScan }
    }
}

impl Entry {
    pub(crate) fn encode(&self) -> Zeroizing<Vec<u8>> {
        record::encode(&EntryRecord {
            at: self.at.seconds(),
            to: self.to.as_ref().map(RecipientRecord::of),
            credential_type: self.credential_type.as_str().to_owned(),
            claims: self.claims.clone(),
            copy: self.copy,
            reused: self.reused,
        })
    }

    pub(crate) fn decode(number: u64, bytes: &[u8]) -> Option<Self> {
        let record: EntryRecord = record::decode(bytes)?;
        Some(Self {
            number,
            at: Timestamp::from_seconds(record.at),
            to: record.to.map(RecipientRecord::read),
            credential_type: TypeId::parse(&record.credential_type).ok()?,
            claims: record.claims,
            copy: record.copy,
            reused: record.reused,
        })
    }
}

#[derive(Encode, Decode, CborLen)]
#[cbor(map)]
struct EntryRecord {
    #[n(0)]
    at: i64,
    #[n(1)]
    to: Option<RecipientRecord>,
    #[n(2)]
    credential_type: String,
    #[n(3)]
    claims: Vec<String>,
    #[n(4)]
    copy: u64,
    #[n(5)]
    reused: bool,
}

#[derive(Encode, Decode, CborLen)]
#[cbor(map)]
struct RecipientRecord {
    #[n(0)]
    en: Option<String>,
    #[n(1)]
    sw: Option<String>,
    #[n(2)]
    audience: String,
    #[n(3)]
    place: Option<String>,
    #[n(4)]
    purpose: String,
    #[n(5)]
    nonce: Nonce,
}

impl RecipientRecord {
    fn of(to: &Recipient) -> Self {
        let name = |in_language: fn(&Names) -> &str| to.names.as_ref().map(in_language).map(str::to_owned);
        Self {
            en: name(Names::en),
            sw: name(Names::sw),
            audience: to.audience.clone(),
            place: to.place.clone(),
            purpose: to.purpose.clone(),
            nonce: to.nonce,
        }
    }

    fn read(self) -> Recipient {
        let names = self.en.zip(self.sw).map(|(en, sw)| Names::new(&en, &sw));
        Recipient {
            names,
            audience: self.audience,
            place: self.place,
            purpose: self.purpose,
            nonce: self.nonce,
        }
    }
}
