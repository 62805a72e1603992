//! `init`, and the files of a verifier's folder.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use hati_formats::keys::{Algorithm, PublicKey};
use hati_formats::trust::audience;
use serde_json::Value;

use super::country::key;
use super::scene::Scene;

#[test]
fn init_tells_who_the_verifier_is() {
    for (algorithm, curve) in [("EdDSA", "Ed25519"), ("ES256", "P-256")] {
        let scene = Scene::new();
        let answer = scene.run(&["init", "--dir", "other/shop", "--algorithm", algorithm]).ok();
        assert_eq!(answer["jwk"]["crv"], curve);
        let written: Value = serde_json::from_slice(&scene.read("other/shop/key.pub.jwk")).unwrap();
        assert_eq!(written, answer["jwk"]);
        assert_eq!(answer["audience"], audience(&PublicKey::from_jwk(&written).unwrap()));
        assert!(written.get("d").is_none(), "the public key file holds the secret");
        assert!(!answer.to_string().contains("\"d\""));
    }
    assert!(Scene::new().text(&["init", "--dir", "w"]).contains("the first bundle pins it"));
}

#[test]
fn only_the_owner_can_read_the_key() {
    let scene = Scene::new();
    let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&scene.path("v")), mode(&scene.path("v/key.jwk"))), (0o700, 0o600));
}

#[test]
fn a_key_that_others_can_read_is_refused() {
    let scene = Scene::new();
    std::fs::set_permissions(scene.path("v/key.jwk"), PermissionsExt::from_mode(0o640)).unwrap();
    assert!(scene.request("merchant-age").refused("key_rights").contains("got 640"));
}

#[test]
fn init_never_overwrites() {
    let scene = Scene::new();
    let before = scene.read("v/key.jwk");
    scene.run(&["init", "--dir", "v"]).refused("folder_not_empty");
    assert_eq!(scene.read("v/key.jwk"), before);
    std::fs::create_dir(scene.path("empty")).unwrap();
    scene.run(&["init", "--dir", "empty"]).ok();
}

#[test]
fn init_pins_a_root() {
    let scene = Scene::new();
    let root = scene.country.root.public();
    scene.write("root.jwk", root.to_jwk().to_string().as_bytes());
    let answer = scene.run(&["init", "--dir", "w", "--root", "root.jwk"]).ok();
    assert_eq!(answer["root_thumbprint"], hati_formats::encoding::b64url(&root.thumbprint()));
    let request =
        ["request", "--dir", "w", "--profile", "merchant-age", "--out", "p", "--state", "s", "--bundle"];
    let ran = scene.run(&[&request[..], &["b1"]].concat());
    assert_eq!((ran.status, ran.notes.len()), (Some(0), 0), "{ran:?}");

    let stranger = key(Algorithm::EdDsa, 99).unwrap();
    scene.write("stranger.jwk", stranger.public().to_jwk().to_string().as_bytes());
    scene.run(&["init", "--dir", "x", "--root", "stranger.jwk"]).ok();
    let request =
        ["request", "--dir", "x", "--profile", "merchant-age", "--out", "p", "--state", "s", "--bundle"];
    scene.run(&[&request[..], &["b1"]].concat()).refused("trust_list_other_root");
}

#[test]
fn a_folder_without_a_verifier_is_refused() {
    let scene = Scene::new();
    let check = ["check", "--dir", "nowhere", "--bundle", "b1", "--text", "T"];
    assert!(scene.run(&check).refused("no_verifier").contains("hati-verifier init --dir nowhere"));
    assert!(!scene.path("nowhere").exists());
}

#[test]
fn files_that_are_not_there_or_not_right_are_refused() {
    let scene = Scene::new();
    scene.run(&["init", "--dir", "w", "--root", "nothing.jwk"]).refused("file_unusable");
    scene.write("long.jwk", &[b' '; 5000]);
    scene.run(&["init", "--dir", "w", "--root", "long.jwk"]).refused("file_too_long");
    scene.write("rsa.jwk", br#"{"kty":"RSA"}"#);
    scene.run(&["init", "--dir", "w", "--root", "rsa.jwk"]).refused("file_content");
    assert!(!scene.path("w").exists(), "a refused init leaves nothing behind");

    let secret = String::from_utf8(scene.read("v/key.jwk")).unwrap();
    for text in ["{", "{}", &secret.replacen("\"x\":\"", "\"x\":\"AA", 1)] {
        scene.write("v/key.jwk", text.as_bytes());
        let message = scene.request("merchant-age").refused("file_content");
        let d: Value = serde_json::from_str(&secret).unwrap();
        assert!(!message.contains(d["d"].as_str().unwrap()), "an error shows the secret: {message}");
    }
}
