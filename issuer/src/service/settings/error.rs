//! Why settings are not taken, and where the mistake is.

use std::io;
use std::path::{Path, PathBuf};

use toml::de::DeTable;

/// Why settings are not taken.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SettingsError {
    /// The file is not what it should be.
    #[error("{}{}: {reason}", path.display(), on(*line))]
    File {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: Option<usize>,
        /// What is wrong, and what to do.
        reason: String,
    },
    /// A variable is not what it should be.
    #[error("environment variable {name}: {reason}. Correct it, or leave it out")]
    Variable {
        /// Its name.
        name: String,
        /// What was expected, and what came.
        reason: String,
    },
    /// There is no such setting.
    #[error("environment variable {got}: expected one of {expected}. Correct its name, or leave it out")]
    UnknownVariable {
        /// Those there are.
        expected: String,
        /// The one that is given.
        got: String,
    },
    /// Half of what TLS needs, from variables: in a file, the line is named.
    #[error(
        "HATI_ISSUER_TLS_CERTIFICATE and HATI_ISSUER_TLS_KEY: expected both or neither, got only {got}. Name both, or neither for HTTP behind a proxy"
    )]
    HalfOfTls {
        /// What was given.
        got: &'static str,
    },
    /// The certificate or its key cannot be used.
    #[error(
        "{}{}: {}: {source}. Name a certificate and its key, both in PEM, or leave out both for HTTP behind a proxy",
        settings.display(), on(*line), path.display()
    )]
    Tls {
        /// The settings that name them.
        settings: PathBuf,
        /// The line that does, from 1.
        line: Option<usize>,
        /// The file that is wrong.
        path: PathBuf,
        /// What is wrong with it.
        source: io::Error,
    },
}

hati_formats::error_codes!(SettingsError {
    Self::File { .. } | Self::Variable { .. } | Self::UnknownVariable { .. } | Self::HalfOfTls { .. } => "settings_refused",
    Self::Tls { .. } => "tls_unusable",
});

fn on(line: Option<usize>) -> String {
    line.map_or(String::new(), |line| format!(", line {line}"))
}

/// The file of settings, if there is one: its path and its text.
pub(super) type File<'a> = Option<(&'a Path, &'a str)>;

/// A step to a place in the file.
#[derive(Clone, Copy, Debug)]
pub(super) enum Step {
    /// A member of a table.
    Member(&'static str),
    /// An entry of an array, from 0.
    Entry(usize),
}

/// A mistake that shows only when the whole file is read.
pub(super) fn mistake(file: File<'_>, steps: &[Step], reason: String) -> SettingsError {
    let (path, line) = place(file, steps);
    SettingsError::File { path, line, reason }
}

/// The file, or what stands for it where there is none, and the line of a place in it.
pub(super) fn place(file: File<'_>, steps: &[Step]) -> (PathBuf, Option<usize>) {
    match file {
        Some((path, text)) => (path.to_owned(), line_of(text, steps)),
        None => (PathBuf::from("the settings"), None),
    }
}

fn line_of(text: &str, steps: &[Step]) -> Option<usize> {
    let file = DeTable::parse(text).ok()?;
    let (Step::Member(first), rest) = steps.split_first()? else { return None };
    let mut value = file.get_ref().get(*first)?;
    for step in rest {
        value = match step {
            Step::Member(name) => value.get_ref().get(*name)?,
            Step::Entry(number) => value.get_ref().get(*number)?,
        };
    }
    Some(line_at(text, value.span().start))
}

fn line_at(text: &str, offset: usize) -> usize {
    text.bytes().take(offset).filter(|byte| *byte == b'\n').count().saturating_add(1)
}

/// What toml says of a file: where and why, and never the line itself, which may hold a secret.
pub(super) fn unreadable((path, text): (&Path, &str), error: &toml::de::Error) -> SettingsError {
    let line = error.span().map(|span| line_at(text, span.start));
    let said = without_text(error.message()).replace('\n', ", ");
    SettingsError::File { path: path.to_owned(), line, reason: format!("{said}. Correct the line") }
}

/// serde repeats a text that is of another type than expected, and this one may be a secret in the wrong place.
fn without_text(message: &str) -> String {
    let Some((what, rest)) = message.split_once(" string \"") else { return message.to_owned() };
    let expected = rest.rsplit_once("\", expected ").map_or("something else", |(_, expected)| expected);
    format!("{what} a text, expected {expected}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_has_a_line() {
        let text = "listen = \"a\"\n[[w]]\nid = 1\n[[w]]\n# more\nid = 2\n[t]\nk = \"x\"\n";
        let line = |steps: &[Step]| line_of(text, steps);
        let id = |entry| [Step::Member("w"), Step::Entry(entry), Step::Member("id")];
        assert_eq!((line(&id(0)), line(&id(1)), line(&id(2))), (Some(3), Some(6), None));
        assert_eq!(line(&[Step::Member("t"), Step::Member("k")]), Some(8));
        assert_eq!((line(&[]), line(&[Step::Member("none")])), (None, None));
    }

    #[test]
    fn what_serde_says_is_told_without_the_text() {
        let said = without_text("invalid type: string \"a\\\", expected b\", expected struct Ussd");
        assert_eq!(said, "invalid type: a text, expected struct Ussd");
        assert_eq!(
            without_text("invalid value: string \"secret"),
            "invalid value: a text, expected something else"
        );
        assert_eq!(without_text("unknown field `a`, expected `b`"), "unknown field `a`, expected `b`");
    }
}
