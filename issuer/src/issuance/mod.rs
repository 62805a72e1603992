//! From a register record to signed credentials, one copy for each holder key: the second arrow of the path.
//!
//! 1. [`HolderKeys::parse`] reads the wallet's public keys.
//! 2. [`Issuance::prepare`] finds the person, makes the claims, checks that the person is entitled to the type,
//!    records every copy under a status index of its own, and gives the bytes to sign.
//! 3. The issuer's key, wherever it is kept, signs what [`Batch::unsigned`] gives.
//! 4. [`Batch::finish`] gives the file for the wallet.
//!
//! [`bulk`] does so for many people at once.

pub mod bulk;
pub mod claims;
mod error;
mod holder_keys;

use std::borrow::Cow;
use std::collections::BTreeSet;

use hati_formats::credential::{
    CredentialType, Envelope, Format, StatusPlace, Template, Unsigned, short_kid,
};
use hati_formats::data_integrity::Cryptosuite;
use hati_formats::keys::{PublicKey, Signature};
use hati_formats::qr::request::TypeId;
use hati_formats::time::{Date, Timestamp};
use hati_protocol::issued::IssuedCredentials;
use hati_protocol::openid4vci::proof::HolderKey;
use hati_store::{
    Action, Event, Known, NewCopies, NewCopy, Pace, Registered, Slot, Standing, Store, StoreError, TicketId,
    UsedUp,
};
use rand_core::CryptoRng;
use serde_json::{Map, Value};

use self::claims::subject;
pub use self::error::IssuanceError;
pub use self::holder_keys::{HolderKeys, HolderKeysError};
use crate::actor::Actor;
use crate::chronology::LAST_DAY;
use crate::config::Config;
use crate::keys::SectorKeys;

/// How often a record is read again that was amended while copies were made from it.
const AMENDED_MEANWHILE: u32 = 3;

/// What one person gets of a type from whoever asks over the network: what a dozen phones fetch in batches of ten in each of
/// the four formats, or one phone in five of the largest batches; and then one copy for every half hour, which is more than
/// anybody shows. So nobody has more than 18,000 in a year, which are locked and published without holding others up.
pub const PACE: Pace = Pace { at_once: 512, seconds_each: 1_800 };

/// Who issues, and from what.
#[derive(Clone, Copy, Debug)]
pub struct Issuance<'a> {
    /// The register and the ledger.
    pub store: &'a dyn Store,
    /// The issuer's configuration.
    pub config: &'a Config,
    /// The key that will sign.
    pub key: &'a PublicKey,
    /// The keys of the sector identifiers.
    pub sectors: &'a SectorKeys,
}

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Order<'a> {
    /// Whose credential.
    pub upi: &'a str,
    /// Of which type.
    pub credential_type: &'a CredentialType,
    /// In which format.
    pub format: Format,
    /// With which proof, in `ldp_vc`.
    pub cryptosuite: Cryptosuite,
    /// One copy for each of these.
    pub holder_keys: &'a HolderKeys,
    /// Who issues, for the audit.
    pub actor: &'a Actor,
    /// Values used up by it, each with the second at which it expires: the nonces of a wallet's proofs.
    pub once: &'a [(Vec<u8>, i64)],
    /// A wallet's access token, which has to be there still when the copies are recorded.
    pub grant: Option<TicketId>,
    /// How many copies the person gets. The operator's own commands have no bound, as who runs them has the issuer's keys.
    pub pace: Option<Pace>,
    /// When.
    pub now: Timestamp,
}

impl Issuance<'_> {
    /// Records the copies and prepares them for signing.
    ///
    /// # Errors
    ///
    /// [`IssuanceError`]. Whatever can be refused is refused before anything is recorded.
    pub fn prepare(&self, order: &Order<'_>, rng: &mut impl CryptoRng) -> Result<Batch, IssuanceError> {
        let mut amended = 0;
        loop {
            let draft = self.draft(order, rng)?;
            match self.record(&[(order, &draft)], rng) {
                Ok(slots) => return self.batch(order, &draft, &mut slots.into_iter(), rng),
                Err(error) if is_changed(&error) && amended < AMENDED_MEANWHILE => amended += 1,
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Records the copies of several people in one transaction. Gives what became of each order: its copies are
    /// prepared by [`Recorded::prepare`], one order after the other, so that those of many need not be in memory.
    ///
    /// # Errors
    ///
    /// The store's, and then nothing is recorded.
    pub fn record_all<'o>(
        &'o self,
        orders: &'o [Order<'o>],
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<Result<Recorded<'o>, IssuanceError>>, StoreError> {
        let mut amended = 0;
        loop {
            let drafts: Vec<_> = orders.iter().map(|order| (order, self.draft(order, rng))).collect();
            let good = drafts.iter().filter_map(|(order, draft)| Some((*order, draft.as_ref().ok()?)));
            let slots = match self.record(&good.collect::<Vec<_>>(), rng) {
                Err(error) if is_changed(&error) && amended < AMENDED_MEANWHILE => {
                    amended += 1;
                    continue;
                }
                recorded => recorded?,
            };
            let mut slots = slots.into_iter();
            let recorded = drafts.into_iter().map(|(order, draft)| {
                let slots =
                    slots.by_ref().take(if draft.is_ok() { order.holder_keys.as_slice().len() } else { 0 });
                Ok(Recorded { issuance: self, order, slots: slots.collect(), draft: draft? })
            });
            return Ok(recorded.collect());
        }
    }

    /// Everything about the copies of an order but their places in the status lists.
    fn draft<'o>(&self, order: &Order<'o>, rng: &mut impl CryptoRng) -> Result<Draft<'o>, IssuanceError> {
        let type_id = TypeId::parse(&order.credential_type.id)?;
        let (standing, template, validity) = self.read(order)?;
        let kid = short_kid(self.key);
        let draft = Draft { type_id, revision: standing.revision, template, validity, kid };
        if order.format == Format::LdpVc {
            // A proof has limits of its own. Whatever is beyond them is so in every place of the list.
            let anywhere = Slot { list: 0, index: 0 };
            let holder = order.holder_keys.as_slice().first();
            let first = holder
                .map(|holder| draft.template.prepare(&self.envelope(order, &draft, holder, anywhere), rng));
            first.transpose()?;
        }
        Ok(draft)
    }

    fn envelope<'e>(
        &'e self,
        order: &'e Order<'_>,
        draft: &'e Draft<'_>,
        holder: &HolderKey,
        slot: Slot,
    ) -> Envelope<'e> {
        Envelope {
            format: order.format,
            algorithm: self.key.algorithm(),
            cryptosuite: order.cryptosuite,
            issuer: self.config.issuer_url().into(),
            kid: draft.kid.as_str().into(),
            type_name: order.credential_type.type_name(order.format).into(),
            valid_from: draft.validity.from,
            valid_until: draft.validity.until,
            status: StatusPlace { list: slot.list, index: slot.index },
            holder: holder.key.clone(),
            holder_did: holder.did.clone().map(Cow::from),
        }
    }

    /// The copies of an order, which take their places from `slots`.
    fn batch(
        &self,
        order: &Order<'_>,
        draft: &Draft<'_>,
        slots: &mut impl Iterator<Item = Slot>,
        rng: &mut impl CryptoRng,
    ) -> Result<Batch, IssuanceError> {
        let mut lists = BTreeSet::new();
        let copies = order.holder_keys.as_slice().iter().zip(slots).map(|(holder, slot)| {
            lists.insert(slot.list);
            let envelope = self.envelope(order, draft, holder, slot);
            draft.template.prepare(&envelope, rng)
        });
        let copies = copies.collect::<Result<_, _>>()?;
        Ok(Batch {
            lists,
            format: order.format,
            credential_type: draft.type_id.clone(),
            issuer: self.config.issuer_url().to_owned(),
            copies,
        })
    }

    /// The claims that a copy would have now, and the days of its validity.
    ///
    /// # Errors
    ///
    /// [`IssuanceError`], as [`prepare`](Self::prepare).
    pub fn claims(&self, order: &Order<'_>) -> Result<(Map<String, Value>, Validity), IssuanceError> {
        self.read(order).map(|(_, template, validity)| (template.subject().clone(), validity))
    }

    fn read<'o>(&self, order: &Order<'o>) -> Result<(Standing, Template<'o>, Validity), IssuanceError> {
        let Registered { person, standing } = self.registered(order.upi)?;
        if standing.withheld.has(&order.credential_type.id) {
            let (upi, credential_type) = (order.upi.to_owned(), order.credential_type.id.clone());
            return Err(IssuanceError::Withheld { upi, credential_type });
        }
        let validity = Validity::of(order.credential_type, order.now.date())?;
        let claims = subject(order.credential_type, &person, validity.from, self.sectors)?;
        Ok((standing, order.credential_type.template(claims)?, validity))
    }

    fn registered(&self, upi: &str) -> Result<Registered, IssuanceError> {
        loop {
            let Known { registered, waiting, .. } = self.store.known_as(upi)?;
            if let Some(died) = registered.as_ref().and_then(|it| it.standing.died) {
                return Err(IssuanceError::Died { upi: upi.to_owned(), died: Date::from_days(died) });
            }
            // Also where somebody is registered: whether that is the person at the counter is what an officer decides.
            let Some(id) = waiting.first() else {
                return registered.ok_or_else(|| IssuanceError::Unknown { upi: upi.to_owned() });
            };
            if let Some(row) = self.store.quarantined(id)? {
                let (upi, reason) = (upi.to_owned(), (&row.reason).into());
                return Err(IssuanceError::Quarantined { upi, reason, row: row.source });
            }
            // An officer has just decided, so whoever is registered now may not be whom was read.
        }
    }

    /// Records the copies of all drafts, one after the other, in one transaction.
    fn record(
        &self,
        drafts: &[(&Order<'_>, &Draft<'_>)],
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<Slot>, StoreError> {
        let copies = drafts.iter().flat_map(|(order, draft)| {
            let Validity { from, until } = draft.validity;
            order.holder_keys.thumbprints().iter().map(move |thumbprint| NewCopy {
                upi: order.upi.to_owned(),
                revision: draft.revision,
                credential_type: order.credential_type.id.clone(),
                holder_key: *thumbprint,
                valid_from: from.start().seconds(),
                valid_until: until.start().seconds(),
            })
        });
        let events = drafts.iter().map(|(order, _)| {
            let count = order.holder_keys.as_slice().len();
            let what = format!("{}, {count} x {}", order.upi, order.credential_type.id);
            Event::new(order.now.seconds(), order.actor, Action::Issued, what)
        });
        let Some((first, _)) = drafts.first() else { return Ok(Vec::new()) };
        let once: Vec<_> = drafts.iter().flat_map(|(order, _)| order.once).cloned().collect();
        let new = NewCopies {
            copies: &copies.collect::<Vec<_>>(),
            list_size: self.config.list_size(),
            grant: drafts.iter().find_map(|(order, _)| order.grant),
            once: UsedUp { values: &once, now: first.now.seconds() },
            pace: first.pace,
        };
        self.store.record(&new, rng, &events.collect::<Vec<_>>())
    }
}

/// Copies that are recorded, and not yet prepared.
pub struct Recorded<'o> {
    issuance: &'o Issuance<'o>,
    order: &'o Order<'o>,
    draft: Draft<'o>,
    slots: Vec<Slot>,
}

impl Recorded<'_> {
    /// Prepares the copies for signing.
    ///
    /// # Errors
    ///
    /// [`IssuanceError`], which nothing gives whose draft was tried.
    pub fn prepare(self, rng: &mut impl CryptoRng) -> Result<Batch, IssuanceError> {
        self.issuance.batch(self.order, &self.draft, &mut self.slots.into_iter(), rng)
    }
}

/// Whether a record became another one, or something was withheld, after it was read.
const fn is_changed(error: &StoreError) -> bool {
    matches!(error, StoreError::Revised { .. } | StoreError::Withheld { .. })
}

/// What is known of an order's copies before they are recorded.
struct Draft<'o> {
    type_id: TypeId,
    revision: u64,
    template: Template<'o>,
    validity: Validity,
    kid: String,
}

/// The days of a credential's validity: whole days, so that the time of issuance links no copies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Validity {
    /// The first day.
    pub from: Date,
    /// The day at whose start it ends.
    pub until: Date,
}

impl Validity {
    /// RFC 3339, in which a credential writes its dates, has years of four digits.
    fn of(credential_type: &CredentialType, from: Date) -> Result<Self, IssuanceError> {
        let days = i32::try_from(credential_type.validity_days).unwrap_or(i32::MAX);
        let until = Date::from_days(from.days().saturating_add(days));
        if until > LAST_DAY {
            return Err(IssuanceError::BeyondCalendar { from, days });
        }
        Ok(Self { from, until })
    }
}

/// Copies that wait for their signatures.
#[derive(Debug)]
pub struct Batch {
    lists: BTreeSet<u32>,
    format: Format,
    credential_type: TypeId,
    issuer: String,
    copies: Vec<Unsigned>,
}

impl Batch {
    /// The copies: sign the [`signing_input`](Unsigned::signing_input) of each.
    #[must_use]
    pub fn unsigned(&self) -> &[Unsigned] {
        &self.copies
    }

    /// The status lists that the copies are in.
    #[must_use]
    pub fn status_lists(&self) -> &BTreeSet<u32> {
        &self.lists
    }

    /// The file for the wallet; `signatures` are those of [`unsigned`](Self::unsigned), in its order.
    ///
    /// # Errors
    ///
    /// [`IssuanceError::Signatures`] unless there is one for each copy.
    pub fn finish(self, signatures: &[Signature]) -> Result<IssuedCredentials, IssuanceError> {
        let (expected, got) = (self.copies.len(), signatures.len());
        if expected != got {
            return Err(IssuanceError::Signatures { expected, got });
        }
        let credentials =
            self.copies.into_iter().zip(signatures).map(|(copy, signature)| copy.finish(signature)).collect();
        Ok(IssuedCredentials {
            format: self.format,
            credential_type: self.credential_type,
            issuer: self.issuer,
            credentials,
        })
    }
}
