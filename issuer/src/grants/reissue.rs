//! What a wallet is told to ask for again (`spec/reissue.md`): an amended record has revoked what it had, and nothing of the
//! new record was issued yet.

use hati_store::{Entry, Status, Store, StoreError};

/// Of these configurations, those of which every copy was revoked since the record was amended.
pub(super) fn wanted(
    store: &dyn Store,
    upi: &str,
    configurations: &[String],
    now: i64,
) -> Result<Vec<String>, StoreError> {
    let is_amended = store.registered(upi)?.is_some_and(|registered| registered.standing.revision > 0);
    if !is_amended {
        return Ok(Vec::new());
    }
    // What has expired says nothing: a pool that ran out is filled without being told.
    let entries: Vec<_> = store.entries_of(upi)?.into_iter().filter(|it| it.valid_until > now).collect();
    Ok(configurations.iter().filter(|id| is_revoked(&entries, id)).cloned().collect())
}

fn is_revoked(entries: &[Entry], configuration: &str) -> bool {
    // A configuration is a type in a format, and the ledger has types: what an amendment makes wrong is so in each format.
    let Some((of_type, _)) = configuration.rsplit_once('.') else { return false };
    let mut statuses =
        entries.iter().filter(|it| it.credential_type == of_type).map(|it| it.status).peekable();
    statuses.peek().is_some() && statuses.all(|status| status == Status::Revoked)
}
