//! Is it what its issuer signed, and may that issuer sign it?

use hati_formats::credential::{Credential, Format};
use hati_formats::sd_jwt::{SdJwtError, Unverified, Verified};
use hati_formats::time::Timestamp;
use hati_formats::trust::Issuer;
use hati_formats::vcdm::{self, MediaType};
use serde_json::Value;

use crate::verdict::Report;
use crate::{CheckName, Policy, Reason, Trust};

/// A token that an issuer in the trust list signed. Only [`check_token`] makes one.
pub(super) struct Token<'t> {
    pub(super) verified: Verified<'t>,
    pub(super) format: Format,
    issuer: &'t Issuer,
}

/// The credential in such a token, of a type that its issuer may issue. Only [`check_type`] makes one.
pub(super) struct Genuine<'g, 't> {
    pub(super) token: &'g Verified<'t>,
    pub(super) format: Format,
    pub(super) credential: Credential<'g>,
    pub(super) issuer: &'t Issuer,
    pub(super) type_id: &'t str,
}

/// Steps 2 to 5. Without a trustworthy `now`, a key counts whenever it was valid, and no list is overdue.
pub(super) fn check_token<'t>(
    sd_jwt: &'t str,
    trust: &'t Trust<'_>,
    policy: &Policy,
    now: Option<Timestamp>,
    report: &mut Report,
) -> Option<Token<'t>> {
    let (token, format) = parse(sd_jwt, report)?;
    let (issuer, key) = find_issuer(&token, trust, policy, now, report)?;
    let verified = match token.verify_issuer(key) {
        Ok(token) => token,
        Err(error) => {
            refuse(&error, report);
            return None;
        }
    };
    report.pass(CheckName::IssuerSignature, key.algorithm().name());
    report.pass(CheckName::Disclosures, "each has its digest");
    Some(Token { verified, format, issuer })
}

fn parse<'t>(sd_jwt: &'t str, report: &mut Report) -> Option<(Unverified<'t>, Format)> {
    let token = match Unverified::parse(sd_jwt) {
        Ok(token) => token,
        Err(error) => {
            let too_long = matches!(error, SdJwtError::TooLong { .. });
            let reason = if too_long { Reason::TooLong } else { Reason::CredentialMalformed };
            report.fail(CheckName::Form, reason, error.to_string());
            return None;
        }
    };
    let typ = token.header().typ.as_deref().unwrap_or("none");
    match Format::from_media_type(typ).filter(|format| *format != Format::LdpVc) {
        Some(format) => {
            report.pass(CheckName::Form, format.media_type());
            Some((token, format))
        }
        None => {
            let evidence = format!("expected a token of type vc+sd-jwt or dc+sd-jwt, got {typ}");
            report.fail(CheckName::Form, Reason::CredentialMalformed, evidence);
            None
        }
    }
}

fn find_issuer<'t>(
    token: &Unverified<'_>,
    trust: &'t Trust<'_>,
    policy: &Policy,
    now: Option<Timestamp>,
    report: &mut Report,
) -> Option<(&'t Issuer, &'t hati_formats::keys::PublicKey)> {
    let named = match token.claim_unverified("iss").or_else(|| token.claim_unverified("issuer")) {
        Some(Value::Object(issuer)) => issuer.get("id"),
        other => other,
    };
    let named = named.and_then(Value::as_str).unwrap_or("nobody");
    let Some(issuer) = trust.bundle().trust().issuer(named) else {
        let evidence = format!("{named} is not in the trust list");
        report.fail(CheckName::Trust, Reason::IssuerUnknown, evidence);
        return None;
    };
    let kid = token.header().kid.as_deref().unwrap_or("");
    let key = match now {
        Some(now) => issuer.key(kid, now),
        None => issuer.key_named(kid).map(|named| &named.key),
    };
    match key {
        Ok(key) => {
            let evidence = [&issuer.id, " key ", kid].concat();
            if now.is_some_and(|now| trust.bundle().trust().is_overdue(now)) {
                let due = trust.bundle().trust().content().next_update;
                let evidence = format!("{evidence}, by a trust list whose next was due {due}");
                report.doubt_as(policy.overdue_trust, CheckName::Trust, Reason::TrustOverdue, evidence);
            } else {
                report.pass(CheckName::Trust, evidence);
            }
            Some((issuer, key))
        }
        Err(error) => {
            report.fail(CheckName::Trust, Reason::IssuerKeyUnknown, error.to_string());
            None
        }
    }
}

fn refuse(error: &SdJwtError, report: &mut Report) {
    let (name, reason) = match error {
        SdJwtError::IssuerSignature { .. } => (CheckName::IssuerSignature, Reason::IssuerSignatureInvalid),
        // Signed by the issuer, and yet broken: whoever made it did not follow the standard.
        SdJwtError::UnsupportedHash { .. }
        | SdJwtError::MalformedDigests { .. }
        | SdJwtError::ReservedName { .. }
        | SdJwtError::RepeatedDigest { .. }
        | SdJwtError::TooDeep { .. } => (CheckName::Disclosures, Reason::CredentialMalformed),
        // The signature holds, so it is the disclosures that are not the issuer's.
        _ => (CheckName::Disclosures, Reason::ClaimTampered),
    };
    report.fail(name, reason, error.to_string());
}

/// Step 6, and that the claims are a credential.
pub(super) fn check_type<'g, 't>(
    token: &'g Token<'t>,
    trust: &'t Trust<'_>,
    report: &mut Report,
) -> Option<Genuine<'g, 't>> {
    let Token { verified: token, format, issuer } = token;
    let credential = match read(token, *format) {
        Ok(credential) => credential,
        Err(evidence) => {
            report.fail(CheckName::Form, Reason::CredentialMalformed, evidence);
            return None;
        }
    };
    let type_name = credential.type_name;
    let known = trust.type_named(type_name).map(|t| t.id.as_str());
    let Some(type_id) = known.filter(|id| issuer.may_issue(id)) else {
        let evidence = format!("{} may not issue {type_name}", issuer.id);
        report.fail(CheckName::Type, Reason::TypeNotAllowed, evidence);
        return None;
    };
    report.pass(CheckName::Type, type_name.to_owned());
    Some(Genuine { token, format: *format, credential, issuer, type_id })
}

fn read<'g>(token: &'g Verified<'_>, format: Format) -> Result<Credential<'g>, String> {
    if format == Format::VcSdJwt {
        vcdm::validate_payload(MediaType::VcSdJwt, &token.header().members, token.claims())
            .map_err(|error| error.to_string())?;
    }
    Credential::read(format, token.claims()).map_err(|error| error.to_string())
}

/// Step 7.
pub(super) fn check_validity(credential: &Credential<'_>, now: Timestamp, report: &mut Report) {
    match (credential.valid_from, credential.valid_until) {
        (Some(from), _) if now < from => {
            let evidence = format!("valid from {from}, now {now}");
            report.fail(CheckName::Validity, Reason::NotYetValid, evidence);
        }
        // RFC 7519 section 4.1.4: not on or after.
        (_, Some(until)) if now >= until => {
            let evidence = format!("valid until {until}, now {now}");
            report.fail(CheckName::Validity, Reason::Expired, evidence);
        }
        (_, Some(until)) => report.pass(CheckName::Validity, format!("until {until}")),
        (_, None) => report.pass(CheckName::Validity, "without an end"),
    }
}
