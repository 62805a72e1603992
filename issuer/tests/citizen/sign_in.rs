//! From the reference to the code.

use axum::http::Method;
use hati_formats::encoding::b64url;
use hati_formats::keys::{Algorithm, SoftwareKey};
use hati_store::{Action, Amendment, Event, RegisterChange};

use super::pushed::{VERIFIER, fields, proof, with_offer};
use super::{
    ACHIENG, Answer, CLIENT, MWANGI, NOBODY, Office, REDIRECT, URL, a_minute_later, an_hour_later, form, now,
    query,
};

/// What a browser has in its cookie and its form.
pub(crate) struct Browser {
    pub(crate) cookie: String,
    form: String,
    pub(crate) page: Answer,
}

pub(crate) fn push(office: &Office, others: &[(&str, &str)]) -> String {
    let answer = office.post_form("/par", &[], &fields(others));
    assert_eq!(answer.status.as_u16(), 201, "{}", answer.text());
    answer.json()["request_uri"].as_str().unwrap().to_owned()
}

fn open(office: &Office, client: &str, request_uri: &str) -> Answer {
    office.get(&format!("/authorize?{}", form(&[("client_id", client), ("request_uri", request_uri)])), &[])
}

impl Browser {
    /// Opened by a wallet.
    pub(crate) fn open(office: &Office, others: &[(&str, &str)]) -> Self {
        let answer = open(office, CLIENT, &push(office, others));
        assert_eq!((answer.status.as_u16(), answer.header("location")), (303, "/authorize/signin"));
        let cookie = answer.header("set-cookie");
        for part in ["__Host-hati-sign-in=", "HttpOnly", "Secure", "SameSite=Lax", "Path=/"] {
            assert!(cookie.contains(part), "{cookie}");
        }
        let cookie = cookie.split(';').next().unwrap().to_owned();
        let page = office.get("/authorize/signin", &[("cookie", &cookie)]);
        assert_eq!(page.status.as_u16(), 200, "{}", page.text());
        let (_, rest) = page.text().split_once("name=\"form\" value=\"").unwrap();
        let form = rest.split('"').next().unwrap().to_owned();
        Self { cookie, form, page }
    }

    pub(crate) fn submit(&self, office: &Office, fields: &[(&str, &str)]) -> Answer {
        let fields = [&[("form", self.form.as_str())], fields].concat();
        office.post_form("/authorize/signin", &[("cookie", &self.cookie)], &fields)
    }

    fn sign_in(&self, office: &Office, upi: &str, code: &str) -> Answer {
        self.submit(office, &[("upi", upi), ("code", code), ("go", "1")])
    }
}

#[test]
fn from_the_push_to_a_code_that_only_its_wallet_can_use() {
    let (office, code) = Office::with_code(ACHIENG);
    let key = SoftwareKey::from_secret_bytes(Algorithm::EdDsa, &[1; 32]).unwrap();
    let jkt = b64url(&key.public().thumbprint());
    let browser = Browser::open(&office, &[("dpop_jkt", &jkt), ("state", "a b&c=d")]);
    let answer = browser.sign_in(&office, ACHIENG, &code.to_string());
    assert_eq!(answer.status.as_u16(), 303, "{}", answer.text());
    let location = answer.header("location").to_owned();
    assert!(location.starts_with(&format!("{REDIRECT}?code=")), "{location}");
    assert_eq!(query(&location, "state").as_deref(), Some("a b&c=d"));
    assert_eq!(query(&location, "iss").as_deref(), Some(URL), "RFC 9207");
    assert_eq!(answer.header("referrer-policy"), "no-referrer");
    let code = query(&location, "code").unwrap();

    let proof = |jti: &str| proof(&key, &format!("{URL}/token"), jti);
    let redeem = |office: &Office, verifier: &str, proof: &str| {
        let fields = [
            ("grant_type", "authorization_code"),
            ("client_id", CLIENT),
            ("redirect_uri", REDIRECT),
            ("code", &*code),
            ("code_verifier", verifier),
        ];
        office.post_form("/token", &[("dpop", proof)], &fields)
    };
    let tokens = redeem(&office, VERIFIER, &proof("1"));
    assert_eq!(tokens.status.as_u16(), 200, "{}", tokens.text());
    assert_eq!(tokens.json()["token_type"], "DPoP");
    let again = redeem(&office, VERIFIER, &proof("2"));
    assert_eq!((again.status.as_u16(), &again.json()["error"]), (400, &"invalid_grant".into()));
}

/// OpenID4VCI 1.0 section 5.1.3.
#[test]
fn the_audit_tells_which_offer_a_sign_in_came_from() {
    let (office, code) = Office::with_code(ACHIENG);
    let (office, state) = with_offer(office);
    let browser = Browser::open(&office, &[("issuer_state", &state)]);
    let answer = browser.sign_in(&office, ACHIENG, &code.to_string());
    assert!(query(answer.header("location"), "code").is_some(), "{}", answer.text());
    // Without an offer, nothing is said of one.
    let browser = Browser::open(&office, &[]);
    browser.sign_in(&office, ACHIENG, &code.to_string());
    let (_, events) = office.with_home(now, |home| home.store.events(0, 1_000).unwrap());
    let about = |action: Action| {
        let events = events.iter().map(|it| &it.event).filter(move |it| it.action == action);
        events.map(|it| it.subject.as_str()).collect::<Vec<_>>()
    };
    let offered = about(Action::Offered);
    let (_, name) = offered.iter().find_map(|subject| subject.split_once(", offer ")).unwrap();
    let by_offer = format!("{ACHIENG}, by offer {name}");
    assert_eq!(about(Action::SignedIn), [ACHIENG, by_offer.as_str(), ACHIENG]);
}

/// A minute later, with another verifier, and by another key.
#[test]
fn a_code_is_of_no_use_to_others() {
    let (office, activation) = Office::with_code(ACHIENG);
    let [key, other] =
        [1, 2].map(|seed| SoftwareKey::from_secret_bytes(Algorithm::EdDsa, &[seed; 32]).unwrap());
    let jkt = b64url(&key.public().thumbprint());
    let get = |office: &Office| {
        let browser = Browser::open(office, &[("dpop_jkt", &jkt)]);
        query(browser.sign_in(office, ACHIENG, &activation.to_string()).header("location"), "code").unwrap()
    };
    let refused = |office: &Office, code: &str, verifier: &str, key: &SoftwareKey, client: &str| {
        let fields = [
            ("grant_type", "authorization_code"),
            ("client_id", client),
            ("redirect_uri", REDIRECT),
            ("code", code),
            ("code_verifier", verifier),
        ];
        let answer =
            office.post_form("/token", &[("dpop", &proof(key, &format!("{URL}/token"), code))], &fields);
        answer.json()["error"].as_str().unwrap_or_default().to_owned()
    };
    let of_another = "0".repeat(43);
    assert_eq!(refused(&office, &get(&office), &of_another, &key, CLIENT), "invalid_grant");
    assert_eq!(refused(&office, &get(&office), VERIFIER, &other, CLIENT), "invalid_grant");
    assert_eq!(refused(&office, &get(&office), VERIFIER, &key, "another.wallet"), "invalid_grant");
    let late = get(&office);
    let office = office.later(a_minute_later);
    assert_eq!(refused(&office, &late, VERIFIER, &key, CLIENT), "invalid_grant");
}

#[test]
fn apps_of_their_own_scheme_and_on_this_device_get_their_code_too() {
    let (office, code) = Office::with_code(ACHIENG);
    for uri in ["ke.go.hati.wallet:/signed-in", "http://127.0.0.1:51004/cb"] {
        let browser = Browser::open(&office, &[("redirect_uri", uri)]);
        let answer = browser.sign_in(&office, ACHIENG, &code.to_string());
        assert!(answer.header("location").starts_with(&format!("{uri}?code=")), "{uri}");
    }
}

/// Mail programs and messengers look at links before anybody opens them.
#[test]
fn a_look_at_the_link_does_not_use_it_up() {
    let office = Office::open();
    let uri = push(&office, &[]);
    let path = format!("/authorize?{}", form(&[("client_id", CLIENT), ("request_uri", &uri)]));
    for path in [&path, "/authorize/upstream?code=a&state=b"] {
        for method in [Method::HEAD, Method::POST, Method::OPTIONS, Method::DELETE] {
            let looked = office.request(method, path, &[], "");
            let allowed: Vec<_> =
                looked.headers.get_all("allow").iter().map(|it| it.to_str().unwrap()).collect();
            assert_eq!((looked.status.as_u16(), allowed), (405, vec!["GET"]), "{path}");
            assert!(looked.header("set-cookie").is_empty());
        }
    }
    assert_eq!(office.get(&path, &[]).status.as_u16(), 303);
}

#[test]
fn a_reference_is_used_once_by_its_own_wallet_in_time() {
    let office = Office::open();
    let refused = |answer: Answer| {
        assert_eq!(answer.status.as_u16(), 400);
        assert!(answer.header("location").is_empty() && answer.header("set-cookie").is_empty());
        assert!(answer.text().contains("Begin again in your wallet"), "{}", answer.text());
    };
    let uri = push(&office, &[]);
    refused(open(&office, "another.wallet", &uri));
    assert_eq!(open(&office, CLIENT, &uri).status.as_u16(), 303);
    refused(open(&office, CLIENT, &uri));
    refused(open(&office, CLIENT, "urn:ietf:params:oauth:request_uri:guessed"));
    let late = push(&office, &[]);
    let office = office.later(an_hour_later);
    refused(open(&office, CLIENT, &late));
}

#[test]
fn what_was_not_pushed_is_not_begun() {
    let office = Office::open();
    for query in [
        form(&fields(&[])),
        String::new(),
        "client_id=x&request_uri=https%3A%2F%2Fevil.example".to_owned(),
        "request_uri=urn:ietf:params:oauth:request_uri:x".to_owned(),
        "%ff".to_owned(),
        "a=1&a=2".to_owned(),
    ] {
        let answer = office.get(&format!("/authorize?{query}"), &[]);
        assert_eq!((answer.status.as_u16(), answer.header("location")), (400, ""), "{query}");
        assert!(answer.text().contains("opened by a wallet alone"));
    }
}

#[test]
fn a_wrong_code_shows_the_page_again_until_the_person_is_locked() {
    let (office, code) = Office::with_code(ACHIENG);
    let browser = Browser::open(&office, &[]);
    let mistyped = browser.sign_in(&office, ACHIENG, "7K2MQ-X9T4C");
    assert_eq!(mistyped.status.as_u16(), 403);
    for n in 0..5 {
        let answer = browser.sign_in(&office, ACHIENG, "00000-00000");
        assert_eq!(answer.status.as_u16(), 403, "{n}");
        assert!(answer.text().contains("do not belong together") && answer.text().contains("name=\"form\""));
    }
    let locked = browser.sign_in(&office, ACHIENG, &code.to_string());
    assert_eq!(locked.status.as_u16(), 429);
    assert!(locked.text().contains("Wait until 2026-11-22T09:15:00Z"), "{}", locked.text());
    // Another person is not.
    assert_eq!(browser.sign_in(&office, NOBODY, &code.to_string()).status.as_u16(), 403);
}

#[test]
fn a_sign_in_gives_one_code() {
    let (office, code) = Office::with_code(ACHIENG);
    let browser = Browser::open(&office, &[]);
    assert_eq!(browser.sign_in(&office, ACHIENG, &code.to_string()).status.as_u16(), 303);
    let again = browser.sign_in(&office, ACHIENG, &code.to_string());
    assert_eq!((again.status.as_u16(), again.header("location")), (400, ""));
    assert_eq!(office.get("/authorize/signin", &[("cookie", &browser.cookie)]).status.as_u16(), 400);
}

/// Neither another site's form nor another browser's.
#[test]
fn only_the_browser_that_was_given_the_form_can_send_it() {
    let (office, code) = Office::with_code(ACHIENG);
    let [victim, attacker] = [(); 2].map(|()| Browser::open(&office, &[]));
    let code = code.to_string();
    let send = |cookie: Option<&str>, form: Option<&str>| {
        let headers: Vec<_> = cookie.map(|cookie| ("cookie", cookie)).into_iter().collect();
        let token = form.map(|form| ("form", form));
        let fields: Vec<_> = token.into_iter().chain([("upi", ACHIENG), ("code", &*code)]).collect();
        office.post_form("/authorize/signin", &headers, &fields).status.as_u16()
    };
    assert_eq!(send(Some(&victim.cookie), None), 400);
    assert_eq!(send(Some(&victim.cookie), Some(&attacker.form)), 400);
    assert_eq!(send(None, Some(&victim.form)), 400);
    assert_eq!(send(Some("__Host-hati-sign-in=guessed"), Some(&victim.form)), 400);
    assert_eq!(send(Some(&format!("other=1; {}", victim.cookie)), Some(&victim.form)), 303);
}

#[test]
fn an_old_sign_in_is_over() {
    let (office, code) = Office::with_code(ACHIENG);
    let browser = Browser::open(&office, &[]);
    let office = office.later(an_hour_later);
    let answer = browser.sign_in(&office, ACHIENG, &code.to_string());
    assert_eq!((answer.status.as_u16(), answer.header("location")), (400, ""));
}

/// RFC 6749 section 4.1.2.1.
#[test]
fn who_does_not_want_to_goes_back_with_an_error() {
    let office = Office::open();
    let browser = Browser::open(&office, &[]);
    let answer = browser.submit(&office, &[("upi", ""), ("code", ""), ("cancel", "1")]);
    let location = answer.header("location");
    assert!(location.starts_with(REDIRECT), "{location}");
    assert_eq!(query(location, "error").as_deref(), Some("access_denied"));
    assert_eq!(
        (query(location, "state").as_deref(), query(location, "iss").as_deref()),
        (Some("s"), Some(URL))
    );
    assert_eq!(browser.submit(&office, &[("cancel", "1")]).status.as_u16(), 400, "once");
}

#[test]
fn who_died_since_gets_no_code() {
    let (office, code) = Office::with_code(ACHIENG);
    let (office, ()) = office.with_home(now, |home| {
        let person = home.store.person(ACHIENG).unwrap().unwrap();
        let died = Amendment {
            person,
            died: Some(20_000),
            revision: 0,
            revoke: Vec::new(),
            withdraw: Vec::new(),
            is_another: false,
        };
        let event = Event::new(0, "officer", hati_store::Action::DeathRegistered, ACHIENG);
        home.store.apply(&[RegisterChange::Amend(died)], &[event]).unwrap();
    });
    let answer = Browser::open(&office, &[]).sign_in(&office, ACHIENG, &code.to_string());
    assert_eq!((answer.status.as_u16(), answer.header("location")), (403, ""));
    assert!(answer.text().contains("service centre"));
}

/// What a wallet sends comes back in one header, whatever it holds.
#[test]
fn no_state_makes_another_header_or_another_parameter() {
    let (office, code) = Office::with_code(MWANGI);
    for state in ["x\r\nSet-Cookie: a=b", "x&code=stolen&iss=evil", "\u{202e}é#frag", "\0", "%0d%0a"] {
        let browser = Browser::open(&office, &[("state", state)]);
        let answer = browser.sign_in(&office, MWANGI, &code.to_string());
        let location = answer.header("location");
        assert_eq!(query(location, "state").as_deref(), Some(state));
        assert_eq!(query(location, "iss").as_deref(), Some(URL));
        assert!(!location.contains(['\r', '\n', '#']) && answer.headers.get("set-cookie").is_none());
    }
}

#[test]
fn hostile_requests_are_refused_and_nobody_is_harmed() {
    let office = Office::open();
    let browser = Browser::open(&office, &[]);
    for body in ["", "form", "form=%ff", "form=a&form=b", &"a=1&".repeat(100)] {
        let headers = [("cookie", browser.cookie.as_str())];
        assert_eq!(
            office.request(Method::POST, "/authorize/signin", &headers, body).status.as_u16(),
            400,
            "{body}"
        );
    }
    for cookie in ["", "=", "__Host-hati-sign-in", "__Host-hati-sign-in=\"\t;=", &"a=b; ".repeat(1_000)] {
        assert_eq!(office.get("/authorize/signin", &[("cookie", cookie)]).status.as_u16(), 400, "{cookie}");
    }
    assert_eq!(office.get("/authorize/signin", &[("cookie", &browser.cookie)]).status.as_u16(), 200);
}
