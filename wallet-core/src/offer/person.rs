//! A vault is one person's: nothing else tells the copies of two people apart, and the wrong one would be shown.

use hati_formats::credential::Credential;
use hati_formats::qr::request::TypeId;
use serde_json::{Map, Value};

use crate::pool::Copy;

/// Whom a credential is about, as far as it says.
pub(super) struct Person {
    credential_type: TypeId,
    issuer: String,
    /// `identifiers.upi`, which a person has for life.
    upi: Option<String>,
    given_name: Option<String>,
    birthdate: Option<String>,
}

impl Person {
    pub(super) fn of(credential_type: &TypeId, issuer: &str, subject: &Map<String, Value>) -> Self {
        let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
        Self {
            credential_type: credential_type.clone(),
            issuer: issuer.to_owned(),
            upi: text(subject.get("identifiers").and_then(|identifiers| identifiers.get("upi"))),
            given_name: text(subject.get("given_name")),
            birthdate: text(subject.get("birthdate")),
        }
    }

    /// Of a copy in the wallet; `None` if it cannot be read, and then it cannot be shown either.
    pub(super) fn of_copy(copy: &Copy) -> Option<Self> {
        let claims = copy.all_claims().ok()?;
        let credential = Credential::read(copy.format(), &claims).ok()?;
        Some(Self::of(copy.credential_type(), copy.issuer(), credential.subject))
    }

    /// Whether two credentials cannot be about the same person. The UPI decides where both have one. Otherwise a given
    /// name or a birth date does, where one issuer wrote both in credentials of one type: issuers and types spell names
    /// in their own way, and a family name changes with marriage. What says nothing contradicts nothing.
    pub(super) fn contradicts(&self, other: &Self) -> bool {
        let differ = |one: &Option<String>, other: &Option<String>| {
            one.as_ref().zip(other.as_ref()).map(|(one, other)| one != other)
        };
        if let Some(differ) = differ(&self.upi, &other.upi) {
            return differ;
        }
        let comparable = self.credential_type == other.credential_type && self.issuer == other.issuer;
        let names = differ(&self.given_name, &other.given_name);
        let births = differ(&self.birthdate, &other.birthdate);
        comparable && (names == Some(true) || births == Some(true))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn person(kind: &str, issuer: &str, claims: Value) -> Person {
        Person::of(&TypeId::parse(kind).unwrap(), issuer, claims.as_object().unwrap())
    }

    #[test]
    fn the_upi_decides_and_without_it_name_and_birth_date() {
        let upi = |upi: &str, name: &str| json!({ "identifiers": { "upi": upi }, "given_name": name });
        let born = |name: &str, date: &str| json!({ "given_name": name, "birthdate": date });
        for (one, other, expected) in [
            (upi("1", "Amina"), upi("2", "Amina"), true),
            (upi("1", "Amina"), upi("1", "Aminah"), false),
            (upi("1", "Amina"), born("Baraka", "1997-03-14"), true),
            (upi("1", "Amina"), born("Amina", "1997-03-14"), false),
            (born("Amina", "1997-03-14"), born("Baraka", "1997-03-14"), true),
            (born("Amina", "1997-03-14"), born("Amina", "1997-03-15"), true),
            (born("Amina", "1997-03-14"), born("Amina", "1997-03-14"), false),
            (born("Amina", "1997-03-14"), json!({ "family_name": "Otieno" }), false),
            (json!({}), json!({}), false),
        ] {
            let [a, b] =
                [&one, &other].map(|claims| person("maisha-id", "https://a.example", claims.clone()));
            assert_eq!((a.contradicts(&b), b.contradicts(&a)), (expected, expected), "{one} {other}");
        }
    }

    #[test]
    fn another_type_or_issuer_is_compared_by_the_upi_alone() {
        let amina = json!({ "identifiers": { "upi": "1" }, "given_name": "Amina" });
        let held = person("maisha-id", "https://a.example", amina);
        for (kind, issuer) in [("library-card", "https://a.example"), ("maisha-id", "https://b.example")] {
            let named = person(kind, issuer, json!({ "given_name": "Mina" }));
            assert!(!held.contradicts(&named), "{kind} {issuer}");
            let other = person(kind, issuer, json!({ "identifiers": { "upi": "2" } }));
            assert!(held.contradicts(&other), "{kind} {issuer}");
        }
    }
}
