//! The rules of OpenID4VP 1.0, section 6, that hold between the parts of a query.

use std::collections::HashSet;

use hati_formats::sd_jwt::{ClaimPath, PathSegment};

use super::{
    ClaimsQuery, CredentialQuery, CredentialSetQuery, DC_SD_JWT, DcqlError, Id, JWT_VC_JSON, LDP_VC,
    MAX_ITEMS, MSO_MDOC, Meta, VC_SD_JWT,
};

/// The first rule that the parts of a query break.
pub(super) fn check(
    credentials: &[CredentialQuery],
    credential_sets: &[CredentialSetQuery],
) -> Result<(), DcqlError> {
    not_empty("credentials", credentials)?;
    // Section 6.1: "the same id MUST NOT be present more than once".
    let ids = unique("credentials", credentials.iter().map(|credential| &credential.id))?;
    for (index, credential) in credentials.iter().enumerate() {
        credential.check(&format!("credentials[{index}]"))?;
    }
    bounded("credential_sets", credential_sets)?;
    for (index, set) in credential_sets.iter().enumerate() {
        let at = format!("credential_sets[{index}].options");
        // Section 6.2: a non-empty array of non-empty arrays of ids in `credentials`.
        not_empty(&at, &set.options)?;
        for (option, members) in set.options.iter().enumerate() {
            let at = format!("{at}[{option}]");
            not_empty(&at, members)?;
            known(&at, members, &ids)?;
        }
    }
    Ok(())
}

impl CredentialQuery {
    fn check(&self, at: &str) -> Result<(), DcqlError> {
        if self.format.is_empty() {
            return Err(DcqlError::Empty { at: format!("{at}.format") });
        }
        self.meta.check(&format!("{at}.meta"), &self.format)?;
        bounded(&format!("{at}.trusted_authorities"), &self.trusted_authorities)?;
        for (index, authorities) in self.trusted_authorities.iter().enumerate() {
            not_empty(&format!("{at}.trusted_authorities[{index}].values"), &authorities.values)?;
        }
        self.check_claims(at)
    }

    fn check_claims(&self, at: &str) -> Result<(), DcqlError> {
        bounded(&format!("{at}.claims"), &self.claims)?;
        bounded(&format!("{at}.claim_sets"), &self.claim_sets)?;
        // Section 6.4.1: "claim_sets MUST NOT be present if claims is absent".
        if self.claims.is_empty() && !self.claim_sets.is_empty() {
            return Err(DcqlError::ClaimSetsWithoutClaims { at: format!("{at}.claim_sets") });
        }
        for (index, claim) in self.claims.iter().enumerate() {
            let at = format!("{at}.claims[{index}]");
            claim.check(&at, &self.format)?;
            // Section 6.3: the id is required if `claim_sets` is present.
            if claim.id.is_none() && !self.claim_sets.is_empty() {
                return Err(DcqlError::ClaimWithoutId { at });
            }
        }
        let ids = unique(&format!("{at}.claims"), self.claims.iter().filter_map(|claim| claim.id.as_ref()))?;
        for (index, set) in self.claim_sets.iter().enumerate() {
            let at = format!("{at}.claim_sets[{index}]");
            // Unlike `options`, an element of `claim_sets` may be empty: it asks for no claim.
            bounded(&at, set)?;
            known(&at, set, &ids)?;
        }
        Ok(())
    }
}

impl ClaimsQuery {
    fn check(&self, at: &str, format: &str) -> Result<(), DcqlError> {
        let ClaimPath(segments) = &self.path;
        let path = format!("{at}.path");
        not_empty(&path, segments)?;
        bounded(&format!("{at}.values"), &self.values)?;
        // Section 7.2.1: two components, both strings.
        if format == MSO_MDOC && !matches!(segments.as_slice(), [PathSegment::Name(_), PathSegment::Name(_)])
        {
            return Err(DcqlError::MdocPath { at: path });
        }
        Ok(())
    }
}

impl Meta {
    fn check(&self, at: &str, format: &str) -> Result<(), DcqlError> {
        let fits = match self {
            Self::Any => true,
            Self::VctValues(_) => format == DC_SD_JWT,
            Self::TypeValues(_) => is_w3c(format),
            Self::DoctypeValue(_) => format == MSO_MDOC,
            Self::Other(_) => !is_known(format),
        };
        if !fits {
            return Err(DcqlError::MetaFormat { at: at.to_owned(), format: format.to_owned() });
        }
        match self {
            Self::VctValues(values) => not_empty(&format!("{at}.vct_values"), values),
            Self::TypeValues(values) => {
                not_empty(&format!("{at}.type_values"), values)?;
                values.iter().try_for_each(|types| not_empty(&format!("{at}.type_values"), types))
            }
            Self::Any | Self::DoctypeValue(_) | Self::Other(_) => Ok(()),
        }
    }
}

/// Whether the rules of OpenID4VP 1.0, B.1 (W3C Verifiable Credentials) apply to a format.
pub(super) fn is_w3c(format: &str) -> bool {
    matches!(format, VC_SD_JWT | JWT_VC_JSON | LDP_VC)
}

/// Whether this profile knows what `meta` of a format means.
pub(super) fn is_known(format: &str) -> bool {
    is_w3c(format) || matches!(format, DC_SD_JWT | MSO_MDOC)
}

fn bounded<T>(at: &str, items: &[T]) -> Result<(), DcqlError> {
    if items.len() > MAX_ITEMS {
        return Err(DcqlError::TooMany { at: at.to_owned(), limit: MAX_ITEMS, got: items.len() });
    }
    Ok(())
}

fn not_empty<T>(at: &str, items: &[T]) -> Result<(), DcqlError> {
    if items.is_empty() {
        return Err(DcqlError::Empty { at: at.to_owned() });
    }
    bounded(at, items)
}

fn unique<'q>(at: &str, ids: impl Iterator<Item = &'q Id>) -> Result<HashSet<&'q Id>, DcqlError> {
    let mut seen = HashSet::new();
    for id in ids {
        if !seen.insert(id) {
            return Err(DcqlError::DuplicateId { at: at.to_owned(), id: id.to_string() });
        }
    }
    Ok(seen)
}

fn known(at: &str, members: &[Id], ids: &HashSet<&Id>) -> Result<(), DcqlError> {
    match members.iter().find(|id| !ids.contains(id)) {
        Some(id) => Err(DcqlError::UnknownId { at: at.to_owned(), id: id.to_string() }),
        None => Ok(()),
    }
}
