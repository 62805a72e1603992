//! Bundles and deltas: pinned, never back.

use hati_formats::keys::Algorithm;
use hati_formats::trust::{Bundle, TypeDocument};
use hati_verifier_service::Home;

use super::country::{Country, DAY, at, key};
use super::scene::{Ran, Scene};

fn check(scene: &Scene, bundle: &str) -> Ran {
    scene.run(&["check", "--dir", "v", "--bundle", bundle, "--text", &scene.single_scan()])
}

#[test]
fn the_first_bundle_pins_its_root_and_says_so() {
    let scene = Scene::new();
    let first = check(&scene, "b1");
    let thumbprint = hati_formats::encoding::b64url(&scene.country.root.public().thumbprint());
    assert!(first.notes.iter().any(|note| note.contains(&thumbprint)), "{first:?}");
    first.verdict("accepted", "ok");
    let again = check(&scene, "b1");
    assert!(again.notes.is_empty());
    again.verdict("rejected", "replayed");

    let other = Country { root: key(Algorithm::EdDsa, 66).unwrap(), ..Country::new().unwrap() };
    scene.write("other", &other.signed_bundle().unwrap());
    check(&scene, "other").refused("trust_list_other_root");
}

#[test]
fn a_refused_first_bundle_pins_nothing() {
    let scene = Scene::new();
    let mut bytes = scene.read("b1");
    *bytes.last_mut().unwrap() ^= 1;
    scene.write("bad", &bytes);
    check(&scene, "bad").refused("bundle_signature_invalid");
    assert!(!scene.path("v/root.jwk").exists());
    check(&scene, "b1").verdict("accepted", "ok");
}

#[test]
fn an_older_bundle_is_refused_for_ever() {
    let mut scene = Scene::new();
    scene.next_bundle("b2");
    check(&scene, "b2").verdict("accepted", "ok");
    assert!(check(&scene, "b1").refused("bundle_rollback").contains("this is bundle 1"));
    scene
        .run(&[
            "request",
            "--dir",
            "v",
            "--bundle",
            "b1",
            "--profile",
            "merchant-age",
            "--out",
            "o",
            "--state",
            "s",
        ])
        .refused("bundle_rollback");
    assert!(!scene.path("o").exists() && !scene.path("s").exists());

    scene.country.bundle.types.clear();
    scene.write("twin", &scene.country.signed_bundle().unwrap());
    check(&scene, "twin").refused("bundle_two_of_one_version");
    scene.write("v/newest-bundle.cbor", b"damaged");
    check(&scene, "b2").refused("file_content");
}

#[test]
fn a_clock_behind_the_bundle_is_undetermined() {
    let scene = Scene::new();
    let text = scene.single_scan();
    let arguments = ["check", "--dir", "v", "--bundle", "b1", "--text", &text];
    scene.run_at(at(-DAY), &arguments).verdict("undetermined", "clock_behind");
    // Nothing was taken, so the right clock decides.
    scene.run(&arguments).verdict("accepted", "ok");
}

#[test]
fn a_bundle_with_a_type_that_is_none_is_refused() {
    let mut scene = Scene::new();
    scene.country.bundle.types = vec![TypeDocument { id: "proof-of-age".into(), json: "{}".into() }];
    scene.next_bundle("b2");
    check(&scene, "b2").refused("bundle_type_unreadable");
}

#[test]
fn a_delta_leads_to_the_newer_bundle() {
    let mut scene = Scene::new();
    let first = Bundle::verify(&scene.read("b1"), scene.country.root.public(), None).unwrap();
    let second = scene.next_bundle("b2");
    let third = scene.next_bundle("b3");
    let delta = |from: &Bundle, to: &Bundle| {
        let unsigned = from.prepare_delta(to).unwrap();
        let signature = scene.country.registrar.sign(unsigned.to_be_signed());
        unsigned.finish(&signature)
    };
    scene.write("d12", &delta(&first, &second));
    scene.write("d23", &delta(&second, &third));
    let update = |base: &str, delta: &str, out: &str| {
        scene.run(&["update", "--dir", "v", "--bundle", base, "--delta", delta, "--out", out])
    };
    let ran = update("b1", "d12", "out");
    assert_eq!(ran.notes.len(), 1, "the first bundle pins its root");
    assert_eq!(ran.ok()["version"], 2);
    assert_eq!(scene.read("out"), second.as_bytes());
    // As after a crash before the new bundle was written.
    update("b1", "d12", "out").ok();
    // In place, as `--out` allows.
    update("out", "d23", "out").ok();
    assert_eq!(scene.read("out"), third.as_bytes());

    assert!(update("b1", "d23", "not").refused("delta_other_version").contains("starts from bundle 2"));
    update("b1", "d12", "not").refused("bundle_rollback");
    let mut bytes = scene.read("d23");
    *bytes.last_mut().unwrap() ^= 1;
    scene.write("bad", &bytes);
    update("b2", "bad", "not").refused("delta_signature_invalid");
    assert!(!scene.path("not").exists());
    check(&scene, "b2").refused("bundle_rollback");
    assert!(
        scene
            .text(&["update", "--dir", "v", "--bundle", "b2", "--delta", "d23", "--out", "o"])
            .contains("Bundle 3")
    );
}

#[test]
fn one_process_at_a_time_uses_a_folder() {
    let scene = Scene::new();
    let home = Home::open(&scene.path("v")).unwrap();
    check(&scene, "b1").refused("store_in_use");
    drop(home);
    check(&scene, "b1").verdict("accepted", "ok");
}

#[test]
fn a_broken_memory_is_reported() {
    let scene = Scene::new();
    std::fs::remove_dir_all(scene.path("v/memory")).unwrap();
    scene.write("v/memory", b"");
    check(&scene, "b1").refused("store_failed");
}
