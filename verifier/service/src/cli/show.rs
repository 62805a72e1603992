//! A verdict for a person, in colour where the terminal has any.

use std::fmt::Write;

use anstyle::{AnsiColor, Style};
use hati_formats::credential::CredentialType;
use hati_program::command::printable;
use hati_verifier::{Check, CheckName, CheckOutcome, Locale, Outcome, Verdict};
use hati_verifier_service::pictures::data_url;
use serde_json::{Map, Value};

/// The width of the column of labels and names; a longer one takes its line along.
const LABEL_WIDTH: usize = 22;

pub(super) fn verdict(verdict: &Verdict, kind: Option<&CredentialType>, locale: Locale) -> String {
    let style = style_of(verdict.outcome).bold();
    let word = word(verdict.outcome, locale);
    let mut text =
        format!("\n  {style}{word}{style:#}   {} ({})\n", verdict.reason.text(locale), verdict.reason.code());
    for (label, value) in claims(&verdict.claims, kind, locale) {
        line(&mut text, "\n  ", &label, &value);
    }
    if let Some(as_of) = verdict.status_as_of {
        let says = match locale {
            Locale::En => "Status known as of",
            Locale::Sw => "Hali inajulikana hadi",
        };
        line(&mut text, "\n\n  ", says, &as_of.to_string());
    }
    text.push('\n');
    for check in &verdict.checks {
        let (mark, style) = mark(check);
        let before = format!("\n  {style}{mark}{style:#} ");
        line(&mut text, &before, &name(check.name), &check.evidence);
    }
    text
}

fn line(text: &mut String, before: &str, label: &str, value: &str) {
    let (label, value) = (printable(label), printable(value).replace('\n', " "));
    // Writing into a `String` cannot fail.
    let _ = write!(text, "{before}{label:LABEL_WIDTH$} {value}");
}

fn word(outcome: Outcome, locale: Locale) -> &'static str {
    match (outcome, locale) {
        (Outcome::Accepted, Locale::En) => "ACCEPTED",
        (Outcome::Accepted, Locale::Sw) => "IMEKUBALIWA",
        (Outcome::Rejected, Locale::En) => "REJECTED",
        (Outcome::Rejected, Locale::Sw) => "IMEKATALIWA",
        (Outcome::Undetermined, Locale::En) => "UNDETERMINED",
        (Outcome::Undetermined, Locale::Sw) => "HAIJULIKANI",
    }
}

fn style_of(outcome: Outcome) -> Style {
    match outcome {
        Outcome::Accepted => AnsiColor::Green.on_default(),
        Outcome::Rejected => AnsiColor::Red.on_default(),
        Outcome::Undetermined => AnsiColor::Yellow.on_default(),
    }
}

fn mark(check: &Check) -> (char, Style) {
    match check.outcome {
        CheckOutcome::Passed => ('✓', AnsiColor::Green.on_default()),
        CheckOutcome::Failed => ('✗', AnsiColor::Red.on_default()),
        CheckOutcome::Undetermined => ('?', AnsiColor::Yellow.on_default()),
        CheckOutcome::Tolerated => ('~', AnsiColor::Yellow.on_default()),
    }
}

/// The stable name, as in JSON.
fn name(name: CheckName) -> String {
    serde_json::to_value(name).ok().and_then(|name| name.as_str().map(str::to_owned)).unwrap_or_default()
}

/// Labels and values of the claims, those of a group one by one.
fn claims(
    claims: &Map<String, Value>,
    kind: Option<&CredentialType>,
    locale: Locale,
) -> Vec<(String, String)> {
    let mut lines = Vec::new();
    collect(claims, &mut Vec::new(), &mut |path, value| {
        let language = match locale {
            Locale::En => "en",
            Locale::Sw => "sw",
        };
        let name = path.last().copied().unwrap_or_default();
        let label = kind.map_or(name, |kind| kind.label(path, language));
        lines.push((label.to_owned(), words(value, locale)));
    });
    lines
}

fn collect<'c>(
    claims: &'c Map<String, Value>,
    path: &mut Vec<&'c str>,
    each: &mut impl FnMut(&[&'c str], &'c Value),
) {
    for (name, value) in claims {
        path.push(name);
        match value {
            Value::Object(group) => collect(group, path, each),
            value => each(path, value),
        }
        path.pop();
    }
}

fn words(value: &Value, locale: Locale) -> String {
    match (value, locale) {
        (Value::Bool(true), Locale::En) => "yes".to_owned(),
        (Value::Bool(false), Locale::En) => "no".to_owned(),
        (Value::Bool(true), Locale::Sw) => "ndiyo".to_owned(),
        (Value::Bool(false), Locale::Sw) => "hapana".to_owned(),
        (Value::Array(items), _) => {
            items.iter().map(|item| words(item, locale)).collect::<Vec<_>>().join(", ")
        }
        (Value::String(text), _) => match data_url(text) {
            Some((media_type, bytes)) => format!("{media_type}, {} B (--portrait)", bytes.len()),
            None => text.clone(),
        },
        (other, _) => other.to_string(),
    }
}
