use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use crate::{NOW, error_of, issue, json_of, office, run};

/// Every path below a folder, with the folder, and its rights.
fn rights(folder: &Path) -> Vec<(PathBuf, u32)> {
    let mode = fs::metadata(folder).unwrap().permissions().mode() & 0o777;
    let mut found = vec![(folder.to_owned(), mode)];
    if folder.is_dir() {
        found.extend(fs::read_dir(folder).unwrap().flat_map(|entry| rights(&entry.unwrap().path())));
    }
    found
}

/// With the umask of most systems, 022; the tests' own may be another, but none gives rights.
#[test]
fn an_issuers_folder_is_its_owners_alone_but_for_what_is_published() {
    let folder = office();
    json_of(&run(&folder, &["bundle", "--dir", "issuer", "--out", "b", "--now", NOW]));
    json_of(&issue(&folder, "maisha-id", "vc+sd-jwt", "id.json"));
    let issuer = folder.path().join("issuer");
    let public = issuer.join("public");
    let all = rights(&issuer);
    assert!(all.iter().any(|(path, _)| path.starts_with(issuer.join("store")) && path.is_file()));
    assert!(all.iter().any(|(path, _)| path.starts_with(issuer.join("reports")) && path.is_file()));
    for (path, mode) in all {
        let expected = match (path.is_dir(), path.starts_with(&public)) {
            (true, true) => 0o755,
            (false, true) => 0o644,
            (true, false) => 0o700,
            (false, false) => 0o600,
        };
        assert_eq!(mode, expected, "{}: {mode:o}", path.display());
    }
    // A credential is the person's; a bundle is for everybody.
    assert_eq!(rights(&folder.path().join("id.json"))[0].1, 0o600);
    assert_eq!(rights(&folder.path().join("b"))[0].1, 0o644);
}

#[test]
fn init_leaves_the_rights_of_a_folder_that_it_refuses() {
    let folder = tempfile::tempdir().unwrap();
    let full = folder.path().join("full");
    fs::create_dir(&full).unwrap();
    fs::write(full.join("letter"), b"").unwrap();
    fs::set_permissions(&full, fs::Permissions::from_mode(0o755)).unwrap();
    let init = ["init", "--dir", "full", "--issuer-url", "https://id.example.go.ke"];
    assert!(error_of(&run(&folder, &init)).contains("expected an empty folder"));
    assert_eq!(rights(&full)[0].1, 0o755);
}
