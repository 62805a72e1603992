//! Request profiles: what a verifier asks for in one use, as data (`spec/profiles/`).

use hati_formats::json::{self, JsonError};
use hati_formats::names::{ClaimPath, ClaimPathError};
use hati_formats::qr::request::{KnownPurpose, MAX_CLAIMS, Purpose, TypeId, TypeIdError};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::dcql::CompactQuery;

/// The profiles that ship, by id.
pub const SHIPPED_PROFILES: [(&str, &str); 4] = [
    ("merchant-age", include_str!("../../../spec/profiles/merchant-age.json")),
    ("merchant-name", include_str!("../../../spec/profiles/merchant-name.json")),
    ("officer-identity", include_str!("../../../spec/profiles/officer-identity.json")),
    ("border", include_str!("../../../spec/profiles/border.json")),
];

/// The oldest status a profile may be content with: beyond a year it says nothing.
pub const MAX_STATUS_AGE_DAYS: u16 = 365;

/// What a verifier asks for, and how sure it wants to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "ProfileFile", into = "ProfileFile")]
pub struct RequestProfile {
    /// Its name in commands.
    pub id: String,
    /// What to call it in English.
    pub name_en: String,
    /// What to call it in Swahili.
    pub name_sw: String,
    /// What is asked for.
    pub query: CompactQuery,
    /// Why.
    pub purpose: Purpose,
    /// The use whose policy decides in doubt, such as `merchant`.
    pub policy: String,
    /// How old the newest known status may be.
    pub max_status_age_days: u16,
    /// Whether a code without a request is enough. Weaker: a screenshot passes for a minute.
    pub single_scan: bool,
}

/// Why a file is not a request profile.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProfileError {
    /// No profile of this name ships.
    #[error("there is no profile `{got}`; there are {expected}, or give the path of a profile file")]
    Unknown {
        /// The ids that ship.
        expected: String,
        /// The id that was asked for.
        got: String,
    },
    /// Not strict JSON.
    #[error("the profile is not strict JSON: {0}")]
    Json(#[from] JsonError),
    /// JSON of another shape.
    #[error("the profile does not have the shape of spec/profiles/README.md: {reason}")]
    Shape {
        /// Which member, and what was expected.
        reason: String,
    },
    /// An id that cannot be one.
    #[error("{member} of the profile: {source}")]
    Id {
        /// `id`, `type` or `policy`.
        member: &'static str,
        /// What is wrong with it.
        source: TypeIdError,
    },
    /// A claim path that cannot be one.
    #[error("claim `{got}` of the profile: {source}")]
    Claim {
        /// The path.
        got: String,
        /// What is wrong with it.
        source: ClaimPathError,
    },
    /// No claim, too many, or one twice.
    #[error("the profile lists {got} different claims of {listed}; list 1 to {limit}, each once")]
    Claims {
        /// The most that are allowed.
        limit: usize,
        /// How many stand there.
        listed: usize,
        /// How many of them differ.
        got: usize,
    },
    /// A purpose without a number.
    #[error("the purpose `{got}` is unknown; take one of spec/request.cddl, or write {{\"text\": \"...\"}}")]
    Purpose {
        /// The id.
        got: String,
    },
    /// A status age out of range.
    #[error("max_status_age_days is {got}; it has to be 1 to {limit}")]
    StatusAge {
        /// The most that is allowed.
        limit: u16,
        /// What stands there.
        got: u16,
    },
}

impl RequestProfile {
    /// A profile that ships with Hati.
    ///
    /// # Errors
    /// [`ProfileError::Unknown`] for every other id.
    pub fn shipped(id: &str) -> Result<Self, ProfileError> {
        let Some((_, text)) = SHIPPED_PROFILES.iter().find(|(known, _)| *known == id) else {
            let expected = SHIPPED_PROFILES.map(|(known, _)| known).join(", ");
            return Err(ProfileError::Unknown { expected, got: id.chars().take(64).collect() });
        };
        Self::parse(text.as_bytes())
    }

    /// Reads the text of a profile file.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &[u8]) -> Result<Self, ProfileError> {
        Self::from_json(json::parse(text)?)
    }

    pub(super) fn from_json(value: Value) -> Result<Self, ProfileError> {
        let shape = |error: serde_json::Error| ProfileError::Shape { reason: error.to_string() };
        ProfileFile::try_into(serde_json::from_value(value).map_err(shape)?)
    }
}

/// The file as it is written.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ProfileFile {
    id: String,
    names: NamesFile,
    #[serde(rename = "type")]
    credential_type: String,
    claims: Vec<String>,
    purpose: PurposeFile,
    policy: String,
    max_status_age_days: u16,
    single_scan: bool,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct NamesFile {
    en: String,
    sw: String,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(untagged)]
enum PurposeFile {
    Known(String),
    Text { text: String },
}

impl TryFrom<ProfileFile> for RequestProfile {
    type Error = ProfileError;

    fn try_from(file: ProfileFile) -> Result<Self, ProfileError> {
        let id =
            |member, text: &str| TypeId::parse(text).map_err(|source| ProfileError::Id { member, source });
        let purpose = match file.purpose {
            PurposeFile::Text { text } => Purpose::Text(text),
            PurposeFile::Known(known) => KnownPurpose::from_id(&known)
                .map(Purpose::Known)
                .ok_or(ProfileError::Purpose { got: known })?,
        };
        if !(1..=MAX_STATUS_AGE_DAYS).contains(&file.max_status_age_days) {
            return Err(ProfileError::StatusAge {
                limit: MAX_STATUS_AGE_DAYS,
                got: file.max_status_age_days,
            });
        }
        Ok(Self {
            id: id("id", &file.id)?.to_string(),
            name_en: file.names.en,
            name_sw: file.names.sw,
            query: CompactQuery {
                credential_type: id("type", &file.credential_type)?,
                claims: claims(&file.claims)?,
            },
            purpose,
            policy: id("policy", &file.policy)?.to_string(),
            max_status_age_days: file.max_status_age_days,
            single_scan: file.single_scan,
        })
    }
}

impl From<RequestProfile> for ProfileFile {
    fn from(profile: RequestProfile) -> Self {
        Self {
            id: profile.id,
            names: NamesFile { en: profile.name_en, sw: profile.name_sw },
            credential_type: profile.query.credential_type.to_string(),
            claims: profile.query.claims.iter().map(ToString::to_string).collect(),
            purpose: match profile.purpose {
                Purpose::Known(known) => PurposeFile::Known(known.id().to_owned()),
                Purpose::Text(text) => PurposeFile::Text { text },
            },
            policy: profile.policy,
            max_status_age_days: profile.max_status_age_days,
            single_scan: profile.single_scan,
        }
    }
}

fn claims(texts: &[String]) -> Result<Vec<ClaimPath>, ProfileError> {
    let path = |text: &String| {
        ClaimPath::parse(text).map_err(|source| ProfileError::Claim { got: text.clone(), source })
    };
    let claims = texts.iter().map(path).collect::<Result<Vec<_>, _>>()?;
    let got = claims.iter().collect::<std::collections::BTreeSet<_>>().len();
    if got == 0 || got != claims.len() || got > MAX_CLAIMS {
        return Err(ProfileError::Claims { limit: MAX_CLAIMS, listed: claims.len(), got });
    }
    Ok(claims)
}
