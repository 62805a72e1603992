//! People as rows.

use postgres::Row;
use postgres::types::{ToSql, Type};

use super::columns::{column, corrupt, digest, number, variant, variant_number};
use crate::{Person, Portrait, Standing, StoreError, Withheld};

/// The columns of a person, in the order of [`TYPES`] and [`Values`].
macro_rules! columns {
    () => {
        "upi, id_number, given_name, family_name, birthdate, sex, nationalities, county, locality, country, \
         phone, portrait_media_type, portrait, portrait_source_digest"
    };
}
pub(super) use columns;

/// The columns of how a record stands.
macro_rules! standing_columns {
    () => {
        "revision, died, withheld_others, withheld_except"
    };
}
pub(super) use standing_columns;

pub(super) const TYPES: [Type; 14] = [
    Type::TEXT,
    Type::TEXT,
    Type::TEXT,
    Type::TEXT,
    Type::INT4,
    Type::INT2,
    Type::TEXT_ARRAY,
    Type::TEXT,
    Type::TEXT,
    Type::TEXT,
    Type::TEXT,
    Type::TEXT,
    Type::BYTEA,
    Type::BYTEA,
];

/// What the columns of a person hold, where it is not the field itself.
pub(super) struct Values<'a> {
    person: &'a Person,
    sex: i16,
    media_type: Option<&'a str>,
    portrait: Option<&'a [u8]>,
    source_digest: Option<&'a [u8]>,
}

impl<'a> Values<'a> {
    pub(super) fn of(person: &'a Person, table: &'static str) -> Result<Self, StoreError> {
        let portrait = person.portrait.as_ref();
        Ok(Self {
            person,
            sex: variant_number(&person.sex, table)?,
            media_type: portrait.map(|it| it.media_type.as_str()),
            portrait: portrait.map(|it| it.bytes.as_slice()),
            source_digest: portrait.map(|it| it.source_digest.as_slice()),
        })
    }

    pub(super) fn all(&self) -> [&(dyn ToSql + Sync); 14] {
        let person = self.person;
        [
            &person.upi,
            &person.id_number,
            &person.given_name,
            &person.family_name,
            &person.birthdate,
            &self.sex,
            &person.nationalities,
            &person.county,
            &person.locality,
            &person.country,
            &person.phone,
            &self.media_type,
            &self.portrait,
            &self.source_digest,
        ]
    }
}

pub(super) fn person(row: &Row, table: &'static str) -> Result<Person, StoreError> {
    Ok(Person {
        upi: column(row, "upi", table)?,
        id_number: column(row, "id_number", table)?,
        given_name: column(row, "given_name", table)?,
        family_name: column(row, "family_name", table)?,
        birthdate: column(row, "birthdate", table)?,
        sex: variant(row, "sex", table)?,
        nationalities: column(row, "nationalities", table)?,
        county: column(row, "county", table)?,
        locality: column(row, "locality", table)?,
        country: column(row, "country", table)?,
        phone: column(row, "phone", table)?,
        portrait: portrait(row, table)?,
    })
}

pub(super) fn standing(row: &Row, table: &'static str) -> Result<Standing, StoreError> {
    let except: Vec<String> = column(row, "withheld_except", table)?;
    let withheld =
        Withheld { others: column(row, "withheld_others", table)?, except: except.into_iter().collect() };
    let revision = number::<i64, _>(row, "revision", table)?;
    Ok(Standing { revision, died: column(row, "died", table)?, withheld })
}

fn portrait(row: &Row, table: &'static str) -> Result<Option<Portrait>, StoreError> {
    let Some(bytes) = column(row, "portrait", table)? else { return Ok(None) };
    let media_type: Option<_> = column(row, "portrait_media_type", table)?;
    Ok(Some(Portrait {
        media_type: media_type.ok_or_else(|| corrupt(table, "a portrait without its media type".into()))?,
        bytes,
        source_digest: digest(row, "portrait_source_digest", table)?,
    }))
}
