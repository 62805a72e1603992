//! `audit`: what somebody with the disk in hand did to it is found and named.

use tempfile::TempDir;

use super::{ADULT, NOW, code_of, command, error_of, issue, json_of, office, run, run_text};

/// An office that has issued, revoked and published.
fn busy() -> TempDir {
    let folder = office();
    json_of(&issue(&folder, "maisha-id", "vc+sd-jwt", "id.json"));
    json_of(&run(&folder, &["revoke", "--dir", "issuer", "--upi", ADULT]));
    json_of(&run(&folder, &["bundle", "--dir", "issuer", "--out", "bundle", "--now", NOW]));
    std::fs::copy(folder.path().join("issuer/public/audit-checkpoint"), folder.path().join("kept")).unwrap();
    folder
}

/// Does something to the stored audit, as no command of ours would.
fn tamper(folder: &TempDir, with: impl FnOnce(&sled::Tree)) {
    let db = sled::open(folder.path().join("issuer/store")).unwrap();
    let tree = db.open_tree("audit").unwrap();
    with(&tree);
    db.flush().unwrap();
}

fn verify(folder: &TempDir) -> std::process::Output {
    run(folder, &["audit", "verify", "--dir", "issuer", "--checkpoint", "kept"])
}

fn key(entry: u64) -> [u8; 8] {
    entry.to_be_bytes()
}

#[test]
fn an_audit_that_nobody_touched_is_believed() {
    let folder = busy();
    let answer = json_of(&verify(&folder));
    let entries = answer["entries"].as_u64().unwrap();
    assert_eq!(answer["checkpoints"], 1);
    let list = run_text(&folder, &["audit", "list", "--dir", "issuer"]);
    assert_eq!(list.lines().count() as u64, entries);
    for said in ["issued", "revoked", "published", ADULT] {
        assert!(list.contains(said), "{list}");
    }
    // What was done to whom, and nothing of what the register says about them.
    assert!(!list.contains("Achieng") && !list.contains("1997"), "{list}");
}

/// Of what the system says, and not of what the environment does.
#[test]
fn an_operator_is_the_user_who_runs_the_command() {
    let folder = office();
    let id = |option: &str| {
        let output = std::process::Command::new("id").arg(option).output().unwrap();
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    };
    let mut activation = command(folder.path(), &["activation", "--dir", "issuer", "--upi", ADULT]);
    assert!(activation.env("USER", "wallet").env("LOGNAME", "wallet").status().unwrap().success());
    let list = json_of(&run(&folder, &["audit", "list", "--dir", "issuer"]));
    let newest = list["entries"].as_array().unwrap().last().unwrap().clone();
    let [number, name] = [id("-ru"), id("-run")];
    assert_eq!(
        (&newest["action"], newest["actor"].as_str()),
        (&"offered".into(), Some(&*format!("operator {number} {name}")))
    );
}

/// Written before there was a word for what somebody is.
#[test]
fn an_audit_of_older_entries_is_believed() {
    use hati_store::{Action, Audit, Event, SledStore};
    let folder = busy();
    let store = SledStore::open(&folder.path().join("issuer/store")).unwrap();
    store
        .log(&["wanjiku", "wallet", "vc-api desk"].map(|old| Event::new(1, old, Action::Issued, ADULT)))
        .unwrap();
    drop(store);
    json_of(&verify(&folder));
    assert!(run_text(&folder, &["audit", "list", "--dir", "issuer"]).contains("wanjiku"));
}

#[test]
fn what_was_altered_removed_or_reordered_is_named() {
    let folder = busy();
    tamper(&folder, |audit| {
        let mut entry = audit.get(key(2)).unwrap().unwrap().to_vec();
        let at = entry.windows(4).position(|window| window == &ADULT.as_bytes()[..4]).unwrap();
        entry[at] ^= 1;
        audit.insert(key(2), entry).unwrap();
    });
    assert!(error_of(&verify(&folder)).contains("entry 2 was altered"), "{:?}", verify(&folder));
    assert_eq!(code_of(&verify(&folder)), "audit_entry_altered");

    // So that nothing reads it any more: the record's bytes are cut, and verify, list and the entry after it say so.
    let folder = busy();
    tamper(&folder, |audit| {
        let entry = audit.get(key(2)).unwrap().unwrap();
        audit.insert(key(2), &entry[..entry.len() - 9]).unwrap();
    });
    let list = |from: &str| run(&folder, &["audit", "list", "--dir", "issuer", "--from", from]);
    for refused in [verify(&folder), list("0"), list("2")] {
        assert_eq!(code_of(&refused), "audit_entry_altered");
        assert!(error_of(&refused).contains("entry 2 cannot be read"), "{}", error_of(&refused));
    }
    json_of(&list("3"));

    let folder = busy();
    tamper(&folder, |audit| drop(audit.remove(key(1)).unwrap()));
    assert_eq!(code_of(&verify(&folder)), "audit_entry_removed");
    assert!(error_of(&verify(&folder)).contains("entry 1 is missing"));

    let folder = busy();
    tamper(&folder, |audit| {
        let [first, second] = [1, 2].map(|entry| audit.get(key(entry)).unwrap().unwrap());
        audit.insert(key(1), second).unwrap();
        audit.insert(key(2), first).unwrap();
    });
    assert!(
        error_of(&verify(&folder)).contains("entry 2 stands where entry 1 belongs"),
        "{:?}",
        verify(&folder)
    );
}

#[test]
fn a_cut_end_shows_by_the_stores_own_end_and_by_a_checkpoint() {
    let folder = busy();
    let entries = json_of(&verify(&folder))["entries"].as_u64().unwrap();
    tamper(&folder, |audit| {
        for entry in entries - 3..entries {
            audit.remove(key(entry)).unwrap();
        }
    });
    assert_eq!(code_of(&verify(&folder)), "audit_cut_off");
    let alone = || run(&folder, &["audit", "verify", "--dir", "issuer"]);
    assert_eq!(code_of(&alone()), "audit_cut_off");
    assert!(error_of(&alone()).contains(&format!("the store knows of {entries}")));
    // Nor is it made up for by what is done next.
    json_of(&run(&folder, &["activation", "--dir", "issuer", "--upi", ADULT]));
    assert_eq!(code_of(&alone()), "audit_entry_removed");
    // A store of before has no end beside the entries; then a checkpoint alone shows it.
    let folder = busy();
    tamper(&folder, |audit| {
        for entry in entries - 3..entries {
            audit.remove(key(entry)).unwrap();
        }
    });
    let db = sled::open(folder.path().join("issuer/store")).unwrap();
    db.drop_tree("audit-end").unwrap();
    drop(db);
    assert_eq!(code_of(&verify(&folder)), "audit_cut_off");
    let alone = json_of(&run(&folder, &["audit", "verify", "--dir", "issuer"]));
    assert_eq!(alone["entries"].as_u64(), Some(entries - 3));
}

/// What PostgreSQL keeps of the end tells of rows that are gone, and rows that changed places are named so.
#[test]
fn in_postgresql_the_newest_entry_is_missed_and_exchanged_ones_are_found() {
    use hati_issuer::audit::{AuditError, verify};
    use hati_store::{Action, Audit, Event, PostgresStore};
    let altered = |sql: &str| {
        let address = hati_test_postgres::database();
        let store = PostgresStore::open(&address).unwrap();
        let events: Vec<_> = (0..10).map(|n| Event::new(n, "officer amina", Action::Issued, ADULT)).collect();
        store.log(&events).unwrap();
        assert_eq!(verify(&store, &[]).unwrap(), 10);
        let tamper = format!("ALTER TABLE audit DISABLE TRIGGER append_only; {sql}");
        hati_test_postgres::client(&address).batch_execute(&tamper).unwrap();
        verify(&store, &[]).unwrap_err()
    };
    let newest = altered("DELETE FROM audit WHERE number = 9");
    assert!(matches!(newest, AuditError::EndRemoved { expected: 10, got: 9 }), "{newest}");
    let exchanged = altered(
        "UPDATE audit SET number = -1 WHERE number = 4; UPDATE audit SET number = 4 WHERE number = 5;
         UPDATE audit SET number = 5 WHERE number = -1",
    );
    assert!(matches!(exchanged, AuditError::Exchanged { expected: 4, got: 5 }), "{exchanged}");
    assert_eq!(exchanged.code(), "audit_entry_reordered");
}

#[test]
fn a_checkpoint_of_somebody_else_is_refused() {
    let folder = busy();
    let other = busy();
    std::fs::copy(other.path().join("kept"), folder.path().join("kept")).unwrap();
    assert_eq!(code_of(&verify(&folder)), "checkpoint_refused");
    std::fs::write(folder.path().join("kept"), "no token").unwrap();
    assert!(error_of(&verify(&folder)).contains("kept: "));
}
