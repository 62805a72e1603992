use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use hati_issuer::home::Home;
use hati_issuer::keys::{KeyFileError, KeyFolder, Unlock};
use hati_program::files::create_secret;
use serde_json::json;

use crate::{NOW, Office, PASSPHRASE, code, contents};

#[test]
fn sealed_keys_sign_and_are_nowhere_in_the_clear() {
    let office = Office::new(&[PASSPHRASE], &["--seal"]);
    office.issue(NOW);
    office.bundle(NOW, &office.root());
    let files = contents(&office.path("issuer/keys"));
    assert_eq!(files.len(), 5, "{files:?}");
    for (path, content) in files {
        let content = String::from_utf8(content).unwrap();
        assert!(content.contains("\"hati-sealed\":1"), "{}", path.display());
        assert!(!content.contains("\"d\"") && !content.contains("health"), "{}", path.display());
    }
    assert_eq!(office.done(&["keys", "list", "--dir", "issuer"])["unsealed"], json!([]));
}

#[test]
fn a_wrong_passphrase_opens_nothing_and_loses_nothing() {
    let mut office = Office::new(&[PASSPHRASE], &["--seal"]);
    let before = contents(&office.path("issuer/keys"));
    let bundle = ["bundle", "--dir", "issuer", "--out", "bundle.hati"];
    office.environment.clear();
    assert_eq!(office.refused(&bundle), "passphrase_missing");
    office.environment.push((PASSPHRASE.0, "wrong horse battery staple".into()));
    for command in [&bundle[..], &["keys", "unseal", "--dir", "issuer"], &["trust-list", "--dir", "issuer"]] {
        assert_eq!(office.refused(command), "passphrase_wrong");
    }
    assert_eq!(contents(&office.path("issuer/keys")), before);
    office.environment[0].1 = PASSPHRASE.1.into();
    office.done(&bundle);
}

#[test]
fn keys_are_sealed_and_unsealed_in_place() {
    let office = Office::new(&[PASSPHRASE], &[]);
    let clear = contents(&office.path("issuer/keys"));
    assert_eq!(office.refused(&["keys", "unseal", "--dir", "issuer"]), "keys_not_sealed");
    assert_eq!(office.refused(&["keys", "change-passphrase", "--dir", "issuer"]), "keys_not_sealed");
    assert_eq!(office.done(&["keys", "seal", "--dir", "issuer"])["sealed"], 4);
    assert_eq!(office.done(&["keys", "seal", "--dir", "issuer"])["sealed"], 0);
    // A crash left one file in the clear: it still opens, is told, and is sealed by doing it again.
    let (path, content) = &clear[0];
    fs::write(path, content).unwrap();
    assert_eq!(office.done(&["keys", "list", "--dir", "issuer"])["unsealed"], json!(["issuer.jwk"]));
    assert_eq!(office.done(&["keys", "seal", "--dir", "issuer"])["sealed"], 1);
    assert_eq!(office.done(&["keys", "unseal", "--dir", "issuer"])["unsealed"], 4);
    assert_eq!(contents(&office.path("issuer/keys")), clear);
}

#[test]
fn another_passphrase_takes_the_place_of_the_first() {
    let mut office = Office::new(&[PASSPHRASE], &["--seal"]);
    let new = "staple battery horse correct";
    office.environment.push(("HATI_ISSUER_NEW_PASSPHRASE", new.into()));
    let files = contents(&office.path("issuer/keys"));
    office.done(&["keys", "change-passphrase", "--dir", "issuer"]);
    let changed = contents(&office.path("issuer/keys"));
    let differ: Vec<_> = files.iter().zip(&changed).filter(|(a, b)| a != b).map(|(a, _)| &a.0).collect();
    assert_eq!(differ, [&office.path("issuer/keys/seal.json")]);
    assert_eq!(office.refused(&["keys", "list", "--dir", "issuer"]), "passphrase_wrong");
    office.environment = vec![(PASSPHRASE.0, new.into())];
    office.done(&["trust-list", "--dir", "issuer"]);
}

#[test]
fn a_short_passphrase_seals_nothing() {
    let office = Office::new(&[("HATI_ISSUER_PASSPHRASE", "fourteen bytes")], &[]);
    let before = contents(&office.path("issuer/keys"));
    assert_eq!(office.refused(&["keys", "seal", "--dir", "issuer"]), "passphrase_short");
    assert_eq!(contents(&office.path("issuer/keys")), before);
    let init = ["init", "--dir", "other", "--issuer-url", "https://id.example.go.ke", "--seal"];
    assert_eq!(office.refused(&init), "passphrase_short");
    assert!(!office.path("other/keys").exists());
}

#[test]
fn a_credential_file_opens_the_keys_if_nobody_else_can_read_it() {
    let mut office = Office::new(&[PASSPHRASE], &["--seal"]);
    office.environment.clear();
    create_secret(&office.path("hati-issuer-passphrase"), &format!("{}\n", PASSPHRASE.1)).unwrap();
    let here = office.folder.path().to_str().unwrap().to_owned();
    office.environment.push(("CREDENTIALS_DIRECTORY", here));
    office.done(&["keys", "list", "--dir", "issuer"]);
    office.environment = vec![("HATI_ISSUER_PASSPHRASE_FILE", "hati-issuer-passphrase".into())];
    office.done(&["keys", "list", "--dir", "issuer"]);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let path = office.path("hati-issuer-passphrase");
        fs::set_permissions(path, fs::Permissions::from_mode(0o644)).unwrap();
        assert_eq!(office.refused(&["keys", "list", "--dir", "issuer"]), "key_rights");
    }
}

#[test]
fn files_cannot_be_swapped() {
    let office = Office::new(&[PASSPHRASE], &["--seal"]);
    let keys = office.path("issuer/keys");
    fs::copy(keys.join("registrar.jwk"), keys.join("issuer.jwk")).unwrap();
    let output = office.command(&["keys", "list", "--dir", "issuer"]).output().unwrap();
    assert_eq!(code(&output), "key_file_damaged");
    // Nor can a sealed file be taken for the file of a folder that is not sealed.
    fs::remove_file(keys.join("seal.json")).unwrap();
    assert_eq!(office.refused(&["keys", "list", "--dir", "issuer"]), "seal_missing");
}

#[test]
fn a_folder_that_is_sealed_meanwhile_asks_for_a_new_start() {
    let office = Office::new(&[PASSPHRASE], &[]);
    let opened = KeyFolder::open(&office.path("issuer/keys"), None, &Unlock::nothing()).unwrap();
    office.done(&["keys", "seal", "--dir", "issuer"]);
    assert_eq!(opened.load().unwrap_err().code(), "keys_sealed_meanwhile");
    assert!(opened.state().is_ok());
}

#[cfg(unix)]
#[test]
fn a_service_says_that_its_keys_are_in_the_clear() {
    for (options, told) in [(&[][..], true), (&["--seal"], false)] {
        let office = Office::new(&[PASSPHRASE], options);
        let mut serve = office.command(&["serve", "--dir", "issuer"]);
        let mut serve =
            serve.env("HATI_ISSUER_LISTEN", "127.0.0.1:0").stderr(Stdio::piped()).spawn().unwrap();
        let mut said = BufReader::new(serve.stderr.take().unwrap()).lines().map(Result::unwrap);
        assert!(said.any(|line| line.contains("listening at")));
        Command::new("kill").args(["-TERM", &serve.id().to_string()]).status().unwrap();
        let said: Vec<_> = said.collect();
        assert!(serve.wait().unwrap().success());
        assert_eq!(
            said.iter().any(|line| line.contains("keys are in the clear (issuer.jwk, ")),
            told,
            "{said:?}"
        );
    }
}

#[test]
fn one_question_opens_every_file() {
    let office = Office::new(&[PASSPHRASE], &["--seal"]);
    let asked = std::cell::Cell::new(0);
    let variable = |name: &str| {
        (name == PASSPHRASE.0).then(|| {
            asked.set(asked.get() + 1);
            PASSPHRASE.1.to_owned()
        })
    };
    Home::open_with(&office.path("issuer"), &Unlock::new(&variable, None)).unwrap();
    assert_eq!(asked.get(), 1);
    let ask = |_| Err(std::io::Error::other("the two passphrases differ"));
    let refused = Home::open_keys(&office.path("issuer"), &Unlock::new(&|_| None, Some(&ask))).unwrap_err();
    assert!(refused.to_string().contains("the two passphrases differ"), "{refused}");
    let nothing = Home::open(&office.path("issuer")).unwrap_err();
    assert!(
        matches!(nothing, hati_issuer::home::HomeError::Keys(KeyFileError::NoSecret { .. })),
        "{nothing}"
    );
}
