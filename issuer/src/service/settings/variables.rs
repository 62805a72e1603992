//! Environment variables, which outweigh the file.

use std::fmt::Display;
use std::path::PathBuf;
use std::str::FromStr;

use super::{Settings, SettingsError, Tls, Token, Ussd};

/// Before the name of every environment variable.
pub(super) const PREFIX: &str = "HATI_ISSUER_";

/// The settings that a variable can give.
const NAMES: [&str; 15] = [
    "LISTEN",
    "BEHIND_PROXY",
    "PUBLISH_MINUTES",
    "GRACE_SECONDS",
    "BATCH_SIZE",
    "LIMITS_BODY_BYTES",
    "LIMITS_HEAD_SECONDS",
    "LIMITS_REQUEST_SECONDS",
    "LIMITS_CONNECTIONS",
    "LIMITS_CONNECTIONS_PER_ADDRESS",
    "LIMITS_REQUESTS_PER_SECOND",
    "LIMITS_BURST",
    "TLS_CERTIFICATE",
    "TLS_KEY",
    "USSD_TOKEN",
];

/// What other parts of the program read: where the secrets are ([`Unlock`](crate::keys::Unlock)), and the database of a new issuer.
const OTHERS: [&str; 7] = [
    "DATABASE",
    "PASSPHRASE",
    "PASSPHRASE_FILE",
    "NEW_PASSPHRASE",
    "NEW_PASSPHRASE_FILE",
    "HSM_PIN",
    "HSM_PIN_FILE",
];

const FROM_1: &str = "a whole number from 1 to 4294967295";

/// Refuses a variable that looks like a setting and is none: a mistyped name would otherwise be a setting that is not there.
pub(super) fn check_names<'a>(
    given: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> Result<(), SettingsError> {
    let unknown = given.into_iter().find(|(name, value)| {
        name.strip_prefix(PREFIX).is_some_and(|name| {
            !NAMES.contains(&name) && !OTHERS.contains(&name) && !is_of_kubernetes(name, value)
        })
    });
    let Some((got, _)) = unknown else { return Ok(()) };
    let expected = NAMES.map(|name| format!("{PREFIX}{name}")).join(", ");
    Err(SettingsError::UnknownVariable { expected, got: got.to_owned() })
}

/// Kubernetes tells every container of every service: of one named `hati-issuer`, by names that look like these settings.
fn is_of_kubernetes(name: &str, value: &str) -> bool {
    name.starts_with("SERVICE_") || name.starts_with("PORT_") || (name == "PORT" && value.contains("://"))
}

pub(super) struct Variables<F>(pub(super) F);

impl<F: Fn(&str) -> Option<String>> Variables<F> {
    pub(super) fn read_into(&self, settings: &mut Settings) -> Result<(), SettingsError> {
        self.set("LISTEN", "an address and a port, such as 0.0.0.0:8080", &mut settings.listen)?;
        self.set("BEHIND_PROXY", "true or false", &mut settings.behind_proxy)?;
        self.bounded("PUBLISH_MINUTES", &mut settings.publish_minutes)?;
        self.set("GRACE_SECONDS", "a whole number up to 4294967295", &mut settings.grace_seconds)?;
        self.bounded("BATCH_SIZE", &mut settings.batch_size)?;
        let limits = &mut settings.limits;
        self.bounded("LIMITS_BODY_BYTES", &mut limits.body_bytes)?;
        self.set("LIMITS_HEAD_SECONDS", FROM_1, &mut limits.head_seconds)?;
        self.set("LIMITS_REQUEST_SECONDS", FROM_1, &mut limits.request_seconds)?;
        self.bounded("LIMITS_CONNECTIONS", &mut limits.connections)?;
        self.set("LIMITS_CONNECTIONS_PER_ADDRESS", FROM_1, &mut limits.connections_per_address)?;
        self.set("LIMITS_REQUESTS_PER_SECOND", FROM_1, &mut limits.requests_per_second)?;
        self.set("LIMITS_BURST", FROM_1, &mut limits.burst)?;
        self.set_tls(&mut settings.tls)?;
        let mut token = settings.ussd.take().map(|ussd| ussd.token);
        self.set_secret("USSD_TOKEN", &mut token)?;
        settings.ussd = token.map(|token| Ussd { token });
        Ok(())
    }

    fn set<T: FromStr>(&self, name: &str, expected: &str, field: &mut T) -> Result<(), SettingsError> {
        self.read(name, field, |text| text.parse().map_err(|_| format!("expected {expected}, got {text:?}")))
    }

    /// As [`set`](Self::set), for a number that says itself what is expected.
    fn bounded<T: FromStr<Err: Display>>(&self, name: &str, field: &mut T) -> Result<(), SettingsError> {
        self.read(name, field, |text| text.parse().map_err(|error: T::Err| error.to_string()))
    }

    /// As [`set`](Self::set), for what no error may show.
    fn set_secret(&self, name: &str, field: &mut Option<Token>) -> Result<(), SettingsError> {
        self.read(name, field, |text| match text.parse() {
            Ok(token) => Ok(Some(token)),
            Err(expected) => Err(format!("{expected}, got {} characters", text.chars().count())),
        })
    }

    fn read<T>(
        &self,
        name: &str,
        field: &mut T,
        read: impl FnOnce(&str) -> Result<T, String>,
    ) -> Result<(), SettingsError> {
        let name = format!("{PREFIX}{name}");
        if let Some(text) = (self.0)(&name) {
            *field = read(&text).map_err(|reason| SettingsError::Variable { name, reason })?;
        }
        Ok(())
    }

    fn set_tls(&self, tls: &mut Option<Tls>) -> Result<(), SettingsError> {
        let path = |name: &str| (self.0)(&format!("{PREFIX}{name}")).map(PathBuf::from);
        let (old_certificate, old_key) = tls.take().map(|tls| (tls.certificate, tls.key)).unzip();
        *tls = match (path("TLS_CERTIFICATE").or(old_certificate), path("TLS_KEY").or(old_key)) {
            (Some(certificate), Some(key)) => Some(Tls { certificate, key }),
            (None, None) => None,
            (Some(_), None) => return Err(SettingsError::HalfOfTls { got: "a certificate" }),
            (None, Some(_)) => return Err(SettingsError::HalfOfTls { got: "a key" }),
        };
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    #[test]
    fn every_name_is_read_and_no_other() {
        let asked = RefCell::new(Vec::new());
        let variable = |name: &str| {
            asked.borrow_mut().push(name.to_owned());
            None
        };
        Variables(variable).read_into(&mut Settings::default()).unwrap();
        let mut expected = NAMES.map(|name| format!("{PREFIX}{name}"));
        expected.sort();
        asked.borrow_mut().sort();
        assert_eq!(*asked.borrow(), expected);
    }

    #[test]
    fn a_name_that_is_no_setting_is_refused() {
        let check = |name: &str, value: &str| {
            check_names([("PATH", "/bin"), (name, value)]).map_err(|error| error.to_string())
        };
        for (name, value) in [
            ("HATI_ISSUER_LISTEN", "x"),
            ("HATI_ISSUER_HSM_PIN_FILE", "x"),
            ("HATI_ISSUER_DATABASE", "x"),
            ("HATI_OFFICER_PASSWORD", "x"),
            ("HATI_ISSUER_SERVICE_HOST", "10.0.0.1"),
            ("HATI_ISSUER_PORT", "tcp://10.0.0.1:8080"),
            ("HATI_ISSUER_PORT_8080_TCP_ADDR", "10.0.0.1"),
        ] {
            assert_eq!(check(name, value), Ok(()), "{name}");
        }
        for (name, value) in
            [("HATI_ISSUER_LISTN", "prod-secret"), ("HATI_ISSUER_PORT", "8080"), ("HATI_ISSUER_", "")]
        {
            let refused = check(name, value).unwrap_err();
            assert!(refused.contains(&format!("{name}: expected one of HATI_ISSUER_LISTEN, ")), "{refused}");
            assert!(!refused.contains("prod-secret"), "{refused}");
        }
    }
}
