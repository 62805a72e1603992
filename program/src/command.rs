//! How a command answers: text for people or one line of JSON for programs on standard output, what else there is to know
//! on standard error, and an exit status.

use std::fmt::Display;
use std::io::Write;
use std::process::ExitCode;

use serde_json::{Value, json};

/// The code of a command line that cannot be read.
pub const USAGE: &str = "usage";

/// What a command has to say.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// For people.
    pub text: String,
    /// For programs.
    pub json: Value,
    /// The exit status.
    pub status: u8,
}

impl Answer {
    /// The answer of a command that did what it was asked.
    #[must_use]
    pub const fn done(text: String, json: Value) -> Self {
        Self { text, json, status: 0 }
    }
}

/// Says how a command ended. An error is a stable code and a text, and ends with `failure`.
pub fn end(outcome: Result<Answer, (&str, String)>, as_json: bool, failure: u8) -> ExitCode {
    match outcome {
        Ok(answer) => {
            let said = if as_json { answer.json.to_string() } else { answer.text };
            // Whoever closed the pipe has read enough.
            let _ = writeln!(anstream::stdout(), "{said}");
            ExitCode::from(answer.status)
        }
        Err((code, message)) => {
            if as_json {
                tell(json!({ "error": { "code": code, "message": message } }));
            } else {
                tell(format_args!("error: {} ({code})", printable(&message)));
            }
            ExitCode::from(failure)
        }
    }
}

/// Tells what a person should know beside the answer.
pub fn note(text: &str, as_json: bool) {
    if as_json {
        tell(json!({ "note": text }));
    } else {
        tell(format_args!("note: {text}"));
    }
}

/// What clap says of a command line. Help and version are answers; everything else is an error, whose status is
/// `failure` and not clap's own.
#[must_use]
pub fn usage(error: &clap::Error, failure: u8) -> ExitCode {
    let as_json = std::env::args_os().any(|argument| argument == "--json");
    if error.use_stderr() && as_json {
        return end(Err((USAGE, error.to_string().trim().to_owned())), true, failure);
    }
    // Nobody is left to tell if this fails.
    let _ = error.print();
    ExitCode::from(if error.use_stderr() { failure } else { 0 })
}

/// What came from outside, without the control characters that would move a terminal's cursor.
#[must_use]
pub fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\n' { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

fn tell(said: impl Display) {
    let _ = writeln!(anstream::stderr(), "{said}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_in_the_spec_lists_every_code_once() {
        let spec = include_str!("../../spec/verdict.md");
        for code in crate::system::NoRandomness::CODES.iter().chain(&[USAGE]) {
            assert_eq!(spec.matches(&format!("\n| `{code}` |")).count(), 1, "{code}");
        }
    }

    #[test]
    fn terminals_are_not_steered() {
        assert_eq!(printable("a\u{1b}[2Jb\r\n\u{9b}c"), "a\u{fffd}[2Jb\u{fffd}\n\u{fffd}c");
    }
}
