//! What the documents point at is there: links, and the code and tests they name.
#![expect(clippy::expect_used, reason = "a test stops at the first surprise")]

use std::fs;
use std::path::{Path, PathBuf};

#[test]
fn links_in_the_documents_lead_somewhere() {
    let mut checked = 0;
    for (document, text) in documents() {
        for target in text.split("](").skip(1).filter_map(|rest| rest.split([')', '#']).next()) {
            if target.is_empty() || target.contains("://") || target.starts_with("mailto:") {
                continue;
            }
            let path = document.parent().expect("a file has a folder").join(target);
            assert!(path.exists(), "{} links to {target}, which is not there", document.display());
            checked += 1;
        }
    }
    assert!(checked > 0, "no link was found, so the check itself is broken");
}

/// Documents name code as `room/path/file.rs`, and a test as `room/path/file.rs::name`: both must be there.
#[test]
fn code_that_the_documents_name_is_there() {
    let mut missing = Vec::new();
    for (document, text) in documents() {
        // Every second piece between backticks is code.
        for code in text.split('`').skip(1).step_by(2).filter(|code| points_into_a_room(code)) {
            let (path, name) = code.split_once("::").map_or((code, None), |(path, name)| (path, Some(name)));
            let file = root().join(path);
            let found = match name {
                Some(name) => fs::read_to_string(&file).is_ok_and(|source| defines(&source, name)),
                None => file.exists(),
            };
            if !found {
                missing.push(format!("{} names {code}", document.display()));
            }
        }
    }
    assert!(missing.is_empty(), "not there:\n{}", missing.join("\n"));
}

/// Whether the text is a path that begins with a folder of the workspace, such as `formats/src/keys/`.
fn points_into_a_room(code: &str) -> bool {
    let path_like = |c: char| c.is_ascii_alphanumeric() || "/._-:".contains(c);
    let first = code.split_once('/').map(|(first, _)| first).filter(|first| !first.is_empty());
    code.chars().all(path_like) && first.is_some_and(|first| root().join(first).is_dir())
}

/// Whether a source file has a function or module of the last part of `name`.
fn defines(source: &str, name: &str) -> bool {
    let last = name.rsplit("::").next().unwrap_or(name);
    ["fn", "mod"].iter().any(|kind| {
        source.match_indices(&format!("{kind} {last}")).any(|(at, found)| {
            source
                .get(at + found.len()..)
                .is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_'))
        })
    })
}

/// The documents of the root, and those of `spec/` at any depth, with their texts.
fn documents() -> Vec<(PathBuf, String)> {
    let mut paths = entries(&root());
    let mut folders = vec![root().join("spec")];
    while let Some(folder) = folders.pop() {
        let entries = entries(&folder);
        folders.extend(entries.iter().filter(|it| it.is_dir()).cloned());
        paths.extend(entries);
    }
    paths.retain(|it| it.extension().is_some_and(|it| it == "md"));
    paths.into_iter().map(|path| (path.clone(), read(&path))).collect()
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder).into_iter().flatten().filter_map(|it| Some(it.ok()?.path())).collect()
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).expect("the workspace can be read")
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests stand in the workspace").to_owned()
}
