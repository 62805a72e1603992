//! SD-JWT and SD-JWT+KB (RFC 9901): nested and recursive disclosures, arrays, decoys, both media types, both
//! algorithms for issuer and holder.

use hati_formats::encoding::b64url;
use hati_formats::jws;
use hati_formats::keys::{Algorithm, SoftwareKey};
use hati_formats::sd_jwt::{Digest, key_binding_header, key_binding_payload};
use serde_json::json;

use crate::party::{AUDIENCE, Credential, NONCE, Party, now, parties, shown};
use crate::{ALGORITHMS, key};

/// Each issues, each presents what each issued, and each verifies that: 27 paths for each pair of algorithms.
#[test]
fn everyone_verifies_what_everyone_issues_and_presents() {
    let mut parties = parties();
    for issuer in ALGORITHMS {
        for (holder, typ) in ALGORITHMS.into_iter().zip(["vc+sd-jwt", "dc+sd-jwt"]) {
            let (issuer, holder) = (key(issuer, 1), key(holder, 2));
            let expected = json!({"typ": typ, "claims": shown(&holder)});
            for (path, text) in
                presentations(&mut parties, &Credential { issuer: &issuer, holder: &holder, typ })
            {
                for verifier in &mut parties {
                    let answer = verifier.verify(&text, &issuer, AUDIENCE, NONCE);
                    assert_eq!(answer, Ok(expected.clone()), "{path}, verified by {}", verifier.name());
                }
            }
        }
    }
}

#[test]
fn everyone_refuses_what_was_tampered_with() {
    let mut parties = parties();
    for algorithm in ALGORITHMS {
        let (issuer, holder) = (key(algorithm, 1), key(algorithm, 2));
        for (path, text) in presentations(&mut parties, &credential(&issuer, &holder)) {
            for (what, tampered) in tampered(&text, &holder) {
                assert_ne!(tampered, text);
                refused_by_all(&mut parties, &tampered, &issuer, &format!("{path}: {what}"));
            }
        }
    }
}

#[test]
fn everyone_refuses_another_key_audience_or_nonce() {
    let mut parties = parties();
    for algorithm in ALGORITHMS {
        let [issuer, holder, other] = [1, 2, 3].map(|seed| key(algorithm, seed));
        for (path, text) in presentations(&mut parties, &credential(&issuer, &holder)) {
            refused_by_all(&mut parties, &text, &other, &format!("{path}: another issuer"));
            for verifier in &mut parties {
                let name = verifier.name();
                assert!(
                    verifier.verify(&text, &issuer, "https://else.example", NONCE).is_err(),
                    "{path}: {name}"
                );
                assert!(verifier.verify(&text, &issuer, AUDIENCE, "another").is_err(), "{path}: {name}");
            }
        }
    }
}

/// Where peers are laxer than RFC 9901. The day one of them refuses too, this test fails, and its line here and
/// in `tests/peers/README.md` goes.
#[test]
fn what_we_refuse_and_peers_take_is_known() {
    let (issuer, holder) = (key(Algorithm::EdDsa, 1), key(Algorithm::EdDsa, 2));
    let [mut hati, mut npm, mut pypi] = parties();
    let sd_jwt = hati.issue(&credential(&issuer, &holder));
    let first = sd_jwt.split('~').nth(1).expect("a disclosure");
    let stray = b64url(br#"["2GLC42sKQveCfGfryNRN9w","upi","12345678901234"]"#);

    let known = [
        ("nothing wrong", sd_jwt.clone(), [true, true, true]),
        // Section 7.1, step 5: every disclosure is referred to by one digest.
        ("a disclosure without a digest", format!("{sd_jwt}{stray}~"), [false, true, true]),
        ("a disclosure that comes twice", format!("{sd_jwt}{first}~"), [false, true, false]),
    ];
    for (what, sd_jwt, expected) in known {
        let text = bind(&sd_jwt, &holder);
        let taken = [&mut hati, &mut npm, &mut pypi]
            .map(|verifier| verifier.verify(&text, &issuer, AUDIENCE, NONCE).is_ok());
        assert_eq!(taken, expected, "{what}: taken by Hati, npm, PyPI");
    }
}

fn credential<'k>(issuer: &'k SoftwareKey, holder: &'k SoftwareKey) -> Credential<'k> {
    Credential { issuer, holder, typ: "dc+sd-jwt" }
}

/// What each presents of what each issued, with the way it went.
fn presentations(parties: &mut [Box<dyn Party>], credential: &Credential<'_>) -> Vec<(String, String)> {
    let issued: Vec<_> = parties.iter_mut().map(|issuer| (issuer.name(), issuer.issue(credential))).collect();
    let presented = parties.iter_mut().flat_map(|presenter| {
        let present = |(issuer, sd_jwt): &(&str, String)| {
            let path = format!("issued by {issuer}, presented by {}", presenter.name());
            (path, presenter.present(sd_jwt, credential.holder))
        };
        issued.iter().map(present).collect::<Vec<_>>()
    });
    presented.collect()
}

/// A presentation after each thing an attacker could do to it, key binding made anew where only the holder's
/// key is needed for that.
fn tampered(text: &str, holder: &SoftwareKey) -> Vec<(&'static str, String)> {
    let (sd_jwt, binding) = text.rsplit_once('~').expect("a key binding");
    let (issuer_jwt, disclosures) = sd_jwt.split_once('~').expect("disclosures");
    let (_, rest) = disclosures.split_once('~').expect("more than one disclosure");
    let other_claims = b64url(br#"{"iss":"https://issuer.example","given_name":"Someone else"}"#);
    let forged =
        issuer_jwt.split('.').enumerate().map(|(index, part)| if index == 1 { &other_claims } else { part });
    let forged = forged.collect::<Vec<_>>().join(".");
    let swapped = b64url(br#"["2GLC42sKQveCfGfryNRN9w","given_name","Someone else"]"#);
    let other = key(holder.public().algorithm(), 3);
    vec![
        ("other claims, bound anew", bind(&format!("{forged}~"), holder)),
        ("a disclosure that was exchanged", format!("{issuer_jwt}~{swapped}~{rest}~{binding}")),
        ("a disclosure that was taken away", format!("{issuer_jwt}~{rest}~{binding}")),
        ("a binding by another key", bind(&format!("{sd_jwt}~"), &other)),
        ("no binding", format!("{sd_jwt}~")),
    ]
}

fn refused_by_all(parties: &mut [Box<dyn Party>], text: &str, issuer: &SoftwareKey, what: &str) {
    for verifier in parties {
        assert!(
            verifier.verify(text, issuer, AUDIENCE, NONCE).is_err(),
            "{what}: {} takes it",
            verifier.name()
        );
    }
}

/// Adds a key binding to any SD-JWT, whether or not a holder should.
fn bind(sd_jwt: &str, holder: &SoftwareKey) -> String {
    let payload = key_binding_payload(now(), AUDIENCE, NONCE, Digest::of(sd_jwt).as_str());
    let unsigned = jws::prepare_text(key_binding_header(holder.public().algorithm()), payload.as_bytes());
    let signature = holder.sign(unsigned.signing_input());
    sd_jwt.to_owned() + &unsigned.finish(&signature)
}
