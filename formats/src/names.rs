//! Claim names as small numbers, so that what travels in a QR code spends one or two bytes on a name.
//!
//! One table for registrations, requests and presentations; `spec/names.md` prints it for a second
//! implementation. A number, once given, is never changed or reused: new names go to the end.

mod path;

use std::borrow::Cow;

use minicbor::data::Type;
use minicbor::{Decode, Decoder, Encode, Encoder, decode, encode};

pub use path::{ClaimPath, ClaimPathError, MAX_PATH_BYTES, MAX_SEGMENTS};

/// The longest claim name: far above any registered claim, and nobody reads a longer one on a phone.
pub const MAX_NAME_BYTES: usize = 64;

/// The names by number. The first 24 take one byte in CBOR (RFC 8949 section 3), the others two, so the
/// first are those of `maisha-id` and `proof-of-age`.
const NAMES: [&str; 68] = [
    // One byte.
    "given_name",
    "family_name",
    "birthdate",
    "sex",
    "id_number",
    "portrait",
    "age_equal_or_over",
    "18",
    "21",
    "origin",
    "nationalities",
    "place_of_birth",
    "locality",
    "country",
    "identifiers",
    "upi",
    "sector_ids",
    "health",
    "tax",
    "education",
    "finance",
    "telecom",
    "_sd",
    "...",
    // Two bytes: the rest of the profile.
    "credentialSubject",
    "region",
    "13",
    "16",
    "25",
    "60",
    "65",
    "id",
    // OpenID Connect Core 1.0 section 5.1, in its order.
    "sub",
    "name",
    "middle_name",
    "nickname",
    "preferred_username",
    "profile",
    "picture",
    "website",
    "email",
    "email_verified",
    "gender",
    "zoneinfo",
    "locale",
    "phone_number",
    "phone_number_verified",
    "address",
    "updated_at",
    // OpenID Connect Core 1.0 section 5.1.1.
    "formatted",
    "street_address",
    "postal_code",
    // OpenID Connect for Identity Assurance Claims 1.0 section 4.
    "birth_family_name",
    "birth_given_name",
    "birth_middle_name",
    "salutation",
    "title",
    "msisdn",
    "also_known_as",
    // Claims of other makers' person credentials, notably the EU's PID rulebook.
    "age_birth_year",
    "age_in_years",
    "date_of_issuance",
    "date_of_expiry",
    "issuing_authority",
    "issuing_country",
    "house_number",
    "document_number",
    "personal_administrative_number",
];

/// The number of a known name.
#[must_use]
pub fn number(name: &str) -> Option<u8> {
    NAMES.iter().position(|known| *known == name).and_then(|at| u8::try_from(at).ok())
}

/// The name a number stands for.
#[must_use]
pub fn name(number: u8) -> Option<&'static str> {
    NAMES.get(usize::from(number)).copied()
}

/// Every known name with its number, in ascending order of the number.
pub fn known() -> impl Iterator<Item = (u8, &'static str)> {
    (0..).zip(NAMES.iter().copied())
}

/// A claim name in CBOR: `label = uint / tstr`, the number of a known name, else its text.
///
/// A known name in text is refused: every name has one encoding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label<'a>(pub Cow<'a, str>);

impl<C> Encode<C> for Label<'_> {
    fn encode<W: encode::Write>(&self, e: &mut Encoder<W>, _: &mut C) -> Result<(), encode::Error<W::Error>> {
        match number(&self.0) {
            Some(number) => e.u8(number)?.ok(),
            None => e.str(&self.0)?.ok(),
        }
    }
}

impl<'b, C> Decode<'b, C> for Label<'b> {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, decode::Error> {
        if d.datatype()? != Type::String {
            let number = d.u8()?;
            let name = name(number)
                .ok_or_else(|| decode::Error::message("claim name number is not in the table of names"))?;
            return Ok(Label(Cow::Borrowed(name)));
        }
        let text = d.str()?;
        if text.len() > MAX_NAME_BYTES {
            return Err(decode::Error::message("claim name is longer than 64 bytes"));
        }
        if number(text).is_some() {
            return Err(decode::Error::message("a known claim name must travel as its number"));
        }
        Ok(Label(Cow::Borrowed(text)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn decoded(bytes: &[u8]) -> Result<Label<'_>, decode::Error> {
        minicbor::decode(bytes)
    }

    #[test]
    fn the_numbers_are_frozen() {
        for (expected, known) in [(0, "given_name"), (7, "18"), (22, "_sd"), (23, "..."), (67, NAMES[67])] {
            assert_eq!(number(known), Some(expected));
            assert_eq!(name(expected), Some(known));
        }
        assert_eq!(NAMES[67], "personal_administrative_number");
        assert_eq!(name(68), None);
    }

    #[test]
    fn no_name_has_two_numbers_and_the_table_is_printed_in_the_spec() {
        let spec = include_str!("../../spec/names.md");
        for (at, known) in known() {
            assert_eq!(number(known), Some(at), "{known} stands twice");
            assert!(spec.contains(&format!("\n| {at} | `{known}` |")), "spec/names.md lacks {at} {known}");
        }
        assert_eq!(spec.matches("` |\n").count(), NAMES.len(), "spec/names.md has rows the table has not");
    }

    #[test]
    fn refuses_a_known_name_in_text_an_unknown_number_and_a_long_name() {
        assert!(decoded(&minicbor::to_vec("given_name").unwrap()).is_err());
        assert!(decoded(&minicbor::to_vec(200_u8).unwrap()).is_err());
        assert!(decoded(&minicbor::to_vec(300_u16).unwrap()).is_err());
        assert!(decoded(&minicbor::to_vec("x".repeat(MAX_NAME_BYTES + 1)).unwrap()).is_err());
        assert!(decoded(&minicbor::to_vec("x".repeat(MAX_NAME_BYTES)).unwrap()).is_ok());
    }

    proptest! {
        #[test]
        fn every_label_survives(text in "[ -~]{0,64}", known in 0..NAMES.len()) {
            for name in [text.as_str(), NAMES[known]] {
                let bytes = minicbor::to_vec(Label(name.into())).unwrap();
                prop_assert_eq!(decoded(&bytes).unwrap().0, name);
            }
        }

        #[test]
        fn hostile_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
            let _ = decoded(&bytes);
        }
    }
}
