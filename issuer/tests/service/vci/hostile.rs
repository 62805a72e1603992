//! Whoever has what is not theirs, or makes it up.

use serde_json::json;

use super::*;

/// What is done to the header and the payload of a good proof.
type Change<'a> = &'a dyn Fn(&mut Value, &mut Value);

/// What a wallet sends with a token.
fn send(running: &Running, path: &str, headers: &[(&str, &str)], body: &Value) -> Response<Body> {
    post(running, path, "application/json", headers, &body.to_string())
}

fn plain(running: &Running) -> Value {
    request(MAISHA, proofs(running, &keys(1)))
}

#[test]
fn a_token_is_nothing_without_its_key() {
    let running = office();
    let (wallet, thief) = (Wallet::new(&running), Wallet::new(&running));
    let token = wallet.token();
    let ask = |headers: &[(&str, &str)]| error(send(&running, "/credential", headers, &plain(&running)));
    let (dpop, bearer) = (format!("DPoP {token}"), format!("Bearer {token}"));
    let (good, stolen) = (wallet.dpop("/credential", Some(&token)), thief.dpop("/credential", Some(&token)));
    let refused = |code: &str| (401, code.to_owned());

    assert_eq!(ask(&[]), (401, String::new()));
    assert_eq!(ask(&[("authorization", "DPoP unknown"), ("dpop", &good)]), refused("invalid_token"));
    // RFC 6750 section 3.1: both schemes are named, and no error.
    for other in ["Basic YTpi", "token"] {
        let response = send(&running, "/credential", &[("authorization", other)], &plain(&running));
        let challenge = header(&response, "www-authenticate");
        assert!(challenge.contains("DPoP") && challenge.contains("Bearer"), "{challenge}");
        assert!(!challenge.contains("error"), "{challenge}");
        assert_eq!(error(response), (401, String::new()), "{other}");
    }
    assert_eq!(ask(&[("authorization", "DPoP a b")]), (400, "invalid_request".to_owned()));
    assert_eq!(ask(&[("authorization", &dpop)]), refused("invalid_dpop_proof"));
    assert_eq!(ask(&[("authorization", &dpop), ("dpop", &stolen)]), refused("invalid_token"));
    assert_eq!(
        ask(&[("authorization", &dpop), ("dpop", &good), ("dpop", &good)]),
        refused("invalid_dpop_proof")
    );
    let as_bearer =
        send(&running, "/credential", &[("authorization", &bearer), ("dpop", &good)], &plain(&running));
    assert!(header(&as_bearer, "www-authenticate").starts_with("Bearer error=\"invalid_token\""));
    assert_eq!(running.service.home().store.entries_of(UPI).unwrap(), []);
}

#[test]
fn a_dpop_proof_is_for_one_request() {
    let running = office();
    let wallet = Wallet::new(&running);
    let token = wallet.token();
    let proof = |change: Change<'_>| {
        let mut header = json!({"typ": "dpop+jwt", "alg": "ES256", "jwk": wallet.key.public().to_jwk()});
        let mut payload = json!({
            "jti": format!("jti-{}", fresh()), "htm": "POST", "htu": format!("{URL}/credential"),
            "iat": now().seconds(), "ath": digest(&token),
        });
        change(&mut header, &mut payload);
        jwt(&wallet.key, &header, &payload)
    };
    let authorization = format!("DPoP {token}");
    let ask = |proof: &str| {
        let headers = [("authorization", authorization.as_str()), ("dpop", proof)];
        send(&running, "/credential", &headers, &plain(&running))
    };
    let changes: [(&str, Change<'_>); 9] = [
        ("typ", &|header, _| header["typ"] = json!("jwt")),
        ("alg", &|header, _| header["alg"] = json!("none")),
        ("jwk", &|header, _| header["jwk"] = key(Algorithm::Es256).public().to_jwk()),
        ("htm", &|_, payload| payload["htm"] = json!("GET")),
        ("htu", &|_, payload| payload["htu"] = json!("https://id.example.go.ke/token")),
        ("iat, old", &|_, payload| payload["iat"] = json!(now().seconds() - 301)),
        ("iat, ahead", &|_, payload| payload["iat"] = json!(now().seconds() + 301)),
        ("ath", &|_, payload| payload["ath"] = json!(digest("another"))),
        ("jti", &|_, payload| payload["jti"] = json!("")),
    ];
    for (what, change) in changes {
        assert_eq!(error(ask(&proof(change))), (401, "invalid_dpop_proof".to_owned()), "{what}");
    }
    let once = proof(&|_, _| {});
    assert_eq!(ask(&once).status().as_u16(), 200);
    assert_eq!(error(ask(&once)), (401, "invalid_dpop_proof".to_owned()));

    // At the token endpoint too, whatever the grant is.
    let at_token = wallet.dpop("/token", None);
    let redeem = || {
        let form = redeeming(&code(&offer(&running)), None);
        post(&running, "/token", FORM, &[("dpop", &at_token)], &form)
    };
    assert_eq!(redeem().status().as_u16(), 200);
    assert_eq!(error(redeem()), (400, "invalid_dpop_proof".to_owned()));
    let form = redeeming(&code(&offer(&running)), None);
    for proof in ["", "a.b.c", &wallet.dpop("/credential", None)] {
        let response = post(&running, "/token", FORM, &[("dpop", proof)], &form);
        assert_eq!(error(response), (400, "invalid_dpop_proof".to_owned()), "{proof}");
    }
}

#[test]
fn a_proof_proves_a_key_to_this_issuer_now() {
    let running = office();
    let wallet = Wallet::new(&running);
    let token = wallet.token();
    let holder = key(Algorithm::EdDsa);
    let fresh_nonce = nonce(&running);
    let proof = |change: Change<'_>| {
        let mut header =
            json!({"typ": "openid4vci-proof+jwt", "alg": "EdDSA", "jwk": holder.public().to_jwk()});
        let mut payload = json!({"aud": URL, "iat": now().seconds(), "nonce": fresh_nonce});
        change(&mut header, &mut payload);
        jwt(&holder, &header, &payload)
    };
    let did =
        |key: &SoftwareKey| format!("did:jwk:{}#0", b64url(key.public().to_jwk().to_string().as_bytes()));
    let changes: [(&str, &str, Change<'_>); 11] = [
        ("invalid_nonce", "wrong nonce", &|_, payload| payload["nonce"] = json!(digest("x"))),
        ("invalid_proof", "no nonce", &|_, payload| drop(payload.as_object_mut().unwrap().remove("nonce"))),
        ("invalid_proof", "aud", &|_, payload| payload["aud"] = json!("https://other.example")),
        ("invalid_proof", "iss", &|_, payload| payload["iss"] = json!("wallet.example")),
        ("invalid_proof", "old", &|_, payload| payload["iat"] = json!(now().seconds() - 301)),
        ("invalid_proof", "typ", &|header, _| header["typ"] = json!("jwt")),
        ("invalid_proof", "alg none", &|header, _| header["alg"] = json!("none")),
        ("invalid_proof", "alg HS256", &|header, _| header["alg"] = json!("HS256")),
        ("invalid_proof", "other key", &|header, _| header["jwk"] = key(Algorithm::EdDsa).public().to_jwk()),
        ("invalid_proof", "other key in kid", &|header, _| {
            header.as_object_mut().unwrap().remove("jwk");
            header["kid"] = json!(did(&key(Algorithm::EdDsa)));
        }),
        ("invalid_proof", "no key", &|header, _| drop(header.as_object_mut().unwrap().remove("jwk"))),
    ];
    for (code, what, change) in changes {
        assert_eq!(error(wallet.credential(&token, vec![proof(change)])), (400, code.to_owned()), "{what}");
    }
    let good = proof(&|_, _| {});
    for (what, proofs) in [
        ("none", Vec::new()),
        ("no JWT", vec!["x".to_owned()]),
        ("too long", vec!["x".repeat(9_000)]),
        ("twice the same key", vec![good.clone(), good.clone()]),
        ("one bad among good", vec![good.clone(), proof(&|_, payload| payload["aud"] = json!("x"))]),
        ("eleven", self::proofs(&running, &keys(11))),
    ] {
        assert_eq!(error(wallet.credential(&token, proofs)), (400, "invalid_proof".to_owned()), "{what}");
    }
    assert_eq!(running.service.home().store.entries_of(UPI).unwrap(), []);

    // None of the refusals used up the nonce; success does.
    let by_kid = proof(&|header, _| {
        header.as_object_mut().unwrap().remove("jwk");
        header["kid"] = json!(did(&holder));
    });
    assert_eq!(issued(wallet.credential(&token, vec![by_kid])).0.len(), 1);
    assert_eq!(error(wallet.credential(&token, vec![good])), (400, "invalid_nonce".to_owned()));
    assert_eq!(running.service.home().store.entries_of(UPI).unwrap().len(), 1);
}

#[test]
fn one_nonce_shown_twice_at_once_is_taken_once() {
    let running = office();
    let wallet = Wallet::new(&running);
    let (token, nonce) = (wallet.token(), nonce(&running));
    let ask = || {
        let proof = proof_of(&running, &key(Algorithm::EdDsa), &nonce);
        wallet.credential(&token, vec![proof]).status().as_u16()
    };
    let mut statuses = std::thread::scope(|scope| {
        let asking: Vec<_> = (0..8).map(|_| scope.spawn(ask)).collect();
        asking.into_iter().map(|it| it.join().unwrap()).collect::<Vec<_>>()
    });
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 400, 400, 400, 400, 400, 400, 400]);
    assert_eq!(running.service.home().store.entries_of(UPI).unwrap().len(), 1);
}

#[test]
fn malformed_and_oversize_requests_have_their_codes() {
    let running = office();
    let wallet = Wallet::new(&running);
    let token = wallet.token();
    let good = plain(&running);
    let with = |member: &str, value: Value| {
        let mut body = good.clone();
        body[member] = value;
        body
    };
    for (body, code) in [
        (json!([]), "invalid_credential_request"),
        (json!({}), "invalid_credential_request"),
        (with("credential_identifier", json!("x")), "invalid_credential_request"),
        (with("proofs", json!({"jwt": []})), "invalid_proof"),
        (with("proofs", json!({"attestation": ["x"]})), "invalid_proof"),
        (
            with("credential_configuration_id", json!("library-card.vc-sd-jwt")),
            "unknown_credential_configuration",
        ),
        (json!({"credential_identifier": MAISHA}), "unknown_credential_identifier"),
    ] {
        assert_eq!(error(wallet.call("/credential", &token, &body)), (400, code.to_owned()), "{body}");
    }
    // What there is, but was not offered.
    let other = with("credential_configuration_id", json!("maisha-id.ldp-vc"));
    assert_eq!(error(wallet.call("/credential", &token, &other)), (403, "insufficient_scope".to_owned()));
    let large = wallet.call("/credential", &token, &with("more", json!("x".repeat(100_000))));
    assert!(crate::problem(large, 413).contains("Send less"));
    let large = wallet.ask(&format!("{}&more={}", redeeming("a", None), "x".repeat(100_000)));
    assert!(crate::problem(large, 413).contains("Send less"));
    assert!(crate::problem(running.get("/credential"), 405).contains("Allow"));
    assert!(crate::problem(running.get("/offers/unknown"), 404).contains("Ask for a new one"));
    assert_eq!(issued(wallet.call("/credential", &token, &good)).0.len(), 1);
}

/// OpenID4VCI 1.0 sections 8.2, 9.1 and 11.1.
#[test]
fn what_does_not_say_that_it_is_json_is_refused() {
    let running = office();
    let wallet = Wallet::new(&running);
    let token = wallet.token();
    let good = plain(&running).to_string();
    let ask = |path: &str, media_type: &str, body: &str| {
        let (authorization, proof) = (format!("DPoP {token}"), wallet.dpop(path, Some(&token)));
        post(&running, path, media_type, &[("authorization", &authorization), ("dpop", &proof)], body)
    };
    for media_type in ["text/plain", FORM, "application/problem+json"] {
        for (path, body, code) in [
            ("/credential", good.as_str(), "invalid_credential_request"),
            ("/deferred_credential", r#"{"transaction_id":"a"}"#, "invalid_credential_request"),
            (
                "/notification",
                r#"{"notification_id":"a","event":"credential_accepted"}"#,
                "invalid_notification_request",
            ),
        ] {
            let refused = error(ask(path, media_type, body));
            assert_eq!(refused, (400, code.to_owned()), "{path} {media_type}");
        }
    }
    assert_eq!(issued(ask("/credential", "Application/JSON; charset=utf-8", &good)).0.len(), 1);
}
