//! From the texts of codes to the verdict.

use std::path::Path;

use hati_formats::time::Timestamp;
use hati_formats::trust::Bundle;
use hati_protocol::exchange::{PendingRequest, ProfileError, RequestProfile};
use hati_verifier::{Expected, Policy, Question, Trust, Verdict, check, scan};

use crate::replay::DiskReplay;
use crate::{Error, Home, files};

/// The longest profile file; those that ship take 400 bytes.
const MAX_PROFILE_BYTES: usize = 64 << 10;

/// What was asked.
#[derive(Debug, Clone)]
pub enum Asked {
    /// With a request code, which the holder's wallet answers.
    Request(Box<PendingRequest>),
    /// By the profile alone, of whoever shows a code.
    SingleScan(Box<RequestProfile>),
}

impl Asked {
    /// What was asked for.
    #[must_use]
    pub fn profile(&self) -> &RequestProfile {
        match self {
            Self::Request(pending) => &pending.profile,
            Self::SingleScan(profile) => profile,
        }
    }
}

/// The profile of that id, or in that file.
///
/// # Errors
/// [`Error::Profile`], [`Error::File`].
pub fn profile(id_or_path: &str) -> Result<RequestProfile, Error> {
    match RequestProfile::shipped(id_or_path) {
        Err(ProfileError::Unknown { .. }) if Path::new(id_or_path).exists() => {
            Ok(RequestProfile::parse(&files::read(Path::new(id_or_path), MAX_PROFILE_BYTES)?)?)
        }
        outcome => Ok(outcome?),
    }
}

impl Home {
    /// Makes every check on what the codes show.
    ///
    /// # Errors
    /// What keeps the checks from being made, or their verdict from counting.
    pub fn check(
        &self,
        texts: &[String],
        asked: &Asked,
        policy: &Policy,
        bundle: &Bundle,
        now: Timestamp,
    ) -> Result<Verdict, Error> {
        let audience = self.audience();
        let nonce;
        let expected = match asked {
            Asked::Request(pending) if pending.audience != audience => {
                let got = pending.audience.clone();
                return Err(Error::OtherVerifier { expected: audience, got });
            }
            Asked::Request(pending) => {
                nonce = pending.nonce.to_string();
                Expected::Response { nonce: &nonce, audience: &audience, until: pending.expires_at() }
            }
            Asked::SingleScan(_) => Expected::SingleScan,
        };
        let trust = Trust::new(bundle)?;
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let presented = match scan::read(&texts) {
            Ok(presented) => presented,
            Err(error) => return Ok(error.verdict()),
        };
        let question = Question { query: &asked.profile().query, expected };
        let mut memory = DiskReplay(&self.memory);
        Ok(check::check(&presented, &question, &trust, policy, &mut memory, now))
    }
}
