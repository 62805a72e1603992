//! From a register record to signed credentials, one copy for each holder key: the second arrow of the path.
//!
//! 1. [`HolderKeys::parse`] reads the wallet's public keys.
//! 2. [`Issuance::prepare`] finds the person, makes the claims, checks that the person is entitled to the type,
//!    records every copy under a status index of its own, and gives the bytes to sign.
//! 3. The issuer's key, wherever it is kept, signs what [`Batch::unsigned`] gives.
//! 4. [`Batch::finish`] gives the file for the wallet.

pub mod claims;
mod error;
mod holder_keys;

use std::collections::BTreeSet;

use hati_formats::credential::{CredentialType, Envelope, Format, StatusPlace, Unsigned, short_kid};
use hati_formats::data_integrity::Cryptosuite;
use hati_formats::keys::{PublicKey, Signature};
use hati_formats::qr::request::TypeId;
use hati_formats::time::{Date, Timestamp};
use hati_protocol::issued::IssuedCredentials;
use hati_store::{Action, Event, NewCopies, NewCopy, Registered, Slot, Standing, Store, StoreError, UsedUp};
use rand_core::CryptoRng;
use serde_json::{Map, Value};

use self::claims::subject;
pub use self::error::IssuanceError;
pub use self::holder_keys::{HolderKeys, HolderKeysError};
use crate::chronology::LAST_DAY;
use crate::config::Config;
use crate::keys::SectorKeys;

/// How often a record is read again that was amended while copies were made from it.
const AMENDED_MEANWHILE: u32 = 3;

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
    pub actor: &'a str,
    /// Values used up by it, each with the second at which it expires: the nonces of a wallet's proofs.
    pub once: &'a [(Vec<u8>, i64)],
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
            match self.prepare_once(order, rng) {
                Err(IssuanceError::Store(StoreError::Revised { .. })) if amended < AMENDED_MEANWHILE => {
                    amended += 1;
                }
                outcome => return outcome,
            }
        }
    }

    fn prepare_once(&self, order: &Order<'_>, rng: &mut impl CryptoRng) -> Result<Batch, IssuanceError> {
        let type_id = TypeId::parse(&order.credential_type.id)?;
        let (standing, claims, validity) = self.read(order)?;
        let kid = short_kid(self.key);
        let envelope = |holder: &PublicKey, slot: Slot| Envelope {
            format: order.format,
            algorithm: self.key.algorithm(),
            cryptosuite: order.cryptosuite,
            issuer: self.config.issuer_url().into(),
            kid: kid.as_str().into(),
            type_name: order.credential_type.type_name(order.format).into(),
            valid_from: validity.from,
            valid_until: validity.until,
            status: StatusPlace { list: slot.list, index: slot.index },
            holder: holder.clone(),
        };
        let holders = order.holder_keys.as_slice();
        if order.format == Format::LdpVc {
            // A proof has limits of its own. Whatever is beyond them is so in every place of the list.
            let anywhere = holders.first().map(|holder| envelope(holder, Slot { list: 0, index: 0 }));
            anywhere.map(|it| order.credential_type.prepare(&claims, &it, rng)).transpose()?;
        }

        let slots = self.record(order, standing.revision, validity, rng)?;
        let lists = slots.iter().map(|slot| slot.list).collect();
        let copies = holders
            .iter()
            .zip(slots)
            .map(|(holder, slot)| order.credential_type.prepare(&claims, &envelope(holder, slot), rng));
        Ok(Batch {
            lists,
            format: order.format,
            credential_type: type_id,
            issuer: self.config.issuer_url().to_owned(),
            copies: copies.collect::<Result<_, _>>()?,
        })
    }

    /// The claims that a copy would have now, and the days of its validity.
    ///
    /// # Errors
    ///
    /// [`IssuanceError`], as [`prepare`](Self::prepare).
    pub fn claims(&self, order: &Order<'_>) -> Result<(Map<String, Value>, Validity), IssuanceError> {
        self.read(order).map(|(_, claims, validity)| (claims, validity))
    }

    fn read(&self, order: &Order<'_>) -> Result<(Standing, Map<String, Value>, Validity), IssuanceError> {
        let Registered { person, standing } = self.registered(order.upi)?;
        let validity = Validity::of(order.credential_type, order.now.date())?;
        let claims = subject(order.credential_type, &person, validity.from, self.sectors)?;
        order.credential_type.check_entitled(&claims)?;
        Ok((standing, claims, validity))
    }

    fn registered(&self, upi: &str) -> Result<Registered, IssuanceError> {
        if let Some(registered) = self.store.registered(upi)? {
            return match registered.standing.died {
                Some(died) => Err(IssuanceError::Died { upi: upi.to_owned(), died: Date::from_days(died) }),
                None => Ok(registered),
            };
        }
        let upi = upi.to_owned();
        match self.store.quarantined_as(&upi)?.into_iter().next() {
            Some((_, row)) => {
                Err(IssuanceError::Quarantined { upi, reason: (&row.reason).into(), row: row.source })
            }
            None => Err(IssuanceError::Unknown { upi }),
        }
    }

    fn record(
        &self,
        order: &Order<'_>,
        revision: u64,
        validity: Validity,
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<Slot>, IssuanceError> {
        let copies: Vec<_> = order
            .holder_keys
            .as_slice()
            .iter()
            .map(|holder| NewCopy {
                upi: order.upi.to_owned(),
                revision,
                credential_type: order.credential_type.id.clone(),
                holder_key: holder.thumbprint(),
                valid_from: validity.from.start().seconds(),
                valid_until: validity.until.start().seconds(),
            })
            .collect();
        let what = format!("{}, {} x {}", order.upi, copies.len(), order.credential_type.id);
        let event = Event::new(order.now.seconds(), order.actor, Action::Issued, what);
        let new = NewCopies {
            copies: &copies,
            list_size: self.config.list_size(),
            once: UsedUp { values: order.once, now: order.now.seconds() },
        };
        Ok(self.store.record(&new, rng, &[event])?)
    }
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
