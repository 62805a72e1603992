//! The credential types an issuer issues: those that ship, and each file in its folder `types/`.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use hati_formats::credential::{CredentialType, SHIPPED, TypeError};
use hati_formats::qr::request::{TypeId, TypeIdError};

use crate::issuance::claims::{self, SourceError};

/// The largest file taken for a type: what a bundle carries.
const MAX_TYPE_BYTES: u64 = 64 << 10;

/// Days a credential may be valid: no key signs, and no face stays the same, for longer than ten years.
const VALIDITY_DAYS: std::ops::RangeInclusive<u32> = 1..=3_653;

/// The types of an issuer, in the order of their ids.
#[derive(Debug)]
pub struct Types(Vec<CredentialType>);

/// Why types cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TypesError {
    /// A file cannot be read.
    #[error("{}: {source}. Check the folder's rights", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file is not a type.
    #[error("{name}: {reason}. Correct the file, or move it away")]
    File {
        /// The file.
        name: String,
        /// What is wrong with it.
        reason: Reason,
    },
    /// There is no such type.
    #[error(
        "expected one of the types {expected}, got {got}. Put the file of a new type into the folder types"
    )]
    Unknown {
        /// Those there are.
        expected: String,
        /// What was asked for.
        got: String,
    },
}

hati_formats::error_codes!(TypesError {
    Self::Io { .. } => "file_unusable",
    Self::File { .. } => "type_malformed",
    Self::Unknown { .. } => "type_unknown",
});

/// What is wrong with the file of a type.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Reason {
    /// Too long.
    #[error("expected at most {MAX_TYPE_BYTES} bytes")]
    TooLong,
    /// Not type metadata.
    #[error(transparent)]
    Type(#[from] TypeError),
    /// Its id is none.
    #[error(transparent)]
    Id(#[from] TypeIdError),
    /// Two files have one id, or a file is not named after it.
    #[error("expected the file of the type {id} to be named {id}.json, and to be the only one")]
    Name {
        /// The id.
        id: String,
    },
    /// Another type has the name already.
    #[error("the name {name} is another type's")]
    Taken {
        /// Its `vct` or W3C type.
        name: String,
    },
    /// It is valid for too long, or not at all.
    #[error("validity_days: expected {} to {}, got {got}", VALIDITY_DAYS.start(), VALIDITY_DAYS.end())]
    Validity {
        /// What it says.
        got: u32,
    },
    /// A claim is filled from something that is not there.
    #[error(transparent)]
    Source(#[from] SourceError),
}

impl Types {
    /// The types that ship, and those in `folder`, which need not be there.
    ///
    /// # Errors
    ///
    /// [`TypesError`] names the file.
    pub fn load(folder: &Path) -> Result<Self, TypesError> {
        let mut types = Self(Vec::new());
        for text in SHIPPED {
            types.add("a type that ships", None, text)?;
        }
        for path in files(folder)? {
            let name = path.display().to_string();
            let text = read(&path)?.ok_or_else(|| refused(&name, Reason::TooLong))?;
            types.add(&name, path.file_stem().and_then(|stem| stem.to_str()), &text)?;
        }
        types.0.sort_by(|a, b| a.id.cmp(&b.id));
        Ok(types)
    }

    /// The type with this id.
    ///
    /// # Errors
    ///
    /// [`TypesError::Unknown`].
    pub fn get(&self, id: &str) -> Result<&CredentialType, TypesError> {
        let found = self.0.iter().find(|known| known.id == id);
        found.ok_or_else(|| TypesError::Unknown { expected: self.ids().join(", "), got: id.to_owned() })
    }

    /// Every id, in order.
    #[must_use]
    pub fn ids(&self) -> Vec<&str> {
        self.0.iter().map(|known| known.id.as_str()).collect()
    }

    /// Every type, in the order of their ids.
    pub fn iter(&self) -> impl Iterator<Item = &CredentialType> {
        self.0.iter()
    }

    fn add(&mut self, file: &str, stem: Option<&str>, text: &str) -> Result<(), TypesError> {
        let new = self.check(stem, text).map_err(|reason| refused(file, reason))?;
        self.0.push(new);
        Ok(())
    }

    fn check(&self, stem: Option<&str>, text: &str) -> Result<CredentialType, Reason> {
        let new = CredentialType::parse(text)?;
        let id = TypeId::parse(&new.id)?;
        if stem.is_some_and(|stem| stem != id.as_str()) || self.ids().contains(&id.as_str()) {
            return Err(Reason::Name { id: new.id });
        }
        // A verifier finds the type by these names.
        for name in [&new.vct, &new.vc_type] {
            if self.0.iter().any(|known| known.is_named(name)) {
                return Err(Reason::Taken { name: name.clone() });
            }
        }
        if !VALIDITY_DAYS.contains(&new.validity_days) {
            return Err(Reason::Validity { got: new.validity_days });
        }
        claims::check_sources(&new)?;
        Ok(new)
    }
}

fn refused(name: &str, reason: Reason) -> TypesError {
    TypesError::File { name: name.to_owned(), reason }
}

fn files(folder: &Path) -> Result<Vec<PathBuf>, TypesError> {
    let failed = |source| TypesError::Io { path: folder.to_owned(), source };
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(failed)?,
    };
    let paths = entries.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>();
    let mut paths = paths.map_err(failed)?;
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    paths.sort();
    Ok(paths)
}

/// `None` for a file that is too long.
fn read(path: &Path) -> Result<Option<String>, TypesError> {
    let mut text = String::new();
    let read = File::open(path).and_then(|file| file.take(MAX_TYPE_BYTES + 1).read_to_string(&mut text));
    read.map_err(|source| TypesError::Io { path: path.to_owned(), source })?;
    Ok((text.len() as u64 <= MAX_TYPE_BYTES).then_some(text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn library_card() -> Value {
        json!({
            "vct": "urn:example:library-card:1",
            "claims": [{"path": ["given_name"], "sd": "always", "x-hati-source": {"field": "given_name"}}],
            "x-hati": {"id": "library-card", "vc_type": "LibraryCard", "validity_days": 90, "decoys": 0},
        })
    }

    fn load(files: &[(&str, Value)]) -> Result<Types, TypesError> {
        let folder = tempfile::tempdir().unwrap();
        for (name, value) in files {
            fs::write(folder.path().join(name), value.to_string()).unwrap();
        }
        Types::load(folder.path())
    }

    #[test]
    fn a_file_is_a_type() {
        let types = load(&[("library-card.json", library_card()), ("README.md", json!(""))]).unwrap();
        assert_eq!(types.ids(), ["library-card", "maisha-id", "proof-of-age"]);
        assert_eq!(types.get("library-card").unwrap().validity_days, 90);
        let refused = types.get("passport").unwrap_err().to_string();
        assert!(refused.contains("library-card, maisha-id, proof-of-age, got passport"), "{refused}");
        assert_eq!(Types::load(Path::new("no such folder")).unwrap().ids(), ["maisha-id", "proof-of-age"]);
    }

    #[test]
    fn a_file_that_could_not_be_issued_from_is_refused() {
        let with = |pointer: &str, value: Value| {
            let mut file = library_card();
            *file.pointer_mut(pointer).unwrap() = value;
            file
        };
        for (name, file, reason) in [
            ("library-card.json", json!({}), "does not have the shape"),
            ("library-card.json", with("/x-hati/id", json!("Library Card")), "not the id"),
            ("card.json", library_card(), "named library-card.json"),
            ("maisha-id.json", with("/x-hati/id", json!("maisha-id")), "the only one"),
            ("library-card.json", with("/vct", json!("MaishaId")), "another type's"),
            ("library-card.json", with("/x-hati/vc_type", json!("ProofOfAge")), "another type's"),
            ("library-card.json", with("/x-hati/validity_days", json!(0)), "expected 1 to 3653, got 0"),
            ("library-card.json", with("/x-hati/validity_days", json!(3654)), "got 3654"),
            ("library-card.json", with("/claims/0/x-hati-source/field", json!("salary")), "salary"),
            ("library-card.json", with("/vct", json!("x".repeat(70_000))), "at most 65536 bytes"),
        ] {
            let refused = load(&[(name, file)]).unwrap_err().to_string();
            assert!(refused.contains(reason) && refused.contains(name), "{refused}");
        }
    }
}
