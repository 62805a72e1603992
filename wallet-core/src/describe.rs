//! Claims as a person reads them: each value with its label in English and Swahili.

use hati_formats::credential::{Credential, CredentialType, Format, ReadError};
use hati_formats::json;
use hati_formats::sd_jwt::{Held, SdJwtError};
use serde_json::{Map, Value};

use crate::pool::Copy;

/// The members of a `dc+sd-jwt` that are not about the person (draft-ietf-oauth-sd-jwt-vc section 2.2.2, RFC 9901).
const DC_ENVELOPE: [&str; 12] =
    ["iss", "vct", "vct#integrity", "nbf", "exp", "iat", "sub", "status", "cnf", "_sd", "_sd_alg", "jti"];

/// One claim, with its labels. A group is not one; each claim in it is.
#[derive(Debug, Clone, PartialEq)]
pub struct LabelledClaim {
    /// Names from the outermost to the innermost, without the envelope.
    pub path: Vec<String>,
    /// What to call it in English.
    pub en: String,
    /// What to call it in Swahili.
    pub sw: String,
    /// Its value.
    pub value: Value,
}

impl LabelledClaim {
    /// The path with dots, as requests write it.
    #[must_use]
    pub fn name(&self) -> String {
        self.path.join(".")
    }

    /// The label in a language: Swahili for `sw`, English for every other.
    #[must_use]
    pub fn label(&self, locale: &str) -> &str {
        if locale == "sw" { &self.sw } else { &self.en }
    }
}

/// Why a held credential cannot be read. It was read once when it was taken in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DescribeError {
    /// Not an SD-JWT.
    #[error(transparent)]
    SdJwt(#[from] SdJwtError),
    /// Not JSON.
    #[error(transparent)]
    Json(#[from] json::JsonError),
    /// Not a credential.
    #[error(transparent)]
    Read(#[from] ReadError),
}

impl Copy {
    /// Every claim about the person, as if all were disclosed, in the order of the type's file.
    ///
    /// # Errors
    /// [`DescribeError`].
    pub fn claims(&self, kind: Option<&CredentialType>) -> Result<Vec<LabelledClaim>, DescribeError> {
        Ok(labelled(kind, self.format, &self.all_claims()?)?)
    }

    /// The credential's claims, the envelope's too, as if all were disclosed.
    pub(crate) fn all_claims(&self) -> Result<Map<String, Value>, DescribeError> {
        Ok(match self.format {
            Format::LdpVc => json::parse_object(self.text.as_bytes())?,
            Format::VcSdJwt | Format::DcSdJwt => Held::parse(&self.text)?.claims().clone(),
        })
    }
}

/// The claims about the person in a credential's claims.
pub(crate) fn labelled(
    kind: Option<&CredentialType>,
    format: Format,
    claims: &Map<String, Value>,
) -> Result<Vec<LabelledClaim>, ReadError> {
    let credential = Credential::read(format, claims)?;
    let about_the_person = |name: &str| match format {
        Format::DcSdJwt => !DC_ENVELOPE.contains(&name),
        // VCDM 2.0 section 4.8: `id` says who the subject is, here the holder's key.
        Format::VcSdJwt | Format::LdpVc => name != "id",
    };
    let mut found = Vec::new();
    for (name, value) in credential.subject.iter().filter(|(name, _)| about_the_person(name)) {
        gather(&mut vec![name.as_str()], value, &mut |path, value| {
            let label = |locale| kind.map_or(path.last().copied(), |kind| Some(kind.label(path, locale)));
            found.push(LabelledClaim {
                path: path.iter().map(|name| (*name).to_owned()).collect(),
                en: label("en").unwrap_or_default().to_owned(),
                sw: label("sw").unwrap_or_default().to_owned(),
                value: value.clone(),
            });
        });
    }
    let place = |claim: &LabelledClaim| {
        kind.and_then(|kind| kind.claims.iter().position(|known| known.path == claim.path))
    };
    // What the type does not know comes last.
    found.sort_by_key(|claim| place(claim).unwrap_or(usize::MAX));
    Ok(found)
}

/// Calls `found` for each value in `value` that is not an object. The depth is bounded by the parser of SD-JWTs.
fn gather<'v>(path: &mut Vec<&'v str>, value: &'v Value, found: &mut impl FnMut(&[&'v str], &'v Value)) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                path.push(name);
                gather(path, value, found);
                path.pop();
            }
        }
        value => found(path, value),
    }
}
