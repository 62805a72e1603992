//! Credentials: the steps make the whole, and the whole verifies.

use hati_formats::credential::{Credential, CredentialType, Format, multikey_kid};
use hati_formats::data_integrity::{self, Controller};
use hati_formats::did::VerificationMethod;
use hati_formats::sd_jwt::{Digest, Held, Unverified};

use super::*;

#[test]
fn credentials() {
    for vector in cases("valid/credential.json") {
        let issuer = key(&vector["signed_by"]);
        match Format::from_media_type(str(&vector["format"])).unwrap() {
            Format::LdpVc => data_integrity_credential(&vector, &issuer),
            format => sd_jwt_credential(&vector, &issuer, format),
        }
    }
}

fn sd_jwt_credential(vector: &Value, issuer: &PublicKey, format: Format) {
    let text = str(&vector["credential"]);
    let verified = Unverified::parse(text).unwrap().verify_issuer(issuer).unwrap();
    let credential = Credential::read(format, verified.claims()).unwrap();
    for (claim, value) in vector["subject"].as_object().unwrap() {
        assert_eq!(&credential.subject[claim], value, "{}: {claim}", vector["name"]);
    }
    let encoded = [&vector["header"], &vector["payload"]].map(|piece| b64url(str(piece).as_bytes()));
    let disclosures = vector["disclosures"].as_array().unwrap().iter().map(|disclosure| {
        let text = str(&disclosure["disclosure"]);
        assert_eq!(b64url(str(&disclosure["json"]).as_bytes()), text);
        assert_eq!(Digest::of(text).as_str(), disclosure["digest"]);
        format!("{text}~")
    });
    let whole =
        format!("{}.{}~{}", encoded.join("."), str(&vector["signature"]), disclosures.collect::<String>());
    assert_eq!(whole, text, "the steps make the whole");
}

fn data_integrity_credential(vector: &Value, issuer: &PublicKey) {
    let credential = vector["credential"].as_object().unwrap();
    let did = str(&credential["issuer"]);
    let method = VerificationMethod::new(format!("{did}#{}", multikey_kid(issuer)), did, issuer.clone());
    let now = time(&credential["validFrom"]);
    let expected = data_integrity::Expected::assertion(Controller::Issuer, now);
    let verify =
        |credential| data_integrity::Unverified::parse(credential).unwrap().verify(&method, &expected);
    verify(credential).unwrap();
    let mut altered = credential.clone();
    altered["credentialSubject"]["age_equal_or_over"]["18"] = false.into();
    assert!(verify(&altered).is_err());
}

/// The holder's side: what was issued can be held, and says which claims it can withhold.
#[test]
fn credentials_can_be_held() {
    let kinds = CredentialType::shipped().unwrap();
    for vector in cases("valid/credential.json").iter().filter(|vector| vector["format"] != "ldp_vc") {
        let held = Held::parse(str(&vector["credential"])).unwrap();
        let kind = kinds.iter().find(|kind| kind.id == vector["type"]).unwrap();
        let none_to_withhold = kind.id == "proof-of-age";
        assert_eq!(held.disclosable().is_empty(), none_to_withhold, "{}", vector["name"]);
    }
}
