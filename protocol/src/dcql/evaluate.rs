//! Which credential answers, and with which claims (OpenID4VP 1.0, section 6.4).

use std::collections::HashSet;

use hati_formats::sd_jwt::ClaimPath;
use serde_json::{Map, Value};

use super::{ClaimsQuery, CredentialQuery, CredentialSetQuery, Expected, Id, Meta, Query, expanded_type};

/// A credential the wallet could answer with.
#[derive(Debug, Clone, Copy)]
pub struct Candidate<'c> {
    /// Credential format identifier.
    pub format: &'c str,
    /// What `meta` is held against: for `dc+sd-jwt` the `vct`, then the types it extends; for the W3C formats every
    /// `type`, expanded where a context other than those of our profile defines it; for `mso_mdoc` the document
    /// type.
    pub types: &'c [String],
    /// The credential with every claim the holder can disclose.
    pub claims: &'c Map<String, Value>,
    /// Whether the holder has the key the credential is bound to.
    pub holder_bound: bool,
    /// The authorities that stand behind its issuer, as far as the wallet knows.
    pub authorities: &'c [Authority],
}

/// An authority or trust framework that certifies an issuer (section 6.1.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authority {
    /// `type`, such as `aki`.
    pub kind: String,
    /// Its value, in the form that type gives it.
    pub value: String,
}

/// One credential that answers one credential query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Match {
    /// The credential query.
    pub id: Id,
    /// The candidate's place in the list that was given.
    pub candidate: usize,
    /// The claims to disclose, each once. Nothing else that is selectively disclosable may be sent (section 6.4).
    pub disclose: Vec<ClaimPath>,
}

/// What a wallet may send.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// Together these answer everything that is required.
    pub required: Vec<Match>,
    /// What answers the sets that are not required, set by set: sent only if the holder wants to.
    pub optional: Vec<Vec<Match>>,
}

/// Why a candidate does not answer a credential query.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Mismatch {
    /// Another format.
    #[error("the credential is `{got}`; `{expected}` is asked for")]
    Format {
        /// What is asked for.
        expected: String,
        /// The candidate's.
        got: String,
    },
    /// Another type.
    #[error("the credential is not of the type that is asked for")]
    Type,
    /// No named authority is known to stand behind the issuer.
    #[error("no authority the verifier names stands behind the issuer")]
    Authority,
    /// The verifier wants proof of possession, and the credential is not bound to a key.
    #[error("the credential is not bound to its holder, and the verifier asks for that")]
    HolderBinding,
    /// Claims that the credential does not have, or has with another value.
    #[error("the credential does not have every claim that is asked for, or not with the value")]
    Claims {
        /// The paths in the query.
        missing: Vec<ClaimPath>,
    },
}

/// Why the wallet sends nothing: "it MUST NOT return any Credential(s)" (section 6.4.2).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unanswerable {
    /// No credential answers this credential query.
    #[error("no credential answers `{id}`")]
    Credential {
        /// The credential query.
        id: Id,
    },
    /// No option of a required credential set can be answered.
    #[error("no option of the required credential set {index} can be answered")]
    CredentialSet {
        /// Its place in `credential_sets`.
        index: usize,
    },
}

impl Query {
    /// Chooses what to send. Where several candidates would do, the first is taken, so list them in the
    /// order the holder prefers.
    ///
    /// # Errors
    /// If something that is required cannot be answered.
    pub fn evaluate(&self, candidates: &[Candidate<'_>]) -> Result<Selection, Unanswerable> {
        let answers: Vec<_> =
            self.credentials().iter().map(|query| (&query.id, query.matches(candidates))).collect();
        // Section 6.4.2: without `credential_sets`, every credential query is to be answered.
        if self.credential_sets().is_empty() {
            if let Some((id, _)) = answers.iter().find(|(_, matches)| matches.is_empty()) {
                return Err(Unanswerable::Credential { id: (*id).clone() });
            }
            let required = answers.into_iter().flat_map(|(_, matches)| matches).collect();
            return Ok(Selection { required, optional: Vec::new() });
        }
        let mut selection = Selection::default();
        for (index, set) in self.credential_sets().iter().enumerate() {
            match (set.answer(&answers), set.required) {
                (Some(matches), true) => add(&mut selection.required, matches),
                (Some(matches), false) => selection.optional.push(matches),
                (None, true) => return Err(Unanswerable::CredentialSet { index }),
                (None, false) => {}
            }
        }
        Ok(selection)
    }
}

impl CredentialQuery {
    /// Every candidate that answers; at most one unless `multiple` is asked for.
    #[must_use]
    pub fn matches(&self, candidates: &[Candidate<'_>]) -> Vec<Match> {
        let answer = |(candidate, held): (usize, &Candidate<'_>)| {
            let disclose = self.disclose(held).ok()?;
            Some(Match { id: self.id.clone(), candidate, disclose })
        };
        let most = if self.multiple { candidates.len() } else { 1 };
        candidates.iter().enumerate().filter_map(answer).take(most).collect()
    }

    /// The claims of a candidate to disclose, each path free of `null`.
    ///
    /// # Errors
    /// Why the candidate does not answer.
    pub fn disclose(&self, candidate: &Candidate<'_>) -> Result<Vec<ClaimPath>, Mismatch> {
        if candidate.format != self.format {
            return Err(Mismatch::Format { expected: self.format.clone(), got: candidate.format.to_owned() });
        }
        if !self.meta.admits(candidate.types) {
            return Err(Mismatch::Type);
        }
        let stands = |named: &Authority| {
            self.trusted_authorities
                .iter()
                .any(|query| query.kind == named.kind && query.values.contains(&named.value))
        };
        if !self.trusted_authorities.is_empty() && !candidate.authorities.iter().any(stands) {
            return Err(Mismatch::Authority);
        }
        if self.require_cryptographic_holder_binding && !candidate.holder_bound {
            return Err(Mismatch::HolderBinding);
        }
        self.select_claims(candidate.claims)
    }

    /// Section 6.4.1: all of `claims`, or the first of `claim_sets` that can be satisfied.
    fn select_claims(&self, credential: &Map<String, Value>) -> Result<Vec<ClaimPath>, Mismatch> {
        let answers: Vec<_> = self.claims.iter().map(|claim| (claim, claim.answer(credential))).collect();
        let mut chosen = gather(answers.iter());
        for (index, set) in self.claim_sets.iter().enumerate() {
            let named = |(claim, _): &&Answered<'_>| claim.id.as_ref().is_some_and(|id| set.contains(id));
            let gathered = gather(answers.iter().filter(named));
            // Where no set can be satisfied, the preferred one tells what is missing.
            if index == 0 || gathered.is_ok() {
                chosen = gathered;
            }
            if chosen.is_ok() {
                break;
            }
        }
        chosen.map_err(|missing| Mismatch::Claims { missing })
    }
}

/// A claim that is asked for, and the paths that answer it in one credential.
type Answered<'q> = (&'q ClaimsQuery, Vec<ClaimPath>);

impl ClaimsQuery {
    /// The claims a credential has for this query, each path free of `null`. A claim of another value is
    /// "treated the same as if it did not exist" (section 6.4.1).
    fn answer(&self, credential: &Map<String, Value>) -> Vec<ClaimPath> {
        let wanted = |value: &Value| self.values.is_empty() || self.values.iter().any(|one| one.is(value));
        let selected = self.path.resolve(credential).into_iter().zip(self.path.find(credential));
        selected.filter(|(_, value)| wanted(value)).map(|(path, _)| path).collect()
    }
}

impl CredentialSetQuery {
    /// The first option of which every member is answered.
    fn answer(&self, answers: &[(&Id, Vec<Match>)]) -> Option<Vec<Match>> {
        let of = |id: &Id| answers.iter().find(|(known, matches)| *known == id && !matches.is_empty());
        let whole = |option: &Vec<Id>| -> Option<Vec<Match>> {
            let members: Option<Vec<_>> = option.iter().map(of).collect();
            Some(members?.into_iter().flat_map(|(_, matches)| matches.clone()).collect())
        };
        self.options.iter().find_map(whole)
    }
}

impl Meta {
    fn admits(&self, types: &[String]) -> bool {
        let has = |wanted: &str| types.iter().any(|one| expanded_type(one) == expanded_type(wanted));
        match self {
            Self::Any => true,
            Self::VctValues(values) => values.iter().any(|value| types.contains(value)),
            Self::TypeValues(values) => values.iter().any(|set| set.iter().all(|wanted| has(wanted))),
            Self::DoctypeValue(value) => types.contains(value),
            // A constraint nobody here can judge is not met.
            Self::Other(_) => false,
        }
    }
}

impl Expected {
    /// Section 6.3: "the type and value of the claim both match exactly".
    fn is(&self, value: &Value) -> bool {
        match self {
            Self::Text(text) => value.as_str() == Some(text),
            Self::Integer(integer) => value.as_i64() == Some(*integer),
            Self::Boolean(truth) => value.as_bool() == Some(*truth),
        }
    }
}

/// Every path once (section 6.1: "Wallets SHOULD ignore such duplicate claim queries"), or what is missing.
fn gather<'q>(answers: impl Iterator<Item = &'q Answered<'q>>) -> Result<Vec<ClaimPath>, Vec<ClaimPath>> {
    let (mut paths, mut missing, mut seen) = (Vec::new(), Vec::new(), HashSet::new());
    for (claim, answer) in answers {
        if answer.is_empty() {
            missing.push(claim.path.clone());
        }
        paths.extend(answer.iter().filter(|path| seen.insert(*path)).cloned());
    }
    if missing.is_empty() { Ok(paths) } else { Err(missing) }
}

fn add(list: &mut Vec<Match>, items: Vec<Match>) {
    for item in items {
        if !list.contains(&item) {
            list.push(item);
        }
    }
}
