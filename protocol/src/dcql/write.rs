//! To JSON. A member that says what its absence says is left out.

use hati_formats::sd_jwt::{ClaimPath, PathSegment};
use serde_json::{Map, Value, json};

use super::{ClaimsQuery, CredentialQuery, CredentialSetQuery, Expected, Id, Meta, Query};

impl Query {
    /// The query as the value of `dcql_query`.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let mut query = Map::new();
        query.insert("credentials".into(), list(self.credentials(), credential));
        insert_list(&mut query, "credential_sets", self.credential_sets(), credential_set);
        Value::Object(query)
    }
}

fn credential(credential: &CredentialQuery) -> Value {
    let mut query = Map::new();
    query.insert("id".into(), credential.id.as_str().into());
    query.insert("format".into(), credential.format.clone().into());
    if credential.multiple {
        query.insert("multiple".into(), true.into());
    }
    query.insert("meta".into(), meta(&credential.meta));
    insert_list(
        &mut query,
        "trusted_authorities",
        &credential.trusted_authorities,
        |entry| json!({ "type": entry.kind, "values": entry.values }),
    );
    if !credential.require_cryptographic_holder_binding {
        query.insert("require_cryptographic_holder_binding".into(), false.into());
    }
    insert_list(&mut query, "claims", &credential.claims, claim);
    insert_list(&mut query, "claim_sets", &credential.claim_sets, |set| ids(set));
    Value::Object(query)
}

fn meta(meta: &Meta) -> Value {
    match meta {
        Meta::Any => json!({}),
        Meta::VctValues(values) => json!({ "vct_values": values }),
        Meta::TypeValues(values) => json!({ "type_values": values }),
        Meta::DoctypeValue(value) => json!({ "doctype_value": value }),
        Meta::Other(members) => Value::Object(members.clone()),
    }
}

fn credential_set(set: &CredentialSetQuery) -> Value {
    let mut query = Map::new();
    if !set.required {
        query.insert("required".into(), false.into());
    }
    query.insert("options".into(), list(&set.options, |option| ids(option)));
    Value::Object(query)
}

fn claim(claim: &ClaimsQuery) -> Value {
    let mut query = Map::new();
    if let Some(id) = &claim.id {
        query.insert("id".into(), id.as_str().into());
    }
    let ClaimPath(segments) = &claim.path;
    query.insert("path".into(), list(segments, segment));
    insert_list(&mut query, "values", &claim.values, expected);
    if let Some(retain) = claim.intent_to_retain {
        query.insert("intent_to_retain".into(), retain.into());
    }
    Value::Object(query)
}

fn segment(segment: &PathSegment) -> Value {
    match segment {
        PathSegment::Name(name) => name.clone().into(),
        PathSegment::Index(index) => (*index).into(),
        PathSegment::All => Value::Null,
    }
}

fn expected(value: &Expected) -> Value {
    match value {
        Expected::Text(text) => text.clone().into(),
        Expected::Integer(integer) => (*integer).into(),
        Expected::Boolean(truth) => (*truth).into(),
    }
}

fn ids(ids: &[Id]) -> Value {
    list(ids, |id| id.as_str().into())
}

fn list<T>(items: &[T], write: impl Fn(&T) -> Value) -> Value {
    Value::Array(items.iter().map(write).collect())
}

fn insert_list<T>(query: &mut Map<String, Value>, name: &str, items: &[T], write: impl Fn(&T) -> Value) {
    if !items.is_empty() {
        query.insert(name.to_owned(), list(items, write));
    }
}
