//! Keys in a token: SoftHSM, each test with a folder of its own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use cryptoki::context::Pkcs11;
use cryptoki::types::AuthPin;
use hati_formats::keys::{Algorithm, PublicKey};
use hati_issuer::home::{Home, HomeError};
use hati_issuer::keys::{KeyFileError, KeyFolder, Secret, Signer, TokenError, Unlock};
use serde_json::{Value, json};

use crate::{NOW, Office, PASSPHRASE, contents};

const PIN: &str = "1234567";
const LABEL: &str = "national";
const MODULES: [&str; 3] = [
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib64/pkcs11/libsofthsm2.so",
    "/opt/homebrew/lib/softhsm/libsofthsm2.so",
];

/// Where SoftHSM reads its configuration from.
const CONFIG: &str = "SOFTHSM2_CONF";

/// A token in a folder of its own.
struct SoftHsm {
    folder: PathBuf,
    module: &'static str,
}

impl SoftHsm {
    /// A token for the test of this name, which goes on in another process: a process reads where its tokens are from its
    /// environment, and no process may change its own. `None` in the first process.
    fn inside(test: &str) -> Option<Self> {
        let module = MODULES.into_iter().find(|path| Path::new(path).exists());
        let module = module.expect("SoftHSM is missing: scripts/need.sh softhsm installs it");
        if let Some(config) = std::env::var_os("HATI_TEST_TOKEN").and(std::env::var_os(CONFIG)) {
            let folder = Path::new(&config).parent().unwrap().to_owned();
            return Some(Self { folder, module });
        }
        let folder = tempfile::tempdir().unwrap();
        let token = Self { folder: folder.path().to_owned(), module };
        token.initialise(LABEL);
        let mut again = Command::new(std::env::current_exe().unwrap());
        again.args(["--exact", test, "--nocapture"]).env("HATI_TEST_TOKEN", "1").env(CONFIG, token.config());
        let ended = again.output().unwrap();
        let said =
            String::from_utf8_lossy(&ended.stdout).into_owned() + &String::from_utf8_lossy(&ended.stderr);
        assert!(ended.status.success() && said.contains("1 passed"), "{said}");
        None
    }

    fn initialise(&self, label: &str) {
        let tokens = self.tokens();
        fs::create_dir_all(&tokens).unwrap();
        let config = format!("directories.tokendir = {}\nobjectstore.backend = file\n", tokens.display());
        fs::write(self.config(), config).unwrap();
        let made = Command::new("softhsm2-util")
            .env(CONFIG, self.config())
            .args(["--init-token", "--free", "--label", label, "--so-pin", "7654321", "--pin", PIN])
            .output()
            .unwrap();
        assert!(made.status.success(), "{made:?}");
    }

    fn config(&self) -> PathBuf {
        self.folder.join("softhsm2.conf")
    }

    fn tokens(&self) -> PathBuf {
        self.folder.join("tokens")
    }

    /// An issuer whose keys are in the token.
    fn office(&self, options: &[&str]) -> Office {
        let config = self.config();
        let environment = [(CONFIG, config.to_str().unwrap()), ("HATI_ISSUER_HSM_PIN", PIN), PASSPHRASE];
        let init = ["--hsm-module", self.module, "--hsm-token", LABEL];
        Office::new(&environment, &[&init[..], options].concat())
    }
}

/// Opens the issuer's keys in this process.
fn open(office: &Office, pin: &str) -> Result<KeyFolder, HomeError> {
    let variable = |name: &str| (name == Secret::Pin.variable()).then(|| pin.to_owned());
    Home::open_keys(&office.path("issuer"), &Unlock::new(&variable, None))
}

fn check(signer: &Signer, message: &[u8]) {
    signer.public().verify(message, &signer.sign(message).unwrap()).unwrap();
}

#[test]
fn an_issuer_whose_keys_are_in_a_token_does_all_its_work() {
    let Some(token) = SoftHsm::inside("token::an_issuer_whose_keys_are_in_a_token_does_all_its_work") else {
        return;
    };
    let office = token.office(&["--seal"]);
    // `issue` and `bundle` check what they sign as a reader does.
    office.issue(NOW);
    let bundle = office.bundle(NOW, &office.root());
    let keys = open_sealed(&office).load().unwrap();
    assert_eq!((keys.issuer.token(), keys.registrar.token()), (Some(LABEL), Some(LABEL)));
    assert_eq!(bundle.signer(), hati_formats::trust::KeyId::of(keys.registrar.public()));
    for name in ["issuer.jwk", "registrar.jwk"] {
        // The seal covers the place of a key as it covers a key.
        assert!(fs::read_to_string(office.path("issuer/keys").join(name)).unwrap().contains("hati-sealed"));
    }
    office.done(&["keys", "unseal", "--dir", "issuer"]);
    for (path, content) in contents(&office.path("issuer/keys")) {
        let content: Value = serde_json::from_slice(&content).unwrap();
        let in_token = path.ends_with("issuer.jwk") || path.ends_with("registrar.jwk");
        assert_eq!(content.get("pkcs11").is_some(), in_token, "{}", path.display());
        assert!(!in_token || content.get("d").is_none(), "{content}");
    }
}

fn open_sealed(office: &Office) -> KeyFolder {
    let variable = |name: &str| match name {
        "HATI_ISSUER_HSM_PIN" => Some(PIN.to_owned()),
        "HATI_ISSUER_PASSPHRASE" => Some(PASSPHRASE.1.to_owned()),
        _ => None,
    };
    Home::open_keys(&office.path("issuer"), &Unlock::new(&variable, None)).unwrap()
}

#[test]
fn both_algorithms_sign_from_several_threads() {
    let Some(token) = SoftHsm::inside("token::both_algorithms_sign_from_several_threads") else { return };
    let office = token.office(&["--algorithm", "ES256"]);
    let keys = open(&office, PIN).unwrap().load().unwrap();
    assert_eq!(keys.issuer.public().algorithm(), Algorithm::Es256);
    assert_eq!(keys.registrar.public().algorithm(), Algorithm::EdDsa);
    std::thread::scope(|scope| {
        for thread in 0..4_u8 {
            let keys = &keys;
            scope.spawn(move || {
                for number in 0..20_u8 {
                    check(&keys.issuer, &[thread, number]);
                    let messages = [[thread, number, 1], [thread, number, 2]];
                    let signed = keys.registrar.sign_all(messages.iter().map(|it| &it[..])).unwrap();
                    for (message, signature) in messages.iter().zip(&signed) {
                        keys.registrar.public().verify(message, signature).unwrap();
                    }
                }
            });
        }
    });
}

#[test]
fn signing_goes_on_when_the_token_is_back() {
    let Some(token) = SoftHsm::inside("token::signing_goes_on_when_the_token_is_back") else { return };
    let office = token.office(&[]);
    let keys = open(&office, PIN).unwrap().load().unwrap();
    check(&keys.issuer, b"before");
    // What a token that was reset, or a failed-over cluster, does to a session: it is gone.
    for _ in 0..3 {
        log_out(token.module);
        check(&keys.issuer, b"after");
        check(&keys.registrar, b"after");
    }
    let away = token.folder.join("away");
    fs::rename(token.tokens(), &away).unwrap();
    fs::create_dir(token.tokens()).unwrap();
    let refused = keys.issuer.sign(b"while it is away").unwrap_err();
    assert!(
        matches!(refused.code(), "token_unusable" | "token_not_found" | "token_key_missing"),
        "{refused}"
    );
    assert!(refused.to_string().contains(LABEL), "{refused}");
    fs::remove_dir(token.tokens()).unwrap();
    fs::rename(&away, token.tokens()).unwrap();
    check(&keys.issuer, b"when it is back");
}

#[test]
fn a_pin_that_was_changed_meanwhile_is_not_tried_again() {
    let Some(token) = SoftHsm::inside("token::a_pin_that_was_changed_meanwhile_is_not_tried_again") else {
        return;
    };
    let office = token.office(&[]);
    let keys = open(&office, PIN).unwrap().load().unwrap();
    let module = Pkcs11::new(token.module).unwrap();
    let slot = module.get_slots_with_initialized_token().unwrap()[0];
    let [old, new] = [PIN, "7777777"].map(|pin| AuthPin::from(pin.to_owned()));
    module.open_rw_session(slot).unwrap().set_pin(&old, &new).unwrap();
    check(&keys.issuer, b"logged in before");
    log_out(token.module);
    for reason in ["PIN", "it refused it before"] {
        let refused = keys.issuer.sign(b"now").unwrap_err();
        assert_eq!(refused.code(), "token_pin_refused", "{refused}");
        assert!(refused.to_string().contains(reason), "{refused}");
    }
    let again = open(&office, "7777777").unwrap().load().unwrap();
    assert_eq!(again.issuer.public(), keys.issuer.public());
}

/// Another user of the module in this process logs out, and with it everybody.
fn log_out(module: &str) {
    let module = Pkcs11::new(module).unwrap();
    for slot in module.get_slots_with_initialized_token().unwrap() {
        module.open_rw_session(slot).unwrap().logout().unwrap();
    }
}

#[test]
fn a_wrong_pin_is_refused() {
    let Some(token) = SoftHsm::inside("token::a_wrong_pin_is_refused") else { return };
    let mut office = token.office(&[]);
    let refused = open(&office, "7777777").unwrap_err();
    assert_eq!(refused.code(), "token_pin_refused", "{refused}");
    office.environment.retain(|(name, _)| *name != "HATI_ISSUER_HSM_PIN");
    assert_eq!(office.refused(&["keys", "list", "--dir", "issuer"]), "passphrase_missing");
    office.environment.push(("HATI_ISSUER_HSM_PIN", "7777777".into()));
    assert_eq!(office.refused(&["keys", "list", "--dir", "issuer"]), "token_pin_refused");
    assert_eq!(open(&office, PIN).unwrap().load().unwrap().issuer.token(), Some(LABEL));
}

#[test]
fn a_key_that_is_not_the_one_of_its_file_is_refused() {
    let Some(token) = SoftHsm::inside("token::a_key_that_is_not_the_one_of_its_file_is_refused") else {
        return;
    };
    let office = token.office(&[]);
    let keys = office.path("issuer/keys");
    let read = |name: &str| -> Value { serde_json::from_slice(&fs::read(keys.join(name)).unwrap()).unwrap() };
    let (good, other) = (read("issuer.jwk"), read("registrar.jwk"));
    let refused = |file: &Value| {
        fs::write(keys.join("issuer.jwk"), file.to_string()).unwrap();
        match open(&office, PIN).unwrap().load().unwrap_err() {
            KeyFileError::Token(error) => error,
            other => panic!("{other}"),
        }
    };
    let mut swapped = good.clone();
    swapped["pkcs11"] = other["pkcs11"].clone();
    assert!(matches!(refused(&swapped), TokenError::OtherKey { .. }));
    let mut unknown = good.clone();
    unknown["pkcs11"] = json!({ "id": "AAAA" });
    assert!(matches!(refused(&unknown), TokenError::NoKey { .. }));
}

#[test]
fn a_token_that_is_not_there_is_named() {
    let Some(token) = SoftHsm::inside("token::a_token_that_is_not_there_is_named") else { return };
    let office = token.office(&[]);
    let path = office.path("issuer/issuer.json");
    let good: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    let refused = |hsm: Value| {
        let mut config = good.clone();
        config["hsm"] = hsm;
        fs::write(&path, config.to_string()).unwrap();
        office.refused(&["keys", "list", "--dir", "issuer"])
    };
    assert_eq!(refused(json!({ "module": token.module, "token": "county" })), "token_not_found");
    assert_eq!(refused(json!({ "module": "/etc/passwd", "token": LABEL })), "token_module_unusable");
    assert_eq!(refused(json!({ "module": token.module })), "config_refused");
    assert_eq!(refused(Value::Null), "token_not_configured");
    // Two tokens of one name: nobody could tell which signs.
    token.initialise(LABEL);
    assert_eq!(refused(json!({ "module": token.module, "token": LABEL })), "token_not_found");
}

#[test]
fn a_key_moves_into_the_token_and_an_old_one_is_destroyed_there() {
    let Some(token) = SoftHsm::inside("token::a_key_moves_into_the_token_and_an_old_one_is_destroyed_there")
    else {
        return;
    };
    let office = token.office(&[]);
    let id = |name: &str| -> PublicKey {
        let path = office.path("issuer/keys").join(name);
        PublicKey::from_jwk(&serde_json::from_slice(&fs::read(path).unwrap()).unwrap()).unwrap()
    };
    let first = id("issuer.jwk");
    office.done(&["keys", "announce", "--dir", "issuer", "--algorithm", "ES256"]);
    office.done(&["trust-list", "--dir", "issuer"]);
    office.bundle(NOW, &office.root());
    office.done(&["keys", "activate", "--dir", "issuer", "--wait-days", "0"]);
    assert_ne!(id("issuer.jwk"), first);
    assert_eq!(id("issuer.jwk").algorithm(), Algorithm::Es256);
    assert_eq!(id("issuer.old.jwk"), first);
    office.issue(NOW);
    assert_eq!(objects(&token), 6, "three pairs");
    let shown = || -> Vec<(String, bool, bool)> {
        let listed = office.done(&["keys", "list", "--dir", "issuer"]);
        let keys = listed["keys"].as_array().unwrap().iter().filter(|key| key["key"] == "issuer");
        keys.map(|key| {
            (key["state"].as_str().unwrap().to_owned(), key["here"] == true, key["token"] == LABEL)
        })
        .collect()
    };
    assert_eq!(shown(), [("active".into(), true, true), ("past".into(), true, true)]);
    office.done(&["keys", "retire", "--dir", "issuer"]);
    assert_eq!(objects(&token), 4, "two pairs");
    assert_eq!(shown(), [("active".into(), true, true), ("past".into(), false, false)]);
    office.issue(NOW);
    // As the key that signs, unless another place is said: a token is not left by mistake.
    office.done(&["keys", "announce", "--dir", "issuer"]);
    assert_eq!((objects(&token), id("issuer.next.jwk").algorithm()), (6, Algorithm::Es256));
    office.done(&["keys", "announce", "--dir", "issuer", "--key", "registrar", "--in", "file"]);
    assert_eq!(objects(&token), 6);
}

fn objects(token: &SoftHsm) -> usize {
    let folders = fs::read_dir(token.tokens()).unwrap().map(|entry| entry.unwrap().path());
    let files = folders.flat_map(|folder| contents(&folder));
    files
        .filter(|(path, _)| {
            path.extension().is_some_and(|end| end == "object") && !path.ends_with("token.object")
        })
        .count()
}
