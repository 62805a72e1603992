//! `expand`: the token inside a code, for any SD-JWT library.

use hati_formats::qr::presentation;
use hati_formats::qr::text::{self, Kind};
use serde_json::json;

use super::country::at;
use super::scene::Scene;

#[test]
fn what_the_holder_signed_comes_out_byte_for_byte() {
    let scene = Scene::new();
    let payload = scene.presentation("maisha-id", &["sex"], "hati:somebody", "bm9uY2U", at(0));
    let code = text::encode(Kind::Presentation, &payload);
    let signed = presentation::expand(&payload).unwrap();
    assert_eq!(scene.text(&["expand", "--text", &code]).trim_end(), signed);

    let expanded = scene.run(&["expand", "--text", &code]).ok();
    assert_eq!((&expanded["sd_jwt"], &expanded["single_scan"]), (&signed.into(), &false.into()));
    assert_eq!(
        (&expanded["header"]["typ"], &expanded["header"]["alg"]),
        (&"vc+sd-jwt".into(), &"EdDSA".into())
    );
    assert_eq!(expanded["payload"]["issuer"], "did:web:id.maisha.go.ke");
    let disclosure = &expanded["disclosures"][0];
    assert_eq!((&disclosure["name"], &disclosure["value"]), (&"sex".into(), &"female".into()));
    let digests = &expanded["payload"]["credentialSubject"]["_sd"];
    assert!(digests.as_array().unwrap().contains(&disclosure["digest"]));
    assert_eq!(expanded["key_binding"]["payload"]["nonce"], "bm9uY2U");
}

#[test]
fn what_cannot_be_decoded_is_still_printed_as_it_is() {
    let scene = Scene::new();
    let expand = |token: &str| {
        let code = text::encode(Kind::SingleScan, &presentation::compact(token).unwrap());
        assert_eq!(scene.text(&["expand", "--text", &code]).trim_end(), token);
        scene.run(&["expand", "--text", &code])
    };
    // Another maker's token, however it is signed.
    let foreign = expand("e30.e30.~").ok();
    assert_eq!((&foreign["header"], &foreign["key_binding"]), (&json!({}), &json!(null)));
    for token in ["no.token~", "e30.W10.AA~", "e30.e30.AA~WyJhIl0~", "e30.e30.AA~x.y.z"] {
        expand(token).refused("token_unreadable");
    }
}

#[test]
fn what_holds_no_token_is_refused() {
    let scene = Scene::new();
    scene.request("merchant-age").ok();
    scene.run(&["expand", "--image", "request.png"]).refused("code_wrong_kind");
    scene.run(&["expand", "--text", "HTTPS://EXAMPLE.COM"]).refused("code_foreign");
    scene.run(&["expand"]).refused("usage");
}
