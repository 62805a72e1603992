//! The secrets that open keys: from the environment, or typed at the terminal.

use std::io::{self, IsTerminal};

use hati_issuer::keys::{Secret, Unlock};
use zeroize::Zeroizing;

use super::Failure;

/// Does what needs secrets.
pub(super) fn with<T>(work: impl FnOnce(&Unlock<'_>) -> T) -> T {
    let variable = |name: &str| std::env::var(name).ok();
    let attended = io::stdin().is_terminal();
    work(&Unlock::new(&variable, attended.then_some(&ask)))
}

fn ask(secret: Secret) -> io::Result<Zeroizing<String>> {
    let (prompt, twice) = match secret {
        Secret::Passphrase => ("Passphrase of the issuer's keys: ", false),
        Secret::FirstPassphrase | Secret::NewPassphrase => ("New passphrase, at least 15 characters: ", true),
        Secret::Pin => ("PIN of the token: ", false),
    };
    let typed = Zeroizing::new(rpassword::prompt_password(prompt)?);
    // Nobody sees what is typed.
    if twice && *Zeroizing::new(rpassword::prompt_password("The same again: ")?) != *typed {
        return Err(io::Error::other("the two passphrases differ"));
    }
    Ok(typed)
}

/// The environment variable that holds an officer's password.
const OFFICER_PASSWORD: &str = "HATI_OFFICER_PASSWORD";

/// The password that an officer is given, from the environment or typed twice.
pub(super) fn officer_password() -> Result<Zeroizing<String>, Failure> {
    if let Ok(password) = std::env::var(OFFICER_PASSWORD) {
        return Ok(Zeroizing::new(password));
    }
    let typed = || {
        let typed = Zeroizing::new(rpassword::prompt_password("Password, at least 12 characters: ")?);
        if *Zeroizing::new(rpassword::prompt_password("The same again: ")?) != *typed {
            return Err(io::Error::other("the two passwords differ"));
        }
        Ok(typed)
    };
    typed().map_err(|source| Failure::OfficerPassword { variable: OFFICER_PASSWORD, source })
}
