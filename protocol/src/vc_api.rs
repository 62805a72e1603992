//! Asking an issuer for a credential as the W3C's VC API does (Verifiable Credential API, "Issue Credential"): an unsecured
//! VCDM 2.0 credential goes in, a secured one comes out. Which claims are true is the issuer's to say, so a caller need
//! name the holder and the person alone, and whatever else it states has to be what the issuer would write.

use hati_formats::credential::{CONTEXTS, Format};
use hati_formats::data_integrity::Cryptosuite;
use hati_formats::did::{self, DidError};
use hati_formats::json::{self, JsonError};
use serde_json::{Map, Value, json};

use crate::message::{quoted, shown};
use crate::openid4vci::proof::HolderKey;

/// The body of `POST …/credentials/issue`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssueRequest {
    /// The second entry of `type`.
    pub type_name: String,
    /// `credentialSubject.id`, and the key that it is.
    pub holder: HolderKey,
    /// `credentialSubject.upi`: whose credential it is.
    pub upi: String,
    /// How it is to be secured: `options.format`, `ldp_vc` where nothing is said.
    pub format: Format,
    /// The proof of an `ldp_vc`: `options.cryptosuite`.
    pub cryptosuite: Cryptosuite,
    /// Whatever else the credential states, in members of the credential.
    pub stated: Map<String, Value>,
}

/// Why a request is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IssueRequestError {
    /// Not strict JSON.
    #[error("expected a JSON object with the member `credential`: {0}")]
    Json(#[from] JsonError),
    /// A member is missing, or not what it has to be.
    #[error("{member}: expected {expected}, got {got}")]
    Member {
        /// Where it is.
        member: &'static str,
        /// What it has to be.
        expected: &'static str,
        /// What came, shortened.
        got: String,
    },
    /// A member that nothing here reads.
    #[error("{within}: the member {got} is not taken here. Leave it out")]
    Unknown {
        /// Where it is.
        within: &'static str,
        /// Its name.
        got: String,
    },
    /// The holder is no key.
    #[error("credentialSubject.id: {0}")]
    Holder(#[from] DidError),
    /// What is stated is not what would be issued.
    #[error(
        "{member}: this is not what the issuer would write. Leave it out, or have the register corrected"
    )]
    Differs {
        /// Where it is, from the credential down.
        member: String,
    },
}

hati_formats::error_codes!(IssueRequestError {
    Self::Json(_) | Self::Member { .. } | Self::Unknown { .. } | Self::Holder(_) => "vc_api_malformed",
    Self::Differs { .. } => "vc_api_differs",
});

const ROOT: [&str; 2] = ["credential", "options"];
const OPTIONS: [&str; 2] = ["format", "cryptosuite"];
/// What a caller may state beside the type and the subject. Neither an `id`, which would link presentations, nor a status,
/// which the issuer allocates.
const STATED: [&str; 3] = ["issuer", "validFrom", "validUntil"];

impl IssueRequest {
    /// Reads the body.
    ///
    /// # Errors
    /// [`IssueRequestError`] names the member.
    pub fn parse(text: &[u8]) -> Result<Self, IssueRequestError> {
        let mut body = json::parse_object(text)?;
        let mut credential = object("credential", body.remove("credential"))?;
        let options =
            body.remove("options").map_or_else(|| Ok(Map::new()), |it| object("options", Some(it)))?;
        only("the body", &body, &ROOT)?;

        context(credential.remove("@context"))?;
        let type_name = second_type(credential.remove("type"))?;
        let mut subject = object("credentialSubject", credential.remove("credentialSubject"))?;
        let id = string("credentialSubject.id", "a did:key or did:jwk", subject.remove("id"))?;
        let holder = HolderKey { key: did::key_of(&id)?, did: Some(id) };
        let upi = string("credentialSubject.upi", "a UPI, a text of digits", subject.get("upi").cloned())?;
        only("credential", &credential, &STATED)?;
        only("options", &options, &OPTIONS)?;
        let (format, cryptosuite) = secured(options)?;

        let mut stated = credential;
        stated.insert("credentialSubject".to_owned(), Value::Object(subject));
        Ok(Self { type_name, holder, upi, format, cryptosuite, stated })
    }

    /// Refuses a credential that states anything but what would be written. `credentialSubject.upi` names the person, whether or not
    /// their credential would.
    ///
    /// # Errors
    /// [`IssueRequestError::Differs`] names the member; it repeats no value.
    pub fn check(&self, written: &Map<String, Value>) -> Result<(), IssueRequestError> {
        let named = json!({ "upi": self.upi });
        self.stated.iter().try_for_each(|(name, stated)| match (name.as_str(), stated) {
            ("issuer", Value::Object(issuer)) => {
                differs("issuer.id", issuer.get("id"), written.get("issuer"))
            }
            ("credentialSubject", Value::Object(subject)) => {
                let claims = written.get(name);
                subject.iter().try_for_each(|(claim, stated)| {
                    let would = claims.and_then(|it| it.get(claim)).or_else(|| named.get(claim));
                    differs(&format!("{name}.{claim}"), Some(stated), would)
                })
            }
            _ => differs(name, Some(stated), written.get(name)),
        })
    }
}

/// The answer: a credential with an embedded proof as it is, any other in the envelope of VCDM 2.0 section 4.12.2.
///
/// ```
/// use hati_formats::credential::Format;
///
/// let answer = hati_protocol::vc_api::response(Format::VcSdJwt, "e30.e30.AA~");
/// assert_eq!(answer.unwrap()["verifiableCredential"]["id"], "data:application/vc+sd-jwt,e30.e30.AA~");
/// ```
///
/// # Errors
/// [`JsonError`] where an `ldp_vc` is not JSON.
pub fn response(format: Format, credential: &str) -> Result<Value, JsonError> {
    let secured = match format {
        Format::LdpVc => Value::Object(json::parse_object(credential.as_bytes())?),
        Format::VcSdJwt | Format::DcSdJwt => json!({
            "@context": CONTEXTS[0],
            "type": "EnvelopedVerifiableCredential",
            "id": format!("data:application/{},{credential}", format.media_type()),
        }),
    };
    Ok(json!({ "verifiableCredential": secured }))
}

fn differs(member: &str, stated: Option<&Value>, written: Option<&Value>) -> Result<(), IssueRequestError> {
    match (stated, written) {
        (Some(Value::Object(stated)), Some(Value::Object(written))) => {
            stated.iter().try_for_each(|(name, value)| {
                differs(&format!("{member}.{name}"), Some(value), written.get(name))
            })
        }
        (Some(stated), Some(written)) if stated == written => Ok(()),
        _ => Err(IssueRequestError::Differs { member: shown(member) }),
    }
}

/// VCDM 2.0 section 4.3: the base context comes first. What the others define, the issuer's own define as well.
fn context(value: Option<Value>) -> Result<(), IssueRequestError> {
    let [base, _] = CONTEXTS;
    let entries = value.as_ref().and_then(Value::as_array);
    if entries.is_some_and(|it| it.first().is_some_and(|it| it == base) && it.iter().all(Value::is_string)) {
        return Ok(());
    }
    let expected = "an array of URLs that begins with https://www.w3.org/ns/credentials/v2";
    Err(member("@context", expected, value.as_ref()))
}

fn second_type(value: Option<Value>) -> Result<String, IssueRequestError> {
    match value.as_ref().and_then(Value::as_array).map(Vec::as_slice) {
        Some([Value::String(first), Value::String(second)]) if first == "VerifiableCredential" => {
            Ok(second.clone())
        }
        _ => Err(member("type", "[\"VerifiableCredential\", and one type]", value.as_ref())),
    }
}

fn secured(mut options: Map<String, Value>) -> Result<(Format, Cryptosuite), IssueRequestError> {
    let expected = "vc+sd-jwt, dc+sd-jwt or ldp_vc";
    let format = match options.remove("format") {
        None => Format::LdpVc,
        Some(name) => {
            let format = name.as_str().and_then(Format::from_media_type);
            format.ok_or_else(|| member("options.format", expected, Some(&name)))?
        }
    };
    let expected = "eddsa-jcs-2022 or eddsa-rdfc-2022, with the format ldp_vc alone";
    let cryptosuite = match options.remove("cryptosuite") {
        None => Cryptosuite::default(),
        Some(name) => {
            let known = Cryptosuite::ALL.iter().find(|it| name == it.name() && format == Format::LdpVc);
            *known.ok_or_else(|| member("options.cryptosuite", expected, Some(&name)))?
        }
    };
    Ok((format, cryptosuite))
}

fn object(name: &'static str, value: Option<Value>) -> Result<Map<String, Value>, IssueRequestError> {
    match value {
        Some(Value::Object(members)) => Ok(members),
        other => Err(member(name, "an object", other.as_ref())),
    }
}

fn string(
    name: &'static str,
    expected: &'static str,
    value: Option<Value>,
) -> Result<String, IssueRequestError> {
    match value {
        Some(Value::String(text)) => Ok(text),
        other => Err(member(name, expected, other.as_ref())),
    }
}

fn only(within: &'static str, members: &Map<String, Value>, known: &[&str]) -> Result<(), IssueRequestError> {
    match members.keys().find(|name| !known.contains(&name.as_str())) {
        None => Ok(()),
        Some(name) => Err(IssueRequestError::Unknown { within, got: quoted(name) }),
    }
}

/// Values can be about a person: what came is told by its kind.
fn member(member: &'static str, expected: &'static str, got: Option<&Value>) -> IssueRequestError {
    let got = match got {
        None => "nothing",
        Some(Value::Null) => "null",
        Some(Value::Bool(_)) => "a boolean",
        Some(Value::Number(_)) => "a number",
        Some(Value::String(_)) => "another text",
        Some(Value::Array(_)) => "another array",
        Some(Value::Object(_)) => "an object",
    };
    IssueRequestError::Member { member, expected, got: got.to_owned() }
}

#[cfg(test)]
mod tests {
    use hati_formats::keys::{Algorithm, PublicKey, SoftwareKey};
    use proptest::prelude::*;

    use super::*;

    fn holder() -> PublicKey {
        SoftwareKey::from_secret_bytes(Algorithm::EdDsa, &[7; 32]).unwrap().public().clone()
    }

    fn body() -> Value {
        json!({
            "credential": {
                "@context": [CONTEXTS[0]],
                "type": ["VerifiableCredential", "MaishaId"],
                "credentialSubject": { "id": did::did_key(&holder()), "upi": "20480163920017" },
            },
        })
    }

    fn parse(body: &Value) -> Result<IssueRequest, IssueRequestError> {
        IssueRequest::parse(body.to_string().as_bytes())
    }

    /// The body with the value at a JSON pointer set.
    fn with(pointer: &str, value: Value) -> Value {
        let mut body = body();
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        body.pointer_mut(parent).unwrap()[name] = value;
        body
    }

    #[test]
    fn holder_and_person_are_enough() {
        let read = parse(&body()).unwrap();
        assert_eq!((read.type_name.as_str(), read.upi.as_str()), ("MaishaId", "20480163920017"));
        assert_eq!((read.format, read.cryptosuite), (Format::LdpVc, Cryptosuite::EddsaJcs2022));
        assert_eq!(read.holder, HolderKey { key: holder(), did: Some(did::did_key(&holder())) });
        // By whichever DID it is named.
        let jwk = with("/credential/credentialSubject/id", did::did_jwk(&holder()).into());
        let expected = HolderKey { key: holder(), did: Some(did::did_jwk(&holder())) };
        assert_eq!(parse(&jwk).unwrap().holder, expected);
    }

    #[test]
    fn options_choose_how_it_is_secured() {
        for format in Format::ALL {
            let read = parse(&with("/options", json!({ "format": format.media_type() }))).unwrap();
            assert_eq!(read.format, format);
        }
        let read = parse(&with("/options", json!({ "cryptosuite": "eddsa-rdfc-2022" }))).unwrap();
        assert_eq!(read.cryptosuite, Cryptosuite::EddsaRdfc2022);
    }

    #[test]
    fn refusals_name_the_member_and_no_value() {
        let did = did::did_key(&holder());
        for (pointer, value, expected) in [
            ("/credential", json!("secret"), "credential: expected an object, got another text"),
            ("/credential/@context", json!(["https://secret.example"]), "@context: expected"),
            ("/credential/@context", json!([CONTEXTS[0], {}]), "@context: expected"),
            ("/credential/type", json!(["MaishaId"]), "type: expected"),
            ("/credential/type", json!("VerifiableCredential"), "type: expected"),
            ("/credential/type", json!(["VerifiableCredential", "MaishaId", "Other"]), "type: expected"),
            ("/credential/credentialSubject", json!([]), "credentialSubject: expected"),
            ("/credential/credentialSubject", json!({ "upi": "secret" }), "credentialSubject.id: expected"),
            ("/credential/credentialSubject/id", json!("did:web:a.example"), "credentialSubject.id: "),
            ("/credential/credentialSubject", json!({ "id": did }), "credentialSubject.upi: expected"),
            ("/credential/credentialSubject/upi", json!(20_480_163), "credentialSubject.upi: expected"),
            ("/credential/id", json!("urn:secret"), "credential: the member `id` is not taken here"),
            ("/credential/proof", json!({}), "credential: the member `proof`"),
            ("/credential/credentialStatus", json!({}), "credential: the member `credentialStatus`"),
            ("/more", json!(1), "the body: the member `more`"),
            ("/options", json!({ "credentialId": "secret" }), "options: the member `credentialId`"),
            ("/options", json!({ "format": "jwt_vc_json" }), "options.format: expected vc+sd-jwt"),
            ("/options", json!({ "cryptosuite": "secret" }), "options.cryptosuite: expected"),
            (
                "/options",
                json!({ "format": "vc+sd-jwt", "cryptosuite": "eddsa-jcs-2022" }),
                "options.cryptosuite: expected",
            ),
        ] {
            let error = parse(&with(pointer, value)).unwrap_err();
            assert_eq!(error.code(), "vc_api_malformed");
            let text = error.to_string();
            assert!(text.starts_with(expected) && !text.contains("secret"), "{text}");
        }
        assert!(matches!(IssueRequest::parse(b"{"), Err(IssueRequestError::Json(_))));
    }

    #[test]
    fn what_is_stated_has_to_be_what_is_written() {
        let written = json!({
            "issuer": "did:web:id.example", "validFrom": "2026-11-22T00:00:00Z",
            "credentialSubject": { "address": { "county": "Turkana", "country": "KE" }, "given_name": "Akai" },
        });
        let check = |body: &Value| parse(body).unwrap().check(written.as_object().unwrap());
        for (pointer, value) in [
            ("/credential/issuer", json!("did:web:id.example")),
            ("/credential/issuer", json!({ "id": "did:web:id.example", "name": "Issuer" })),
            ("/credential/validFrom", json!("2026-11-22T00:00:00Z")),
            ("/credential/credentialSubject/given_name", json!("Akai")),
            ("/credential/credentialSubject/address", json!({ "county": "Turkana" })),
        ] {
            check(&with(pointer, value)).unwrap();
        }
        for (pointer, value, member) in [
            ("/credential/issuer", json!("did:web:other.example"), "issuer"),
            ("/credential/issuer", json!({ "name": "Issuer" }), "issuer.id"),
            ("/credential/validFrom", json!("2026-11-21T00:00:00Z"), "validFrom"),
            ("/credential/validUntil", json!("2026-11-21T00:00:00Z"), "validUntil"),
            ("/credential/credentialSubject/given_name", json!("Ekai"), "credentialSubject.given_name"),
            ("/credential/credentialSubject/family_name", json!("Ekai"), "credentialSubject.family_name"),
            (
                "/credential/credentialSubject/address",
                json!({ "county": "Siaya" }),
                "credentialSubject.address.county",
            ),
        ] {
            let error = check(&with(pointer, value)).unwrap_err();
            assert_eq!(error, IssueRequestError::Differs { member: member.to_owned() });
            assert_eq!(error.code(), "vc_api_differs");
        }
    }

    proptest! {
        #[test]
        fn hostile_requests_never_panic(bytes: Vec<u8>, text in r#"\{"credential":\{["@a-z:,{}\[\]0-9]{0,60}\}\}"#) {
            let _ = IssueRequest::parse(&bytes);
            let _ = IssueRequest::parse(text.as_bytes());
        }
    }
}
