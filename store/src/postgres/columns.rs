//! Between Rust's types and PostgreSQL's, which has no unsigned integers.

use minicbor::{Decode, Encode};
use postgres::Row;
use postgres::types::FromSql;

use crate::StoreError;

/// A column of a row, named by its table where it does not hold what it should.
pub(super) fn column<'a, T: FromSql<'a>>(
    row: &'a Row,
    name: &str,
    table: &'static str,
) -> Result<T, StoreError> {
    row.try_get(name).map_err(|error| corrupt(table, error.to_string()))
}

/// A column that holds a number in a type that is wider, or signed.
pub(super) fn number<'a, D, T>(row: &'a Row, name: &str, table: &'static str) -> Result<T, StoreError>
where
    D: FromSql<'a>,
    T: TryFrom<D, Error: std::fmt::Display>,
{
    T::try_from(column(row, name, table)?).map_err(|error| corrupt(table, format!("{name}: {error}")))
}

/// A column of 32 bytes.
pub(super) fn digest(row: &Row, name: &str, table: &'static str) -> Result<[u8; 32], StoreError> {
    let bytes: &[u8] = column(row, name, table)?;
    bytes.try_into().map_err(|_| corrupt(table, format!("{name} is {} bytes, expected 32", bytes.len())))
}

/// A column that holds one of several variants by the number that stands on it.
pub(super) fn variant<T: for<'b> Decode<'b, ()>>(
    row: &Row,
    name: &str,
    table: &'static str,
) -> Result<T, StoreError> {
    decode_variant(column(row, name, table)?, name, table)
}

/// The variant on which this number stands.
pub(super) fn decode_variant<T: for<'b> Decode<'b, ()>>(
    stored: i16,
    name: &str,
    table: &'static str,
) -> Result<T, StoreError> {
    let unknown = || corrupt(table, format!("{name} {stored} is not known"));
    let number = u8::try_from(stored).map_err(|_| unknown())?;
    minicbor::decode(&encode(&number, table)?).map_err(|_| unknown())
}

/// The number that stands on a variant, `#[n(..)]`: the same in every backend.
pub(super) fn variant_number<T: Encode<()>>(variant: &T, table: &'static str) -> Result<i16, StoreError> {
    let encoded = encode(variant, table)?;
    let number: u8 = minicbor::decode(&encoded).map_err(|error| unwritable(table, error))?;
    Ok(number.into())
}

/// A number for a column that is narrower than it.
pub(super) fn narrow<D, T>(number: D, table: &'static str) -> Result<T, StoreError>
where
    T: TryFrom<D, Error: std::fmt::Display>,
{
    T::try_from(number).map_err(|error| unwritable(table, error))
}

pub(super) fn corrupt(table: &'static str, detail: String) -> StoreError {
    StoreError::Corrupt { tree: table, detail }
}

pub(super) fn unwritable(table: &'static str, detail: impl std::fmt::Display) -> StoreError {
    StoreError::Unwritable { tree: table, detail: detail.to_string() }
}

fn encode<T: Encode<()>>(value: &T, table: &'static str) -> Result<Vec<u8>, StoreError> {
    minicbor::to_vec(value).map_err(|error| unwritable(table, error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Action, Document, Sex, Status};

    #[test]
    fn a_variant_is_stored_as_the_number_that_stands_on_it() {
        assert_eq!(variant_number(&Sex::Intersex, "people").unwrap(), 2);
        assert_eq!(variant_number(&Status::Suspended, "ledger").unwrap(), 2);
        assert_eq!(variant_number(&Action::Published, "audit").unwrap(), 7);
        assert_eq!(variant_number(&Document::Bundle, "publications").unwrap(), 1);
    }
}
