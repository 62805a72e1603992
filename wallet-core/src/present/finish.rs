//! From approval to codes.

use hati_formats::keys::Signature;
use hati_formats::qr::request::TypeId;
use hati_formats::qr::text::Kind;
use hati_formats::sd_jwt::UnsignedKeyBinding;
use hati_formats::time::Timestamp;
use rand_core::CryptoRng;

use super::{Codes, Kept, PresentError, ShownClaim};
use crate::history::{Entry, Recipient};
use crate::pool::{PoolError, Use, Way};
use crate::record::{Change, Name};
use crate::wallet::Wallet;

/// A presentation that was approved and waits for the signature of its copy's key.
#[derive(Debug)]
pub struct Unsigned {
    binding: UnsignedKeyBinding,
    shown: Shown,
}

/// What will be remembered of it.
#[derive(Debug)]
pub(super) struct Shown {
    pub(super) copy: u64,
    /// How often the copy had been shown when it was chosen.
    pub(super) uses: usize,
    pub(super) at: Timestamp,
    pub(super) to: Option<Recipient>,
    pub(super) credential_type: TypeId,
    pub(super) claims: Vec<ShownClaim>,
}

/// A signed presentation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The SD-JWT+KB.
    pub sd_jwt: String,
    /// Its codes.
    pub codes: Codes,
}

impl Unsigned {
    pub(super) const fn new(binding: UnsignedKeyBinding, shown: Shown) -> Self {
        Self { binding, shown }
    }

    /// The number of the copy whose key has to sign.
    #[must_use]
    pub const fn copy(&self) -> u64 {
        self.shown.copy
    }

    /// The bytes to sign.
    #[must_use]
    pub fn signing_input(&self) -> &[u8] {
        self.binding.signing_input()
    }

    /// Everything it shows.
    #[must_use]
    pub fn claims(&self) -> &[ShownClaim] {
        &self.shown.claims
    }
}

impl Wallet {
    /// Puts the signature in, marks the copy as used, and writes the history. Store the changes *before* the
    /// codes are shown: a copy that was shown and not stored as used would be shown twice.
    ///
    /// # Errors
    /// [`PresentError::Signature`], [`PresentError::CopyTaken`], [`PresentError::Answered`], and what codes and vault refuse.
    pub fn finish(
        &mut self,
        unsigned: Unsigned,
        signature: &Signature,
        rng: &mut impl CryptoRng,
    ) -> Result<(Answer, Vec<Change>), PresentError> {
        let Unsigned { binding, shown } = unsigned;
        if let Some(to) = &shown.to {
            self.check_unanswered(&to.nonce)?;
        }
        let number = shown.copy;
        let copy = self.pool.copies.iter_mut().find(|copy| copy.number == number);
        let copy = copy.ok_or(PoolError::NoSuchCopy { got: number })?;
        if copy.uses.len() != shown.uses {
            return Err(PresentError::CopyTaken { copy: number });
        }
        copy.key.public().verify(binding.signing_input(), signature)?;
        let way = if shown.to.is_some() { Way::Answer } else { Way::SingleScan };
        let kind = if shown.to.is_some() { Kind::Presentation } else { Kind::SingleScan };
        let sd_jwt = binding.finish(signature);
        let codes = Codes::of(kind, &sd_jwt)?;
        let reused = copy.is_used() && !(way == Way::SingleScan && copy.renews(shown.at));
        let entry = Entry {
            number: self.next,
            at: shown.at,
            to: shown.to,
            credential_type: shown.credential_type,
            claims: shown.claims.iter().map(|shown| shown.claim.name()).collect(),
            copy: number,
            reused,
        };
        copy.uses.push(Use { at: shown.at, way });
        let mut changes = vec![
            Name::Copy(number).put(&self.vault, &copy.encode(), rng)?,
            Name::Shown(entry.number).put(&self.vault, &entry.encode(), rng)?,
        ];
        if way == Way::Answer {
            let kept = Kept { shown: entry.number, sd_jwt: sd_jwt.clone() };
            changes.push(Name::Answer.put(&self.vault, &kept.encode(), rng)?);
            self.kept = Some(kept);
        }
        self.next = self.next.saturating_add(1);
        self.history.push(entry);
        Ok((Answer { sd_jwt, codes }, changes))
    }
}
