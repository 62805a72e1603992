//! Where the secrets come from that open other secrets: the environment, a file, systemd's credentials, or a person.

use std::io;
use std::path::{Path, PathBuf};

use hati_program::files::{self, SecretError};
use zeroize::Zeroizing;

use super::KeyFileError;

/// Where systemd puts what `LoadCredential=` and `LoadCredentialEncrypted=` name.
const CREDENTIALS: &str = "CREDENTIALS_DIRECTORY";

/// The longest passphrase, or PIN.
const MAX_SECRET_BYTES: usize = 1 << 10;

/// A secret that opens others. One chosen anew comes from names of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Secret {
    /// Opens the key files of a folder.
    Passphrase,
    /// Opens them from now on, where none did before.
    FirstPassphrase,
    /// Takes the place of the one before it.
    NewPassphrase,
    /// The PIN of the token.
    Pin,
}

impl Secret {
    /// The environment variable that holds it; with `_FILE` behind it, the one that names its file.
    #[must_use]
    pub const fn variable(self) -> &'static str {
        match self {
            Self::Passphrase | Self::FirstPassphrase => "HATI_ISSUER_PASSPHRASE",
            Self::NewPassphrase => "HATI_ISSUER_NEW_PASSPHRASE",
            Self::Pin => "HATI_ISSUER_HSM_PIN",
        }
    }

    /// Its name among systemd's credentials.
    #[must_use]
    pub const fn credential(self) -> &'static str {
        match self {
            Self::Passphrase | Self::FirstPassphrase => "hati-issuer-passphrase",
            Self::NewPassphrase => "hati-issuer-new-passphrase",
            Self::Pin => "hati-issuer-hsm-pin",
        }
    }
}

type Variable<'a> = dyn Fn(&str) -> Option<String> + 'a;
type Ask<'a> = dyn Fn(Secret) -> io::Result<Zeroizing<String>> + 'a;

/// Finds secrets, each only when it is needed.
#[derive(Clone, Copy)]
pub struct Unlock<'a> {
    variable: &'a Variable<'a>,
    ask: Option<&'a Ask<'a>>,
}

impl<'a> Unlock<'a> {
    /// From environment variables, and from a person if there is one to `ask`.
    #[must_use]
    pub fn new(variable: &'a Variable<'a>, ask: Option<&'a Ask<'a>>) -> Self {
        Self { variable, ask }
    }

    /// From nowhere: for keys that are not sealed.
    #[must_use]
    pub fn nothing() -> Self {
        Self { variable: &|_| None, ask: None }
    }

    /// The secret. From the environment, the file that it names, systemd's credentials, or the person, in this order.
    ///
    /// # Errors
    ///
    /// [`KeyFileError::NoSecret`], and what is wrong with a file.
    pub fn get(&self, secret: Secret) -> Result<Zeroizing<Vec<u8>>, KeyFileError> {
        let name = secret.variable();
        if let Some(given) = (self.variable)(name) {
            return Ok(Zeroizing::new(given.into_bytes()));
        }
        if let Some(file) = (self.variable)(&format!("{name}_FILE")) {
            return read(Path::new(&file), 0o077);
        }
        let credential =
            (self.variable)(CREDENTIALS).map(|folder| PathBuf::from(folder).join(secret.credential()));
        if let Some(path) = credential.filter(|path| path.exists()) {
            // systemd lets the service in by an access list, whose mask shows as the group's right.
            return read(&path, 0o037);
        }
        let asked = self.ask.map(|ask| ask(secret));
        match asked {
            Some(Ok(typed)) => Ok(Zeroizing::new(typed.as_bytes().to_vec())),
            Some(Err(source)) => Err(KeyFileError::Terminal { source }),
            None => Err(KeyFileError::NoSecret { secret }),
        }
    }
}

impl std::fmt::Debug for Unlock<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Unlock(secrets)")
    }
}

/// The content of a file: 32 random bytes, or a line of text, whose end is left out.
fn read(path: &Path, forbidden: u32) -> Result<Zeroizing<Vec<u8>>, KeyFileError> {
    let secret = files::read_secret_but(path, MAX_SECRET_BYTES, forbidden);
    let mut secret = secret.map_err(|error| match error {
        SecretError::Io(source) => KeyFileError::Io { path: path.to_owned(), source },
        SecretError::Rights { got } => KeyFileError::Rights { path: path.to_owned(), got },
    })?;
    if std::str::from_utf8(&secret).is_ok() {
        for end in [b'\n', b'\r'] {
            if secret.last() == Some(&end) {
                secret.pop();
            }
        }
    }
    if secret.is_empty() {
        return Err(KeyFileError::Content {
            path: path.to_owned(),
            reason: "expected a secret, got nothing".into(),
        });
    }
    Ok(secret)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(variables: &[(&str, &str)]) -> Result<Vec<u8>, KeyFileError> {
        let variable = |name: &str| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        };
        Unlock::new(&variable, None).get(Secret::Passphrase).map(|secret| secret.to_vec())
    }

    #[test]
    fn the_nearest_place_wins() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        files::create_secret(Path::new(&at("file")), "from a file\r\n").unwrap();
        files::create_secret(Path::new(&at("hati-issuer-passphrase")), "from systemd").unwrap();
        let here = at("");
        let file = at("file");
        let all = [
            ("HATI_ISSUER_PASSPHRASE", "from the environment"),
            ("HATI_ISSUER_PASSPHRASE_FILE", file.as_str()),
            ("CREDENTIALS_DIRECTORY", here.as_str()),
        ];
        assert_eq!(with(&all).unwrap(), b"from the environment");
        assert_eq!(with(&all[1..]).unwrap(), b"from a file");
        assert_eq!(with(&all[2..]).unwrap(), b"from systemd");
        assert!(matches!(with(&[]), Err(KeyFileError::NoSecret { secret: Secret::Passphrase })));
        let ask = |_| Ok(Zeroizing::new("typed".to_owned()));
        let typed = Unlock::new(&|_| None, Some(&ask)).get(Secret::Pin).unwrap();
        assert_eq!(typed.as_slice(), b"typed");
    }

    #[cfg(unix)]
    #[test]
    fn a_secret_that_others_can_read_is_refused() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("hati-issuer-passphrase");
        let (file, here) = (path.to_str().unwrap(), folder.path().to_str().unwrap());
        files::create_secret(&path, "secret").unwrap();
        for (mode, by_file, by_systemd) in
            [(0o600, true, true), (0o400, true, true), (0o440, false, true), (0o444, false, false)]
        {
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            assert_eq!(with(&[("HATI_ISSUER_PASSPHRASE_FILE", file)]).is_ok(), by_file, "{mode:o}");
            assert_eq!(with(&[("CREDENTIALS_DIRECTORY", here)]).is_ok(), by_systemd, "{mode:o}");
        }
    }

    #[test]
    fn random_bytes_are_taken_as_they_are_and_nothing_is_no_secret() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        let file = path.to_str().unwrap();
        files::replace(&path, &[0xff; 32], files::Access::Private).unwrap();
        assert_eq!(with(&[("HATI_ISSUER_PASSPHRASE_FILE", file)]).unwrap(), [0xff; 32]);
        let random = [&[0xff; 31][..], b"\n"].concat();
        files::replace(&path, &random, files::Access::Private).unwrap();
        assert_eq!(with(&[("HATI_ISSUER_PASSPHRASE_FILE", file)]).unwrap(), random);
        files::replace(&path, b"\n", files::Access::Private).unwrap();
        let refused = with(&[("HATI_ISSUER_PASSPHRASE_FILE", file)]);
        assert!(matches!(refused, Err(KeyFileError::Content { .. })));
    }
}
