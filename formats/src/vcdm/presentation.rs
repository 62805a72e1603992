use serde_json::{Map, Value};

use super::{
    Credential, VcdmError, credential,
    shape::{self, Rule},
};

const ENVELOPED: &str = "EnvelopedVerifiableCredential";

/// Members that hold typed objects (VCDM 5.5; Data Integrity 1.0, 2.1 for `proof`).
const TYPED: [Rule; 2] = [
    Rule { member: "termsOfUse", id: "termsOfUse.id", kind: "termsOfUse.type", id_required: false },
    Rule { member: "proof", id: "proof.id", kind: "proof.type", id_required: false },
];

/// A presentation of the right shape, borrowed from the object it was read from.
#[derive(Clone, Debug, PartialEq)]
pub struct Presentation<'a> {
    holder: Option<&'a str>,
    credentials: Vec<Credential<'a>>,
    enveloped: Vec<&'a str>,
}

/// Checks the shape of a presentation and of each credential in it (VCDM 2.0, 4.13).
///
/// # Errors
/// [`VcdmError`] for the first member that is wrong.
pub fn validate_presentation(object: &Map<String, Value>) -> Result<Presentation<'_>, VcdmError> {
    const MEMBER: &str = "verifiableCredential";
    shape::check_context(object)?;
    shape::id(object, "id")?;
    shape::check_type(&shape::types(object, "type")?, "VerifiablePresentation")?;
    let holder = object.get("holder").map(|holder| shape::party(holder, "holder")).transpose()?;
    for rule in &TYPED {
        object.get(rule.member).map_or(Ok(()), |value| rule.check(value))?;
    }
    let mut presentation = Presentation { holder, credentials: Vec::new(), enveloped: Vec::new() };
    let held = object.get(MEMBER).map(|value| shape::objects(value, MEMBER)).transpose()?;
    for held in held.unwrap_or_default() {
        if shape::types(held, "verifiableCredential.type")?.contains(&ENVELOPED) {
            presentation.enveloped.push(envelope(held)?);
        } else {
            presentation.credentials.push(credential::validate(held)?);
        }
    }
    Ok(presentation)
}

impl<'a> Presentation<'a> {
    /// The URL that names the holder.
    #[must_use]
    pub fn holder(&self) -> Option<&'a str> {
        self.holder
    }

    /// The credentials that carry their own proof.
    #[must_use]
    pub fn credentials(&self) -> &[Credential<'a>] {
        &self.credentials
    }

    /// The `data:` URLs of the enveloped credentials, such as `data:application/vc+sd-jwt,…`.
    #[must_use]
    pub fn enveloped(&self) -> &[&'a str] {
        &self.enveloped
    }
}

/// VCDM 4.13.1: contexts, that type alone, and a `data:` URL.
fn envelope(object: &Map<String, Value>) -> Result<&str, VcdmError> {
    const MEMBER: &str = "verifiableCredential.id";
    const EXPECTED: &str = "a data: URL";
    shape::required(object, "@context", "a context that defines enveloped credentials")?;
    let id = shape::id(object, MEMBER)?.ok_or(VcdmError::Missing { member: MEMBER, expected: EXPECTED })?;
    if id.starts_with("data:") {
        Ok(id)
    } else {
        Err(VcdmError::Url { member: MEMBER, got: shape::shown(id) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vcdm::CONTEXT;
    use serde_json::json;

    fn presentation() -> Value {
        json!({
            "@context": [CONTEXT],
            "id": "urn:uuid:3978344f-8596-4c3a-a978-8fcaba3903c5",
            "type": ["VerifiablePresentation"],
            "holder": {"id": "did:jwk:abc"},
            "verifiableCredential": [
                {
                    "@context": [CONTEXT],
                    "type": "VerifiableCredential",
                    "issuer": "did:web:id.example",
                    "credentialSubject": {"sex": "F"},
                },
                {"@context": CONTEXT, "type": ENVELOPED, "id": "data:application/vc+sd-jwt,e30~"},
            ],
            "termsOfUse": {"type": "Policy"},
            "proof": [{"type": "DataIntegrityProof"}],
        })
    }

    fn refused(pointer: &str, value: Value) -> VcdmError {
        let mut presentation = presentation();
        *presentation.pointer_mut(pointer).unwrap_or_else(|| panic!("{pointer}")) = value;
        validate_presentation(presentation.as_object().unwrap()).expect_err(pointer)
    }

    #[test]
    fn a_presentation_is_read() {
        let object = presentation();
        let read = validate_presentation(object.as_object().unwrap()).unwrap();
        assert_eq!(read.holder(), Some("did:jwk:abc"));
        assert_eq!(read.credentials()[0].issuer(), "did:web:id.example");
        assert_eq!(read.enveloped(), ["data:application/vc+sd-jwt,e30~"]);
    }

    #[test]
    fn a_presentation_may_hold_nothing() {
        let object = json!({"@context": [CONTEXT], "type": "VerifiablePresentation"});
        let read = validate_presentation(object.as_object().unwrap()).unwrap();
        assert_eq!((read.holder(), read.credentials().len(), read.enveloped().len()), (None, 0, 0));
    }

    #[test]
    fn shapes_that_are_wrong_are_refused() {
        assert!(matches!(refused("/@context/0", json!("urn:a:b")), VcdmError::Context { .. }));
        assert!(matches!(refused("/id", json!("x")), VcdmError::Url { member: "id", .. }));
        let expected = "VerifiablePresentation";
        assert_eq!(refused("/type", json!(["VerifiableCredential"])), VcdmError::Type { expected });
        assert!(matches!(refused("/holder", json!({})), VcdmError::Missing { member: "holder", .. }));
        assert!(matches!(refused("/holder", json!("me")), VcdmError::Url { member: "holder", .. }));
        assert!(matches!(
            refused("/termsOfUse", json!({})),
            VcdmError::Missing { member: "termsOfUse.type", .. }
        ));
        assert!(matches!(refused("/proof/0", json!({})), VcdmError::Missing { member: "proof.type", .. }));
    }

    #[test]
    fn credentials_that_are_no_objects_are_refused() {
        for value in [json!("https://id.example/credentials/1"), json!([7]), Value::Null] {
            let error = refused("/verifiableCredential", value);
            assert!(matches!(error, VcdmError::Kind { member: "verifiableCredential", .. }), "{error}");
        }
        assert!(matches!(refused("/verifiableCredential", json!([])), VcdmError::Empty { .. }));
    }

    #[test]
    fn a_credential_inside_is_checked_too() {
        let error = refused("/verifiableCredential/0/credentialSubject", json!({}));
        assert!(matches!(error, VcdmError::Empty { member: "credentialSubject", .. }));
        let error = refused("/verifiableCredential/0/type", json!([]));
        assert!(matches!(error, VcdmError::Empty { member: "verifiableCredential.type", .. }));
    }

    #[test]
    fn an_envelope_needs_a_data_url_and_a_context() {
        let error = refused("/verifiableCredential/1/id", json!("https://id.example/1"));
        assert!(matches!(error, VcdmError::Url { member: "verifiableCredential.id", .. }));
        let error = refused("/verifiableCredential/1", json!({"@context": CONTEXT, "type": ENVELOPED}));
        assert!(matches!(error, VcdmError::Missing { member: "verifiableCredential.id", .. }));
        let error = refused("/verifiableCredential/1", json!({"type": ENVELOPED, "id": "data:,x"}));
        assert!(matches!(error, VcdmError::Missing { member: "@context", .. }));
    }
}
