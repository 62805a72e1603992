use super::*;
use crate::oauth::dpop::DpopError;
use crate::oauth::pkce::PkceError;
use crate::oauth::{AuthorizationError, FormError};

fn survive<C: ErrorCode>() {
    for code in C::ALL {
        assert_eq!(C::from_name(code.name()), Some(*code));
        let body = ErrorResponse::new(*code, "x").to_json().to_string();
        assert_eq!(ErrorBody::parse(body.as_bytes()).unwrap().code::<C>(), Some(*code));
    }
    assert_eq!(C::from_name("no_such_code"), None);
}

#[test]
fn codes_survive_and_have_the_status_of_their_endpoint() {
    survive::<TokenErrorCode>();
    survive::<AuthorizationErrorCode>();
    survive::<ResourceErrorCode>();
    assert_eq!((TokenErrorCode::InvalidClient.status(), TokenErrorCode::UseDpopNonce.status()), (400, 400));
    assert_eq!(ResourceErrorCode::UseDpopNonce.status(), 401);
    assert_eq!(ResourceErrorCode::InsufficientScope.status(), 403);
}

#[test]
fn descriptions_keep_to_the_characters_they_may_have() {
    let error = ErrorResponse::new(TokenErrorCode::InvalidGrant, "expected \"a\\b\", got `é`\n…");
    assert_eq!(error.description, "expected 'a/b', got '?'?...");
    assert_eq!(describe(&"x".repeat(1000)).len(), MAX_DESCRIPTION);
    assert_eq!(error.to_string(), "invalid_grant: expected 'a/b', got '?'?...");
}

#[test]
fn the_challenge_names_scheme_error_and_algorithms() {
    let error = ErrorResponse::new(ResourceErrorCode::InvalidToken, "expired");
    let dpop = r#"DPoP algs="EdDSA ES256", error="invalid_token", error_description="expired""#;
    assert_eq!(error.www_authenticate(Scheme::Dpop), dpop);
    let bearer = r#"Bearer error="invalid_token", error_description="expired""#;
    assert_eq!(error.www_authenticate(Scheme::Bearer), bearer);
}

#[test]
fn dpop_errors_have_the_code_of_the_endpoint() {
    let other = || DpopError::OtherKey { expected: "a".to_owned(), got: "b".to_owned() };
    assert_eq!(ErrorResponse::<TokenErrorCode>::from(other()).code, TokenErrorCode::InvalidGrant);
    assert_eq!(ErrorResponse::<ResourceErrorCode>::from(other()).code, ResourceErrorCode::InvalidToken);
    let nonce = || DpopError::Nonce { got: None };
    assert_eq!(ErrorResponse::<TokenErrorCode>::from(nonce()).code, TokenErrorCode::UseDpopNonce);
    assert_eq!(ErrorResponse::<ResourceErrorCode>::from(nonce()).code, ResourceErrorCode::UseDpopNonce);
    let missing = ErrorResponse::<AuthorizationErrorCode>::from(DpopError::Count { got: 2 });
    assert_eq!(missing.code, AuthorizationErrorCode::InvalidDpopProof);
}

#[test]
fn a_redirect_carries_the_error_in_its_query() {
    let query = Form::parse(b"error=access_denied&error_description=no&state=s").unwrap();
    let body = ErrorBody::of_redirect(&query).unwrap();
    assert_eq!(body.code(), Some(AuthorizationErrorCode::AccessDenied));
    assert_eq!(ErrorBody::of_redirect(&Form::parse(b"code=x").unwrap()), None);
    assert!(ErrorBody::parse(b"{}").is_err());
}

#[test]
fn what_is_refused_before_a_request_is_read_has_a_code_too() {
    let form = || FormError::Missing { name: "code" };
    assert_eq!(ErrorResponse::<TokenErrorCode>::from(form()).code, TokenErrorCode::InvalidRequest);
    assert_eq!(
        ErrorResponse::<AuthorizationErrorCode>::from(form()).code,
        AuthorizationErrorCode::InvalidRequest
    );
    assert_eq!(ErrorResponse::from(AuthorizationError::Scheme).code, ResourceErrorCode::InvalidRequest);
    assert_eq!(ErrorResponse::from(PkceError::Mismatch).code, TokenErrorCode::InvalidGrant);
}
