use serde_json::{Map, Value};

use super::{Credential, VcdmError, credential, shape};

/// How a credential is enveloped (VC-JOSE-COSE 1.0, 3.1.1 and 3.2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MediaType {
    /// `vc+jwt`: all of it is disclosed.
    VcJwt,
    /// `vc+sd-jwt`: the holder chooses.
    VcSdJwt,
}

impl MediaType {
    /// The header parameter `typ`.
    #[must_use]
    pub fn typ(self) -> &'static str {
        match self {
            Self::VcJwt => "vc+jwt",
            Self::VcSdJwt => "vc+sd-jwt",
        }
    }
}

/// Checks the header and the payload that envelope a credential, then the credential (VC-JOSE-COSE 1.0).
///
/// The standard recommends `typ`; it is required here, so that no other token passes for a credential
/// (RFC 8725, 3.11). Of an SD-JWT, give the processed payload.
///
/// # Errors
/// [`VcdmError`] for the first thing that is wrong.
pub fn validate_payload<'a>(
    media_type: MediaType,
    header: &Map<String, Value>,
    payload: &'a Map<String, Value>,
) -> Result<Credential<'a>, VcdmError> {
    check_media_type(header, "typ", media_type.typ())?;
    if header.contains_key("cty") {
        check_media_type(header, "cty", "vc")?;
    }
    // VC-JOSE-COSE 1.0, 3.1.3: these are VCDM 1.1's.
    for claim in ["vc", "vp"] {
        if payload.contains_key(claim) {
            return Err(VcdmError::ForbiddenClaim { claim });
        }
    }
    let credential = credential::validate(payload)?;
    // VC-JOSE-COSE 1.0, 4.1.2: `iss` may stand in the header or in the payload.
    for iss in [header, payload].into_iter().filter_map(|claims| claims.get("iss")) {
        check_issuer(iss, credential.issuer())?;
    }
    Ok(credential)
}

fn check_issuer(iss: &Value, issuer: &str) -> Result<(), VcdmError> {
    let iss = iss.as_str().ok_or_else(|| shape::kind("iss", "the issuer's URL", iss))?;
    if iss == issuer {
        return Ok(());
    }
    Err(VcdmError::IssuerMismatch { iss: shape::shown(iss), issuer: shape::shown(issuer) })
}

/// RFC 7515, 4.1.9: a media type, whose `application/` is usually left out and whose case does not matter.
fn check_media_type(
    header: &Map<String, Value>,
    parameter: &'static str,
    expected: &'static str,
) -> Result<(), VcdmError> {
    let value = header.get(parameter);
    let text = value.and_then(Value::as_str).map(str::to_ascii_lowercase);
    let short = text.as_deref().map(|text| text.strip_prefix("application/").unwrap_or(text));
    if short == Some(expected) {
        return Ok(());
    }
    let got = value.map(|value| shape::shown(value.as_str().unwrap_or(&value.to_string())));
    Err(VcdmError::MediaType { parameter, expected, got })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vcdm::CONTEXT;
    use serde_json::json;

    const ISSUER: &str = "did:web:id.example";

    fn payload() -> Value {
        json!({
            "@context": [CONTEXT],
            "type": ["VerifiableCredential"],
            "issuer": {"id": ISSUER},
            "credentialSubject": {"sex": "F"},
            "cnf": {"jwk": {}},
        })
    }

    fn check(media_type: MediaType, header: Value, payload: Value) -> Result<(), VcdmError> {
        let (header, payload) = (header.as_object().unwrap(), payload.as_object().unwrap());
        validate_payload(media_type, header, payload)
            .map(|credential| assert_eq!(credential.issuer(), ISSUER))
    }

    fn with(claim: &str, value: Value) -> Value {
        let mut payload = payload();
        payload[claim] = value;
        payload
    }

    #[test]
    fn both_envelopes_are_read() {
        assert_eq!(check(MediaType::VcSdJwt, json!({"typ": "vc+sd-jwt", "cty": "vc"}), payload()), Ok(()));
        assert_eq!(check(MediaType::VcJwt, json!({"typ": "application/VC+JWT"}), payload()), Ok(()));
        assert_eq!(
            check(MediaType::VcJwt, json!({"typ": "vc+jwt", "iss": ISSUER}), with("iss", json!(ISSUER))),
            Ok(())
        );
    }

    #[test]
    fn another_media_type_is_refused() {
        for (header, got) in [
            (json!({}), None),
            (json!({"typ": "dc+sd-jwt"}), Some("dc+sd-jwt")),
            (json!({"typ": "vc+jwt"}), Some("vc+jwt")),
            (json!({"typ": 1}), Some("1")),
        ] {
            let got = got.map(str::to_owned);
            let refused = VcdmError::MediaType { parameter: "typ", expected: "vc+sd-jwt", got };
            assert_eq!(check(MediaType::VcSdJwt, header, payload()), Err(refused));
        }
        let result = check(MediaType::VcSdJwt, json!({"typ": "vc+sd-jwt", "cty": "vp"}), payload());
        let got = Some("vp".to_owned());
        assert_eq!(result, Err(VcdmError::MediaType { parameter: "cty", expected: "vc", got }));
    }

    #[test]
    fn claims_of_the_older_data_model_are_refused() {
        for claim in ["vc", "vp"] {
            let result = check(MediaType::VcJwt, json!({"typ": "vc+jwt"}), with(claim, json!({})));
            assert_eq!(result, Err(VcdmError::ForbiddenClaim { claim }));
        }
    }

    #[test]
    fn two_issuers_are_refused() {
        let typ = json!({"typ": "vc+jwt"});
        let in_payload = check(MediaType::VcJwt, typ.clone(), with("iss", json!("did:web:other.example")));
        assert!(
            matches!(in_payload, Err(VcdmError::IssuerMismatch { iss, .. }) if iss == "did:web:other.example")
        );
        let header = json!({"typ": "vc+jwt", "iss": "did:web:other.example"});
        assert!(matches!(check(MediaType::VcJwt, header, payload()), Err(VcdmError::IssuerMismatch { .. })));
        let number = check(MediaType::VcJwt, typ, with("iss", json!(7)));
        assert!(matches!(number, Err(VcdmError::Kind { member: "iss", .. })));
    }

    #[test]
    fn the_credential_is_checked() {
        let result = check(MediaType::VcJwt, json!({"typ": "vc+jwt"}), with("type", json!([])));
        assert!(matches!(result, Err(VcdmError::Empty { member: "type", .. })));
    }
}
