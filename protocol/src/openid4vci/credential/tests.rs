use super::*;
use crate::oauth::ErrorResponse;
use crate::openid4vci::{CredentialErrorCode, EncryptionError};
use proptest::prelude::*;

fn code(text: &str) -> CredentialErrorCode {
    ErrorResponse::from(CredentialRequest::parse(text.as_bytes()).unwrap_err()).code
}

#[test]
fn each_refusal_has_its_code() {
    use CredentialErrorCode as Code;
    for (text, expected) in [
        ("{", Code::InvalidCredentialRequest),
        ("{}", Code::InvalidCredentialRequest),
        (r#"{"credential_configuration_id":1}"#, Code::InvalidCredentialRequest),
        (
            r#"{"credential_configuration_id":"a","credential_configuration_id":"a"}"#,
            Code::InvalidCredentialRequest,
        ),
        (
            r#"{"credential_configuration_id":"a","credential_identifier":"b"}"#,
            Code::InvalidCredentialRequest,
        ),
        (r#"{"format":"dc+sd-jwt","vct":"a"}"#, Code::InvalidCredentialRequest),
        (r#"{"credential_configuration_id":"a","proofs":{}}"#, Code::InvalidProof),
        (r#"{"credential_configuration_id":"a","proofs":{"jwt":[]}}"#, Code::InvalidProof),
        (r#"{"credential_configuration_id":"a","proofs":{"jwt":"x"}}"#, Code::InvalidProof),
        (r#"{"credential_configuration_id":"a","proofs":{"jwt":[1]}}"#, Code::InvalidProof),
        (r#"{"credential_configuration_id":"a","proofs":{"di_vp":[{}]}}"#, Code::InvalidProof),
        (
            r#"{"credential_configuration_id":"a","proofs":{"jwt":["x"],"attestation":["y"]}}"#,
            Code::InvalidProof,
        ),
        (
            r#"{"credential_configuration_id":"a","credential_response_encryption":{}}"#,
            Code::InvalidEncryptionParameters,
        ),
    ] {
        assert_eq!(code(text), expected, "{text}");
    }
}

#[test]
fn parameters_that_disagree_with_the_metadata_have_their_code() {
    let error = ErrorResponse::from(EncryptionError::Missing);
    assert_eq!(error.code, CredentialErrorCode::InvalidEncryptionParameters);
}

#[test]
fn unknown_members_are_ignored() {
    let text = br#"{"credential_configuration_id":"a","proof":{"proof_type":"jwt"},"format":"x"}"#;
    let read = CredentialRequest::parse(text).unwrap();
    assert_eq!(read.requested, Requested::Configuration("a".to_owned()));
    assert!(read.proofs.is_empty() && read.response_encryption.is_none());
}

#[test]
fn what_is_asked_for_is_found_in_what_was_granted() {
    let mut detail = AuthorizationDetail::new("maisha-id.vc-sd-jwt");
    detail.credential_identifiers = vec!["one".to_owned(), "two".to_owned()];
    let details = [detail];
    let identifier = |id: &str| Requested::Identifier(id.to_owned());
    assert_eq!(identifier("two").configuration_id(&details), Ok("maisha-id.vc-sd-jwt"));
    let unknown = identifier("three").configuration_id(&details).unwrap_err();
    assert_eq!(ErrorResponse::from(unknown).code, CredentialErrorCode::UnknownCredentialIdentifier);
    assert!(identifier("two").configuration_id(&[]).is_err());
    let by_configuration = Requested::Configuration("a".to_owned());
    assert_eq!(by_configuration.configuration_id(&[]), Ok("a"));
    assert_eq!(by_configuration.configuration_id(&details), Err(CredentialRequestError::IdentifierRequired));
    let unknown = CredentialRequestError::UnknownConfiguration { got: "`a`".to_owned() };
    assert_eq!(ErrorResponse::from(unknown).code, CredentialErrorCode::UnknownCredentialConfiguration);
}

proptest! {
    #[test]
    fn every_request_survives(id in "\\PC{0,20}", by_id: bool, proofs in prop::collection::vec("\\PC{0,20}", 0..4), encrypted: bool) {
        let requested = if by_id { Requested::Identifier(id) } else { Requested::Configuration(id) };
        let response_encryption = encrypted.then(|| ResponseEncryption {
            jwk: Map::new(), enc: "A128GCM".to_owned(), zip: Some("DEF".to_owned()),
        });
        let request = CredentialRequest { requested, proofs, response_encryption };
        let text = Value::Object(request.to_json()).to_string();
        prop_assert_eq!(CredentialRequest::parse(text.as_bytes()), Ok(request));
    }

    #[test]
    fn hostile_requests_never_panic(text: Vec<u8>) {
        let _ = CredentialRequest::parse(&text);
    }
}
