//! `check`: from pictures and texts to the verdict.

use hati_formats::keys::Algorithm;
use hati_formats::qr::image::{Level, render};
use hati_formats::qr::sequence::Encoder;
use hati_formats::qr::text::Kind;
use image::{GrayImage, Luma};
use serde_json::{Value, json};

use super::country::{at, key};
use super::scene::{Ran, Scene, command};

const NAMES: [&str; 2] = ["given_name", "family_name"];

/// A verifier that may ask for names, and has asked.
fn asked_for_names() -> Scene {
    let scene = Scene::new();
    scene.register(&NAMES).ok();
    scene.request("merchant-name").ok();
    scene
}

fn check_images(scene: &Scene, images: &[&str]) -> Ran {
    let check = ["check", "--dir", "v", "--bundle", "b1", "--state", "state", "--image"];
    scene.run(&[&check[..], images].concat())
}

fn draw(scene: &Scene, name: &str, text: &str) {
    scene.write(name, &render(text, Level::L, 4).unwrap());
}

#[test]
fn an_answer_in_a_picture_is_accepted() {
    let scene = asked_for_names();
    draw(&scene, "answer.png", &scene.answer("maisha-id", &NAMES, at(0)));
    let verdict = check_images(&scene, &["answer.png"]).verdict("accepted", "ok");
    let members: Vec<&str> = verdict.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(members, ["verdict", "code", "message", "claims", "checks", "status_as_of"]);
    let claims = json!({"given_name": "Wanjiru Nyambura", "family_name": "Kamau-Otieno"});
    assert_eq!((&verdict["claims"], &verdict["status_as_of"]), (&claims, &at(-3600).to_string().into()));
}

#[test]
fn a_restart_forgets_no_answer() {
    let scene = asked_for_names();
    let answer = scene.answer("maisha-id", &NAMES, at(0));
    scene.check(at(1), &answer).verdict("accepted", "ok");
    // Every command is a process of its own.
    let verdict = scene.check(at(2), &answer).verdict("rejected", "replayed");
    assert_eq!(verdict["claims"], json!({}));
}

#[test]
fn a_request_takes_one_answer() {
    let scene = asked_for_names();
    scene.check(at(1), &scene.answer("maisha-id", &NAMES[..1], at(0))).verdict("rejected", "claim_missing");
    scene.check(at(2), &scene.answer("maisha-id", &NAMES, at(1))).verdict("accepted", "ok");
    scene.check(at(3), &scene.answer("maisha-id", &NAMES, at(2))).verdict("rejected", "replayed");
    scene.request("merchant-name").ok();
    scene.check(at(4), &scene.answer("maisha-id", &NAMES, at(3))).verdict("accepted", "ok");
}

#[test]
fn an_expired_request_takes_no_answer() {
    let scene = asked_for_names();
    let early = scene.answer("maisha-id", &NAMES, at(0));
    scene.check(at(121), &early).verdict("rejected", "key_binding_too_old");
    let late = scene.answer("maisha-id", &NAMES, at(121));
    scene.check(at(121), &late).verdict("rejected", "request_expired");
    let last = scene.answer("maisha-id", &NAMES, at(119));
    scene.check(at(120), &last).verdict("accepted", "ok");
}

#[test]
fn the_request_of_another_verifier_is_refused() {
    let scene = asked_for_names();
    let answer = scene.answer("maisha-id", &NAMES, at(0));
    scene.run(&["init", "--dir", "w"]).ok();
    let check = ["check", "--dir", "w", "--bundle", "b1", "--state", "state", "--text", &answer];
    scene.run(&check).refused("request_of_another_verifier");
}

#[test]
fn a_single_scan_needs_no_request() {
    let scene = Scene::new();
    draw(&scene, "code.png", &scene.single_scan());
    let check = ["check", "--dir", "v", "--bundle", "b1", "--image", "code.png"];
    let verdict = scene.run(&check).verdict("accepted", "ok");
    assert_eq!(verdict["claims"]["age_equal_or_over"]["18"], true);
    scene.run(&check).verdict("rejected", "replayed");
    let officer = [&check[..], &["--profile", "officer-identity"]].concat();
    scene.run(&officer).verdict("rejected", "single_scan_not_enough");
}

#[test]
fn frames_of_a_moving_code_may_be_missed_and_mixed_with_other_codes() {
    let scene = asked_for_names();
    let state: Value = serde_json::from_slice(&scene.read("state")).unwrap();
    let [nonce, audience] = ["nonce", "audience"].map(|name| state[name].as_str().unwrap());
    let payload = scene.presentation("maisha-id", &NAMES, audience, nonce, at(0));
    let encoder = Encoder::new(Kind::Presentation, &payload).unwrap();
    draw(&scene, "poster.png", "https://example.com");
    let names = ["1.png", "2.png", "3.png", "4.png", "5.png"];
    for (name, frame) in names.iter().zip(3..) {
        draw(&scene, name, &encoder.frame(frame));
    }
    check_images(&scene, &["poster.png", "request.png", "1.png"]).verdict("rejected", "code_incomplete");
    let images = [&["poster.png", "request.png"][..], &names].concat();
    check_images(&scene, &images).verdict("accepted", "ok");
}

#[test]
fn what_is_no_answer_is_rejected_with_its_code() {
    let scene = asked_for_names();
    scene.check(at(0), "https://example.com").verdict("rejected", "code_foreign");
    let answer = scene.answer("maisha-id", &NAMES, at(0));
    scene.check(at(0), &answer[..answer.len() - 3]).verdict("rejected", "code_damaged");
    check_images(&scene, &["request.png"]).verdict("rejected", "code_wrong_kind");
    GrayImage::from_pixel(64, 64, Luma([255])).save(scene.path("blank.png")).unwrap();
    check_images(&scene, &["blank.png"]).verdict("rejected", "code_unreadable");
}

#[test]
fn a_stale_status_is_undetermined_unless_a_policy_says_otherwise() {
    let mut scene = Scene::new();
    let text = scene.single_scan();
    scene.write("hour.json", br#"{"max_status_age": 60, "single_scan": true}"#);
    scene.write("accept.json", br#"{"max_status_age": 60, "stale_status": "accept", "single_scan": true}"#);
    let check = ["check", "--dir", "v", "--bundle", "b1", "--text", &text, "--policy"];
    scene.run(&[&check[..], &["hour.json"]].concat()).verdict("undetermined", "status_stale");
    scene.holder = key(Algorithm::EdDsa, 11).unwrap();
    let text = scene.single_scan();
    let check = ["check", "--dir", "v", "--bundle", "b1", "--text", &text, "--policy", "accept.json"];
    let verdict = scene.run(&check).verdict("accepted", "ok");
    assert!(verdict["checks"].as_array().unwrap().iter().any(|check| check["outcome"] == "tolerated"));
}

#[test]
fn a_person_reads_the_verdict_in_english_and_swahili() {
    let scene = asked_for_names();
    let answer = scene.answer("maisha-id", &NAMES, at(0));
    let check = ["check", "--dir", "v", "--bundle", "b1", "--state", "state", "--text", &answer];
    let text = scene.text(&check);
    for expected in [
        "ACCEPTED   Accepted. (ok)",
        "Given names",
        "Wanjiru Nyambura",
        "Status known as of",
        "✓ issuer_signature",
    ] {
        assert!(text.contains(expected), "{expected}: {text}");
    }
    let text = scene.text(&[&check[..], &["--lang", "sw"]].concat());
    assert!(text.contains("IMEKATALIWA   Jibu hili limetumika tayari."), "{text}");
    assert!(text.contains("✗ replay") && !text.contains("Wanjiru") && !text.contains('\u{1b}'), "{text}");

    let output = command(scene.folder(), &check).env("CLICOLOR_FORCE", "1").output().unwrap();
    assert!(output.stdout.contains(&0x1b), "no colour where it is asked for");
}

#[test]
fn what_others_made_cannot_move_the_terminals_cursor() {
    let scene = Scene::new();
    let credential = scene
        .country
        .issue("proof-of-age", &scene.holder, &scene.country.issuer, |envelope| {
            envelope.issuer = "https://evil.example/\u{1b}[2J".into();
        })
        .unwrap();
    let shown = super::country::present(&credential, &scene.holder, &[], "hati:scan", "", at(0)).unwrap();
    let payload = hati_formats::qr::presentation::compact(&shown).unwrap();
    let code = hati_formats::qr::text::encode(Kind::SingleScan, &payload);
    let text = scene.text(&["check", "--dir", "v", "--bundle", "b1", "--text", &code]);
    assert!(text.contains("issuer_unknown") && !text.contains('\u{1b}'), "{text:?}");
}

#[test]
fn no_portrait_is_no_error() {
    let scene = asked_for_names();
    let answer = scene.answer("maisha-id", &NAMES, at(0));
    let check = [
        "check",
        "--dir",
        "v",
        "--bundle",
        "b1",
        "--state",
        "state",
        "--text",
        &answer,
        "--portrait",
        "p.webp",
    ];
    let ran = scene.run(&check);
    assert!(ran.notes.iter().any(|note| note.contains("p.webp was not written")), "{ran:?}");
    ran.verdict("accepted", "ok");
    assert!(!scene.path("p.webp").exists());
}

#[test]
fn what_cannot_be_read_is_an_error_and_no_verdict() {
    let scene = asked_for_names();
    scene.write("empty.png", b"no picture");
    check_images(&scene, &["empty.png"]).refused("picture_unusable");
    check_images(&scene, &["nothing.png"]).refused("file_unusable");
    let check = ["check", "--dir", "v", "--bundle", "b1", "--text", "T"];
    let with = |option: &str, file: &str| scene.run(&[&check[..], &[option, file]].concat());
    scene.write("bad.json", b"{\"stale\": 1}");
    with("--policy", "bad.json").refused("policy_refused");
    with("--state", "bad.json").refused("state_refused");
    scene.write("latin1.json", b"\xff");
    with("--policy", "latin1.json").refused("file_content");
    with("--profile", "nightclub").refused("profile_refused");
}
