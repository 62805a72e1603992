//! Each refusal of RFC 9901 section 7.1, signed by the issuer so that nothing else can refuse it.

use super::*;
use crate::jws::JwsError;

#[test]
fn the_form_is_strict() {
    let good = issue(json!({"a": 1, "b": 2}), &frame(&["a", "b"]), 1);
    assert!(verify(&good).is_ok());
    let jwt = Parts::split(&good).unwrap().issuer_jwt;
    assert_eq!(refused(jwt), SdJwtError::NoTilde);
    assert_eq!(refused(""), SdJwtError::NoTilde);
    assert_eq!(refused(&format!("{good}~")), SdJwtError::EmptyDisclosure { position: 2 });
    assert_eq!(refused(&format!("{jwt}~~")), SdJwtError::EmptyDisclosure { position: 0 });
    assert!(matches!(refused("~"), SdJwtError::IssuerJwt { .. }));
    assert!(matches!(refused("a.b~"), SdJwtError::IssuerJwt { source: JwsError::Parts { got: 2 } }));
}

#[test]
fn sizes_are_bounded() {
    let long = "~".repeat(MAX_BYTES + 1);
    assert_eq!(refused(&long), SdJwtError::TooLong { limit: MAX_BYTES, got: MAX_BYTES + 1 });
    let many = |count: usize| format!("a.b.c~{}", "x~".repeat(count));
    assert_eq!(Parts::split(&many(MAX_DISCLOSURES)).unwrap().disclosures.len(), MAX_DISCLOSURES);
    assert_eq!(
        refused(&many(MAX_DISCLOSURES + 1)),
        SdJwtError::TooManyDisclosures { limit: MAX_DISCLOSURES }
    );
}

#[test]
fn step_2_another_issuer_is_refused() {
    let text = issue(json!({"a": 1}), &frame(&["a"]), 1);
    let other = SoftwareKey::from_secret_bytes(Algorithm::EdDsa, &[9; 32]).unwrap();
    let error = Unverified::parse(&text).unwrap().verify_issuer(other.public()).unwrap_err();
    assert!(matches!(error, SdJwtError::IssuerSignature { source: JwsError::Signature(_) }));
    let error = Unverified::parse(&text).unwrap().verify_issuer(holder().public()).unwrap_err();
    assert!(matches!(error, SdJwtError::IssuerSignature { source: JwsError::AlgorithmOfKey { .. } }));
}

#[test]
fn step_2_the_payload_is_a_strict_object() {
    for payload in ["[]", "{", r#"{"a":1,"a":2}"#] {
        let unsigned = prepare(&object(json!({"alg": "EdDSA"})), payload.as_bytes(), Disclosures::default());
        let signature = issuer().sign(unsigned.signing_input());
        let text = unsigned.finish(&signature);
        assert!(matches!(refused(&text), SdJwtError::PayloadJson { .. }), "{payload}");
    }
}

#[test]
fn step_2_only_one_hash_is_read() {
    for alg in [json!("sha-512"), json!("SHA-256"), json!("sha-256-64"), json!(null), json!(["sha-256"])] {
        let expected = SdJwtError::UnsupportedHash { expected: "sha-256", got: alg.to_string() };
        assert_eq!(refused(&sign(&json!({"_sd_alg": alg}), &[])), expected);
    }
    let (text, digest) = disclosure(r#"["s","a",1]"#);
    for payload in [json!({"_sd": [digest]}), json!({"_sd": [digest], "_sd_alg": "sha-256"})] {
        let signed = sign(&payload, &[&text]);
        assert_eq!(Value::Object(verify(&signed).unwrap().into_claims()), json!({"a": 1}));
    }
}

#[test]
fn section_4_1_names_of_digests_convey_digests_only() {
    let malformed = |place| SdJwtError::MalformedDigests { path: path(place) };
    for sd in [json!("x"), json!({}), json!([1]), json!(["x", null])] {
        assert_eq!(refused(&sign(&json!({"a": {"_sd": sd}}), &[])), malformed("a"));
    }
    assert_eq!(refused(&sign(&json!({"a": [{"...": 1}]}), &[])), malformed("a.0"));
    assert_eq!(refused(&sign(&json!({"a": [{"...": "x", "b": 1}]}), &[])), malformed("a.0"));
    let reserved = |name: &str, place| SdJwtError::ReservedName { name: name.to_owned(), path: path(place) };
    assert_eq!(refused(&sign(&json!({"...": "x"}), &[])), reserved("...", ""));
    assert_eq!(refused(&sign(&json!({"a": {"...": "x"}}), &[])), reserved("...", "a"));
    assert_eq!(refused(&sign(&json!({"a": {"_sd_alg": "sha-256"}}), &[])), reserved("_sd_alg", "a"));
}

#[test]
fn step_3_a_disclosure_is_one_of_two_arrays() {
    for bad in ["{}", "[]", r#"["s"]"#, r#"["s","a",1,2]"#, r#"[1,"a",1]"#, r#"["s",1,1]"#, r#"[1,2]"#] {
        let (text, digest) = disclosure(bad);
        for payload in [json!({"_sd": [digest]}), json!({"a": [{"...": digest}]})] {
            let error = refused(&sign(&payload, &[&text]));
            assert_eq!(error, SdJwtError::DisclosureShape { position: 0 }, "{bad}");
        }
    }
    for bad in ["", "[", r#"["s","a",1] x"#, r#"["s","a",{"b":1,"b":2}]"#] {
        let (text, digest) = disclosure(bad);
        let text = if text.is_empty() { continue } else { text };
        let error = refused(&sign(&json!({"_sd": [digest]}), &[&text]));
        assert!(matches!(error, SdJwtError::DisclosureJson { position: 0, .. }), "{bad}");
    }
    for bad in ["x", "WyJzIiwiYSIsMV0=", "WyJz IiwiYSIsMV0", "é"] {
        let digest = Digest::of(bad).as_str().to_owned();
        let error = refused(&sign(&json!({"_sd": [digest]}), &[bad]));
        assert!(matches!(error, SdJwtError::DisclosureEncoding { position: 0, .. }), "{bad}");
    }
}

#[test]
fn step_3_a_member_is_no_element_and_the_reverse() {
    let (member, digest) = disclosure(r#"["s","a",1]"#);
    assert_eq!(
        refused(&sign(&json!({"n": [{"...": digest}]}), &[&member])),
        SdJwtError::DisclosureKind { position: 0, expected: "[salt, value]" }
    );
    let (element, digest) = disclosure(r#"["s",1]"#);
    assert_eq!(
        refused(&sign(&json!({"_sd": [digest]}), &[&element])),
        SdJwtError::DisclosureKind { position: 0, expected: "[salt, name, value]" }
    );
}

#[test]
fn step_3_reserved_names_are_refused() {
    for name in ["_sd", "...", "_sd_alg"] {
        let (text, digest) = disclosure(&format!(r#"["s","{name}",["x"]]"#));
        let expected = SdJwtError::ReservedName { name: name.to_owned(), path: path("o") };
        assert_eq!(refused(&sign(&json!({"o": {"_sd": [digest]}}), &[&text])), expected);
    }
}

#[test]
fn step_3_no_claim_is_overwritten() {
    let (one, digest_one) = disclosure(r#"["s","a",1]"#);
    let (two, digest_two) = disclosure(r#"["t","a",2]"#);
    let exists = SdJwtError::ClaimExists { path: path("a") };
    assert_eq!(refused(&sign(&json!({"a": 0, "_sd": [digest_one]}), &[&one])), exists);
    assert_eq!(refused(&sign(&json!({"_sd": [digest_one, digest_two]}), &[&one, &two])), exists);
    // The same name at another level is another claim.
    let other_level = json!({"_sd": [digest_one], "o": {"_sd": [digest_two]}});
    assert!(verify(&sign(&other_level, &[&one, &two])).is_ok());
}

#[test]
fn step_3_digests_without_a_disclosure_disappear() {
    let payload = json!({"_sd": ["x"], "o": {"_sd": ["y", ""]}, "n": [1, {"...": "z"}, [{"...": "w"}], 2]});
    let claims = verify(&sign(&payload, &[])).unwrap().into_claims();
    assert_eq!(Value::Object(claims), json!({"o": {}, "n": [1, [], 2]}));
}

#[test]
fn step_4_no_digest_appears_twice() {
    let (text, digest) = disclosure(r#"["s","a",1]"#);
    let repeated = SdJwtError::RepeatedDigest { digest: digest.clone() };
    let (outer, outer_digest) = disclosure(&format!(r#"["s","o",{{"_sd":["{digest}"]}}]"#));
    let places: [(Value, Vec<&str>); 5] = [
        (json!({"_sd": [digest, digest]}), vec![]),
        (json!({"_sd": [digest], "o": {"_sd": [digest]}}), vec![]),
        (json!({"_sd": [digest], "n": [{"...": digest}]}), vec![]),
        (json!({"n": [{"...": digest}, {"...": digest}]}), vec![]),
        (json!({"_sd": [digest, outer_digest]}), vec![&outer]),
    ];
    for (payload, mut disclosures) in places {
        assert_eq!(refused(&sign(&payload, &disclosures)), repeated, "{payload}");
        // With the disclosure there, the second place is refused too; the first may refuse its kind.
        disclosures.push(&text);
        let error = refused(&sign(&payload, &disclosures));
        assert!(error == repeated || matches!(error, SdJwtError::DisclosureKind { .. }), "{payload}");
    }
    let twice = sign(&json!({"_sd": [digest]}), &[&text, &text]);
    assert_eq!(refused(&twice), SdJwtError::RepeatedDisclosure { position: 1 });
}

#[test]
fn step_5_every_disclosure_has_its_digest() {
    let (known, digest) = disclosure(r#"["s","a",1]"#);
    let (loose, _) = disclosure(r#"["s","a",2]"#);
    let unreferenced = |position| SdJwtError::UnreferencedDisclosure { position };
    assert_eq!(refused(&sign(&json!({"_sd": [digest]}), &[&known, &loose])), unreferenced(1));
    assert_eq!(refused(&sign(&json!({}), &[&known])), unreferenced(0));
    // A child without its parent (section 4.2.6).
    let (outer, outer_digest) = disclosure(&format!(r#"["s","o",{{"_sd":["{digest}"]}}]"#));
    let payload = json!({"_sd": [outer_digest]});
    assert_eq!(refused(&sign(&payload, &[&known])), unreferenced(0));
    let both = sign(&payload, &[&known, &outer]);
    assert_eq!(verify(&both).unwrap().disclosed(), [path("o"), path("o.a")]);
    // A digest written in another alphabet or with padding is another text.
    let padded = json!({"_sd": [format!("{digest}=")]});
    assert_eq!(refused(&sign(&padded, &[&known])), unreferenced(0));
}

#[test]
fn recursion_has_a_budget() {
    let chain = |depth: usize| {
        let mut texts = Vec::new();
        let mut inner = "1".to_owned();
        let mut digest = String::new();
        for _ in 0..depth {
            let (text, its_digest) = disclosure(&format!(r#"["s","a",{inner}]"#));
            inner = format!(r#"{{"_sd":["{its_digest}"]}}"#);
            texts.push(text);
            digest = its_digest;
        }
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        sign(&json!({"_sd": [digest]}), &texts)
    };
    assert!(verify(&chain(MAX_DEPTH)).is_ok());
    assert!(matches!(refused(&chain(MAX_DEPTH + 1)), SdJwtError::TooDeep { limit: MAX_DEPTH, .. }));
}

#[test]
fn the_key_can_be_chosen_before_anything_is_verified() {
    let text = sign(&json!({"iss": "https://id.example"}), &[]);
    let unverified = Unverified::parse(&text).unwrap();
    assert_eq!(unverified.claim_unverified("iss"), Some(&json!("https://id.example")));
    assert_eq!(unverified.header().alg, Algorithm::EdDsa);
    assert!(unverified.parts().disclosures.is_empty());
}
