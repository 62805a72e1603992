//! Credentials that others published, against the data model.

use hati_formats::vcdm::{self, CONTEXT, VcdmError};

use crate::vectors::object;

#[test]
fn credentials_of_version_2_are_read() {
    for (name, issuer) in [
        ("unsigned.json", "https://vc.example/issuers/5678"),
        ("employmentAuth.json", "did:key:zDnaegE6RR3atJtHKwTRTWHsJ3kNHqFwv7n9YjTgmU7TyfU76"),
        ("eddsa-jcs-2022/signedJCS.json", "https://vc.example/issuers/5678"),
        ("eddsa-rdfc-2022/signedDataInt.json", "https://vc.example/issuers/5678"),
    ] {
        let Some(credential) = object(&format!("vc-di-eddsa/{name}")) else { continue };
        let read = vcdm::validate(&credential).unwrap();
        assert_eq!(read.issuer(), issuer, "{name}");
        assert!(read.valid_from().is_some());
    }
}

#[test]
fn credentials_of_version_1_are_refused_for_their_context() {
    let got = "https://www.w3.org/2018/credentials/v1".to_owned();
    let refused = VcdmError::Context { expected: CONTEXT, got };
    if let Some(credential) = object("openid4vp/credentials/ldp_vc.json") {
        assert_eq!(vcdm::validate(&credential), Err(refused.clone()));
    }
    if let Some(presentation) = object("openid4vp/response/ldp_vc.json") {
        assert_eq!(vcdm::validate_presentation(&presentation), Err(refused));
    }
}
