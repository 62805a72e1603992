use super::super::pkce::{CodeVerifier, PkceError};
use super::super::{AuthorizationDetail, ErrorResponse, Form, Scheme, Scope, Secret, TokenErrorCode};
use super::*;
use proptest::prelude::*;

fn read(form: &str) -> Result<TokenRequest, TokenErrorCode> {
    TokenRequest::parse(&Form::parse(form.as_bytes()).unwrap())
        .map_err(|error| ErrorResponse::from(error).code)
}

#[test]
fn the_requests_of_the_standard_are_read() {
    // OpenID4VCI 1.0 section 6.1, the client named as a public one is.
    let request = read("grant_type=authorization_code&code=SplxlOBeZQQYbYS6WxSbIA&code_verifier=dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk&redirect_uri=https%3A%2F%2Fwallet.example.org%2Fcb&client_id=s6BhdRkqt3").unwrap();
    assert_eq!(request.grant.grant_type(), GrantType::AuthorizationCode);
    assert_eq!(request.client_id.as_deref(), Some("s6BhdRkqt3"));
    // Section 6.1.1.
    let request = read("grant_type=urn:ietf:params:oauth:grant-type:pre-authorized_code&pre-authorized_code=SplxlOBeZQQYbYS6WxSbIA&tx_code=493536&authorization_details=%5B%7B%22type%22%3A%20%22openid_credential%22%2C%20%22credential_configuration_id%22%3A%20%22UniversityDegreeCredential%22%7D%5D").unwrap();
    let code = Secret::from("SplxlOBeZQQYbYS6WxSbIA");
    assert_eq!(request.grant, Grant::PreAuthorizedCode { code, tx_code: Some("493536".into()) });
    assert_eq!(request.authorization_details, [AuthorizationDetail::new("UniversityDegreeCredential")]);
    assert_eq!(request.client_id, None);
}

#[test]
fn each_refusal_has_its_code() {
    use TokenErrorCode as Code;
    let code = "grant_type=authorization_code&client_id=a&redirect_uri=https://a.example&code=c";
    let verifier = "&code_verifier=dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    assert!(read(&format!("{code}{verifier}&unknown=x")).is_ok());
    let pre = "grant_type=urn:ietf:params:oauth:grant-type:pre-authorized_code";
    for (form, expected) in [
        ("", Code::InvalidRequest),
        ("grant_type=password&username=a&password=b", Code::UnsupportedGrantType),
        (code, Code::InvalidRequest),
        (&format!("{code}&code_verifier=short"), Code::InvalidRequest),
        (&format!("{code}{verifier}&tx_code=1"), Code::InvalidRequest),
        (&format!("{code}{verifier}").replace("client_id=a&", ""), Code::InvalidRequest),
        (&format!("{code}{verifier}").replace("redirect_uri=https://a.example&", ""), Code::InvalidRequest),
        (&format!("{code}{verifier}").replace("&code=c", ""), Code::InvalidRequest),
        (&format!("{code}{verifier}&authorization_details=[]"), Code::InvalidAuthorizationDetails),
        (pre, Code::InvalidRequest),
        ("grant_type=refresh_token", Code::InvalidRequest),
        ("grant_type=refresh_token&refresh_token=r&scope=%22", Code::InvalidScope),
        ("grant_type=refresh_token&refresh_token=r&tx_code=1", Code::InvalidRequest),
    ] {
        assert_eq!(read(form), Err(expected), "{form}");
    }
    let mismatch = ErrorResponse::from(TokenRequestError::Pkce(PkceError::Mismatch));
    assert_eq!(mismatch.code, Code::InvalidGrant);
}

#[test]
fn a_transaction_code_comes_if_and_only_if_it_was_announced() {
    let code = Secret::from("493536");
    assert_eq!(check_tx_code(Some(&code), true), Ok(()));
    assert_eq!(check_tx_code(None, false), Ok(()));
    assert_eq!(check_tx_code(None, true), Err(TokenRequestError::TxCodeMissing));
    assert_eq!(check_tx_code(Some(&code), false), Err(TokenRequestError::TxCodeUnexpected));
    assert_eq!(ErrorResponse::from(TokenRequestError::TxCodeMissing).code, TokenErrorCode::InvalidRequest);
}

/// OpenID4VCI 1.0 section 6.2.
const RESPONSE: &str = r#"{"access_token":"eyJhbGciOiJSUzI1NiIsInR5cCI6Ikp..sHQ","token_type":"Bearer","expires_in":86400,"authorization_details":[{"type":"openid_credential","credential_configuration_id":"UniversityDegreeCredential","credential_identifiers":["CivilEngineeringDegree-2023","ElectricalEngineeringDegree-2023"]}]}"#;

#[test]
fn a_response_survives_and_shows_no_token() {
    let response = TokenResponse::parse(RESPONSE.as_bytes()).unwrap();
    assert_eq!(response.token_type, Scheme::Bearer);
    assert_eq!(serde_json::Value::Object(response.to_json()).to_string(), RESPONSE);
    assert!(!format!("{response:?}").contains("eyJhbGciOiJSUzI1NiIsInR5cCI6Ikp"));
    let with_more =
        RESPONSE.replace("\"expires_in\"", "\"c_nonce\":\"n\",\"expires_in\"").replace("Bearer", "dpop");
    assert_eq!(TokenResponse::parse(with_more.as_bytes()).unwrap().token_type, Scheme::Dpop);
}

#[test]
fn other_responses_are_refused() {
    let refused = |text: String| TokenResponse::parse(text.as_bytes()).unwrap_err().to_string();
    assert!(refused(RESPONSE.replace("Bearer", "mac")).contains("expected DPoP or Bearer"));
    assert!(refused(RESPONSE.replace("access_token", "token")).contains("missing field `access_token`"));
    let identifiers =
        r#","credential_identifiers":["CivilEngineeringDegree-2023","ElectricalEngineeringDegree-2023"]"#;
    assert!(refused(RESPONSE.replace(identifiers, "")).contains("objects with credential_identifiers"));
    assert!(refused(RESPONSE.replace("openid_credential", "payment")).contains("got `payment`"));
}

fn grant() -> impl Strategy<Value = Grant> {
    let secret = || "\\PC{1,20}".prop_map(Secret::from);
    let uri = "https://[a-z]{1,9}\\.example/[a-z?=]{0,9}";
    let scope =
        prop::option::of("[a-z]{1,5}( [a-z]{1,5}){0,2}".prop_map(|text| Scope::parse(&text).unwrap()));
    prop_oneof![
        (secret(), prop::option::of(secret()))
            .prop_map(|(code, tx_code)| Grant::PreAuthorizedCode { code, tx_code }),
        (secret(), uri, any::<[u8; 32]>()).prop_map(|(code, redirect_uri, random)| {
            Grant::AuthorizationCode { code, redirect_uri, code_verifier: CodeVerifier::from_random(&random) }
        }),
        (secret(), scope).prop_map(|(refresh_token, scope)| Grant::RefreshToken { refresh_token, scope }),
    ]
}

proptest! {
    #[test]
    fn every_request_survives(grant in grant(), client_id in "\\PC{1,9}", details in 0usize..3) {
        let authorization_details = (0..details).map(|n| AuthorizationDetail::new(n.to_string())).collect();
        let request = TokenRequest { grant, client_id: Some(client_id), authorization_details };
        prop_assert_eq!(read(&request.to_form()), Ok(request));
    }
}
