//! Check 11: all that was asked for, and nothing else.

use super::*;

#[test]
fn a_claim_that_was_not_asked_for_is_refused_with_claim_not_asked_for() {
    let mut scene = Scene { shown: vec!["given_name", "birthdate", "id_number"], ..Scene::new() };
    assert_reason(&scene.verdict(), Reason::ClaimNotAskedFor);
    let mut scene = Scene { shown: vec!["given_name", "birthdate", "age_equal_or_over.18"], ..Scene::new() };
    assert_reason(&scene.verdict(), Reason::ClaimNotAskedFor);
}

#[test]
fn a_request_not_answered_in_full_is_refused_with_claim_missing() {
    let mut scene = Scene { shown: vec!["given_name"], ..Scene::new() };
    assert_reason(&scene.verdict(), Reason::ClaimMissing);
}

#[test]
fn another_type_than_was_asked_for_is_refused_with_type_not_asked_for() {
    let mut scene = Scene::new();
    let credential =
        scene.country.issue("proof-of-age", &scene.holder, &scene.country.issuer, |_| {}).unwrap();
    scene.shown.clear();
    assert_reason(&scene.judge(&scene.present(&credential)), Reason::TypeNotAskedFor);
}

#[test]
fn an_age_that_is_not_reached_is_refused_with_claim_not_satisfied() {
    let mut scene = Scene {
        query: query("maisha-id", &["age_equal_or_over.65"]),
        shown: vec!["age_equal_or_over.65"],
        ..Scene::new()
    };
    assert_reason(&scene.verdict(), Reason::ClaimNotSatisfied);
}

#[test]
fn a_group_that_was_asked_for_may_be_shown_whole() {
    let mut scene = Scene { query: query("maisha-id", &["origin"]), shown: vec!["origin"], ..Scene::new() };
    let verdict = scene.verdict();
    assert_reason(&verdict, Reason::Ok);
    assert_eq!(verdict.claims["origin"]["place_of_birth"]["region"], "Turkana");
}

#[test]
fn one_part_of_a_group_shows_only_that_part() {
    let mut scene = Scene {
        query: query("maisha-id", &["identifiers.sector_ids.health"]),
        shown: vec!["identifiers.sector_ids.health"],
        ..Scene::new()
    };
    let verdict = scene.verdict();
    assert_reason(&verdict, Reason::Ok);
    assert_eq!(verdict.claims["identifiers"]["sector_ids"].as_object().unwrap().len(), 1);
    assert_eq!(verdict.claims["identifiers"].as_object().unwrap().len(), 1);
}
