//! Which copy to show.

use hati_formats::credential::Format;
use hati_formats::qr::request::TypeId;
use hati_formats::status::Status;
use hati_formats::time::Timestamp;

use super::{Copy, KnownStatus, Way};
use crate::wallet::Wallet;

/// Whether a copy that was shown before may be shown again when no other is left. Whoever sees a copy twice knows
/// that it is the same person, so the default is no.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Reuse {
    /// Refuse, and say how to get new copies.
    #[default]
    Never,
    /// The holder wants it nevertheless; the history says so.
    LastResort,
}

/// Why no copy can be shown.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PoolError {
    /// No credential of the type.
    #[error(
        "the wallet holds no {credential_type} that a code can carry; ask an issuer for one and `add` it"
    )]
    NoneHeld {
        /// The type.
        credential_type: TypeId,
    },
    /// Only expired ones.
    #[error("the last {credential_type} expired at {until}, and it is {now}; ask the issuer for new copies")]
    Expired {
        /// The type.
        credential_type: TypeId,
        /// When the last one expired.
        until: Timestamp,
        /// The time here.
        now: Timestamp,
    },
    /// Only some that are not valid yet.
    #[error("the {credential_type} is valid only from {from}, and it is {now}; wait, or check the clock")]
    NotYetValid {
        /// The type.
        credential_type: TypeId,
        /// When the first one begins.
        from: Timestamp,
        /// The time here.
        now: Timestamp,
    },
    /// Only some that were revoked, as far as the bundle knows.
    #[error(
        "every copy of the {credential_type} was revoked ({copies} as of {as_of}), so every verifier would refuse it; ask \
         the issuer, then make `keys` and get new copies"
    )]
    Revoked {
        /// The type.
        credential_type: TypeId,
        /// How many were revoked.
        copies: usize,
        /// As of when that is known.
        as_of: Timestamp,
    },
    /// Only some that are suspended or revoked, as far as the bundle knows.
    #[error(
        "no copy of the {credential_type} counts now: {copies} are suspended as of {as_of}, so every verifier would refuse \
         them; ask the issuer, and take in a newer bundle with `trust` once it has reinstated them"
    )]
    Suspended {
        /// The type.
        credential_type: TypeId,
        /// How many are suspended.
        copies: usize,
        /// As of when that is known.
        as_of: Timestamp,
    },
    /// Copies, but none with these claims.
    #[error("no {credential_type} in the wallet has {}; nothing is shown", claims.join(" and "))]
    ClaimsMissing {
        /// The type.
        credential_type: TypeId,
        /// The claims that are asked for and not there.
        claims: Vec<String>,
    },
    /// Every copy was shown before.
    #[error(
        "all {used} copies of the {credential_type} were shown before, and showing one again would let those who saw it \
         know you; make `keys`, get new copies from the issuer and `add` them (or allow reuse)"
    )]
    AllUsed {
        /// The type.
        credential_type: TypeId,
        /// How many copies were used.
        used: usize,
    },
    /// No copy with this number.
    #[error("the wallet has no copy {got}; `list` shows what it has")]
    NoSuchCopy {
        /// The number.
        got: u64,
    },
}

hati_formats::error_codes!(PoolError {
    Self::NoneHeld { .. } => "credential_missing",
    Self::Expired { .. } => "expired",
    Self::NotYetValid { .. } => "not_yet_valid",
    Self::Revoked { .. } => "revoked",
    Self::Suspended { .. } => "suspended",
    Self::ClaimsMissing { .. } => "claim_missing",
    Self::AllUsed { .. } => "copies_used_up",
    Self::NoSuchCopy { .. } => "copy_unknown",
});

impl Wallet {
    /// The copy to show. `lacks` names the claims that a copy does not have and should.
    ///
    /// # Errors
    /// [`PoolError`].
    pub(crate) fn choose(
        &self,
        credential_type: &TypeId,
        way: Way,
        reuse: Reuse,
        now: Timestamp,
        lacks: impl Fn(&Copy) -> Vec<String>,
    ) -> Result<&Copy, PoolError> {
        let valid = self.valid(credential_type, now)?;
        let (able, unable): (Vec<&Copy>, Vec<&Copy>) =
            valid.into_iter().partition(|copy| lacks(copy).is_empty());
        if able.is_empty() {
            let claims = unable.first().map(|copy| lacks(copy)).unwrap_or_default();
            return Err(PoolError::ClaimsMissing { credential_type: credential_type.clone(), claims });
        }
        if let (Way::SingleScan, Some(copy)) = (way, able.iter().find(|copy| copy.renews(now))) {
            return Ok(copy);
        }
        // The profile's own format first; then those that expire first, so that few expire unused.
        let preference = |copy: &&&Copy| (copy.format != Format::VcSdJwt, copy.valid_until, copy.number);
        if let Some(copy) = able.iter().filter(|copy| !copy.is_used()).min_by_key(preference) {
            return Ok(copy);
        }
        // The copy that was shown least links the fewest.
        let least_shown = able.iter().min_by_key(|copy| (copy.uses.len(), copy.uses.last().map(|u| u.at)));
        match (reuse, least_shown) {
            (Reuse::LastResort, Some(copy)) => Ok(copy),
            _ => Err(PoolError::AllUsed { credential_type: credential_type.clone(), used: able.len() }),
        }
    }

    /// Those that a code can carry, that are valid now, and that the bundle does not call revoked or suspended. An
    /// `ldp_vc` shows all or nothing, so no code carries one.
    fn valid(&self, credential_type: &TypeId, now: Timestamp) -> Result<Vec<&Copy>, PoolError> {
        let of_type = |copy: &&Copy| copy.credential_type == *credential_type && copy.format != Format::LdpVc;
        let held: Vec<&Copy> = self.pool.copies.iter().filter(of_type).collect();
        let (refused, standing): (Vec<&Copy>, Vec<&Copy>) =
            held.iter().copied().filter(|copy| !copy.is_expired(now)).partition(|copy| self.is_refused(copy));
        let valid: Vec<&Copy> = standing.iter().copied().filter(|copy| copy.is_valid(now)).collect();
        if !valid.is_empty() {
            return Ok(valid);
        }
        let credential_type = credential_type.clone();
        if let Some(from) = standing.iter().filter_map(|copy| copy.valid_from).min() {
            return Err(PoolError::NotYetValid { credential_type, from, now });
        }
        if let Some(error) = self.all_refused(&credential_type, &refused) {
            return Err(error);
        }
        match held.iter().filter_map(|copy| copy.valid_until).max() {
            Some(until) => Err(PoolError::Expired { credential_type, until, now }),
            None => Err(PoolError::NoneHeld { credential_type }),
        }
    }

    /// What to say when these are all there are. What is suspended may come back, so it is told before what was revoked.
    fn all_refused(&self, credential_type: &TypeId, refused: &[&Copy]) -> Option<PoolError> {
        let known: Vec<KnownStatus> = refused.iter().filter_map(|copy| self.status(copy)).collect();
        let credential_type = credential_type.clone();
        let as_of = known.iter().map(|known| known.as_of).min()?;
        Some(match known.iter().filter(|known| known.status == Status::Suspended).count() {
            0 => PoolError::Revoked { credential_type, copies: known.len(), as_of },
            copies => PoolError::Suspended { credential_type, copies, as_of },
        })
    }
}
