//! Credential types are data: SD-JWT VC Type Metadata (draft-ietf-oauth-sd-jwt-vc section 6) with a member `x-hati`
//! that says what the issuer fills each claim from. A new type is a new file under `spec/types/`.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::Format;
use crate::json::{self, JsonError};
use crate::names::MAX_SEGMENTS;
use crate::sd_jwt::{ClaimPath, Frame, PathSegment};

/// The two types that ship, as text; the issuer publishes them and the bundle carries them.
pub const SHIPPED: [&str; 2] = [
    include_str!("../../../spec/types/maisha-id.json"),
    include_str!("../../../spec/types/proof-of-age.json"),
];

/// Type names that travel in a code as their place in this list. Never reordered; new names go to the end.
pub const KNOWN_TYPE_NAMES: [&str; 4] =
    ["MaishaId", "urn:hati:maisha-id:1", "ProofOfAge", "urn:hati:proof-of-age:1"];

/// More claims than any credential a person holds; a bound for hostile files.
const MAX_CLAIMS: usize = 128;

/// Why a file is not a credential type.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TypeError {
    /// Not strict JSON.
    #[error("the type file is damaged: {0}")]
    Json(#[from] JsonError),
    /// JSON of another shape.
    #[error("the type file does not have the shape of type metadata: {reason}")]
    Shape {
        /// Which member, and what was expected.
        reason: String,
    },
    /// A claim that cannot be filled or addressed.
    #[error("claim `{path}` of the type file: {reason}")]
    Claim {
        /// The claim.
        path: String,
        /// What is wrong with it.
        reason: &'static str,
    },
}

/// One kind of credential.
#[derive(Debug, Clone)]
pub struct CredentialType {
    /// The short name: `maisha-id`.
    pub id: String,
    /// `vct` in `dc+sd-jwt`.
    pub vct: String,
    /// The second entry of `type` in the W3C formats.
    pub vc_type: String,
    /// How many days a credential of this type is valid.
    pub validity_days: u32,
    /// Decoy digests beside the topmost claims.
    pub decoys: usize,
    /// The claims, in the order they are written.
    pub claims: Vec<ClaimDefinition>,
    frame: Frame,
    document: Value,
}

/// One claim of a type.
#[derive(Debug, Clone)]
pub struct ClaimDefinition {
    /// Names from the outermost to the innermost, without an envelope.
    pub path: Vec<String>,
    /// Whether the holder can withhold it.
    pub selectively_disclosable: bool,
    /// What the issuer fills it from; `None` for a group of claims.
    pub source: Option<Source>,
    /// The value it must have, or the credential is not issued.
    pub required: Option<Value>,
    /// What to call it, by language.
    pub labels: Vec<(String, String)>,
}

/// What a claim is filled from.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Source {
    /// A field of the register record, as it stands there.
    Field(String),
    /// Whether the person has that many years on the first day of validity.
    AgeEqualOrOver(u8),
    /// The identifier of the person in that sector.
    SectorId(String),
}

#[derive(Deserialize)]
struct Document {
    vct: String,
    claims: Vec<ClaimDocument>,
    #[serde(rename = "x-hati")]
    hati: HatiDocument,
}

#[derive(Deserialize)]
struct ClaimDocument {
    path: Vec<String>,
    sd: Disclosable,
    #[serde(default)]
    display: Vec<LabelDocument>,
    #[serde(rename = "x-hati-source")]
    source: Option<Source>,
    #[serde(rename = "x-hati-required")]
    required: Option<Value>,
}

#[derive(Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Disclosable {
    Always,
    Never,
}

#[derive(Deserialize)]
struct LabelDocument {
    locale: String,
    label: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HatiDocument {
    id: String,
    vc_type: String,
    validity_days: u32,
    decoys: usize,
}

impl CredentialType {
    /// Reads a type file.
    ///
    /// # Errors
    /// [`TypeError`].
    pub fn parse(text: &str) -> Result<Self, TypeError> {
        let value = json::parse(text.as_bytes())?;
        let document: Document =
            serde_json::from_value(value.clone()).map_err(|e| TypeError::Shape { reason: e.to_string() })?;
        if document.claims.is_empty() || document.claims.len() > MAX_CLAIMS {
            let reason = format!("expected 1 to {MAX_CLAIMS} claims, got {}", document.claims.len());
            return Err(TypeError::Shape { reason });
        }
        let claims = document.claims.into_iter().map(ClaimDefinition::new).collect::<Result<Vec<_>, _>>()?;
        Ok(Self {
            id: document.hati.id,
            vct: document.vct,
            vc_type: document.hati.vc_type,
            validity_days: document.hati.validity_days,
            decoys: document.hati.decoys,
            frame: frame(&claims, document.hati.decoys),
            claims,
            document: value,
        })
    }

    /// The types that ship with Hati.
    ///
    /// # Errors
    /// None for the files that ship, as a test shows.
    pub fn shipped() -> Result<Vec<Self>, TypeError> {
        SHIPPED.iter().map(|text| Self::parse(text)).collect()
    }

    /// The whole file, for publishing.
    #[must_use]
    pub const fn document(&self) -> &Value {
        &self.document
    }

    /// Whether a credential's `vct` or W3C type is this one.
    #[must_use]
    pub fn is_named(&self, type_name: &str) -> bool {
        self.vct == type_name || self.vc_type == type_name
    }

    /// What a credential of this type is called in `format`: `vct`, or the second entry of `type`.
    #[must_use]
    pub fn type_name(&self, format: Format) -> &str {
        match format {
            Format::DcSdJwt => &self.vct,
            Format::VcSdJwt | Format::LdpVc => &self.vc_type,
        }
    }

    /// Which claims of the subject the holder can withhold.
    #[must_use]
    pub const fn frame(&self) -> &Frame {
        &self.frame
    }

    /// What to call a claim in `locale`, falling back to English, then to its name.
    #[must_use]
    pub fn label<'a>(&'a self, path: &[&'a str], locale: &str) -> &'a str {
        let labels = self.claims.iter().find(|claim| claim.path == path).map(|claim| claim.labels.as_slice());
        let find = |wanted: &str| {
            labels.unwrap_or_default().iter().find(|(l, _)| l == wanted).map(|(_, label)| label.as_str())
        };
        find(locale).or_else(|| find("en")).or_else(|| path.last().copied()).unwrap_or_default()
    }

    /// Builds the subject's claims: `fill` gives the value of each source, or `None` where the register has none.
    ///
    /// # Errors
    /// Whatever `fill` gives.
    pub fn subject<E>(
        &self,
        mut fill: impl FnMut(&ClaimDefinition, &Source) -> Result<Option<Value>, E>,
    ) -> Result<Map<String, Value>, E> {
        let mut subject = Map::new();
        for claim in &self.claims {
            let Some(source) = &claim.source else { continue };
            if let Some(value) = fill(claim, source)? {
                insert(&mut subject, &claim.path, value);
            }
        }
        Ok(subject)
    }
}

impl ClaimDefinition {
    fn new(document: ClaimDocument) -> Result<Self, TypeError> {
        let error = |reason| TypeError::Claim { path: document.path.join("."), reason };
        if document.path.is_empty() || document.path.len() > MAX_SEGMENTS {
            return Err(error("its path must have one to six names"));
        }
        if document.path.iter().any(|name| name.is_empty() || name.contains('.')) {
            return Err(error("a name in its path is empty or has a dot"));
        }
        if document.required.is_some() && document.source.is_none() {
            return Err(error("it requires a value but has no source"));
        }
        Ok(Self {
            path: document.path,
            selectively_disclosable: document.sd == Disclosable::Always,
            source: document.source,
            required: document.required,
            labels: document.display.into_iter().map(|l| (l.locale, l.label)).collect(),
        })
    }

    /// The path as DCQL writes it, without an envelope.
    #[must_use]
    pub fn claim_path(&self) -> ClaimPath {
        ClaimPath(self.path.iter().map(|name| PathSegment::Name(name.clone())).collect())
    }
}

fn frame(claims: &[ClaimDefinition], decoys: usize) -> Frame {
    let mut frame = Frame::default();
    for claim in claims.iter().filter(|claim| claim.selectively_disclosable) {
        frame.conceal(&claim.claim_path());
    }
    frame.decoys(&ClaimPath::default(), decoys);
    frame
}

fn insert(members: &mut Map<String, Value>, path: &[String], value: Value) {
    match path {
        [] => {}
        [name] => {
            members.insert(name.clone(), value);
        }
        [group, rest @ ..] => {
            let inner = members.entry(group.clone()).or_insert_with(|| Value::Object(Map::new()));
            if let Value::Object(inner) = inner {
                insert(inner, rest, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_types_read_and_their_names_are_known() {
        let types = CredentialType::shipped().unwrap();
        assert_eq!(types.iter().map(|t| t.id.as_str()).collect::<Vec<_>>(), ["maisha-id", "proof-of-age"]);
        for t in &types {
            assert!(
                KNOWN_TYPE_NAMES.contains(&t.vct.as_str()) && KNOWN_TYPE_NAMES.contains(&t.vc_type.as_str())
            );
            for claim in &t.claims {
                let path: Vec<&str> = claim.path.iter().map(String::as_str).collect();
                for locale in ["en", "sw"] {
                    assert_ne!(
                        t.label(&path, locale),
                        *path.last().unwrap(),
                        "{path:?} has no label in {locale}"
                    );
                }
            }
        }
    }

    #[test]
    fn refusals_name_the_claim() {
        let file = |claim: &str| {
            let hati = r#"{"id":"t","vc_type":"T","validity_days":1,"decoys":0}"#;
            CredentialType::parse(&format!(r#"{{"vct":"urn:t","claims":[{claim}],"x-hati":{hati}}}"#))
        };
        let refused = |claim: &str| file(claim).unwrap_err().to_string();
        assert!(file(r#"{"path":["a"],"sd":"always"}"#).is_ok());
        assert!(refused(r#"{"path":[],"sd":"always"}"#).contains("one to six names"));
        assert!(refused(r#"{"path":["a.b"],"sd":"always"}"#).contains("a.b"));
        assert!(refused(r#"{"path":["a"],"sd":"sometimes"}"#).contains("sometimes"));
        assert!(refused(r#"{"path":["a"],"sd":"never","x-hati-required":true}"#).contains("no source"));
        assert!(refused(r#"{"path":["a"],"sd":"never","x-hati-source":{"guess":1}}"#).contains("guess"));
        assert!(refused("").contains("expected 1 to 128 claims, got 0"));
        assert!(matches!(CredentialType::parse("{"), Err(TypeError::Json(_))));
    }
}
