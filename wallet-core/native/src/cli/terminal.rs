//! What is asked at the terminal, or given by scripts.

use std::io::{self, BufRead, IsTerminal, Write};

use hati_wallet::Error;
use hati_wallet_core::vault::Pin;
use zeroize::Zeroizing;

const PIN: &str = "HATI_PIN";
const NEW_PIN: &str = "HATI_NEW_PIN";

/// The PIN of the vault.
pub(super) fn pin() -> Result<Pin, Error> {
    match given(PIN) {
        Some(pin) => Ok(Pin::new(&pin)?),
        None => Ok(Pin::new(&ask(PIN, "PIN: ")?)?),
    }
}

/// The PIN of a new vault.
pub(super) fn first_pin() -> Result<Pin, Error> {
    choose(PIN)
}

/// The PIN that replaces another.
pub(super) fn new_pin() -> Result<Pin, Error> {
    choose(NEW_PIN)
}

/// Asks twice, since nobody sees what is typed.
fn choose(variable: &'static str) -> Result<Pin, Error> {
    if let Some(pin) = given(variable) {
        return Ok(Pin::new(&pin)?);
    }
    let first = ask(variable, "New PIN, at least 6 digits or characters: ")?;
    let pin = Pin::new(&first)?;
    if *ask(variable, "The same PIN again: ")? != *first {
        return Err(Error::PinsDiffer);
    }
    Ok(pin)
}

fn given(variable: &str) -> Option<Zeroizing<String>> {
    std::env::var(variable).ok().map(Zeroizing::new)
}

fn ask(variable: &'static str, prompt: &str) -> Result<Zeroizing<String>, Error> {
    rpassword::prompt_password(prompt).map(Zeroizing::new).map_err(|source| Error::NoPin { variable, source })
}

/// Whether somebody sits at the terminal who can be asked.
pub(super) fn is_attended() -> bool {
    io::stdin().is_terminal()
}

/// Tells the person something beside the answer.
pub(super) fn tell(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}

/// Asks a question to which only a plain yes, in English or Swahili, is a yes.
pub(super) fn confirm(question: &str) -> bool {
    let mut stderr = io::stderr();
    let asked = write!(stderr, "{question} [y/N] ").and_then(|()| stderr.flush());
    let mut said = String::new();
    let heard = asked.and_then(|()| io::stdin().lock().read_line(&mut said));
    heard.is_ok() && matches!(said.trim().to_lowercase().as_str(), "y" | "yes" | "ndiyo" | "ndio")
}
