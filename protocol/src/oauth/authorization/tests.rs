use super::super::pkce::CodeChallenge;
use super::super::{AuthorizationDetail, AuthorizationErrorCode, ErrorResponse, Form, Scope};
use super::*;
use proptest::prelude::*;

const ISSUER: &str = "https://server.example.com";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

fn request() -> AuthorizationRequest {
    AuthorizationRequest {
        client_id: "s6BhdRkqt3".to_owned(),
        redirect_uri: RedirectUri::parse("https://wallet.example.org/cb").unwrap(),
        code_challenge: CodeChallenge::parse(CHALLENGE).unwrap(),
        state: Some("a b&c".to_owned()),
        scope: Some(Scope::parse("maisha-id.dc-sd-jwt").unwrap()),
        authorization_details: vec![AuthorizationDetail::new("UniversityDegreeCredential")],
        issuer_state: Some("eyJhbGciOiJSU0Et".to_owned()),
        dpop_jkt: Some("0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I".to_owned()),
    }
}

/// The form of the request, with one parameter replaced, or left out where `value` is empty.
fn with(name: &str, value: &str) -> Result<AuthorizationRequest, AuthorizationErrorCode> {
    let text = request().to_form();
    let kept = form_urlencoded::parse(text.as_bytes()).filter(|(known, _)| known != name);
    let form =
        form_urlencoded::Serializer::new(String::new()).extend_pairs(kept).append_pair(name, value).finish();
    AuthorizationRequest::parse(&Form::parse(form.as_bytes()).unwrap())
        .map_err(|error| ErrorResponse::from(error).code)
}

#[test]
fn a_request_survives() {
    assert_eq!(
        AuthorizationRequest::parse(&Form::parse(request().to_form().as_bytes()).unwrap()),
        Ok(request())
    );
    assert_eq!(with("unknown", "x"), Ok(request()));
    assert_eq!(with("state", ""), Ok(AuthorizationRequest { state: None, ..request() }));
}

#[test]
fn the_request_of_the_standard_is_read() {
    // OpenID4VCI 1.0 section 5.1.1.
    let query = b"response_type=code&client_id=s6BhdRkqt3&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256&authorization_details=%5B%7B%22type%22%3A%20%22openid_credential%22%2C%20%22credential_configuration_id%22%3A%20%22UniversityDegreeCredential%22%7D%5D&redirect_uri=https%3A%2F%2Fwallet.example.org%2Fcb";
    let read = AuthorizationRequest::parse(&Form::parse(query).unwrap()).unwrap();
    let expected =
        AuthorizationRequest { state: None, scope: None, issuer_state: None, dpop_jkt: None, ..request() };
    assert_eq!(read, expected);
}

#[test]
fn each_refusal_has_its_code() {
    use AuthorizationErrorCode as Code;
    for (name, value, code) in [
        ("response_type", "", Code::InvalidRequest),
        ("response_type", "token", Code::UnsupportedResponseType),
        ("response_mode", "fragment", Code::InvalidRequest),
        ("response_mode", "form_post", Code::InvalidRequest),
        ("client_id", "", Code::InvalidRequest),
        ("redirect_uri", "", Code::InvalidRequest),
        ("redirect_uri", "https://wallet.example.org/cb#f", Code::InvalidRequest),
        ("code_challenge", "", Code::InvalidRequest),
        ("code_challenge", "AAAA", Code::InvalidRequest),
        ("code_challenge_method", "", Code::InvalidRequest),
        ("code_challenge_method", "plain", Code::InvalidRequest),
        ("scope", "a  b", Code::InvalidScope),
        ("authorization_details", "{}", Code::InvalidAuthorizationDetails),
        ("dpop_jkt", "AAAA", Code::InvalidRequest),
        ("request", "e30.e30.AA", Code::RequestNotSupported),
        ("request_uri", "urn:ietf:params:oauth:request_uri:a", Code::InvalidRequest),
    ] {
        assert_eq!(with(name, value), Err(code), "{name}={value}");
    }
}

#[test]
fn redirects_go_to_https_an_app_or_this_device() {
    for uri in [
        "https://a.example/cb?x=y",
        "eudi-wallet://cb",
        "ke.go.hati:/cb",
        "http://127.0.0.1:8080/cb",
        "http://[::1]/",
    ] {
        assert_eq!(RedirectUri::parse(uri).unwrap().as_str(), uri);
    }
    for uri in [
        "",
        "/cb",
        "http://a.example/cb",
        "http://127.0.0.1@evil.example/",
        "http://u@127.0.0.1/",
        "https:///cb",
        "https://u@a.example/",
        "javascript:alert(1)",
        "DATA:text/html,x",
        "https://a.example/#f",
        "https://a b/",
    ] {
        assert!(RedirectUri::parse(uri).is_err(), "{uri}");
    }
}

#[test]
fn a_reference_survives_and_others_are_refused() {
    let reference = PushedReference {
        client_id: "s6BhdRkqt3".to_owned(),
        request_uri: format!("{REQUEST_URI_PREFIX}6esc_11ACC5bwc014ltc14eY22c"),
    };
    let url = reference.to_url("https://server.example.com/authorize");
    let query = url.strip_prefix("https://server.example.com/authorize?").unwrap();
    assert_eq!(PushedReference::parse(&Form::parse(query.as_bytes()).unwrap()), Ok(reference.clone()));
    assert!(
        reference
            .to_url("https://a.example/authorize?x=y")
            .starts_with("https://a.example/authorize?x=y&client_id=")
    );

    let refused = |query: &str| {
        let error = PushedReference::parse(&Form::parse(query.as_bytes()).unwrap()).unwrap_err();
        ErrorResponse::from(error).code
    };
    assert_eq!(refused("client_id=a"), AuthorizationErrorCode::InvalidRequest);
    assert_eq!(
        refused("request_uri=urn:ietf:params:oauth:request_uri:a"),
        AuthorizationErrorCode::InvalidRequest
    );
    assert_eq!(
        refused("client_id=a&request_uri=https://evil.example"),
        AuthorizationErrorCode::InvalidRequest
    );
}

#[test]
fn the_answer_to_a_push_survives() {
    let answer =
        PushedAuthorizationResponse { request_uri: format!("{REQUEST_URI_PREFIX}a"), expires_in: 60 };
    let text = serde_json::Value::Object(answer.to_json()).to_string();
    assert_eq!(PushedAuthorizationResponse::parse(text.as_bytes()), Ok(answer));
    let never = text.replace("60", "0");
    assert!(
        PushedAuthorizationResponse::parse(never.as_bytes()).unwrap_err().to_string().contains("positive")
    );
    assert!(PushedAuthorizationResponse::parse(text.replace("60", "-1").as_bytes()).is_err());
}

#[test]
fn a_wallet_takes_only_the_answer_to_its_own_request() {
    let read = |query: &str, state| {
        AuthorizationResponse::code(&Form::parse(query.as_bytes()).unwrap(), state, ISSUER)
    };
    let iss = "iss=https://server.example.com";
    assert_eq!(read(&format!("code=c&state=s&{iss}"), Some("s")), Ok("c".into()));
    assert_eq!(read(&format!("code=c&{iss}"), None), Ok("c".into()));
    assert_eq!(read(&format!("code=c&state=t&{iss}"), Some("s")), Err(AuthorizationRefused::State));
    assert_eq!(read(&format!("code=c&{iss}"), Some("s")), Err(AuthorizationRefused::State));
    assert!(matches!(read("code=c&state=s", Some("s")), Err(AuthorizationRefused::Issuer { .. })));
    let evil = read("code=c&iss=https://evil.example", None).unwrap_err();
    assert!(
        evil.to_string().contains("must come from https://server.example.com, got `https://evil.example`")
    );
    assert!(matches!(
        read(&format!("error=access_denied&code=c&{iss}"), None),
        Err(AuthorizationRefused::Refused(_))
    ));
    assert_eq!(read(iss, None), Err(AuthorizationRefused::Empty));
}

#[test]
fn an_error_travels_in_the_redirect() {
    let error = ErrorResponse::new(AuthorizationErrorCode::AccessDenied, "the person said no");
    let answer = AuthorizationResponse { outcome: Err(error), state: None, iss: ISSUER.to_owned() };
    let url = answer.to_url(&RedirectUri::parse("https://a.example/cb?x=y").unwrap());
    assert_eq!(
        url,
        "https://a.example/cb?x=y&error=access_denied&error_description=the+person+said+no&iss=https%3A%2F%2Fserver.example.com"
    );
}

proptest! {
    #[test]
    fn every_answer_survives(code in "[!-~]{1,40}", state in prop::option::of("\\PC{1,20}"), app: bool) {
        let to = if app { "ke.go.hati:/cb" } else { "https://wallet.example.org/cb" };
        let answer = AuthorizationResponse { outcome: Ok(code.as_str().into()), state: state.clone(), iss: ISSUER.to_owned() };
        let url = answer.to_url(&RedirectUri::parse(to).unwrap());
        let query = Form::parse(url.split_once('?').unwrap().1.as_bytes()).unwrap();
        prop_assert_eq!(AuthorizationResponse::code(&query, state.as_deref(), ISSUER), Ok(code.as_str().into()));
    }
}
