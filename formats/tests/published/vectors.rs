//! Published vectors, read from where they lie beside the project; skipped in plain words where they do not.

use std::{fs, path::PathBuf};

use serde_json::{Map, Value};

/// The text of one file, or nothing after saying that its `count` vectors are skipped.
pub(crate) fn text(name: &str, count: usize) -> Option<String> {
    let text = fs::read_to_string(folder().join(name)).ok();
    if text.is_none() {
        skipped(name, count);
    }
    text
}

/// One JSON file.
pub(crate) fn json(name: &str, count: usize) -> Option<Value> {
    text(name, count).map(|text| serde_json::from_str(&text).expect(name))
}

/// One JSON object.
pub(crate) fn object(name: &str) -> Option<Map<String, Value>> {
    json(name, 1).map(|value| value.as_object().expect(name).clone())
}

/// Every JSON file of a folder, by name, exactly `count`; none after saying that they are skipped.
pub(crate) fn all(name: &str, count: usize) -> Vec<(String, Value)> {
    let Ok(entries) = fs::read_dir(folder().join(name)) else {
        skipped(name, count);
        return Vec::new();
    };
    let mut files: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    files.sort();
    assert_eq!(files.len(), count, "{name} holds other vectors than this test was written for");
    files.into_iter().map(|file| (file.clone(), json(&format!("{name}/{file}"), 1).unwrap())).collect()
}

/// The bytes of a text in hexadecimal.
pub(crate) fn hex(text: &str) -> Vec<u8> {
    let pairs = text.as_bytes().chunks(2);
    pairs.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

fn folder() -> PathBuf {
    let beside = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/vectors"));
    std::env::var_os("HATI_VECTORS").map_or(beside, PathBuf::from)
}

fn skipped(name: &str, count: usize) {
    eprintln!("SKIPPED {count} vectors of {name}: not found (set HATI_VECTORS)");
}
