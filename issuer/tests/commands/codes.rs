use std::collections::BTreeSet;

use hati_issuer::activation::ActivationError;
use hati_issuer::audit::AuditError;
use hati_issuer::chronology::ChronologyError;
use hati_issuer::config::ConfigError;
use hati_issuer::grants::offer::OfferError;
use hati_issuer::home::HomeError;
use hati_issuer::issuance::IssuanceError;
use hati_issuer::keys::{KeyFileError, TokenError};
use hati_issuer::officers::{AccountError, SignInError};
use hati_issuer::publish::PublishError;
use hati_issuer::register::ImportError;
use hati_issuer::register::amend::AmendError;
use hati_issuer::register::feed::FeedError;
use hati_issuer::service::{ServeError, SettingsError};
use hati_issuer::status::StatusError;
use hati_issuer::trust::TrustError;
use hati_issuer::types::TypesError;
use hati_issuer::verifiers::VerifierError;

use crate::{MINOR, NOW, code_of, issue, issue_to, office, run};

#[test]
fn refusals_have_stable_codes() {
    let folder = office();
    let refused = |arguments: &[&str]| code_of(&run(&folder, &[arguments, &["--now", NOW]].concat()));
    std::fs::write(folder.path().join("letter.csv"), "dear,madam\n").unwrap();
    std::fs::write(folder.path().join("bad.json"), "{}").unwrap();
    let at = ["--dir", "issuer"];
    let with = |command: &str, rest: &[&str]| refused(&[&[command], &at[..], rest].concat());
    assert_eq!(with("init", &["--issuer-url", "https://id.example.go.ke"]), "folder_not_empty");
    assert_eq!(refused(&["init", "--dir", "new", "--issuer-url", "http://x"]), "config_refused");
    assert_eq!(refused(&["bundle", "--dir", "nowhere", "--out", "b"]), "no_issuer");
    assert_eq!(with("bundle", &["--out", "b", "--since", "missing"]), "file_unusable");
    assert_eq!(with("import", &["letter.csv"]), "csv_header");
    assert_eq!(with("revoke", &["--upi", MINOR]), "nothing_issued");
    assert_eq!(with("activation", &["--upi", "99999999999999"]), "person_unknown");
    assert_eq!(with("activation", &["--upi", MINOR, "--days", "0"]), "activation_days_refused");
    assert_eq!(with("withdraw-verifier", &["--serial", "5ae1a7ba66dc8fb1"]), "registration_not_in_force");
    let shop = ["--name", "Shop", "--key", "bad.json", "--claims", "sex", "--out", "r"];
    assert_eq!(with("register-verifier", &shop), "verifier_key_refused");
    let to = |upi: &str, kind: &str| code_of(&issue_to(&folder, upi, &["--type", kind, "--out", "o.json"]));
    assert_eq!(to("99999999999999", "maisha-id"), "person_unknown");
    assert_eq!(to(MINOR, "proof-of-age"), "not_entitled");
    assert_eq!(code_of(&issue(&folder, "library-card", "vc+sd-jwt", "o.json")), "type_unknown");
    std::fs::copy(folder.path().join("bad.json"), folder.path().join("keys.json")).unwrap();
    assert_eq!(to(MINOR, "maisha-id"), "holder_keys_refused");
    std::fs::remove_file(folder.path().join("issuer/keys/root.jwk")).unwrap();
    assert_eq!(with("trust-list", &[]), "root_key_absent");
}

#[test]
fn every_code_stands_in_the_spec_once() {
    let spec = include_str!("../../../spec/verdict.md");
    let codes = [
        ActivationError::CODES,
        ChronologyError::CODES,
        ConfigError::CODES,
        HomeError::CODES,
        IssuanceError::CODES,
        KeyFileError::CODES,
        TokenError::CODES,
        PublishError::CODES,
        ImportError::CODES,
        FeedError::CODES,
        AmendError::CODES,
        AccountError::CODES,
        SignInError::CODES,
        StatusError::CODES,
        TrustError::CODES,
        TypesError::CODES,
        VerifierError::CODES,
        SettingsError::CODES,
        ServeError::CODES,
        AuditError::CODES,
        OfferError::CODES,
        &["verifier_key_refused", "holder_keys_refused", "no_randomness", "file_too_long", "no_threads"],
        &["report_is_input", "report_exists", "report_other"],
        &["officer_password_missing", "format_unknown"],
        &[
            "not_signed_in",
            "csrf_token_missing",
            "role_missing",
            "body_malformed",
            "body_not_json",
            "query_malformed",
            "activation_code_missing",
        ],
    ];
    for code in codes.concat().into_iter().collect::<BTreeSet<_>>() {
        assert_eq!(spec.matches(&format!("\n| `{code}` |")).count(), 1, "{code}");
    }
}
