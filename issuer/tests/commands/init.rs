use std::path::Path;

use hati_store::{Document, PostgresStore, Publications as _};

use crate::{code_of, command, json_of};

fn init(at: &Path, dir: &str, options: &[&str], environment: Option<&str>) -> std::process::Output {
    let mut command =
        command(at, &["init", "--dir", dir, "--issuer-url", "https://id.example.go.ke", "--json"]);
    command.args(options).envs(environment.map(|address| ("HATI_ISSUER_DATABASE", address)));
    command.output().unwrap()
}

/// By the option and by the environment, and neither of them twice: the trust list of the first would be gone.
#[test]
fn a_database_is_one_issuers() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    for (first, by_option) in [("one", true), ("two", false)] {
        let address = hati_test_postgres::database();
        let (options, environment) =
            if by_option { (vec!["--database", &address], None) } else { (vec![], Some(address.as_str())) };
        assert_eq!(json_of(&init(at, first, &options, environment))["trust_list_version"], 1);
        let store = PostgresStore::open(&address).unwrap();
        let list = store.latest(Document::TrustList).unwrap();
        assert!(list.is_some());
        let second = format!("{first}-again");
        assert_eq!(code_of(&init(at, &second, &options, environment)), "database_taken");
        assert_eq!(store.latest(Document::TrustList).unwrap(), list);
        // Nothing is in the way of another try, with another database.
        assert!(std::fs::read_dir(at.join(&second)).unwrap().next().is_none());
        let listed = command(at, &["keys", "list", "--dir", first, "--json"]).output().unwrap();
        assert_eq!(json_of(&listed)["keys"][0]["here"], true);
    }
}

/// The first try took a version and ended before it published.
#[test]
fn making_an_issuer_can_be_tried_again() {
    let folder = tempfile::tempdir().unwrap();
    let address = hati_test_postgres::database();
    PostgresStore::open(&address).unwrap().next_version(Document::TrustList).unwrap();
    let made = json_of(&init(folder.path(), "issuer", &["--database", &address], None));
    assert_eq!(made["trust_list_version"], 2);
    let listed = command(folder.path(), &["trust-list", "--dir", "issuer", "--json"]).output().unwrap();
    json_of(&listed);
}
