use std::fs;

use hati_formats::qr::image::{self, Level};
use hati_formats::qr::presentation;
use hati_formats::qr::sequence::{Decoder, Progress};
use hati_formats::qr::text::{self, Kind};
use serde_json::json;

use crate::Bench;
use crate::country::{Asker, REGISTERED};

#[test]
fn a_picture_of_a_request_becomes_a_picture_of_an_answer() {
    let mut bench = Bench::holding("maisha-id", 2);
    let request = bench.country.request(Asker::Shop, "maisha-id", &["given_name", "id_number"]);
    bench.write("request.png", &image::render(&request, Level::L, 6).unwrap());
    let answer = bench.done(&["answer", "request.png", "--out", "answer.png", "--approve"]);
    assert_eq!(
        answer["requester"]["names"],
        json!({ "en": "Kibra Corner Shop", "sw": "Duka la Kona Kibra" })
    );
    assert_eq!(
        (&answer["requester"]["registered"], &answer["requester"]["place"]),
        (&json!(true), &json!("Counter 2"))
    );
    assert_eq!(answer["purpose"]["id"], "identity-check");
    assert_eq!(
        answer["claims"][1],
        json!({ "path": "id_number", "label": "ID number", "value": "31415926", "asked": true })
    );
    assert_eq!((&answer["frames"], &answer["files"]), (&json!(1), &json!(["answer.png"])));

    let codes = image::read(&bench.read("answer.png")).unwrap();
    assert_eq!(json!(codes), answer["codes"]);
    assert_eq!(answer["characters"], codes[0].len());
    assert!(answer["version"].as_u64().unwrap() <= 17, "{answer}");
    let (kind, bytes) = text::decode(&codes[0]).unwrap();
    assert_eq!(kind, Kind::Presentation);
    assert!(presentation::expand(&bytes).unwrap().ends_with(|end: char| end != '~'));
    assert_eq!(bench.done(&["list"])["credentials"][0]["copies"]["unused"], 1);
}

#[test]
fn without_approval_nothing_is_shown() {
    let mut bench = Bench::holding("maisha-id", 1);
    let request = bench.country.request(Asker::Shop, "maisha-id", &["given_name"]);
    let output = bench.run(&["answer", &request, "--out", "answer.png", "--now", crate::NOW]);
    let said = String::from_utf8_lossy(&output.stderr);
    for expected in
        ["Kibra Corner Shop, Counter 2 asks (registered)", "Identity check", "Given names", "Amina Wanjiru"]
    {
        assert!(said.contains(expected), "{said}");
    }
    assert!(said.contains("not approved, so nothing was shown"), "{said}");
    assert_eq!(output.status.code(), Some(1));
    assert!(!bench.path("answer.png").exists());
    assert_eq!(bench.done(&["list"])["credentials"][0]["copies"]["unused"], 1);
    // For programs: the error alone, in JSON.
    let output = bench.run(&["answer", &request, "--out", "answer.png", "--now", crate::NOW, "--json"]);
    assert_eq!(crate::refusal(&output), "not_approved");
}

impl Bench {
    fn unused(&self) -> u64 {
        self.done(&["list"])["credentials"][0]["copies"]["unused"].as_u64().unwrap()
    }
}

#[test]
fn what_cannot_be_written_burns_no_copy() {
    let mut bench = Bench::holding("maisha-id", 1);
    fs::create_dir(bench.path("folder")).unwrap();
    fs::create_dir(bench.path("answer-002.png")).unwrap();
    let request = bench.country.request(Asker::Shop, "maisha-id", &REGISTERED);
    // The last is the second frame of the answer.
    for out in ["folder", "no/folder/a.png", "..", "root.jwk/a.png", "answer.png"] {
        assert_eq!(bench.refused(&["answer", &request, "--out", out, "--approve"]), "file_unusable", "{out}");
        assert_eq!(bench.unused(), 1, "{out}");
    }
    assert!(!bench.path("answer-001.png").exists());
    bench.done(&["answer", &request, "--out", "other.png", "--approve"]);

    let bench = Bench::holding("proof-of-age", 1);
    assert_eq!(bench.refused(&["show-code", "--out", "no/folder/a.png"]), "file_unusable");
    assert_eq!(bench.unused(), 1);
}

/// A device that is always full fails when the answer is written, after it was stored.
#[cfg(target_os = "linux")]
#[test]
fn a_copy_is_stored_as_used_before_its_code_can_be_seen_and_the_answer_is_given_again() {
    let mut bench = Bench::holding("maisha-id", 2);
    let request = bench.country.request(Asker::Shop, "maisha-id", &["sex"]);
    assert_eq!(bench.refused(&["answer", &request, "--out", "/dev/full", "--approve"]), "file_unusable");
    assert_eq!(bench.unused(), 1);
    // It was approved then.
    let again = bench.done(&["answer", &request, "--out", "answer.png"]);
    assert_eq!((&again["again"], &again["answered_at"]), (&json!(true), &json!(crate::NOW)));
    assert_eq!(json!(image::read(&bench.read("answer.png")).unwrap()), again["codes"]);
    let text = bench.said(&["answer", &request, "--out", "answer.png"]);
    assert!(text.contains("this is the same answer again"), "{text}");
    assert_eq!(bench.unused(), 1);
    assert_eq!(bench.done(&["history"])["entries"].as_array().unwrap().len(), 1);
}

#[test]
fn an_unregistered_verifier_is_called_so() {
    let mut bench = Bench::holding("proof-of-age", 2);
    let request = bench.country.request(Asker::Unregistered, "proof-of-age", &["age_equal_or_over.18"]);
    let english = bench.said(&["answer", &request, "--out", "a.png", "--approve"]);
    assert!(english.contains("NOT REGISTERED") && english.contains("18 years or older  yes"), "{english}");
    let request = bench.country.request(Asker::Unregistered, "proof-of-age", &["age_equal_or_over.18"]);
    let swahili = bench.said(&["answer", &request, "--out", "a.png", "--approve", "--lang", "sw"]);
    assert!(swahili.contains("HAJASAJILIWA") && swahili.contains("Miaka 18 au zaidi  ndiyo"), "{swahili}");
}

#[test]
fn refusals_have_the_requests_own_codes() {
    let mut bench = Bench::holding("maisha-id", 1);
    let beyond = bench.country.request(Asker::Shop, "maisha-id", &["identifiers.upi"]);
    let stranger = bench.country.request(Asker::Unregistered, "maisha-id", &["sex"]);
    let age = bench.country.request(Asker::Unregistered, "proof-of-age", &["age_equal_or_over.18"]);
    let good = bench.country.request(Asker::Shop, "maisha-id", &["sex"]);
    let refused =
        |bench: &Bench, request: &str| bench.refused(&["answer", request, "--out", "a.png", "--approve"]);
    assert_eq!(refused(&bench, &beyond), "request_beyond_registration");
    assert_eq!(refused(&bench, &stranger), "request_unregistered_beyond_age");
    assert_eq!(refused(&bench, &age), "credential_missing");
    assert_eq!(refused(&bench, "H1P:BB8"), "code_wrong_kind");
    assert_eq!(refused(&bench, "no-such-picture.png"), "file_unusable");
    assert_eq!(refused(&bench, "root.jwk"), "picture_unusable");
    let late = ["answer", good.as_str(), "--out", "a.png", "--approve"];
    assert_eq!(bench.refused_at("2026-11-22T09:02:01Z", &late), "request_too_old");
    assert!(!bench.path("a.png").exists());
    assert_eq!(bench.done(&["history"]), json!({ "entries": [] }));

    bench.done(&["answer", &good, "--out", "a.png", "--approve"]);
    let again = bench.country.request(Asker::Shop, "maisha-id", &["sex"]);
    assert_eq!(refused(&bench, &again), "copies_used_up");
    let reused = bench.done(&["answer", &again, "--out", "a.png", "--approve", "--reuse"]);
    assert_eq!(reused["reused"], true);
    let history = bench.done(&["history"]);
    assert_eq!(
        (&history["entries"][0]["reused"], &history["entries"][1]["reused"]),
        (&json!(false), &json!(true))
    );
}

#[test]
fn a_portrait_becomes_numbered_frames_and_an_animation() {
    let mut bench = Bench::holding("maisha-id", 1);
    let request = bench.country.request(Asker::Shop, "maisha-id", &REGISTERED);
    let answer = bench.done(&["answer", &request, "--out", "answer.png", "--approve"]);
    let text = bench.said(&["answer", &request, "--out", "answer.png"]);
    assert!(text.ends_with("hati-verifier check reads these: --image answer-*.png\n"), "{text}");
    let files: Vec<&str> =
        answer["files"].as_array().unwrap().iter().map(|file| file.as_str().unwrap()).collect();
    assert_eq!(files.len() as u64, answer["frames"].as_u64().unwrap());
    assert_eq!(&files[..2], ["answer-001.png", "answer-002.png"]);
    assert!(
        answer["characters"].as_u64().unwrap() <= 470 && answer["version"].as_u64().unwrap() <= 12,
        "{answer}"
    );
    let mut decoder = Decoder::default();
    let mut frames = files.iter().map(|file| image::read(&bench.read(file)).unwrap().remove(0));
    let complete = frames.find_map(|frame| match decoder.push(&frame).unwrap() {
        Progress::Complete { kind, payload } => Some((kind, payload)),
        Progress::Collecting { .. } => None,
    });
    let (kind, payload) = complete.unwrap();
    assert_eq!(kind, Kind::Presentation);
    assert!(presentation::expand(&payload).unwrap().contains('~'));

    // Every frame is in the animation, and what shows no animations shows the first.
    let animation = bench.read("answer.png");
    assert_eq!(image::read(&animation).unwrap(), image::read(&bench.read("answer-001.png")).unwrap());
    let info = png::Decoder::new(std::io::Cursor::new(&animation)).read_info().unwrap();
    let control = info.info().animation_control.unwrap();
    assert_eq!((control.num_frames as usize, control.num_plays), (files.len(), 0));
}

#[test]
fn a_single_scan_renews_itself_and_then_takes_another_copy() {
    let bench = Bench::holding("proof-of-age", 2);
    let show = ["show-code", "--type", "proof-of-age", "--out", "age.png"];
    let shown = bench.done(&show);
    assert!(
        shown["characters"].as_u64().unwrap() <= 420 && shown["version"].as_u64().unwrap() <= 11,
        "{shown}"
    );
    let codes = image::read(&bench.read("age.png")).unwrap();
    assert_eq!(text::decode(&codes[0]).unwrap().0, Kind::SingleScan);
    let renewed = bench.done_at("2026-11-22T09:00:59Z", &show);
    assert_eq!(renewed["copy"], shown["copy"]);
    assert_ne!(renewed["codes"], shown["codes"]);
    let next = bench.done_at("2026-11-22T09:01:00Z", &show);
    assert_ne!(next["copy"], shown["copy"]);
    assert_eq!(bench.refused_at("2026-11-22T09:02:00Z", &show), "copies_used_up");
    assert_eq!(bench.refused(&["show-code", "--type", "maisha-id", "--out", "x.png"]), "credential_missing");
    assert_eq!(bench.refused(&["show-code", "--type", "../x", "--out", "x.png"]), "type_malformed");
    let history = bench.said(&["history"]);
    assert!(
        history.contains("age_equal_or_over.18 of proof-of-age to whoever scanned the code"),
        "{history}"
    );
}

#[test]
fn the_history_says_to_whom_and_never_what() {
    let mut bench = Bench::holding("maisha-id", 1);
    let request = bench.country.request(Asker::Shop, "maisha-id", &["id_number"]);
    bench.done(&["answer", &request, "--out", "a.png", "--approve"]);
    let text = bench.said(&["history", "--lang", "sw"]);
    assert!(text.contains("id_number of maisha-id to Duka la Kona Kibra, Counter 2"), "{text}");
    let entries = bench.done(&["history"]);
    assert_eq!(entries["entries"][0]["to"]["registered"], true);
    assert!(!text.contains("31415926") && !entries.to_string().contains("31415926"));
}
