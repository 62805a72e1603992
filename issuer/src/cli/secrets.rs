//! The secrets that open keys: from the environment, or typed at the terminal.

use std::io::{self, IsTerminal};

use hati_issuer::keys::{Secret, Unlock};
use zeroize::Zeroizing;

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
