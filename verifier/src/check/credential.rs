//! Is it what its issuer signed, and may that issuer sign it?

use hati_formats::credential::{Credential, Format};
use hati_formats::sd_jwt::{SdJwtError, Unverified, Verified};
use hati_formats::time::Timestamp;
use hati_formats::trust::Issuer;
use hati_formats::vcdm::{self, MediaType};
use serde_json::Value;

use crate::verdict::Report;
use crate::{CheckName, Reason, Trust};

/// A credential whose issuer is trusted and signed it. Only [`check`] makes one.
pub(super) struct Genuine<'t> {
    pub(super) token: Verified<'t>,
    pub(super) format: Format,
    pub(super) issuer: &'t Issuer,
    pub(super) type_id: &'t str,
}

impl Genuine<'_> {
    /// What it says. It was read once before, so this cannot fail; if it did, the verdict would say malformed.
    pub(super) fn read(&self, report: &mut Report) -> Option<Credential<'_>> {
        match Credential::read(self.format, self.token.claims()) {
            Ok(credential) => Some(credential),
            Err(error) => {
                report.fail(CheckName::Form, Reason::CredentialMalformed, error.to_string());
                None
            }
        }
    }
}

/// Steps 1 and 3 to 6.
pub(super) fn check<'t>(
    sd_jwt: &'t str,
    trust: &'t Trust<'_>,
    now: Timestamp,
    report: &mut Report,
) -> Option<Genuine<'t>> {
    let (token, format) = parse(sd_jwt, report)?;
    let (issuer, key) = find_issuer(&token, trust, now, report)?;
    let token = match token.verify_issuer(key) {
        Ok(token) => token,
        Err(error) => {
            refuse(&error, report);
            return None;
        }
    };
    report.pass(CheckName::IssuerSignature, key.algorithm().name());
    report.pass(CheckName::Disclosures, "each has its digest");
    let mut genuine = Genuine { token, format, issuer, type_id: "" };
    genuine.type_id = check_type(&genuine, trust, report)?;
    Some(genuine)
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
    now: Timestamp,
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
    match issuer.key(kid, now) {
        Ok(key) => {
            report.pass(CheckName::Trust, format!("{} key {kid}", issuer.id));
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

fn check_type<'t>(genuine: &Genuine<'t>, trust: &'t Trust<'_>, report: &mut Report) -> Option<&'t str> {
    if genuine.format == Format::VcSdJwt
        && let Err(error) = vcdm::validate_payload(
            MediaType::VcSdJwt,
            &genuine.token.header().members,
            genuine.token.claims(),
        )
    {
        report.fail(CheckName::Form, Reason::CredentialMalformed, error.to_string());
        return None;
    }
    let type_name = genuine.read(report)?.type_name.to_owned();
    let known = trust.type_named(&type_name).map(|t| t.id.as_str());
    match known.filter(|id| genuine.issuer.may_issue(id)) {
        Some(id) => {
            report.pass(CheckName::Type, type_name);
            Some(id)
        }
        None => {
            let evidence = format!("{} may not issue {type_name}", genuine.issuer.id);
            report.fail(CheckName::Type, Reason::TypeNotAllowed, evidence);
            None
        }
    }
}

/// Step 7.
pub(super) fn check_validity(genuine: &Genuine<'_>, now: Timestamp, report: &mut Report) {
    let Some(credential) = genuine.read(report) else { return };
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
