//! What a wallet reads first.

use axum::http::HeaderValue;
use hati_issuer::service::BatchSize;
use hati_protocol::oauth::{GrantType, ServerMetadata};
use hati_protocol::openid4vci::IssuerMetadata;

use super::*;

const ISSUER: &str = "/.well-known/openid-credential-issuer";

#[test]
fn the_issuers_metadata_name_what_there_is() {
    let running = office();
    let response = running.get(ISSUER);
    assert_eq!(header(&response, "content-type"), "application/json");
    assert_eq!(header(&response, "vary"), "accept");
    assert_eq!(header(&response, "access-control-allow-origin"), "*");
    let metadata = IssuerMetadata::parse(text(response).as_bytes(), URL).unwrap();
    let ids: Vec<_> = metadata.credential_configurations_supported.keys().map(String::as_str).collect();
    let formats = ["dc-sd-jwt", "ldp-vc", "ldp-vc-rdfc", "vc-sd-jwt"];
    let expected = ["maisha-id", "proof-of-age"].map(|id| formats.map(|format| format!("{id}.{format}")));
    assert_eq!(ids, expected.concat());
    assert_eq!(metadata.batch_size(), 10);
    let names: Vec<_> = metadata.display.iter().filter_map(|it| it.name.as_deref()).collect();
    assert_eq!(names, ["Issuer", "Mtoaji"]);
    let encryption = metadata.credential_response_encryption.unwrap();
    assert_eq!(encryption.enc_values_supported, ["A128GCM", "A256GCM"]);
    assert!(metadata.credential_request_encryption.is_some());
}

#[test]
fn the_servers_metadata_name_grants_and_endpoints() {
    let running = office();
    let response = text(running.get("/.well-known/oauth-authorization-server"));
    let metadata = ServerMetadata::parse(response.as_bytes(), URL).unwrap();
    assert_eq!(metadata.grant_types_supported, GrantType::ALL.map(GrantType::name));
    assert!(metadata.supports_s256() && metadata.pre_authorized_grant_anonymous_access_supported);
    assert_eq!(metadata.dpop_signing_alg_values_supported, ["EdDSA", "ES256"]);
    assert_eq!(metadata.token_endpoint.as_deref(), Some("https://id.example.go.ke/token"));
}

#[test]
fn who_prefers_signed_metadata_gets_them_signed() {
    let running = office();
    let ask = |accept: &str| agent().get(running.url(ISSUER)).header("accept", accept).call().unwrap();
    for accept in ["application/jwt", "application/json;q=0.5, application/jwt", "*/*;q=0.1, Application/JWT"]
    {
        let response = ask(accept);
        assert_eq!(header(&response, "content-type"), "application/jwt", "{accept}");
        let key = running.service.home().keys.issuer.public();
        let signed = IssuerMetadata::verify_signed(&text(response), key, URL, now()).unwrap();
        assert_eq!(signed.credential_endpoint, "https://id.example.go.ke/credential");
    }
    let plain = ["*/*", "application/json", "application/json, application/jwt", "application/jwt;q=0"];
    // The last is no text.
    for accept in plain.map(str::as_bytes).into_iter().chain([&b"\xff, application/jwt"[..]]) {
        let accept = HeaderValue::from_bytes(accept).unwrap();
        let response = agent().get(running.url(ISSUER)).header("accept", &accept).call().unwrap();
        assert_eq!(header(&response, "content-type"), "application/json", "{accept:?}");
    }
}

#[test]
fn a_request_may_have_as_many_proofs_as_the_metadata_say() {
    for most in [2, 12] {
        let batch_size = BatchSize::try_from(most).unwrap();
        let running = office_of(Settings { batch_size, ..settings() }, now);
        let metadata = IssuerMetadata::parse(text(running.get(ISSUER)).as_bytes(), URL).unwrap();
        assert_eq!(metadata.batch_size(), batch_size.size());
        let wallet = Wallet::new(&running);
        let token = wallet.token();
        let one_more = wallet.credential(&token, proofs(&running, &keys(batch_size.size() + 1)));
        assert_eq!(error(one_more), (400, "invalid_proof".to_owned()));
        assert_eq!(wallet.copies(&token, MAISHA, &keys(batch_size.size())).0.len(), batch_size.size());
    }
}

/// A page of any origin may be a wallet.
#[test]
fn a_page_may_ask() {
    let running = office();
    let request = ureq::http::Request::builder()
        .method("OPTIONS")
        .uri(running.url("/credential"))
        .header("origin", "https://wallet.example")
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "authorization,dpop,content-type")
        .body(())
        .unwrap();
    let response = agent().run(request).unwrap();
    assert_eq!(header(&response, "access-control-allow-origin"), "*");
    assert!(header(&response, "access-control-allow-headers").contains("dpop"));
    assert_eq!(header(&response, "access-control-allow-credentials"), "");
}
