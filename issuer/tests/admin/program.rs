//! The programs, as an operator runs them: accounts by the command line, a service that publishes what changed, and logs
//! that name nobody.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use hati_formats::keys::{Algorithm, SoftwareKey};
use hati_formats::time::Timestamp;
use hati_program::system::clock;
use serde_json::{Value, json};
use tempfile::TempDir;
use ureq::Agent;

use super::{PASSWORD, Totp};

fn run(folder: &Path, arguments: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hati-issuer"));
    command.current_dir(folder).env("HATI_OFFICER_PASSWORD", PASSWORD).arg("--json");
    command.args(arguments.split(' ')).output().unwrap()
}

#[track_caller]
fn done(folder: &Path, arguments: &str) -> Value {
    let output = run(folder, arguments);
    assert!(output.status.success(), "{arguments}: {output:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

fn refused(folder: &Path, arguments: &str) -> Value {
    let output = run(folder, arguments);
    assert!(!output.status.success(), "{arguments}: {output:?}");
    let said = String::from_utf8(output.stderr).unwrap();
    serde_json::from_str::<Value>(said.lines().last().unwrap()).unwrap()["error"]["code"].take()
}

fn issuer() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    done(folder.path(), "init --dir issuer --issuer-url https://id.example.go.ke");
    folder
}

#[test]
fn the_command_line_makes_changes_and_closes_accounts() {
    let folder = issuer();
    let at = folder.path();
    let made = done(at, "officer add --dir issuer --name wanjiku --roles issuing,registering");
    assert!(made["otpauth"].as_str().unwrap().starts_with("otpauth://totp/"));
    assert_eq!(refused(at, "officer add --dir issuer --name wanjiku --roles issuing"), "officer_exists");
    assert_eq!(
        refused(at, "officer add --dir issuer --name Wanjiku --roles issuing"),
        "officer_name_refused"
    );
    assert_eq!(refused(at, "officer add --dir issuer --name kamau --roles burning"), "usage");
    assert_eq!(refused(at, "officer close --dir issuer --name kamau"), "officer_unknown");
    done(at, "officer set-roles --dir issuer --name wanjiku --roles auditing");
    let again = done(at, "officer reset --dir issuer --name wanjiku");
    assert_ne!(again["otpauth"], made["otpauth"]);
    done(at, "officer close --dir issuer --name wanjiku");
    let listed = done(at, "officer list --dir issuer");
    let expected = json!([{ "name": "wanjiku", "state": "closed", "roles": ["auditing"] }]);
    assert_eq!(listed["officers"], expected);
    // For people, with a code to scan.
    let mut command = Command::new(env!("CARGO_BIN_EXE_hati-issuer"));
    command.current_dir(at).env("HATI_OFFICER_PASSWORD", PASSWORD);
    let shown = command.args("officer reset --dir issuer --name wanjiku".split(' ')).output().unwrap();
    let shown = String::from_utf8(shown.stdout).unwrap();
    assert!(shown.contains('█') && shown.contains("otpauth://totp/"), "{shown}");
}

#[test]
fn without_a_password_and_a_terminal_no_account_is_made() {
    let folder = issuer();
    // A session of its own has no terminal to ask at.
    let mut command = Command::new("setsid");
    command.current_dir(folder.path()).arg(env!("CARGO_BIN_EXE_hati-issuer"));
    command.args("--json officer add --dir issuer --name wanjiku --roles issuing".split(' '));
    let output = command.env_remove("HATI_OFFICER_PASSWORD").stdin(Stdio::null()).output().unwrap();
    assert!(!output.status.success(), "{output:?}");
    let said: Value = serde_json::from_slice(&output.stderr).unwrap();
    assert_eq!(said["error"]["code"], "officer_password_missing", "{said}");
    assert!(said["error"]["message"].as_str().unwrap().contains("HATI_OFFICER_PASSWORD"), "{said}");
}

struct Running(std::process::Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The service, where it listens, and all that it logs.
fn serve(at: &Path) -> (Running, String, std::thread::JoinHandle<String>) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hati-issuer"));
    command
        .current_dir(at)
        .args(["--json", "serve", "--dir", "issuer"])
        .env("HATI_ISSUER_LISTEN", "127.0.0.1:0");
    command
        .env("HATI_ISSUER_LIMITS_BURST", "1000000")
        .env("HATI_ISSUER_LIMITS_REQUESTS_PER_SECOND", "1000000");
    let mut service = Running(command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap());
    let mut log = BufReader::new(service.0.stderr.take().unwrap());
    let mut first = String::new();
    // The first edition is logged before.
    while !first.contains("listening at") {
        first.clear();
        assert_ne!(log.read_line(&mut first).unwrap(), 0);
    }
    // Whoever does not read a log stops who writes it.
    let url = first.split("listening at ").nth(1).unwrap().split(';').next().unwrap().to_owned();
    let log = std::thread::spawn(move || {
        log.read_to_string(&mut first).unwrap();
        first
    });
    (service, url, log)
}

#[test]
fn a_revocation_is_published_at_once_and_logs_name_nobody() {
    let folder = issuer();
    let at = folder.path();
    done(at, "sample-register --people 1 --out people.csv");
    done(at, "import --dir issuer people.csv");
    let row = std::fs::read_to_string(at.join("people.csv")).unwrap();
    let row: Vec<_> = row.lines().nth(1).unwrap().split(',').map(str::to_owned).collect();
    let key = SoftwareKey::from_secret_bytes(Algorithm::EdDsa, &[5; 32]).unwrap();
    std::fs::write(at.join("keys.json"), json!({ "keys": [key.public().to_jwk()] }).to_string()).unwrap();
    let upi = &row[0];
    done(
        at,
        &format!("issue --dir issuer --upi {upi} --type maisha-id --holder-keys keys.json --out id.json"),
    );
    let roles = "registering,revoking";
    let made = done(at, &format!("officer add --dir issuer --name wanjiku --roles {roles}"));
    let factor = Totp::of(made["otpauth"].as_str().unwrap());

    let (service, url, log) = serve(at);
    let agent = Agent::config_builder().http_status_as_error(false).build().new_agent();

    let post = |path: &str, session: Option<(&str, &str)>, body: Value| {
        let mut request = agent.post(format!("{url}{path}")).header("content-type", "application/json");
        if let Some((cookie, csrf)) = session {
            request = request.header("cookie", cookie).header("x-csrf-token", csrf);
        }
        let response = request.send(body.to_string()).unwrap();
        let cookie = response.headers().get("set-cookie").map(|it| it.to_str().unwrap().to_owned());
        let body: Value = serde_json::from_str(&response.into_body().read_to_string().unwrap()).unwrap();
        (cookie, body)
    };
    let now: Timestamp = clock();
    let shown = json!({ "name": "wanjiku", "password": PASSWORD, "code": factor.code(now) });
    let (cookie, session) = post("/admin/v1/session", None, shown);
    let cookie = cookie.unwrap().split(';').next().unwrap().to_owned();
    let session = (cookie.as_str(), session["csrf_token"].as_str().unwrap());
    for q in [upi, &row[1], &row[3]] {
        let request = agent.get(format!("{url}/admin/v1/people?q={q}")).header("cookie", &cookie);
        assert_eq!(request.call().unwrap().status().as_u16(), 200);
    }

    // A service that has just begun publishes its first edition in a moment.
    let list = || loop {
        let response = agent.get(format!("{url}/status/0")).call().unwrap();
        if response.status().as_u16() == 200 {
            return response.into_body().read_to_string().unwrap();
        }
    };
    let statuses = |token: &str| {
        let claims = hati_formats::encoding::b64url_decode(token.split('.').nth(1).unwrap()).unwrap();
        serde_json::from_slice::<Value>(&claims).unwrap()["status_list"]["lst"].take()
    };
    let before = statuses(&list());
    let (_, changed) = post(&format!("/admin/v1/people/{upi}/credentials/revoke"), Some(session), json!({}));
    assert_eq!(changed["changed"], 1, "{changed}");
    while statuses(&list()) == before {}

    drop(service);
    let said = log.join().unwrap();
    assert!(said.contains("/admin/v1/people/{upi}/credentials/{change}"), "{said}");
    for secret in
        [upi.as_str(), &row[1], &row[2], &row[3], "wanjiku", PASSWORD, cookie.split('=').nth(1).unwrap()]
    {
        assert!(!said.contains(secret), "{secret}: {said}");
    }
}
