//! What a method is about to write: one batch for each table, applied in one transaction.

use minicbor::Encode;
use sled::transaction::{ConflictableTransactionError, TransactionError, Transactional};

use super::backend;
use super::table::Table;
use crate::StoreError;

#[derive(Default)]
pub(super) struct Change<'a> {
    batches: Vec<(&'a Table, ::sled::Batch)>,
}

impl<'a> Change<'a> {
    pub(super) fn put<T: Encode<()>>(
        &mut self,
        table: &'a Table,
        key: &[u8],
        value: &T,
    ) -> Result<(), StoreError> {
        let record = table.encode(value)?;
        self.batch(table).insert(key, record);
        Ok(())
    }

    /// Puts a key that says everything by itself.
    pub(super) fn put_key(&mut self, table: &'a Table, key: &[u8]) {
        self.batch(table).insert(key, &[]);
    }

    pub(super) fn remove(&mut self, table: &'a Table, key: &[u8]) {
        self.batch(table).remove(key);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.batches.is_empty()
    }

    pub(super) fn apply(self, place: &str) -> Result<(), StoreError> {
        let (tables, batches): (Vec<_>, Vec<_>) = self.batches.into_iter().unzip();
        let trees: Vec<_> = tables.iter().map(|table| &table.tree).collect();
        let outcome = trees.as_slice().transaction(|views| {
            for (view, batch) in views.iter().zip(&batches) {
                view.apply_batch(batch)?;
            }
            Ok::<(), ConflictableTransactionError<std::convert::Infallible>>(())
        });
        outcome.map_err(|error| match error {
            TransactionError::Storage(error) => backend("writing", error, place),
            TransactionError::Abort(never) => match never {},
        })
    }

    fn batch(&mut self, table: &'a Table) -> &mut ::sled::Batch {
        let place = self.batches.iter().position(|(known, _)| known.name == table.name);
        let place = place.unwrap_or_else(|| {
            self.batches.push((table, ::sled::Batch::default()));
            self.batches.len() - 1
        });
        #[expect(clippy::indexing_slicing, reason = "the place was found or made on the lines above")]
        &mut self.batches[place].1
    }
}
