//! Which credentials a change makes wrong.

use std::collections::BTreeSet;

use hati_formats::time::{Date, Timestamp};
use hati_store::{Entry, Person, Status};

use crate::issuance::claims::{SourceError, subject};
use crate::keys::SectorKeys;
use crate::types::Types;

/// The types of which a credential says something else after the change than before. An age is counted on a credential's
/// first day, so the claims are compared on the days of what was `issued`, and on this one.
///
/// # Errors
///
/// [`SourceError`], which types that were loaded do not give.
pub fn made_wrong(
    types: &Types,
    sectors: &SectorKeys,
    issued: &[Entry],
    (before, after): (&Person, &Person),
    today: Date,
) -> Result<Vec<String>, SourceError> {
    let standing = issued.iter().filter(|entry| entry.status != Status::Revoked);
    let mut days: BTreeSet<Date> =
        standing.map(|entry| Timestamp::from_seconds(entry.valid_from).date()).collect();
    days.insert(today);
    let mut wrong = BTreeSet::new();
    if before != after {
        // What a type said whose file is gone, nobody can tell.
        wrong.extend(every(types, issued).into_iter().filter(|id| types.get(id).is_err()));
    }
    for kind in types.iter() {
        for day in &days {
            if subject(kind, before, *day, sectors)? != subject(kind, after, *day, sectors)? {
                wrong.insert(kind.id.clone());
                break;
            }
        }
    }
    Ok(wrong.into_iter().collect())
}

/// Every type, of those there are and of those that were issued.
pub(super) fn every(types: &Types, issued: &[Entry]) -> Vec<String> {
    let known = types.ids().into_iter().map(str::to_owned);
    let all: BTreeSet<_> = known.chain(issued.iter().map(|entry| entry.credential_type.clone())).collect();
    all.into_iter().collect()
}
