use std::path::{Path, PathBuf};

use hati_formats::json;
use hati_formats::keys::{Algorithm, SoftwareKey};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;

use super::root::ROOT;
use super::*;

#[test]
fn keys_are_read_back_and_never_shown() {
    let (_folder, path) = folder();
    let (root, keys) = create(&path);
    let opened = open(&path);
    let again = opened.load().unwrap();
    assert_eq!(again.public(), keys.public());
    assert_eq!(opened.load_root(&root).unwrap().public(), &root);
    assert_eq!(again.sectors.identifier("tax", "1"), keys.sectors.identifier("tax", "1"));

    let shown = format!("{again:?} {opened:?}");
    let sectors = std::fs::read(path.join(SECTOR_KEYS)).unwrap();
    let secrets = json::parse_object(&sectors).unwrap();
    assert!(secrets.values().all(|secret| !shown.contains(secret.as_str().unwrap())));
    assert!(shown.contains("SectorKeys(secret)"), "{shown}");
}

#[test]
fn keys_are_never_overwritten() {
    let (_folder, path) = folder();
    let (root, _) = create(&path);
    let mut rng = ChaCha20Rng::seed_from_u64(2);
    let other = NewKeys::generate(Algorithm::EdDsa, &mut rng);
    let new = NewFolder::new(&path, false, None, &Unlock::nothing(), &mut rng).unwrap();
    assert!(matches!(new.save(&other, &mut rng), Err(KeyFileError::Io { .. })));
    assert_eq!(open(&path).load_root(&root).unwrap().public(), &root);
}

#[test]
fn an_interrupted_rotation_of_the_root_is_completed_once_its_list_is_published() {
    let (_folder, path) = folder();
    let (root, _) = create(&path);
    let mut rng = ChaCha20Rng::seed_from_u64(2);
    let opened = open(&path);
    for seed in 5..7 {
        // The second time over the first, whose list was never published.
        let next = SoftwareKey::from_secret_bytes(Algorithm::EdDsa, &[seed; 32]).unwrap();
        opened.save_next_root(&next, &mut rng).unwrap();
        assert_eq!(opened.load_root(&root).unwrap().public(), &root);
    }
    let next = SoftwareKey::from_secret_bytes(Algorithm::EdDsa, &[6; 32]).unwrap();
    for _ in 0..2 {
        assert_eq!(opened.load_root(next.public()).unwrap().public(), next.public());
        assert!(!path.join("root.next.jwk").exists());
    }
    std::fs::remove_file(path.join(ROOT)).unwrap();
    assert!(matches!(opened.load_root(next.public()), Err(KeyFileError::NoRoot { .. })));
}

#[cfg(unix)]
#[test]
fn only_the_owner_can_read_a_key() {
    use std::os::unix::fs::PermissionsExt;
    let (_folder, path) = folder();
    create(&path);
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&path), 0o700);
    for name in [ROOT, "issuer.jwk", "registrar.jwk", SECTOR_KEYS] {
        assert_eq!(mode(&path.join(name)), 0o600, "{name}");
    }
    std::fs::set_permissions(path.join("issuer.jwk"), std::fs::Permissions::from_mode(0o640)).unwrap();
    assert!(matches!(open(&path).load(), Err(KeyFileError::Rights { got: 0o640, .. })));
}

#[test]
fn a_damaged_key_is_refused_without_being_shown() {
    for (name, text) in [
        ("registrar.jwk", "{\"kty\":\"OKP\"}"),
        (SECTOR_KEYS, "{\"health\":\"c2VjcmV0\"}"),
        ("issuer.jwk", "s"),
        ("issuer.jwk", "{\"pkcs11\":{\"id\":\"\"},\"c2VjcmV0\":1}"),
        ("withdrawn.json", "{\"keys\":[{\"c2VjcmV0\":1}]}"),
        ("withdrawn.json", "{}"),
    ] {
        let (_folder, path) = folder();
        create(&path);
        std::fs::remove_file(path.join(name)).ok();
        hati_program::files::create_secret(&path.join(name), text).unwrap();
        let refused = open(&path).load().unwrap_err();
        assert!(matches!(&refused, KeyFileError::Content { path, .. } if path.ends_with(name)), "{refused}");
        assert!(!refused.to_string().contains("c2VjcmV0"));
    }
}

fn folder() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys");
    (folder, path)
}

fn create(path: &Path) -> (PublicKey, Keys) {
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    let new = NewKeys::generate(Algorithm::EdDsa, &mut rng);
    let folder = NewFolder::new(path, false, None, &Unlock::nothing(), &mut rng).unwrap();
    folder.save(&new, &mut rng).unwrap();
    (new.root.public().clone(), new.into())
}

fn open(path: &Path) -> KeyFolder {
    KeyFolder::open(path, None, &Unlock::nothing()).unwrap()
}
