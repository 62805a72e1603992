//! A register record becomes the claims of a credential, as the type's file says.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hati_formats::credential::{ClaimDefinition, CredentialType, Source};
use hati_formats::time::Date;
use hati_store::{Person, Portrait, Sex};
use serde_json::{Map, Value};

use crate::keys::{SECTORS, SectorKeys};

/// Why a claim cannot be filled.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("claim `{claim}`: expected a {kind} that is one of {expected}; got {got}")]
pub struct SourceError {
    /// The claim.
    pub claim: String,
    /// What its source names.
    pub kind: &'static str,
    /// Those there are.
    pub expected: String,
    /// What the type's file says.
    pub got: String,
}

/// The value of a claim in a record; `None` where the record has none.
type Read = fn(&Person) -> Option<Value>;

/// The fields of the register that a type may name; all but the last two as the columns of an import.
const FIELDS: [(&str, Read); 12] = [
    ("upi", |person| Some(person.upi.as_str().into())),
    ("id_number", |person| person.id_number.as_deref().map(Value::from)),
    ("given_name", |person| Some(person.given_name.as_str().into())),
    ("family_name", |person| Some(person.family_name.as_str().into())),
    ("birthdate", |person| Some(Date::from_days(person.birthdate).to_string().into())),
    ("sex", |person| Some(sex(person.sex).into())),
    ("nationalities", |person| Some(person.nationalities.clone().into())),
    ("county", |person| Some(person.county.as_str().into())),
    ("place_of_birth", |person| Some(person.locality.as_str().into())),
    ("country", |person| Some(person.country.as_str().into())),
    ("phone", |person| person.phone.as_deref().map(Value::from)),
    ("portrait", |person| person.portrait.as_ref().map(|portrait| data_url(portrait).into())),
];

/// Refuses a type with a claim that no record could fill.
///
/// # Errors
///
/// [`SourceError`] for the first one.
pub fn check_sources(credential_type: &CredentialType) -> Result<(), SourceError> {
    credential_type.claims.iter().filter_map(|claim| Some((claim, claim.source.as_ref()?))).try_for_each(
        |(claim, source)| match source {
            Source::Field(name) => field(claim, name).map(drop),
            Source::SectorId(name) => sector(claim, name),
            Source::AgeEqualOrOver(_) => Ok(()),
        },
    )
}

/// The claims of a person in a credential whose first day of validity is `day`. A claim of which the record has
/// no value is left out.
///
/// # Errors
///
/// [`SourceError`], which a type that passed [`check_sources`] does not give.
pub fn subject(
    credential_type: &CredentialType,
    person: &Person,
    day: Date,
    sectors: &SectorKeys,
) -> Result<Map<String, Value>, SourceError> {
    credential_type.subject(|claim, source| match source {
        Source::Field(name) => Ok(field(claim, name)?(person)),
        Source::AgeEqualOrOver(years) => {
            let age = Date::from_days(person.birthdate).years_until(day);
            Ok(Some((age >= i32::from(*years)).into()))
        }
        Source::SectorId(name) => {
            sector(claim, name)?;
            Ok(sectors.identifier(name, &person.upi).map(Value::from))
        }
    })
}

/// A record as a row of JSON Lines says it, but for the portrait.
pub(crate) fn row(person: &Person) -> Map<String, Value> {
    let fields = FIELDS.iter().filter(|(name, _)| *name != "portrait");
    fields.filter_map(|(name, read)| Some(((*name).to_owned(), read(person)?))).collect()
}

fn field(claim: &ClaimDefinition, name: &str) -> Result<Read, SourceError> {
    let known = FIELDS.iter().find(|(known, _)| *known == name);
    known.map(|(_, read)| *read).ok_or_else(|| unknown(claim, "field", &FIELDS.map(|(known, _)| known), name))
}

fn sector(claim: &ClaimDefinition, name: &str) -> Result<(), SourceError> {
    if SECTORS.contains(&name) { Ok(()) } else { Err(unknown(claim, "sector", &SECTORS, name)) }
}

fn unknown(claim: &ClaimDefinition, kind: &'static str, known: &[&str], got: &str) -> SourceError {
    SourceError { claim: claim.path.join("."), kind, expected: known.join(", "), got: got.to_owned() }
}

fn sex(sex: Sex) -> &'static str {
    match sex {
        Sex::Female => "female",
        Sex::Male => "male",
        Sex::Intersex => "intersex",
    }
}

/// RFC 2397, with the base64 of RFC 4648 section 4.
fn data_url(portrait: &Portrait) -> String {
    format!("data:{};base64,{}", portrait.media_type, STANDARD.encode(&portrait.bytes))
}

#[cfg(test)]
mod tests {
    use hati_formats::keys::Algorithm;
    use rand_chacha::ChaCha20Rng;
    use rand_chacha::rand_core::SeedableRng;
    use serde_json::json;

    use super::*;
    use crate::keys::{Keys, NewKeys};

    fn keys() -> SectorKeys {
        Keys::from(NewKeys::generate(Algorithm::EdDsa, &mut ChaCha20Rng::seed_from_u64(1))).sectors
    }

    fn day(text: &str) -> Date {
        Date::parse(text).unwrap()
    }

    fn person() -> Person {
        Person {
            upi: "20480163920017".into(),
            id_number: Some("31415926".into()),
            given_name: "Achieng".into(),
            family_name: "Odhiambo".into(),
            birthdate: day("2008-02-29").days(),
            sex: Sex::Intersex,
            nationalities: vec!["KE".into(), "UG".into()],
            county: "Kisumu".into(),
            locality: "Ahero".into(),
            country: "KE".into(),
            phone: Some("+254712345678".into()),
            portrait: Some(Portrait {
                media_type: "image/webp".into(),
                bytes: vec![0xfb, 0xff, 0x00],
                source_digest: [0; 32],
            }),
        }
    }

    fn maisha_id(person: &Person, on: &str) -> Map<String, Value> {
        let kind = CredentialType::shipped().unwrap().remove(0);
        subject(&kind, person, day(on), &keys()).unwrap()
    }

    #[test]
    fn a_record_fills_every_claim_of_the_maisha_id() {
        let id = |sector| keys().identifier(sector, "20480163920017").unwrap();
        let sectors: Map<String, Value> =
            SECTORS.iter().map(|sector| ((*sector).to_owned(), id(sector).into())).collect();
        let expected = json!({
            "given_name": "Achieng", "family_name": "Odhiambo", "birthdate": "2008-02-29", "sex": "intersex",
            "id_number": "31415926", "portrait": "data:image/webp;base64,+/8A",
            "age_equal_or_over":
                {"13": true, "16": true, "18": true, "21": false, "60": false, "65": false},
            "origin": {
                "nationalities": ["KE", "UG"],
                "place_of_birth": {"locality": "Ahero", "country": "KE", "region": "Kisumu"},
            },
            "identifiers": {"upi": "20480163920017", "sector_ids": sectors},
        });
        assert_eq!(Value::Object(maisha_id(&person(), "2026-11-22")), expected);
    }

    #[test]
    fn what_the_register_does_not_have_is_left_out() {
        let claims = maisha_id(&Person { id_number: None, portrait: None, ..person() }, "2026-11-22");
        assert!(!claims.contains_key("id_number") && !claims.contains_key("portrait"));
        assert_eq!(claims.len(), 7);
    }

    #[test]
    fn age_counts_on_the_first_day_of_validity() {
        let adult = |on: &str| maisha_id(&person(), on)["age_equal_or_over"]["18"].clone();
        // Born on 29 February: 18 on 1 March of a year without one.
        assert_eq!((adult("2026-02-28"), adult("2026-03-01")), (json!(false), json!(true)));
    }

    #[test]
    fn a_source_that_is_not_there_is_refused() {
        for (source, reason) in [
            (r#"{"field":"salary"}"#, "expected a field that is one of upi, id_number"),
            (r#"{"sector_id":"army"}"#, "expected a sector that is one of health, tax"),
        ] {
            let kind = CredentialType::parse(&format!(
                r#"{{"vct":"urn:t","claims":[{{"path":["a","b"],"sd":"always","x-hati-source":{source}}}],
                "x-hati":{{"id":"t","vc_type":"T","validity_days":1,"decoys":0}}}}"#
            ));
            let kind = kind.unwrap();
            let refused = check_sources(&kind).unwrap_err();
            assert!(refused.to_string().contains(reason) && refused.claim == "a.b", "{refused}");
            assert_eq!(subject(&kind, &person(), day("2026-11-22"), &keys()), Err(refused));
        }
    }
}
