//! A sled tree of records of one kind.

use minicbor::{Decode, Encode};

use super::backend;
use crate::StoreError;

/// First byte of every record. What follows is CBOR with numbered fields, so a new optional field needs no
/// new format; another layout does, and the byte then tells the two apart record by record.
const FORMAT: u8 = 1;

pub(super) struct Table {
    pub(super) name: &'static str,
    pub(super) tree: ::sled::Tree,
    place: String,
}

impl Table {
    pub(super) fn open(db: &::sled::Db, name: &'static str, place: &str) -> Result<Self, StoreError> {
        let tree = db.open_tree(name).map_err(|error| backend("opening", error, place))?;
        Ok(Self { name, tree, place: place.to_owned() })
    }

    pub(super) fn get<T: for<'b> Decode<'b, ()>>(&self, key: &[u8]) -> Result<Option<T>, StoreError> {
        let value = self.tree.get(key).map_err(|error| backend("reading", error, &self.place))?;
        value.map(|value| self.decode(&value)).transpose()
    }

    pub(super) fn has(&self, key: &[u8]) -> Result<bool, StoreError> {
        self.tree.contains_key(key).map_err(|error| backend("reading", error, &self.place))
    }

    pub(super) fn last<T: for<'b> Decode<'b, ()>>(&self) -> Result<Option<T>, StoreError> {
        let last = self.tree.last().map_err(|error| backend("reading", error, &self.place))?;
        last.map(|(_, value)| self.decode(&value)).transpose()
    }

    /// Keys that start with `prefix`, in order.
    pub(super) fn keys<'t>(
        &'t self,
        prefix: &[u8],
    ) -> impl Iterator<Item = Result<::sled::IVec, StoreError>> + use<'t> {
        let keys = self.tree.scan_prefix(prefix).keys();
        keys.map(|key| key.map_err(|error| backend("reading", error, &self.place)))
    }

    /// Keys from `key` on, in order.
    pub(super) fn keys_from<'t>(
        &'t self,
        key: &[u8],
    ) -> impl Iterator<Item = Result<::sled::IVec, StoreError>> + use<'t> {
        let keys = self.tree.range(key..).keys();
        keys.map(|key| key.map_err(|error| backend("reading", error, &self.place)))
    }

    /// Records whose key starts with `prefix`, in order.
    pub(super) fn scan<T: for<'b> Decode<'b, ()>>(
        &self,
        prefix: &[u8],
    ) -> impl Iterator<Item = Result<(::sled::IVec, T), StoreError>> {
        self.tree.scan_prefix(prefix).map(|pair| self.pair(pair))
    }

    /// Records from `key` on, in order.
    pub(super) fn from<T: for<'b> Decode<'b, ()>>(
        &self,
        key: &[u8],
    ) -> impl Iterator<Item = Result<(::sled::IVec, T), StoreError>> {
        self.tree.range(key..).map(|pair| self.pair(pair))
    }

    pub(super) fn encode<T: Encode<()>>(&self, value: &T) -> Result<Vec<u8>, StoreError> {
        let mut record = vec![FORMAT];
        minicbor::encode(value, &mut record)
            .map_err(|error| StoreError::Unwritable { tree: self.name, detail: error.to_string() })?;
        Ok(record)
    }

    fn pair<T: for<'b> Decode<'b, ()>>(
        &self,
        pair: ::sled::Result<(::sled::IVec, ::sled::IVec)>,
    ) -> Result<(::sled::IVec, T), StoreError> {
        let (key, value) = pair.map_err(|error| backend("reading", error, &self.place))?;
        let value = self.decode(&value)?;
        Ok((key, value))
    }

    fn decode<T: for<'b> Decode<'b, ()>>(&self, record: &[u8]) -> Result<T, StoreError> {
        let corrupt = |detail: String| StoreError::Corrupt { tree: self.name, detail };
        let (format, body) = record.split_first().ok_or_else(|| corrupt("it is empty".into()))?;
        if *format != FORMAT {
            return Err(StoreError::UnknownFormat { tree: self.name, expected: FORMAT, got: *format });
        }
        minicbor::decode(body).map_err(|error| corrupt(error.to_string()))
    }
}
