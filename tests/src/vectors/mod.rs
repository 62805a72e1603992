//! The test vectors of `spec/`: files under `tests/vectors/` that cover each step of the path, made from fixed keys,
//! salts and nonces. `spec/README.md` tells how to use them; `tests/tests/vectors.rs` makes them again, compares every
//! byte, and runs each through the code.

mod alter;
mod altered;
mod credential;
mod edge;
mod keys;
mod presentation;
mod refused;
mod request;
mod shown;
mod statements;
mod trust;
mod world;

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::country::Result;
pub use request::shown as shown_request;
pub use shown::judge;
use world::World;

/// One file of vectors.
pub struct Vector {
    /// Its path below `tests/vectors/`.
    pub path: &'static str,
    /// Its text.
    pub text: String,
}

/// Where the files are.
#[must_use]
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors")
}

/// Every file, made anew.
///
/// # Errors
/// If the code refuses what a vector says is valid.
pub fn all() -> Result<Vec<Vector>> {
    let world = World::new()?;
    let files = [
        ("valid/keys.json", "Keys, and what is computed from them.", keys::vectors(&world)),
        ("valid/credential.json", "Credentials, step by step.", credential::vectors(&world)?),
        ("valid/trust.json", "Trust list, registration, bundle, delta and status.", trust::valid(&world)?),
        ("valid/request.json", "Requests that a wallet answers.", request::valid(&world)?),
        (
            "valid/presentation.json",
            "Answers that are accepted, step by step.",
            presentation::answers(&world)?,
        ),
        ("valid/single-scan.json", "A proof of age without a request.", presentation::single_scan(&world)?),
        ("valid/sequence.json", "An answer in several codes.", presentation::sequence(&world)?),
        ("invalid/codes.json", "Codes that cannot be read.", refused::codes(&world)?),
        ("invalid/presentation.json", "Answers that are not accepted.", altered::vectors(&world)?),
        ("invalid/request.json", "Requests that a wallet refuses.", request::invalid(&world)?),
        ("invalid/trust.json", "Statements that a device refuses.", statements::invalid(&world)?),
        ("edge/presentation.json", "Answers at the edge of what is accepted.", edge::answers(&world)?),
        ("edge/other-makers.json", "Tokens of other makers in a code.", edge::other_makers()?),
    ];
    files.into_iter().map(|(path, about, vectors)| file(path, about, &vectors)).collect()
}

fn file(path: &'static str, about: &str, vectors: &Value) -> Result<Vector> {
    let whole = json!({ "about": about, "made_by": "make vectors", "vectors": vectors });
    Ok(Vector { path, text: serde_json::to_string_pretty(&whole)? + "\n" })
}

/// The files that differ from what is made now, or are missing, or should not be there.
///
/// # Errors
/// If a file cannot be read.
pub fn differing(vectors: &[Vector]) -> Result<Vec<String>> {
    let stale =
        |vector: &&Vector| fs::read_to_string(folder().join(vector.path)).ok().as_ref() != Some(&vector.text);
    let mut differing: Vec<String> =
        vectors.iter().filter(stale).map(|vector| vector.path.to_owned()).collect();
    for sort in ["valid", "invalid", "edge"] {
        for entry in fs::read_dir(folder().join(sort)).into_iter().flatten() {
            let path = format!("{sort}/{}", entry?.file_name().to_string_lossy());
            if !vectors.iter().any(|vector| vector.path == path) {
                differing.push(path);
            }
        }
    }
    Ok(differing)
}

/// Writes the files.
///
/// # Errors
/// If a file cannot be written.
pub fn write(vectors: &[Vector]) -> Result<()> {
    for vector in vectors {
        let path = folder().join(vector.path);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(path, &vector.text)?;
    }
    Ok(())
}

/// Lower-case hexadecimal, in which binary vectors are written.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The bytes of [`hex`].
///
/// # Errors
/// If the text is not hexadecimal.
pub fn unhex(text: &str) -> Result<Vec<u8>> {
    let pairs = text
        .as_bytes()
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair)?, 16).map_err(Into::into));
    pairs.collect()
}
