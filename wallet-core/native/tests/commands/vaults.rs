use std::os::unix::fs::PermissionsExt;

use crate::{Bench, NOW, refusal};

#[test]
fn init_makes_a_vault_once() {
    let bench = Bench::new();
    assert_eq!(bench.refused(&["list"]), "vault_missing");
    let made = bench.done(&["init"]);
    assert_eq!((&made["root"], &made["device_secret"]), (&serde_json::Value::Null, &"vault.device".into()));
    let secret = bench.read("vault.device");
    let mode = |name: &str| std::fs::metadata(bench.path(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!((secret.len(), mode("vault.device"), mode("vault")), (32, 0o600, 0o700));
    assert_eq!(bench.refused(&["init"]), "vault_exists");
    assert_eq!(bench.read("vault.device"), secret);

    let other = Bench::new();
    std::fs::create_dir(other.path("vault")).unwrap();
    other.write("vault/holiday.jpg", b"");
    assert_eq!(other.refused(&["init"]), "folder_not_empty");
}

#[test]
fn init_starts_again_where_a_crash_left_no_header() {
    let bench = Bench::new();
    bench.done(&["init"]);
    std::fs::remove_file(bench.path("vault/vault.header")).unwrap();
    assert_eq!(bench.refused(&["list"]), "vault_missing");
    bench.done(&["init"]);
    bench.done(&["list"]);
}

#[test]
fn only_the_pin_and_this_devices_secret_open_the_vault() {
    let bench = Bench::holding("proof-of-age", 1);
    let with_pin = |pin: &str| bench.command(&["list", "--json"]).env("HATI_PIN", pin).output().unwrap();
    assert_eq!(refusal(&with_pin("246811")), "vault_locked");
    assert_eq!(refusal(&with_pin("12345")), "pin_too_short");

    let secret = bench.path("vault.device");
    let kept = std::fs::read(&secret).unwrap();
    std::fs::write(&secret, [7; 32]).unwrap();
    assert_eq!(bench.refused(&["list"]), "vault_locked");
    std::fs::write(&secret, [7; 31]).unwrap();
    assert_eq!(bench.refused(&["list"]), "secret_damaged");
    std::fs::write(&secret, kept).unwrap();
    std::fs::set_permissions(&secret, std::fs::Permissions::from_mode(0o640)).unwrap();
    assert_eq!(bench.refused(&["list"]), "secret_readable");
}

#[test]
fn a_folder_that_was_copied_without_the_device_secret_does_not_open() {
    let bench = Bench::holding("proof-of-age", 1);
    std::fs::rename(bench.path("vault"), bench.path("stolen")).unwrap();
    let list = |secret: Option<&str>| {
        let mut command = bench.command(&["--vault", "stolen", "list", "--json"]);
        command.envs(secret.map(|path| ("HATI_DEVICE_SECRET", path))).output().unwrap()
    };
    let output = list(None);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("stolen.device") && said.contains("HATI_DEVICE_SECRET"), "{said}");
    assert_eq!(refusal(&output), "secret_missing");
    assert!(list(Some("vault.device")).status.success());
    assert_eq!(refusal(&list(Some("elsewhere"))), "secret_missing");
}

#[test]
fn a_device_secret_serves_several_vaults_and_is_never_overwritten() {
    let bench = Bench::new();
    bench.done(&["init"]);
    let secret = bench.read("vault.device");
    let second = |command: &str| {
        let mut command = bench.command(&["--vault", "second", command, "--json"]);
        command.env("HATI_DEVICE_SECRET", "vault.device").output().unwrap()
    };
    assert!(second("init").status.success() && second("list").status.success());
    assert_eq!(bench.read("vault.device"), secret);
    assert!(!bench.path("second.device").exists());
    bench.done(&["list"]);
}

#[test]
fn the_device_secret_of_the_folder_one_is_in_lies_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    let inside = folder.path().join("vault").join("..");
    std::fs::create_dir(folder.path().join("vault")).unwrap();
    let mut expected = folder.path().canonicalize().unwrap().into_os_string();
    expected.push(".device");
    assert_eq!(hati_wallet::Vault::secret_beside(&inside), std::path::Path::new(&expected));
}

#[test]
fn without_a_pin_and_a_terminal_nothing_opens() {
    let bench = Bench::trusting();
    // A session of its own has no terminal to ask at.
    let mut command = std::process::Command::new("setsid");
    command.arg(env!("CARGO_BIN_EXE_hati-wallet")).args(["--vault", "vault", "list", "--json"]);
    command.current_dir(bench.folder.path()).env_remove("HATI_PIN").stdin(std::process::Stdio::null());
    assert_eq!(refusal(&command.output().unwrap()), "pin_missing");
}

#[test]
fn the_pin_can_be_changed() {
    let bench = Bench::holding("proof-of-age", 1);
    let change =
        |new: &str| bench.command(&["change-pin", "--json"]).env("HATI_NEW_PIN", new).output().unwrap();
    assert_eq!(refusal(&change("123")), "pin_too_short");
    assert!(change("twende kazi").status.success());
    assert_eq!(bench.refused(&["list"]), "vault_locked");
    let list = bench.command(&["list", "--now", NOW]).env("HATI_PIN", "twende kazi").output().unwrap();
    assert!(String::from_utf8_lossy(&list.stdout).contains("1 of 1 copies left"), "{list:?}");
}

#[test]
fn nothing_personal_stands_in_the_vaults_files() {
    let mut bench = Bench::holding("maisha-id", 1);
    let request = bench.country.request(crate::country::Asker::Shop, "maisha-id", &["given_name"]);
    bench.done(&["answer", &request, "--out", "a.png", "--approve"]);
    let mut files = vec![bench.path("vault")];
    let mut seen = 0;
    while let Some(path) = files.pop() {
        if path.is_dir() {
            files.extend(std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
            continue;
        }
        let bytes = std::fs::read(&path).unwrap();
        seen += bytes.len();
        for word in ["Amina", "Otieno", "eyJhbGci", "Kibra", "MaishaId", "id.example"] {
            assert!(!bytes.windows(word.len()).any(|window| window == word.as_bytes()), "{word} in {path:?}");
        }
    }
    assert!(seen > 4_000, "the records are somewhere: {seen}");
}

#[test]
fn one_program_at_a_time_has_the_vault_open() {
    let bench = Bench::new();
    let pin = hati_wallet_core::vault::Pin::new("246810").unwrap();
    let mut rng = <rand_chacha::ChaCha20Rng as rand_chacha::rand_core::SeedableRng>::seed_from_u64(1);
    let held = hati_wallet::Vault::create(&bench.path("vault"), &bench.path("vault.device"), &pin, &mut rng)
        .unwrap();
    assert_eq!(bench.refused(&["list"]), "vault_in_use");
    drop(held);
    bench.done(&["list"]);
}
