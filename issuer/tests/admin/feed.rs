//! Another system's changes, end to end.

use axum::http::Request;
use hati_formats::encoding::b64url;
use hati_formats::jws;
use hati_formats::keys::{Algorithm, SoftwareKey};
use hati_store::Role;
use serde_json::{Value, json};

use super::{ACHIENG, Desk, Reply, TWIN, married};

/// Of whose UPI nothing is known.
const NEW: &str = "20480163920034";

pub(super) fn sign(sequence: u64, previous: &Value, changes: &[Value], key: u8) -> String {
    let key = SoftwareKey::from_secret_bytes(Algorithm::EdDsa, &[key; 32]).unwrap();
    let payload = json!({ "feed": "births", "sequence": sequence, "previous": previous, "changes": changes });
    let header = json!({ "alg": "EdDSA", "typ": "hati-feed+json" });
    let unsigned = jws::prepare(header.as_object().unwrap(), payload.to_string().as_bytes());
    let signature = key.sign(unsigned.signing_input());
    unsigned.finish(&signature)
}

pub(super) fn send(desk: &Desk, feed: &str, token: String) -> Reply {
    desk.send(Request::post(format!("/feeds/{feed}")).body(token.into()).unwrap())
}

fn put(upi: &str, given: &str, family: &str, birthdate: &str) -> Value {
    json!({
        "op": "put", "upi": upi, "id_number": (upi == ACHIENG).then_some("31415926"), "given_name": given,
        "family_name": family, "birthdate": birthdate, "sex": "female", "nationalities": ["KE"],
        "county": "Kisumu", "place_of_birth": "Ahero", "country": "KE", "phone": "+254712345678",
    })
}

#[test]
fn a_batch_is_applied_as_a_whole_once_and_in_its_order() {
    let desk = Desk::new();
    desk.issue(&desk.sign_in(Role::Issuing), "maisha-id").ok();
    let first = [
        put("20480163920031", "Amina", "Hassan", "2001-05-05"),
        put("20480163920032", "Baraka", "Mwangi", "2002-06-06"),
        put(ACHIENG, "Grace Achieng", "Wafula", "1997-01-01"),
        put(ACHIENG, "Grace Achieng", "Otieno", "1997-01-01"),
        json!({ "op": "death", "upi": "20480163920099", "date": "2026-11-01" }),
        // The same day, names and place as somebody who is new in this batch.
        put("20480163920033", "Amina", "Hassan", "2001-05-05"),
    ];
    let token = sign(1, &Value::Null, &first, 9);
    let taken = send(&desk, "births", token.clone()).ok();
    let expected = json!({
        "added": 2, "amended": 1, "died": 0, "alive": 0, "quarantined": 1, "not_registered": ["20480163920099"], "revoked_copies": 1,
    });
    assert_eq!((&taken["sequence"], &taken["changes"]), (&json!(1), &expected));
    // Its sender missed the answer.
    let again = send(&desk, "births", token).ok();
    assert_eq!((&again["digest"], &again["changes"]), (&taken["digest"], &Value::Null));

    let session = desk.sign_in(Role::Registering);
    let shown = desk.get(&format!("/people/{ACHIENG}"), &session).ok();
    assert_eq!((&shown["record"]["family_name"], &shown["revision"]), (&json!("Otieno"), &json!(1)));
    assert_eq!(shown["issued"][0]["status"], "revoked");

    // A gap, another past, and another content under the last number.
    let death = [json!({ "op": "death", "upi": ACHIENG, "date": "2026-11-01" })];
    for (sequence, previous) in [(3, &taken["digest"]), (1, &Value::Null), (2, &json!(b64url(&[0; 32])))] {
        let reply = send(&desk, "births", sign(sequence, previous, &death, 9));
        assert!(reply.body["expected"].is_object(), "{}", reply.body);
        reply.problem(409, "feed_out_of_order");
    }
    let next = send(&desk, "births", sign(2, &taken["digest"], &death, 9)).ok();
    assert_eq!((&next["sequence"], &next["changes"]["died"]), (&json!(2), &json!(1)));
    let died = || desk.get(&format!("/people/{ACHIENG}"), &session).ok()["died"].clone();
    assert_eq!(died(), "2026-11-01");
    // Nobody is born after it; and it is taken back.
    let born = [put(ACHIENG, "Grace Achieng", "Otieno", "2026-11-02")];
    let refused = send(&desk, "births", sign(3, &next["digest"], &born, 9));
    assert_eq!(refused.body["errors"][0]["errors"][0]["field"], "birthdate", "{}", refused.body);
    refused.problem(422, "feed_changes_refused");
    let alive = ["20480163920099", ACHIENG].map(|upi| json!({ "op": "alive", "upi": upi }));
    let last = send(&desk, "births", sign(3, &next["digest"], &alive, 9)).ok();
    assert_eq!((&last["changes"]["alive"], died()), (&json!(1), Value::Null));
    assert_eq!(last["changes"]["not_registered"], json!(["20480163920099"]));
    let actions = desk.actions(&desk.sign_in(Role::Auditing));
    let followed: Vec<_> =
        actions.iter().filter(|it| it.1 == "feed_followed").map(|it| it.2.as_str()).collect();
    assert_eq!(followed, ["births 1", "births 2", "births 3"]);
    assert!(actions.iter().any(|it| it.1 == "death_withdrawn" && it.2 == ACHIENG));
}

#[test]
fn a_member_that_is_not_there_says_nothing() {
    let desk = Desk::new();
    let session = desk.sign_in(Role::Registering);
    let without = |fields: [&str; 2], family: &str| {
        let mut change = put(ACHIENG, "Grace Achieng", family, "1997-01-01");
        for field in fields {
            change.as_object_mut().unwrap().remove(field);
        }
        change
    };
    let record = |desk: &Desk| desk.get(&format!("/people/{ACHIENG}"), &session).ok()["record"].take();
    let first = sign(1, &Value::Null, &[without(["phone", "id_number"], "Otieno")], 9);
    let taken = send(&desk, "births", first).ok();
    assert_eq!(taken["changes"]["amended"], 1);
    let after = record(&desk);
    let shown = ["family_name", "phone", "id_number"].map(|field| after[field].as_str());
    assert_eq!(shown, [Some("Otieno"), Some("+254712345678"), Some("31415926")]);

    let mut none = put(ACHIENG, "Grace Achieng", "Otieno", "1997-01-01");
    none["phone"] = Value::Null;
    send(&desk, "births", sign(2, &taken["digest"], &[none], 9)).ok();
    assert_eq!(record(&desk).get("phone"), None);
}

#[test]
fn one_upi_for_two_people_waits_for_an_officer() {
    let desk = Desk::new();
    desk.quarantine(married());
    let token = sign(1, &Value::Null, &[put(ACHIENG, "Baraka", "Mwangi", "1980-03-03")], 9);
    let taken = send(&desk, "births", token).ok();
    assert_eq!((&taken["changes"]["quarantined"], &taken["changes"]["amended"]), (&json!(1), &json!(0)));
    let session = desk.sign_in(Role::Registering);
    let shown = desk.get(&format!("/people/{ACHIENG}"), &session).ok();
    assert_eq!(shown["record"]["family_name"], "Odhiambo");
    assert_eq!(shown["waiting"].as_array().unwrap().len(), 2);
}

#[test]
fn what_is_not_the_feeds_or_not_valid_changes_nothing() {
    let desk = Desk::new();
    let good = || put(NEW, "Amina", "Hassan", "2001-05-05");
    send(&desk, "births", sign(1, &Value::Null, &[good()], 8)).problem(403, "feed_signature_invalid");
    send(&desk, "deaths", sign(1, &Value::Null, &[good()], 9)).problem(404, "feed_unknown");
    send(&desk, "births", "nonsense".into()).problem(400, "feed_malformed");
    let bytes = axum::http::Request::post("/feeds/births").body(vec![0xff, 0xfe].into()).unwrap();
    let said = desk.send(bytes).problem(400, "feed_malformed");
    assert!(said.starts_with("expected a batch as a compact JWS, got bytes"), "{said}");
    let mut bad = good();
    bad["sex"] = json!("f");
    let reply = send(&desk, "births", sign(1, &Value::Null, &[good(), bad], 9));
    assert_eq!(reply.body["errors"][0]["place"], 1);
    reply.problem(422, "feed_changes_refused");
    for (change, field) in [
        (json!({ "op": "death", "upi": NEW, "date": "2026-11-01" }), "op"),
        (json!({ "op": "death", "upi": ACHIENG, "date": "1990-11-01" }), "date"),
    ] {
        let reply = send(&desk, "births", sign(1, &Value::Null, &[good(), change], 9));
        assert_eq!(reply.body["errors"][0]["errors"][0]["field"], field, "{}", reply.body);
        reply.problem(422, "feed_changes_refused");
    }
    let long = send(&desk, "births", "a".repeat((1 << 20) + 1));
    assert_eq!(long.status.as_u16(), 413);
    desk.get(&format!("/people/{NEW}"), &desk.sign_in(Role::Registering)).problem(404, "person_unknown");
}

/// Neither a change of the record nor somebody new steps past a row that waits, and what was dismissed stays so.
#[test]
fn nothing_steps_past_a_row_that_waits() {
    let desk = Desk::new();
    let session = desk.sign_in(Role::Registering);
    desk.quarantine(married());
    let maiden = put(ACHIENG, "Grace Achieng", "Odhiambo", "1997-01-01");
    let wafula = || put(ACHIENG, "Grace Achieng", "Wafula", "1997-01-01");
    // Nobody is alike any more.
    let twin = put(TWIN, "Wanjiku", "Kamau", "1999-09-09");
    let taken = send(&desk, "births", sign(1, &Value::Null, &[maiden, wafula(), twin], 9)).ok();
    let changes = &taken["changes"];
    assert_eq!(
        [&changes["added"], &changes["amended"], &changes["quarantined"]],
        [&json!(0), &json!(0), &json!(2)]
    );
    let rows = desk.get("/quarantine", &session).ok()["rows"].take();
    let rows = rows.as_array().unwrap();
    let behind: Vec<_> = rows.iter().filter(|it| it["reason"] == "upi_waiting").collect();
    assert_eq!((rows.len(), behind.len()), (4, 2));
    let of = |upi: &str| *behind.iter().find(|it| it["upi"] == upi).unwrap();
    assert_eq!(of(ACHIENG)["differs"], json!(["family_name"]));
    assert_eq!(of(TWIN)["differs"], json!(["given_name", "family_name", "birthdate"]));
    assert_eq!(
        desk.get(&format!("/quarantine/{}", of(ACHIENG)["id"].as_str().unwrap()), &session).ok()["record"]["upi"],
        ACHIENG
    );

    // Whoever is admitted later would live: a death is not passed over.
    let death = json!({ "op": "death", "upi": TWIN, "date": "2026-11-01" });
    let reply = send(&desk, "births", sign(2, &taken["digest"], &[death], 9));
    assert_eq!(reply.body["errors"][0]["errors"][0]["field"], "op", "{}", reply.body);
    reply.problem(422, "feed_changes_refused");

    for row in rows.iter().filter(|it| it["upi"] == ACHIENG) {
        let dismiss = json!({ "decision": "dismiss", "reason": "file 7" });
        desk.post(&format!("/quarantine/{}", row["id"].as_str().unwrap()), &session, &dismiss).ok();
    }
    let again = send(&desk, "births", sign(2, &taken["digest"], &[wafula()], 9)).ok();
    assert_eq!((&again["changes"]["amended"], &again["changes"]["quarantined"]), (&json!(0), &json!(0)));
    let otieno = put(ACHIENG, "Grace Achieng", "Onyango", "1997-01-01");
    let next = send(&desk, "births", sign(3, &again["digest"], &[otieno], 9)).ok();
    assert_eq!(next["changes"]["amended"], 1);
}

#[test]
fn a_card_of_somebody_else_is_named_as_the_reason() {
    let desk = Desk::new();
    let mut other = put("20480163920040", "Amina", "Hassan", "2001-05-05");
    other["id_number"] = json!("31415926");
    let taken = send(&desk, "births", sign(1, &Value::Null, &[other], 9)).ok();
    assert_eq!(taken["changes"]["quarantined"], 1);
    let rows = desk.get("/quarantine", &desk.sign_in(Role::Registering)).ok();
    let row = rows["rows"].as_array().unwrap().iter().find(|it| it["upi"] == "20480163920040").unwrap();
    assert_eq!((&row["reason"], &row["of"]), (&json!("same_id_number"), &json!(ACHIENG)));
}

/// Of two people whom one batch gives one card, the second waits, whether they are new or amended.
#[test]
fn no_batch_gives_one_card_to_two_people() {
    let (achieng, baraka, chebet) = (ACHIENG, "20480163920041", "20480163920042");
    let with_card = |upi, number: &str| {
        let (given, family, born) = match upi {
            ACHIENG => ("Grace Achieng", "Odhiambo", "1997-01-01"),
            "20480163920041" => ("Baraka", "Mwangi", "1980-03-03"),
            _ => ("Chebet", "Koech", "1981-04-04"),
        };
        let mut put = put(upi, given, family, born);
        put["id_number"] = json!(number);
        put
    };
    for (first, second) in [(achieng, baraka), (baraka, achieng), (achieng, chebet), (chebet, baraka)] {
        let desk = Desk::new();
        let known = if first == chebet || second == chebet { chebet } else { NEW };
        let begin = with_card(known, "2222222");
        let taken = send(&desk, "births", sign(1, &Value::Null, &[begin], 9)).ok();
        let both = [with_card(first, "7777777"), with_card(second, "7777777")];
        let taken = send(&desk, "births", sign(2, &taken["digest"], &both, 9)).ok();
        assert_eq!(taken["changes"]["quarantined"], 1, "{first} {second}");
        let rows = desk.get("/quarantine", &desk.sign_in(Role::Registering)).ok();
        let row = rows["rows"].as_array().unwrap().iter().find(|it| it["upi"] == second).unwrap();
        assert_eq!((&row["reason"], &row["of"]), (&json!("same_id_number"), &json!(first)));
    }
}

/// What counts is who has a card by then, and not who had it before the batch.
#[test]
fn a_card_that_the_batch_takes_from_somebody_is_free() {
    let desk = Desk::new();
    let mut other = put(ACHIENG, "Grace Achieng", "Odhiambo", "1997-01-01");
    other["id_number"] = json!("2222222");
    let mut new = put("20480163920041", "Baraka", "Mwangi", "1980-03-03");
    new["id_number"] = json!("31415926");
    let taken = send(&desk, "births", sign(1, &Value::Null, &[other, new], 9)).ok();
    let counts = &taken["changes"];
    assert_eq!(
        (&counts["added"], &counts["amended"], &counts["quarantined"]),
        (&json!(1), &json!(1), &json!(0))
    );
}
