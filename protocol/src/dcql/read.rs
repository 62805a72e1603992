//! From JSON. Unknown members are ignored, as section 6 asks; what is known has to be as the standard says.

use hati_formats::json;
use hati_formats::sd_jwt::{ClaimPath, PathSegment};
use serde_json::{Map, Value};

use super::rules::{is_known, is_w3c};
use super::{
    ClaimsQuery, CredentialQuery, CredentialSetQuery, DC_SD_JWT, DcqlError, Expected, Id, Meta, Query,
    TrustedAuthorities,
};

impl Query {
    /// Reads the JSON text of a query.
    ///
    /// # Errors
    /// The first thing that OpenID4VP 1.0, section 6, does not allow, and where it stands.
    pub fn parse(text: &[u8]) -> Result<Self, DcqlError> {
        Self::from_json(&json::parse(text)?)
    }

    /// Reads the value of `dcql_query` out of a larger document that was parsed strictly.
    ///
    /// # Errors
    /// As [`Query::parse`].
    pub fn from_json(value: &Value) -> Result<Self, DcqlError> {
        let query = Node { at: String::new(), value }.object()?;
        let credentials = query.required("credentials")?.each(credential)?;
        let credential_sets = query.optional_list("credential_sets", credential_set)?;
        Self::new(credentials, credential_sets)
    }
}

fn credential(node: Node<'_>) -> Result<CredentialQuery, DcqlError> {
    let query = node.object()?;
    let format = query.required("format")?.text()?.to_owned();
    let binding = query.optional("require_cryptographic_holder_binding");
    Ok(CredentialQuery {
        id: query.required("id")?.id()?,
        multiple: query.optional("multiple").map_or(Ok(false), |node| node.boolean())?,
        meta: meta(query.required("meta")?, &format)?,
        trusted_authorities: query.optional_list("trusted_authorities", authorities)?,
        require_cryptographic_holder_binding: binding.map_or(Ok(true), |node| node.boolean())?,
        claims: query.optional_list("claims", claim)?,
        claim_sets: query.optional_list("claim_sets", |set| set.each(|id| id.id()))?,
        format,
    })
}

/// Section 6.1 allows an empty `meta`, while Appendix B requires one member of each format's. With unknown members
/// ignored, a `meta` without that member is empty, so it sets no constraint.
fn meta(node: Node<'_>, format: &str) -> Result<Meta, DcqlError> {
    let meta = node.object()?;
    let read = if format == DC_SD_JWT {
        meta.optional("vct_values")
            .map(|values| Ok(Meta::VctValues(values.each(|value| value.owned_text())?)))
    } else if is_w3c(format) {
        let types = |node: Node<'_>| node.each(|value| value.owned_text());
        meta.optional("type_values").map(|values| Ok(Meta::TypeValues(values.each(types)?)))
    } else if is_known(format) {
        meta.optional("doctype_value").map(|value| Ok(Meta::DoctypeValue(value.owned_text()?)))
    } else {
        (!meta.members.is_empty()).then(|| Ok(Meta::Other(meta.members.clone())))
    };
    read.unwrap_or(Ok(Meta::Any))
}

fn authorities(node: Node<'_>) -> Result<TrustedAuthorities, DcqlError> {
    let query = node.object()?;
    let values = query.required("values")?.each(|value| value.owned_text())?;
    Ok(TrustedAuthorities { kind: query.required("type")?.owned_text()?, values })
}

fn credential_set(node: Node<'_>) -> Result<CredentialSetQuery, DcqlError> {
    let query = node.object()?;
    let options = query.required("options")?.each(|option| option.each(|id| id.id()))?;
    let required = query.optional("required").map_or(Ok(true), |node| node.boolean())?;
    Ok(CredentialSetQuery { options, required })
}

fn claim(node: Node<'_>) -> Result<ClaimsQuery, DcqlError> {
    let query = node.object()?;
    Ok(ClaimsQuery {
        id: query.optional("id").map(|node| node.id()).transpose()?,
        path: ClaimPath(query.required("path")?.each(|segment| segment.path_segment())?),
        values: query.optional_list("values", |value| value.expected())?,
        intent_to_retain: query.optional("intent_to_retain").map(|node| node.boolean()).transpose()?,
    })
}

/// A JSON value and where it stands, so that every refusal can say so.
struct Node<'v> {
    at: String,
    value: &'v Value,
}

struct Object<'v> {
    at: String,
    members: &'v Map<String, Value>,
}

impl<'v> Node<'v> {
    fn object(self) -> Result<Object<'v>, DcqlError> {
        let members = self.value.as_object().ok_or_else(|| self.not("an object"))?;
        Ok(Object { at: self.at, members })
    }

    fn each<T>(&self, read: impl Fn(Node<'v>) -> Result<T, DcqlError>) -> Result<Vec<T>, DcqlError> {
        let items = self.value.as_array().ok_or_else(|| self.not("an array"))?;
        let node = |(index, value)| Node { at: format!("{}[{index}]", self.at), value };
        items.iter().enumerate().map(node).map(read).collect()
    }

    fn text(&self) -> Result<&'v str, DcqlError> {
        self.value.as_str().ok_or_else(|| self.not("a string"))
    }

    fn owned_text(&self) -> Result<String, DcqlError> {
        self.text().map(str::to_owned)
    }

    fn id(&self) -> Result<Id, DcqlError> {
        Id::new(self.text()?)
    }

    fn boolean(&self) -> Result<bool, DcqlError> {
        self.value.as_bool().ok_or_else(|| self.not("a boolean"))
    }

    /// Section 7: "strings, nulls and non-negative integers".
    fn path_segment(&self) -> Result<PathSegment, DcqlError> {
        let index = || self.value.as_u64().and_then(|index| usize::try_from(index).ok());
        match self.value {
            Value::String(name) => Ok(PathSegment::Name(name.clone())),
            Value::Null => Ok(PathSegment::All),
            _ => index()
                .map(PathSegment::Index)
                .ok_or_else(|| self.not("a string, null or a non-negative integer")),
        }
    }

    /// Section 6.3: "strings, integers or boolean values".
    fn expected(&self) -> Result<Expected, DcqlError> {
        match self.value {
            Value::String(text) => Ok(Expected::Text(text.clone())),
            Value::Bool(truth) => Ok(Expected::Boolean(*truth)),
            other => other
                .as_i64()
                .map(Expected::Integer)
                .ok_or_else(|| self.not("a string, an integer or a boolean")),
        }
    }

    fn not(&self, expected: &'static str) -> DcqlError {
        let got = match self.value {
            Value::Null => "null",
            Value::Bool(_) => "a boolean",
            Value::Number(_) => "a number",
            Value::String(_) => "a string",
            Value::Array(_) => "an array",
            Value::Object(_) => "an object",
        };
        let at = if self.at.is_empty() { "the query" } else { &self.at };
        DcqlError::Type { at: at.to_owned(), expected, got }
    }
}

impl<'v> Object<'v> {
    fn optional(&self, name: &str) -> Option<Node<'v>> {
        self.members.get(name).map(|value| Node { at: self.place(name), value })
    }

    fn required(&self, name: &str) -> Result<Node<'v>, DcqlError> {
        self.optional(name).ok_or_else(|| DcqlError::Missing { at: self.place(name) })
    }

    /// An absent array reads as no elements, so one that is there and empty has to be refused here.
    fn optional_list<T>(
        &self,
        name: &str,
        read: impl Fn(Node<'v>) -> Result<T, DcqlError>,
    ) -> Result<Vec<T>, DcqlError> {
        let Some(node) = self.optional(name) else { return Ok(Vec::new()) };
        let items = node.each(read)?;
        if items.is_empty() {
            return Err(DcqlError::Empty { at: node.at });
        }
        Ok(items)
    }

    fn place(&self, name: &str) -> String {
        if self.at.is_empty() { name.to_owned() } else { format!("{}.{name}", self.at) }
    }
}
