//! Codes: each for one token, for whoever it was given to.

use hati_issuer::grants::AuthorizationCode;
use hati_protocol::oauth::Secret;
use hati_protocol::oauth::pkce::{CodeChallenge, CodeVerifier};
use hati_store::Action;

use super::*;

const CLIENT: &str = "wallet.example";
const REDIRECT: &str = "https://wallet.example/back";

fn verifier() -> CodeVerifier {
    CodeVerifier::from_random(&[7; 32])
}

/// A code as a sign-in gives it.
fn signed_in(running: &Running, dpop_jkt: Option<String>, details_requested: bool) -> String {
    let code = Secret::from(format!("code-{}", fresh()));
    let value = AuthorizationCode {
        upi: UPI.into(),
        client_id: CLIENT.into(),
        redirect_uri: REDIRECT.into(),
        code_challenge: CodeChallenge::of(&verifier()).to_string(),
        dpop_jkt,
        configurations: vec![MAISHA.into()],
        details_requested,
    };
    let ticket = value.ticket(&code, now().seconds() + 60);
    running.service.home().store.keep(&[ticket], &[]).unwrap();
    code.as_str().to_owned()
}

fn redeeming_code(code: &str, client: &str, redirect: &str, verifier: &CodeVerifier) -> String {
    let verifier = verifier.as_str();
    format!(
        "grant_type=authorization_code&code={code}&client_id={client}&redirect_uri={redirect}&code_verifier={verifier}"
    )
}

#[test]
fn a_code_of_a_sign_in_becomes_a_token_for_the_wallet_that_asked() {
    let running = office();
    let wallet = Wallet::new(&running);
    let jkt = b64url(&wallet.key.public().thumbprint());
    for details in [true, false] {
        let code = signed_in(&running, Some(jkt.clone()), details);
        let token = wallet.redeem(&redeeming_code(&code, CLIENT, REDIRECT, &verifier()));
        assert_eq!(token.authorization_details.len(), usize::from(details));
        assert_eq!(token.scope.is_some(), !details);
    }
}

/// Somebody has a copy of everything: so nobody keeps anything.
#[test]
fn a_code_that_is_used_twice_withdraws_what_came_of_it() {
    let running = office();
    let wallet = Wallet::new(&running);
    let code = signed_in(&running, None, false);
    let form = redeeming_code(&code, CLIENT, REDIRECT, &verifier());
    let token = wallet.redeem(&form);
    // Who has the code alone withdraws nothing.
    let guess = redeeming_code(&code, CLIENT, REDIRECT, &CodeVerifier::from_random(&[8; 32]));
    assert_eq!(error(wallet.ask(&guess)), (400, "invalid_grant".to_owned()));
    let token = wallet.redeem(&refreshing(&token));
    let (copies, _) = wallet.copies(token.access_token.as_str(), MAISHA, &keys(1));
    assert_eq!(copies.len(), 1);

    assert_eq!(error(wallet.ask(&form)), (400, "invalid_grant".to_owned()));
    assert_eq!(events(&running, Action::SignInRefused), [format!("{UPI}, authorization code used before")]);
    assert_eq!(error(wallet.ask(&refreshing(&token))), (400, "invalid_grant".to_owned()));
    let response = wallet.credential(token.access_token.as_str(), proofs(&running, &keys(1)));
    assert_eq!(error(response), (401, "invalid_token".to_owned()));
    assert_eq!(error(wallet.ask(&form)), (400, "invalid_grant".to_owned()));
}

/// Whoever refreshes at that moment keeps nothing either: with many who do, one comes between every two steps.
#[test]
fn a_refresh_at_the_same_time_does_not_outlive_the_withdrawal() {
    let running = office();
    let wallet = Wallet::new(&running);
    for _ in 0..20 {
        let form = redeeming_code(&signed_in(&running, None, false), CLIENT, REDIRECT, &verifier());
        let token = wallet.redeem(&form);
        // The same one again and again, as after a lost answer: each time another is kept.
        let refreshing_on = || {
            let asked = std::iter::repeat_with(|| text(wallet.ask(&refreshing(&token))));
            let given = asked.map_while(|said| TokenResponse::parse(said.as_bytes()).ok());
            given
                .take(100)
                .last()
                .map_or(token.access_token.as_str().to_owned(), |last| last.access_token.as_str().to_owned())
        };
        let newest = std::thread::scope(|scope| {
            let many: Vec<_> = (0..6).map(|_| scope.spawn(refreshing_on)).collect();
            assert_eq!(error(wallet.ask(&form)), (400, "invalid_grant".to_owned()));
            many.into_iter().map(|it| it.join().unwrap()).collect::<Vec<_>>()
        });
        for token in newest {
            let response = wallet.credential(&token, proofs(&running, &keys(1)));
            assert_eq!(error(response), (401, "invalid_token".to_owned()));
        }
    }
}

/// Also a token without a key, which has nothing to refresh.
#[test]
fn a_bearer_token_is_withdrawn_with_its_code() {
    let running = office();
    let form = redeeming_code(&signed_in(&running, None, false), CLIENT, REDIRECT, &verifier());
    let token: Value = serde_json::from_str(&text(post(&running, "/token", FORM, &[], &form))).unwrap();
    assert_eq!(error(post(&running, "/token", FORM, &[], &form)), (400, "invalid_grant".to_owned()));
    let shown = format!("Bearer {}", token["access_token"].as_str().unwrap());
    let request = serde_json::json!({ "credential_configuration_id": MAISHA });
    let response =
        post(&running, "/credential", "application/json", &[("authorization", &shown)], &request.to_string());
    assert_eq!(error(response), (401, "invalid_token".to_owned()));
}

#[test]
fn a_stolen_code_is_refused_and_still_good_for_its_wallet() {
    let running = office();
    let wallet = Wallet::new(&running);
    let code = signed_in(&running, Some(b64url(&wallet.key.public().thumbprint())), false);
    let other = CodeVerifier::from_random(&[8; 32]);
    let good = redeeming_code(&code, CLIENT, REDIRECT, &verifier());
    for form in [
        redeeming_code(&code, "thief.example", REDIRECT, &verifier()),
        redeeming_code(&code, CLIENT, "https://thief.example/", &verifier()),
        redeeming_code(&code, CLIENT, REDIRECT, &other),
        redeeming_code("unknown", CLIENT, REDIRECT, &verifier()),
    ] {
        assert_eq!(error(wallet.ask(&form)), (400, "invalid_grant".to_owned()), "{form}");
    }
    // RFC 9449 section 10: by another key, and by none.
    assert_eq!(error(Wallet::new(&running).ask(&good)), (400, "invalid_grant".to_owned()));
    assert_eq!(error(post(&running, "/token", FORM, &[], &good)), (400, "invalid_grant".to_owned()));
    wallet.redeem(&good);
}

#[test]
fn malformed_requests_have_their_codes() {
    let running = office();
    let wallet = Wallet::new(&running);
    let pre = "grant_type=urn:ietf:params:oauth:grant-type:pre-authorized_code";
    for (form, code) in [
        (String::new(), "invalid_request"),
        ("grant_type=password&username=a".to_owned(), "unsupported_grant_type"),
        (pre.to_owned(), "invalid_request"),
        (format!("{pre}&pre-authorized_code=a&pre-authorized_code=b"), "invalid_request"),
        (format!("{pre}&pre-authorized_code=%zz"), "invalid_request"),
        (format!("{pre}&pre-authorized_code=unknown"), "invalid_grant"),
        ("grant_type=authorization_code&code=a".to_owned(), "invalid_request"),
        ("grant_type=refresh_token&refresh_token=unknown".to_owned(), "invalid_grant"),
        ("grant_type=refresh_token&refresh_token=a.b".to_owned(), "invalid_grant"),
        (format!("{pre}&pre-authorized_code=a&authorization_details=x"), "invalid_authorization_details"),
    ] {
        assert_eq!(error(wallet.ask(&form)), (400, code.to_owned()), "{form}");
    }
    let json = post(&running, "/token", "application/json", &[], &redeeming(&code(&offer(&running)), None));
    assert_eq!(error(json), (400, "invalid_request".to_owned()));
}

#[test]
fn a_transaction_code_is_guessed_five_times() {
    let running = office();
    let wallet = Wallet::new(&running);
    let offer = offer_of(&running, UPI, &[MAISHA], true);
    let right = offer.tx_code.as_ref().unwrap().as_str();
    let wrong = if right == "000000" { "000001" } else { "000000" };
    // To forget it costs no attempt.
    let forgotten = wallet.ask(&redeeming(&code(&offer), None));
    assert_eq!(error(forgotten), (400, "invalid_request".to_owned()));
    for _ in 0..5 {
        assert_eq!(
            error(wallet.ask(&redeeming(&code(&offer), Some(wrong)))),
            (400, "invalid_grant".to_owned())
        );
    }
    let late = wallet.ask(&redeeming(&code(&offer), Some(right)));
    assert_eq!(error(late), (400, "invalid_grant".to_owned()));
    assert_eq!(events(&running, Action::SignInRefused), vec![format!("{UPI}, transaction code"); 5]);

    let offer = offer_of(&running, UPI, &[MAISHA], true);
    let right = offer.tx_code.as_ref().unwrap().as_str();
    assert_eq!(
        error(wallet.ask(&redeeming(&code(&offer), Some("12345")))),
        (400, "invalid_grant".to_owned())
    );
    wallet.redeem(&redeeming(&code(&offer), Some(right)));
    let plain = wallet.ask(&redeeming(&code(&super::offer(&running)), Some("123456")));
    assert_eq!(error(plain), (400, "invalid_request".to_owned()));
}

/// Somebody has the offer and one proof, and tries every transaction code with it.
#[test]
fn guesses_with_one_proof_are_counted_too() {
    let running = office();
    let wallet = Wallet::new(&running);
    let offer = offer_of(&running, UPI, &[MAISHA], true);
    let right = offer.tx_code.as_ref().unwrap().as_str();
    let wrong = if right == "000000" { "000001" } else { "000000" };
    let proof = wallet.dpop("/token", None);
    let ask = |form: &str| error(post(&running, "/token", FORM, &[("dpop", &proof)], form));
    // Used up.
    let other = code(&super::offer(&running));
    assert_eq!(
        post(&running, "/token", FORM, &[("dpop", &proof)], &redeeming(&other, None)).status().as_u16(),
        200
    );
    for _ in 0..5 {
        assert_eq!(ask(&redeeming(&code(&offer), Some(wrong))), (400, "invalid_grant".to_owned()));
    }
    assert_eq!(events(&running, Action::SignInRefused), vec![format!("{UPI}, transaction code"); 5]);
    let late = wallet.ask(&redeeming(&code(&offer), Some(right)));
    assert_eq!(error(late), (400, "invalid_grant".to_owned()));
}

#[test]
fn guesses_at_once_are_counted_one_by_one() {
    let running = office();
    let offer = offer_of(&running, UPI, &[MAISHA], true);
    let right = offer.tx_code.as_ref().unwrap().as_str();
    let wrong = if right == "000000" { "000001" } else { "000000" };
    let guess = || error(Wallet::new(&running).ask(&redeeming(&code(&offer), Some(wrong))));
    std::thread::scope(|scope| {
        let guesses: Vec<_> = (0..12).map(|_| scope.spawn(guess)).collect();
        for guess in guesses {
            assert_eq!(guess.join().unwrap(), (400, "invalid_grant".to_owned()));
        }
    });
    assert_eq!(events(&running, Action::SignInRefused).len(), 5);
    let late = Wallet::new(&running).ask(&redeeming(&code(&offer), Some(right)));
    assert_eq!(error(late), (400, "invalid_grant".to_owned()));
}

#[test]
fn the_store_has_no_secret_that_could_be_used() {
    let running = office();
    let wallet = Wallet::new(&running);
    let offers = [offer_of(&running, UPI, &[MAISHA], true), offer(&running)];
    let token = wallet.redeem(&redeeming(&code(&offers[1]), None));
    let refresh = token.refresh_token.as_ref().unwrap().as_str().split_once('.').unwrap().1;
    let reference = offers[0].by_reference_link.rsplit("%2F").next().unwrap();
    let tx_code = offers[0].tx_code.as_ref().unwrap().as_str();
    let kept = running.service.home().store.tickets_of(UPI, now().seconds()).unwrap();
    assert_eq!(kept.len(), 3);
    for ticket in kept {
        let value = String::from_utf8(ticket.value).unwrap();
        for secret in [&code(&offers[0]), reference, tx_code, token.access_token.as_str(), refresh] {
            assert!(!value.contains(secret), "{value}");
        }
    }
}

#[test]
fn two_who_redeem_one_code_at_once_get_one_token() {
    let running = office();
    for _ in 0..5 {
        let form = redeeming(&code(&offer(&running)), None);
        let redeem = || Wallet::new(&running).ask(&form).status().as_u16();
        let mut statuses = std::thread::scope(|scope| {
            let redeeming: Vec<_> = (0..8).map(|_| scope.spawn(redeem)).collect();
            redeeming.into_iter().map(|it| it.join().unwrap()).collect::<Vec<_>>()
        });
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 400, 400, 400, 400, 400, 400, 400]);
    }
}

#[test]
fn codes_and_tokens_expire_and_are_forgotten() {
    use std::sync::atomic::AtomicI64;
    static SECONDS: AtomicI64 = AtomicI64::new(0);
    fn clock() -> hati_formats::time::Timestamp {
        now().plus_seconds(SECONDS.load(Ordering::Relaxed))
    }
    let running = office_at(clock);
    let wallet = Wallet::new(&running);
    let (late, token, old) = (code(&offer(&running)), wallet.token(), nonce(&running));
    SECONDS.store(600, Ordering::Relaxed);
    let response = wallet.credential(&token, proofs(&running, &keys(1)));
    assert_eq!(error(response), (401, "invalid_token".to_owned()));
    let token = wallet.token();
    let proof = proof_of(&running, &key(Algorithm::EdDsa), &old);
    assert_eq!(error(wallet.credential(&token, vec![proof])), (400, "invalid_nonce".to_owned()));
    SECONDS.store(4_300, Ordering::Relaxed);
    assert_eq!(error(wallet.ask(&redeeming(&late, None))), (400, "invalid_grant".to_owned()));
    // Three DPoP proofs at the token endpoint, an offer, two access tokens.
    assert_eq!(running.service.forget().unwrap(), 6 - 1);
    assert_eq!(running.service.forget().unwrap(), 0);
}
