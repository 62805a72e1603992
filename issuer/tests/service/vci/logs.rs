//! Logs name nobody, whatever is asked, and hold no secret that anybody shows.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hati_issuer::activation::{Activation, DEFAULT_DAYS};
use hati_issuer::service::Limits;
use serde_json::json;

use super::*;
use crate::limits::{AGGREGATOR, DESK, feed_key, office_of};
use crate::vc_api;

const PHONE: &str = "254712345678";
const CLIENT: &str = "ke.go.hati.wallet";
const REDIRECT: &str = "https://wallet.example/signed-in";
const JSON: &str = "application/json";

/// What is logged, kept.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// An issuer that listens to everybody there is: wallets, people, an aggregator, a feed, another system.
fn everybodys() -> Running {
    let many = std::num::NonZeroU32::new(100_000).unwrap();
    let limits = Limits { requests_per_second: many, burst: many, ..Limits::default() };
    let wallet = json!({ "client_id": CLIENT, "name": "Wallet", "redirect_uris": [REDIRECT] });
    let wallets = vec![serde_json::from_value(wallet).unwrap()];
    let running = office_of(Settings { limits, wallets, ..settings() });
    let event = Event::new(0, "test", Action::Imported, "people.csv");
    let caller = Person { phone: Some(format!("+{PHONE}")), ..person(UPI) };
    running.service.home().store.admit(&[caller], &[waiting()], &event).unwrap();
    running
}

/// A person signs in for a wallet, at first with a wrong code. Gives every secret on the way.
fn sign_in(running: &Running, code: &str) -> Vec<String> {
    let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    let pushed = format!(
        "response_type=code&client_id={CLIENT}&redirect_uri={REDIRECT}&code_challenge={challenge}\
         &code_challenge_method=S256&state=a-state-of-the-wallet&scope=maisha-id.dc-sd-jwt"
    );
    let pushed: Value = serde_json::from_str(&text(post(running, "/par", FORM, &[], &pushed))).unwrap();
    let reference = pushed["request_uri"].as_str().unwrap();
    let agent =
        ureq::Agent::config_builder().max_redirects(0).http_status_as_error(false).build().new_agent();
    let opened = agent
        .get(running.url(&format!("/authorize?client_id={CLIENT}&request_uri={reference}")))
        .call()
        .unwrap();
    let cookie = header(&opened, "set-cookie").split(';').next().unwrap().to_owned();
    let page = text(agent.get(running.url("/authorize/signin")).header("cookie", &cookie).call().unwrap());
    let form = page.split("name=\"form\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let submit = |code: &str| {
        let fields = [("form", form.as_str()), ("upi", UPI), ("code", code), ("go", "1")];
        agent.post(running.url("/authorize/signin")).header("cookie", &cookie).send_form(fields).unwrap()
    };
    assert_ne!(submit("0000000000").status().as_u16(), 303);
    let signed_in = submit(code);
    assert_eq!(signed_in.status().as_u16(), 303);
    let answer = header(&signed_in, "location").split("code=").nth(1).unwrap().split('&').next().unwrap();
    let reference = reference.rsplit(':').next().unwrap().to_owned();
    let cookie = cookie.split('=').nth(1).unwrap().to_owned();
    vec![reference, cookie, form, answer.to_owned(), "a-state-of-the-wallet".to_owned(), challenge.to_owned()]
}

/// Offers become copies, and a request that waits. Gives every secret on the way.
fn collect(running: &Running) -> Vec<String> {
    let wallet = Wallet::new(running);
    let code = code(&offer(running));
    assert_eq!(error(wallet.ask(&redeeming("of-nobody", None))).1, "invalid_grant");
    let token = wallet.redeem(&redeeming(&code, None));
    let (access, refresh) = (token.access_token.as_str(), token.refresh_token.as_ref().unwrap().as_str());
    let nonce = nonce(running);
    let proofs = vec![proof_of(running, &keys(1)[0], &nonce)];
    let (_, notification) = issued(wallet.credential(access, proofs.clone()));
    assert_eq!(error(wallet.credential(access, proofs.clone())).1, "invalid_nonce");
    let notification = notification.unwrap();
    let told = json!({"notification_id": notification, "event": "credential_accepted"});
    assert_eq!(wallet.call("/notification", access, &told).status().as_u16(), 204);

    let form = redeeming(&super::code(&offer_of(running, WAITING, &[MAISHA], false)), None);
    let of_another = wallet.redeem(&form).access_token.as_str().to_owned();
    let asked = wallet.credential(&of_another, super::proofs(running, &keys(1)));
    assert_eq!(asked.status().as_u16(), 202);
    let asked: Value = serde_json::from_str(&text(asked)).unwrap();
    let transaction = asked["transaction_id"].as_str().unwrap();
    let again = |id: &str| wallet.call("/deferred_credential", &of_another, &json!({"transaction_id": id}));
    assert_eq!(again(transaction).status().as_u16(), 202);
    assert_eq!(error(again("of-nobody")).1, "invalid_transaction_id");
    let secrets = [&code, access, refresh, &nonce, &proofs[0], &notification, &of_another, transaction];
    secrets.map(str::to_owned).into()
}

#[test]
fn logs_name_nobody_and_hold_no_secret() {
    // As the program logs.
    let kept = Kept::default();
    let writer = kept.clone();
    tracing_subscriber::fmt().json().with_writer(move || writer.clone()).init();
    let running = everybodys();
    let code = Activation::of(running.service.home()).make(
        UPI,
        DEFAULT_DAYS,
        &Actor::officer("wanjiku"),
        now(),
        &mut rng(),
    );
    let code = code.unwrap().to_string();
    let mut secrets = sign_in(&running, &code);
    secrets.extend(collect(&running));

    let desk = format!("Bearer {DESK}");
    let desk = |upi: &str, status: u16| {
        let body = vc_api::body("MaishaId", upi, &json!({}), &json!({})).to_string();
        let answer = post(&running, "/vc-api/credentials/issue", JSON, &[("authorization", &desk)], &body);
        assert_eq!(answer.status().as_u16(), status, "{}", text(answer));
    };
    desk(UPI, 201);
    desk(WAITING, 409);
    let feed = |upi: &str, date: &str| {
        let changes = [json!({"op": "death", "upi": upi, "date": date})];
        let batch = json!({"feed": "births", "sequence": 1, "previous": null, "changes": changes});
        let signed = jwt(&feed_key(), &json!({"alg": "EdDSA", "typ": "hati-feed+json"}), &batch);
        post(&running, "/feeds/births", "application/jose", &[], &signed).status().as_u16()
    };
    // Before the birth, and of nobody who is known.
    assert_eq!((feed(UPI, "1950-01-01"), feed("20480163920099", "2026-11-01")), (422, 200));

    let citizen = |code: &str, path: &str| {
        let who = STANDARD.encode(format!("{UPI}:{code}"));
        let answer = post(&running, path, JSON, &[("authorization", &format!("Basic {who}"))], "{}");
        (answer.status().as_u16(), who)
    };
    let (wrong, right) = (citizen("0000000000", "/citizen/v1/lock"), citizen(&code, "/citizen/v1/lock"));
    assert_eq!((wrong.0, right.0, citizen(&code, "/citizen/v1/corrections").0), (401, 200, 422));
    let dial = |token: &str, phone: &str, answers: &str| {
        let form = format!("sessionId=1&phoneNumber=%2B{phone}&text={answers}");
        text(post(&running, &format!("/ussd/{token}"), FORM, &[], &form))
    };
    assert!(dial(AGGREGATOR, PHONE, "1*1").starts_with("END Your ID is locked."));
    dial("another-aggregator", PHONE, "");
    dial(AGGREGATOR, "x712345678", "");

    let log = String::from_utf8(kept.0.lock().unwrap().clone()).unwrap();
    for route in [
        "/authorize",
        "/authorize/signin",
        "/par",
        "/token",
        "/nonce",
        "/credential",
        "/deferred_credential",
        "/notification",
        "/vc-api/credentials/issue",
        "/feeds/{name}",
        "/citizen/v1/lock",
        "/citizen/v1/corrections",
        "/ussd/{token}",
    ] {
        assert!(log.contains(&format!("\"route\":\"{route}\"")), "{route}: {log}");
    }
    let personal =
        [UPI, WAITING, "20480163920099", "712345678", "Achieng", "Odhiambo", "31415926", "1950-01-01"];
    let shown = [&code, &wrong.1, &right.1, DESK, AGGREGATOR, "another-aggregator", "127.0.0.1"];
    let secrets = secrets.iter().map(String::as_str);
    for secret in secrets.chain(personal).chain(shown) {
        assert!(secret.len() > 5 && !log.contains(secret), "{secret}: {log}");
    }
}
