//! `offer`: what an officer shows to a person.

use hati_formats::qr::image;
use hati_protocol::openid4vci::OfferLink;

use super::{ADULT, NOW, code_of, json_of, office, run, run_text};

#[test]
fn an_offer_is_a_link_a_picture_and_a_transaction_code() {
    let folder = office();
    let types = "maisha-id,proof-of-age";
    let offer = ["offer", "--dir", "issuer", "--upi", ADULT, "--type", types, "--now", NOW];
    let said = json_of(&run(&folder, &[&offer[..], &["--tx-code", "--out", "offer.png"]].concat()));
    assert_eq!(said["expires"], "2026-11-22T10:00:00Z");
    let OfferLink::Value(offered) = OfferLink::parse(said["link"].as_str().unwrap()).unwrap() else {
        panic!("{said}")
    };
    let expected = ["maisha-id.vc-sd-jwt", "proof-of-age.vc-sd-jwt"];
    assert_eq!(offered.credential_configuration_ids, expected);
    let tx_code = said["tx_code"].as_str().unwrap();
    assert!(offered.grants.tx_code().unwrap().accepts(tx_code) && tx_code.len() == 6, "{tx_code}");
    assert!(!said["link"].as_str().unwrap().contains(tx_code));
    let picture = std::fs::read(folder.path().join("offer.png")).unwrap();
    assert_eq!(image::read(&picture).unwrap(), [said["by_reference_link"].as_str().unwrap()]);

    let text = run_text(&folder, &offer);
    assert!(
        text.contains("openid-credential-offer://?credential_offer_uri=") && text.contains('█'),
        "{text}"
    );
    assert!(!text.contains("Transaction code"), "{text}");
}

#[test]
fn what_cannot_be_offered_is_refused() {
    let folder = office();
    let refused = |upi: &str, types: &str, format: &str| {
        let person = ["offer", "--dir", "issuer", "--upi", upi];
        code_of(&run(&folder, &[&person[..], &["--type", types, "--format", format, "--now", NOW]].concat()))
    };
    assert_eq!(refused("99999999999999", "maisha-id", "vc+sd-jwt"), "person_unknown");
    assert_eq!(refused(ADULT, "library-card", "ldp_vc"), "type_unknown");
    assert_eq!(refused(ADULT, "maisha-id,maisha-id", "dc+sd-jwt"), "type_unknown");
    let suite = |format: &str| {
        let person = ["offer", "--dir", "issuer", "--upi", ADULT, "--type", "maisha-id", "--now", NOW];
        run(&folder, &[&person[..], &["--format", format, "--cryptosuite", "eddsa-rdfc-2022"]].concat())
    };
    assert_eq!(code_of(&suite("dc+sd-jwt")), "cryptosuite_without_proof");
    assert_eq!(json_of(&suite("ldp_vc"))["configurations"], serde_json::json!(["maisha-id.ldp-vc-rdfc"]));
}

#[test]
fn an_offer_for_everybody_is_signed_in_for() {
    let folder = office();
    let offer = ["offer", "--dir", "issuer", "--sign-in", "--type", "maisha-id", "--now", NOW];
    let said = json_of(&run(&folder, &[&offer[..], &["--days", "2", "--out", "poster.png"]].concat()));
    assert_eq!(said["expires"], "2026-11-24T09:00:00Z");
    let link = said["link"].as_str().unwrap();
    let OfferLink::Value(offered) = OfferLink::parse(link).unwrap() else { panic!("{said}") };
    assert!(offered.grants.authorization_code.unwrap().issuer_state.is_some());
    assert!(offered.grants.pre_authorized_code.is_none());
    let picture = std::fs::read(folder.path().join("poster.png")).unwrap();
    assert_eq!(image::read(&picture).unwrap(), [link]);
    assert!(run_text(&folder, &offer).contains('█'));
    let never = [&offer[..], &["--days", "0"]].concat();
    assert_eq!(code_of(&run(&folder, &never)), "offer_days_refused");
    for usage in [&["--upi", ADULT][..], &["--tx-code"]] {
        assert_eq!(run(&folder, &[&offer[..], usage].concat()).status.code(), Some(2), "{usage:?}");
    }
}
