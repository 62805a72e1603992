//! Policy: how doubt becomes a decision, by name. Strict by default.

use hati_formats::time::SECONDS_PER_DAY;
use hati_protocol::exchange::RequestProfile;
use serde::{Deserialize, Serialize};

/// What to make of a doubt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Doubt {
    /// Let a person decide.
    #[default]
    Undetermined,
    /// Refuse.
    Reject,
    /// Take the risk; the check says so.
    Accept,
}

/// What a use of the verifier demands. Ages are in seconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Policy {
    /// How old a known status may be before it is stale.
    pub max_status_age: i64,
    /// A status older than that.
    pub stale_status: Doubt,
    /// A status that the bundle does not have.
    pub unknown_status: Doubt,
    /// A trust list whose next was due.
    pub overdue_trust: Doubt,
    /// Whether a single scan is enough.
    pub single_scan: bool,
    /// How old the holder's signature on an answer may be.
    pub max_response_age: i64,
    /// How old the holder's signature on a single scan may be.
    pub max_single_scan_age: i64,
    /// How far the holder's clock may be ahead.
    pub max_ahead: i64,
}

impl Default for Policy {
    /// One day, as the border; doubt is for a person; no single scan; two minutes for an answer, one for a
    /// single scan, and one for clocks that differ.
    fn default() -> Self {
        Self {
            max_status_age: 86_400,
            stale_status: Doubt::Undetermined,
            unknown_status: Doubt::Undetermined,
            overdue_trust: Doubt::Undetermined,
            single_scan: false,
            max_response_age: 120,
            max_single_scan_age: 60,
            max_ahead: 60,
        }
    }
}

/// Why a policy cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// Not the JSON of a policy.
    #[error("the policy cannot be read: {reason}; see spec/verdict.md for its members")]
    Shape {
        /// Which member, and what was expected.
        reason: String,
    },
    /// An age below zero would reject everything.
    #[error("`{member}` of the policy is {got}; expected zero or more seconds")]
    Negative {
        /// The member.
        member: &'static str,
        /// Its value.
        got: i64,
    },
}

impl Policy {
    /// The policy of a profile: how old a status may be there, and whether a single scan is enough.
    #[must_use]
    pub fn for_profile(profile: &RequestProfile) -> Self {
        Self {
            max_status_age: i64::from(profile.max_status_age_days) * SECONDS_PER_DAY,
            single_scan: profile.single_scan,
            ..Self::default()
        }
    }

    /// Reads a policy from JSON; members that are not there are the default's.
    ///
    /// # Errors
    /// [`PolicyError`].
    pub fn parse(text: &str) -> Result<Self, PolicyError> {
        let policy: Self =
            serde_json::from_str(text).map_err(|e| PolicyError::Shape { reason: e.to_string() })?;
        let ages = [
            ("max_status_age", policy.max_status_age),
            ("max_response_age", policy.max_response_age),
            ("max_single_scan_age", policy.max_single_scan_age),
            ("max_ahead", policy.max_ahead),
        ];
        match ages.into_iter().find(|(_, age)| *age < 0) {
            Some((member, got)) => Err(PolicyError::Negative { member, got }),
            None => Ok(policy),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_writes_and_refuses_the_rest() {
        let policy = Policy { stale_status: Doubt::Reject, ..Policy::default() };
        assert_eq!(Policy::parse(&serde_json::to_string(&policy).unwrap()), Ok(policy));
        assert_eq!(Policy::parse("{}"), Ok(Policy::default()));
        assert!(matches!(Policy::parse(r#"{"stale":"accept"}"#), Err(PolicyError::Shape { .. })));
        assert!(matches!(Policy::parse(r#"{"stale_status":"maybe"}"#), Err(PolicyError::Shape { .. })));
        let negative = Policy::parse(r#"{"max_ahead":-1}"#);
        assert_eq!(negative, Err(PolicyError::Negative { member: "max_ahead", got: -1 }));
    }
}
