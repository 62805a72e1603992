//! A person asks for a correction, and reads the answer.

use axum::http::Method;
use hati_store::{Action, CorrectionAnswer, Event, RegisterChange};
use serde_json::{Value, json};

use super::lock::basic;
use super::{ACHIENG, Answer, MWANGI, Office, PHONE, TOKEN, now};

const PATH: &str = "/citizen/v1/corrections";

fn file(office: &Office, who: &str, body: &Value) -> Answer {
    let headers = [("authorization", who), ("content-type", "application/json; charset=utf-8")];
    office.request(Method::POST, PATH, &headers, &body.to_string())
}

fn request() -> Value {
    json!({ "claim": "family_name", "wanted": "Odhiambo Ouma", "evidence": "birth certificate 1234/97" })
}

#[test]
fn a_request_waits_for_an_officer_and_its_answer_is_read() {
    let (office, code) = Office::with_code(ACHIENG);
    let who = basic(ACHIENG, &code.to_string());
    let filed = file(&office, &who, &request());
    assert_eq!(filed.status.as_u16(), 201, "{}", filed.text());
    assert_eq!((&filed.json()["claim"], &filed.json()["answer"]), (&"family_name".into(), &Value::Null));
    let ussd = |office: &Office, text: &str| {
        let answer =
            office.post_form(&format!("/ussd/{TOKEN}"), &[], &[("phoneNumber", PHONE), ("text", text)]);
        answer.text().to_owned()
    };
    assert_eq!(ussd(&office, "2"), "END Your request for correction waits for an officer.");

    let (office, ()) = office.with_home(now, |home| {
        let open = home.store.open_corrections(None, 10).unwrap();
        assert_eq!(
            (open.len(), open[0].upi.as_str(), open[0].wanted.as_str()),
            (1, ACHIENG, "Odhiambo Ouma")
        );
        let reason = "the certificate says Ouma".to_owned();
        let answer =
            CorrectionAnswer { granted: true, reason, officer: "wanjiru".into(), at: now().seconds() };
        let event = Event::new(now().seconds(), "wanjiru", Action::CorrectionAnswered, ACHIENG);
        home.store.apply(&[RegisterChange::Answer(open[0].id, answer)], &[event]).unwrap();
    });
    let listed = office.get(PATH, &[("authorization", &who)]);
    assert_eq!(listed.header("cache-control"), "no-store");
    let answer = &listed.json()["corrections"][0]["answer"];
    assert_eq!((&answer["granted"], &answer["reason"]), (&true.into(), &"the certificate says Ouma".into()));
    assert!(!listed.text().contains("wanjiru"), "the officer's name stays inside");
    assert!(ussd(&office, "3*2").starts_with("END Ombi lako la marekebisho limekubaliwa"));
    let actions = office.look(ACHIENG).2;
    assert!(actions.contains(&("citizen".into(), Action::CorrectionRequested)), "{actions:?}");
    assert!(actions.contains(&("ussd".into(), Action::Consulted)), "{actions:?}");
}

#[test]
fn a_person_sees_their_own_requests_alone() {
    let (office, code) = Office::with_code(ACHIENG);
    let who = basic(ACHIENG, &code.to_string());
    assert_eq!(file(&office, &who, &request()).status.as_u16(), 201);
    for authorization in ["", &basic(MWANGI, &code.to_string()), "Basic x"] {
        assert_eq!(office.get(PATH, &[("authorization", authorization)]).status.as_u16(), 401);
        assert_eq!(file(&office, authorization, &request()).status.as_u16(), 401);
    }
}

#[test]
fn requests_that_nobody_could_answer_are_refused() {
    let (office, code) = Office::with_code(ACHIENG);
    let who = basic(ACHIENG, &code.to_string());
    let with = |member: &str, value: Value| {
        let mut body = request();
        body[member] = value;
        file(&office, &who, &body)
    };
    for (member, value) in [
        ("claim", json!("salary")),
        ("claim", json!("upi")),
        // Taken at a service centre.
        ("claim", json!("portrait")),
        ("claim", Value::Null),
        ("wanted", json!("")),
        ("wanted", json!("  ")),
        ("wanted", json!(7)),
        ("wanted", json!("x".repeat(201))),
        ("evidence", json!("x".repeat(201))),
        ("evidence", json!("a\nb")),
        ("evidence", json!("\u{1b}[31m")),
    ] {
        let refused = with(member, value.clone());
        assert_eq!(refused.status.as_u16(), 422, "{member} {value}");
        assert!(refused.json()["detail"].as_str().unwrap().starts_with(member), "{}", refused.text());
    }
    // What no record could take is refused as a row of an import is.
    for (claim, wanted) in
        [("birthdate", "no date"), ("birthdate", "2190-01-01"), ("sex", "queen"), ("county", "Atlantis")]
    {
        let body = json!({ "claim": claim, "wanted": wanted, "evidence": "birth certificate 1234/97" });
        let refused = file(&office, &who, &body);
        assert_eq!(refused.status.as_u16(), 422, "{claim} {wanted}");
        assert_eq!(refused.json()["code"], "fields_refused", "{}", refused.text());
        assert!(refused.json()["detail"].as_str().unwrap().contains(claim), "{}", refused.text());
    }
    // A line break is told as one, and a length as one.
    let said = |value: Value| with("evidence", value).json();
    let (broken, empty) = (said(json!("a\nb")), said(json!("")));
    assert_eq!((&broken["code"], &empty["code"]), (&json!("text_not_one_line"), &json!("text_length")));
    assert!(broken["detail"].as_str().unwrap().contains("got a line break"), "{broken}");
    assert_eq!(empty["detail"], "evidence: expected 1 to 200 characters, got 0. Write some");
    // What the register says already needs no officer.
    for (claim, wanted) in [("family_name", "Odhiambo"), ("nationalities", "KE"), ("birthdate", "1997-01-01")]
    {
        let body = json!({ "claim": claim, "wanted": wanted, "evidence": "birth certificate 1234/97" });
        let refused = file(&office, &who, &body);
        assert_eq!(refused.status.as_u16(), 409, "{claim}: {}", refused.text());
        assert_eq!(refused.json()["code"], "correction_changes_nothing");
        assert!(!refused.text().contains(wanted), "{}", refused.text());
    }
    let refused = with("extra", json!(1));
    assert_eq!((refused.status.as_u16(), &refused.json()["code"]), (400, &json!("body_malformed")));
    let headers = [("authorization", who.as_str()), ("content-type", "application/json")];
    for body in ["", "[]", "{\"claim\":1,\"claim\":2}", "{"] {
        assert_eq!(office.request(Method::POST, PATH, &headers, body).status.as_u16(), 400, "{body}");
    }
    let form = [("authorization", who.as_str()), ("content-type", "application/x-www-form-urlencoded")];
    assert_eq!(office.request(Method::POST, PATH, &form, "{}").status.as_u16(), 415);
}

#[test]
fn a_person_fills_no_queue() {
    let (office, code) = Office::with_code(ACHIENG);
    let who = basic(ACHIENG, &code.to_string());
    let statuses: Vec<u16> = (0..11).map(|_| file(&office, &who, &request()).status.as_u16()).collect();
    assert_eq!((&statuses[..10], statuses[10]), (&[201; 10][..], 409));
}
