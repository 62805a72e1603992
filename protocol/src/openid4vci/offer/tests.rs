use super::*;
use crate::oauth::FormError;
use proptest::prelude::*;
use serde_json::json;

fn offer() -> Value {
    json!({
        "credential_issuer": "https://id.example.go.ke",
        "credential_configuration_ids": ["maisha-id.vc-sd-jwt"],
        "grants": {"urn:ietf:params:oauth:grant-type:pre-authorized_code": {
            "pre-authorized_code": "oaKazRN8I0IbtZ0C7JuMn5",
            "tx_code": {"input_mode": "numeric", "length": 6, "description": "On your paper"},
        }},
    })
}

fn parse(offer: &Value) -> Result<CredentialOffer, MessageError> {
    CredentialOffer::parse(offer.to_string().as_bytes())
}

fn tx_code(member: &str, value: Value) -> Result<CredentialOffer, MessageError> {
    let mut offer = offer();
    offer["grants"]["urn:ietf:params:oauth:grant-type:pre-authorized_code"]["tx_code"][member] = value;
    parse(&offer)
}

#[test]
fn an_offer_survives_and_hides_its_code() {
    let read = parse(&offer()).unwrap();
    assert_eq!(Value::Object(read.to_json()), offer());
    assert!(!format!("{read:?}").contains("oaKazRN8I0IbtZ0C7JuMn5"));
    let mut with_more = offer();
    with_more["grants"]["other"] = json!({});
    with_more["more"] = json!(1);
    assert_eq!(parse(&with_more), Ok(read));
}

#[test]
fn offers_outside_of_the_standard_are_refused() {
    let with = |member: &str, value: Value| {
        let mut offer = offer();
        offer[member] = value;
        parse(&offer).unwrap_err().to_string()
    };
    assert!(with("credential_issuer", json!("http://id.example.go.ke")).contains("https"));
    assert!(with("credential_issuer", json!("https://id.example.go.ke?x")).contains("without query"));
    assert!(with("credential_configuration_ids", json!([])).contains("non-empty"));
    assert!(
        with("credential_configuration_ids", json!(["a", "b", "a"]))
            .contains("unique strings, got `a` twice")
    );
    assert!(with("grants", json!(1)).contains("Grants"));
    assert!(tx_code("length", json!(0)).unwrap_err().to_string().contains("1 to 64, got 0"));
    assert!(tx_code("length", json!(65)).is_err());
    assert!(tx_code("length", json!(-1)).is_err());
    assert!(tx_code("input_mode", json!("voice")).unwrap_err().to_string().contains("voice"));
    assert!(tx_code("description", json!("é".repeat(300))).is_ok());
    assert!(tx_code("description", json!("é".repeat(301))).unwrap_err().to_string().contains("got 301"));
}

#[test]
fn what_a_person_typed_is_checked_before_it_is_sent() {
    let code = |input_mode, length| TxCode { input_mode, length, description: None };
    assert!(
        code(None, None).accepts("12") && !code(None, None).accepts("1a") && !code(None, None).accepts("")
    );
    assert!(code(Some(InputMode::Numeric), Some(6)).accepts("493536"));
    assert!(!code(Some(InputMode::Numeric), Some(6)).accepts("49353"));
    assert!(code(Some(InputMode::Text), Some(3)).accepts("é7x"));
}

#[test]
fn the_links_of_the_standard_are_read() {
    // Section 4.1.2, second example, and section 4.1.3.
    let by_value = "openid-credential-offer://?credential_offer=%7B%22credential_issuer%22:%22https://credential-issuer.example.com%22,%22credential_configuration_ids%22:%5B%22org.iso.18013.5.1.mDL%22%5D,%22grants%22:%7B%22urn:ietf:params:oauth:grant-type:pre-authorized_code%22:%7B%22pre-authorized_code%22:%22oaKazRN8I0IbtZ0C7JuMn5%22,%22tx_code%22:%7B%22input_mode%22:%22text%22,%22description%22:%22Please%20enter%20the%20serial%20number%20of%20your%20physical%20drivers%20license%22%7D%7D%7D%7D";
    let OfferLink::Value(offer) = OfferLink::parse(by_value).unwrap() else { panic!("by value") };
    assert_eq!(offer.grants.tx_code().unwrap().input_mode, Some(InputMode::Text));
    let by_reference = "openid-credential-offer://?credential_offer_uri=https%3A%2F%2Fserver%2Eexample%2Ecom%2Fcredential-offer%2FGkurKxf5T0Y-mnPFCHqWOMiZi4VS138cQO_V7PZHAdM";
    let uri = "https://server.example.com/credential-offer/GkurKxf5T0Y-mnPFCHqWOMiZi4VS138cQO_V7PZHAdM";
    assert_eq!(OfferLink::parse(by_reference), Ok(OfferLink::Reference(uri.to_owned())));
    let shouted = by_reference.replacen("openid-credential-offer://?", "OpenID-Credential-Offer:///?", 1);
    assert_eq!(OfferLink::parse(&shouted), OfferLink::parse(by_reference));
}

#[test]
fn links_with_anything_else_are_refused() {
    let refused = |link: &str| OfferLink::parse(link).unwrap_err();
    for link in [
        "",
        "https://id.example.go.ke",
        "openid4vp://?credential_offer_uri=https://a.example",
        "openid-credential-offer://x?a",
    ] {
        assert!(matches!(refused(link), OfferLinkError::Scheme { .. }), "{link}");
    }
    for query in [
        "",
        "x=y",
        "credential_offer=",
        "credential_offer_uri=https://a.example&x=y",
        "credential_offer=%7B%7D&credential_offer_uri=https://a.example",
    ] {
        let error = refused(&format!("openid-credential-offer://?{query}"));
        assert!(matches!(error, OfferLinkError::Parameters { .. }), "{query}: {error}");
    }
    let twice = "openid-credential-offer://?credential_offer_uri=https://a.example&credential_offer_uri=https://a.example";
    assert!(matches!(refused(twice), OfferLinkError::Query(FormError::Repeated { .. })));
    let http = "openid-credential-offer://?credential_offer_uri=http://a.example";
    assert!(refused(http).to_string().contains("https"));
    assert!(matches!(
        refused("openid-credential-offer://?credential_offer=%7B%7D"),
        OfferLinkError::Offer(_)
    ));
}

fn any_offer() -> impl Strategy<Value = CredentialOffer> {
    let text = || prop::option::of("\\PC{0,30}");
    let mode = prop::option::of(prop::sample::select(vec![InputMode::Numeric, InputMode::Text]));
    let tx_code = (mode, prop::option::of(1u32..=64), text())
        .prop_map(|(input_mode, length, description)| TxCode { input_mode, length, description });
    let pre = ("\\PC{1,30}", prop::option::of(tx_code), text()).prop_map(
        |(code, tx_code, authorization_server)| PreAuthorizedCodeOffer {
            pre_authorized_code: code.into(),
            tx_code,
            authorization_server,
        },
    );
    let code = (text(), text()).prop_map(|(issuer_state, authorization_server)| AuthorizationCodeOffer {
        issuer_state,
        authorization_server,
    });
    let ids = prop::collection::btree_set("\\PC{0,20}", 1..4);
    (ids, prop::option::of(code), prop::option::of(pre)).prop_map(
        |(ids, authorization_code, pre_authorized_code)| CredentialOffer {
            credential_issuer: "https://id.example.go.ke/a".to_owned(),
            credential_configuration_ids: ids.into_iter().collect(),
            grants: Grants { authorization_code, pre_authorized_code },
        },
    )
}

proptest! {
    #[test]
    fn every_offer_survives_as_a_link(offer in any_offer()) {
        let link = OfferLink::Value(Box::new(offer));
        let text = link.to_string();
        prop_assert!(text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~:/?=%".contains(&b)));
        prop_assert_eq!(OfferLink::parse(&text), Ok(link));
    }

    #[test]
    fn every_reference_survives(path in "[a-zA-Z0-9/._~%&=?+-]{0,30}") {
        let uri = format!("https://id.example.go.ke/{}", path.replace('%', "%25"));
        let link = OfferLink::Reference(uri);
        prop_assert_eq!(OfferLink::parse(&link.to_string()), Ok(link));
    }

    #[test]
    fn hostile_links_never_panic(link in "(openid-credential-offer://\\?(credential_offer=)?)?\\PC{0,40}") {
        let _ = OfferLink::parse(&link);
    }
}
