//! The officer's path: from an offer to copies of a credential.

use hati_formats::credential::Format;
use hati_protocol::openid4vci::{Securing, configuration_id};
use hati_store::Action;
use serde_json::Value;

use super::*;

#[test]
fn an_offer_becomes_copies_bound_to_the_wallets_keys() {
    let running = office();
    let offer = offer_of(&running, UPI, &[MAISHA, "proof-of-age.vc-sd-jwt"], true);
    let wallet = Wallet::new(&running);
    let tx_code = offer.tx_code.as_ref().unwrap().as_str();

    // What is scanned is the same as what is tapped.
    let OfferLink::Reference(uri) = OfferLink::parse(&offer.by_reference_link).unwrap() else { panic!() };
    let path = uri.strip_prefix(URL).unwrap();
    let fetched = text(running.get(path));
    assert_eq!(CredentialOffer::parse(fetched.as_bytes()).unwrap(), message(&offer));
    assert!(message(&offer).grants.tx_code().unwrap().accepts(tx_code));

    let token = wallet.redeem(&redeeming(&code(&offer), Some(tx_code)));
    assert_eq!((token.token_type.name(), token.expires_in), ("DPoP", Some(600)));
    assert_eq!(token.scope.as_deref(), Some("maisha-id.vc-sd-jwt proof-of-age.vc-sd-jwt"));
    // Nothing of it is left.
    assert_eq!(running.get(path).status().as_u16(), 404);

    let keys = keys(10);
    let (copies, notification_id) = wallet.copies(token.access_token.as_str(), MAISHA, &keys);
    assert!(notification_id.is_some());
    assert_eq!(copies.len(), 10);
    for (copy, key) in copies.iter().zip(&keys) {
        let (claims, disclosures) = opened(&running, copy);
        assert_eq!(claims["cnf"]["jwk"], key.public().to_jwk());
        assert!(disclosures.contains("Achieng"), "{disclosures}");
    }
    assert_eq!(running.service.home().store.entries_of(UPI).unwrap().len(), 10);
    assert_eq!(events(&running, Action::Offered), [format!("{UPI}, {MAISHA} proof-of-age.vc-sd-jwt")]);
    assert_eq!(events(&running, Action::Issued), [format!("{UPI}, 10 x maisha-id")]);
    let (copies, _) = wallet.copies(token.access_token.as_str(), "proof-of-age.vc-sd-jwt", &keys[..1]);
    assert_eq!(copies.len(), 1);
}

#[test]
fn every_format_is_issued() {
    let running = office();
    let all: Vec<_> = Securing::all().map(|it| (configuration_id("maisha-id", it), it)).collect();
    assert_eq!(all.len(), 4);
    let ids: Vec<_> = all.iter().map(|(id, _)| id.as_str()).collect();
    let wallet = Wallet::new(&running);
    let token = wallet.redeem(&redeeming(&code(&offer_of(&running, UPI, &ids, false)), None));
    for (id, Securing { format, cryptosuite }) in &all {
        let (copies, _) = wallet.copies(token.access_token.as_str(), id, &keys(2));
        assert_eq!(copies.len(), 2);
        match format {
            Format::LdpVc => {
                assert_eq!(copies[0]["proof"]["cryptosuite"], cryptosuite.name());
                assert_eq!(copies[0]["credentialSubject"]["given_name"], "Achieng");
            }
            Format::VcSdJwt | Format::DcSdJwt => assert!(opened(&running, &copies[0]).1.contains("Achieng")),
        }
    }
}

/// Without a key for DPoP a wallet gets a token that anybody could use, so a short-lived one alone.
#[test]
fn a_wallet_without_dpop_gets_a_bearer_token_and_nothing_to_refresh() {
    let running = office();
    let response = post(&running, "/token", FORM, &[], &redeeming(&code(&offer(&running)), None));
    let token = TokenResponse::parse(text(response).as_bytes()).unwrap();
    assert_eq!((token.token_type.name(), token.refresh_token), ("Bearer", None));
    let authorization = format!("Bearer {}", token.access_token.as_str());
    let body = request(MAISHA, proofs(&running, &keys(2))).to_string();
    let headers = [("authorization", authorization.as_str())];
    let (copies, _) = issued(post(&running, "/credential", "application/json", &headers, &body));
    assert_eq!(copies.len(), 2);
}

#[test]
fn a_wallet_may_ask_for_less_by_authorization_details_and_then_asks_by_identifier() {
    let running = office();
    let wallet = Wallet::new(&running);
    let offer = offer_of(&running, UPI, &[MAISHA, "proof-of-age.vc-sd-jwt"], false);
    let details =
        |id: &str| format!(r#"[{{"type":"openid_credential","credential_configuration_id":"{id}"}}]"#);
    let form = |id: &str| {
        let details: String = details(id).bytes().map(|byte| format!("%{byte:02X}")).collect();
        format!("{}&authorization_details={details}", redeeming(&code(&offer), None))
    };
    let more = wallet.ask(&form("maisha-id.ldp-vc"));
    assert_eq!(error(more), (400, "invalid_authorization_details".to_owned()));
    let token = wallet.redeem(&form(MAISHA));
    assert_eq!(token.authorization_details[0].credential_identifiers, [MAISHA]);
    assert_eq!((token.authorization_details.len(), &token.scope), (1, &None));

    let token = token.access_token.as_str();
    let ask = |requested: Requested| {
        let proofs = proofs(&running, &keys(1));
        let body = CredentialRequest { requested, proofs, response_encryption: None }.to_json();
        wallet.call("/credential", token, &Value::Object(body))
    };
    let by_configuration = error(ask(Requested::Configuration(MAISHA.to_owned())));
    assert_eq!(by_configuration, (400, "invalid_credential_request".to_owned()));
    let other = error(ask(Requested::Identifier("proof-of-age.vc-sd-jwt".to_owned())));
    assert_eq!(other, (400, "unknown_credential_identifier".to_owned()));
    assert_eq!(issued(ask(Requested::Identifier(MAISHA.to_owned()))).0.len(), 1);
}
