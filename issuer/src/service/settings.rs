//! What the service is set up with: one TOML file, and environment variables over it.

mod parties;

use std::fmt::Display;
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use serde::Deserialize;

pub use self::parties::{Caller, Token, UpstreamSettings, Ussd, Wallet};

/// The largest file taken for settings.
pub const MAX_SETTINGS_BYTES: usize = 64 << 10;

/// Before the name of every environment variable.
const PREFIX: &str = "HATI_ISSUER_";

/// What the service is set up with. Every member has a default; a file or a variable need only name what differs.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Address and port to listen at.
    pub listen: SocketAddr,
    /// Without it the service speaks HTTP, for a proxy in front of it that speaks TLS.
    pub tls: Option<Tls>,
    /// Whether a proxy in front names the client in `X-Forwarded-For`.
    pub behind_proxy: bool,
    /// Minutes between two editions of what is published; a change of status publishes at once.
    pub publish_minutes: NonZeroU32,
    /// Seconds that running requests have to end when the service stops.
    pub grace_seconds: u32,
    /// The most copies of a credential in one request of a wallet.
    pub batch_size: BatchSize,
    /// What a client may ask for.
    pub limits: Limits,
    /// The wallets that may send people here to sign in.
    pub wallets: Vec<Wallet>,
    /// Without it there is no USSD.
    pub ussd: Option<Ussd>,
    /// Another provider that signs people in; none unless named.
    pub upstream: Option<UpstreamSettings>,
    /// The systems that may have credentials issued through the VC API.
    pub vc_api: Vec<Caller>,
}

/// The most copies of a credential in one request: `batch_size` of OpenID4VCI 1.0 section 12.2.4.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "usize")]
pub struct BatchSize(usize);

impl BatchSize {
    /// 2 by the standard; 100 proofs fit a body.
    const RANGE: RangeInclusive<usize> = 2..=100;

    /// The number.
    #[must_use]
    pub const fn get(self) -> usize {
        self.0
    }
}

impl TryFrom<usize> for BatchSize {
    type Error = String;

    fn try_from(got: usize) -> Result<Self, String> {
        let (least, most) = (Self::RANGE.start(), Self::RANGE.end());
        Self::RANGE
            .contains(&got)
            .then_some(Self(got))
            .ok_or_else(|| format!("batch_size: expected {least} to {most}, got {got}"))
    }
}

impl FromStr for BatchSize {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        text.parse::<usize>().map_err(|error| error.to_string())?.try_into()
    }
}

/// A certificate and its key, PEM.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tls {
    /// The certificate, and those above it.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
}

/// What a client may ask for.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Bytes of a request's body.
    pub body_bytes: usize,
    /// Seconds for the head of a request to arrive.
    pub head_seconds: NonZeroU32,
    /// Seconds for a request to be answered, its body's arrival among them.
    pub request_seconds: NonZeroU32,
    /// Requests a second from one address, in the long run.
    pub requests_per_second: NonZeroU32,
    /// Requests from one address at once.
    pub burst: NonZeroU32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            tls: None,
            behind_proxy: false,
            publish_minutes: nonzero(60),
            grace_seconds: 10,
            batch_size: BatchSize(10),
            limits: Limits::default(),
            wallets: Vec::new(),
            ussd: None,
            upstream: None,
            vc_api: Vec::new(),
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            // A batch of 100 proofs of 600 characters.
            body_bytes: 64 << 10,
            head_seconds: nonzero(10),
            request_seconds: nonzero(20),
            // A village behind one address of its mobile network.
            requests_per_second: nonzero(50),
            burst: nonzero(500),
        }
    }
}

/// Why settings are not taken.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SettingsError {
    /// The file is not what it should be. The text shows the line.
    #[error("{}: {reason}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong, and where.
        reason: String,
    },
    /// A variable is not what it should be.
    #[error("environment variable {name}: {reason}; got {got:?}")]
    Variable {
        /// Its name.
        name: String,
        /// What is wrong with it.
        reason: String,
        /// Its value.
        got: String,
    },
    /// Half of what TLS needs.
    #[error(
        "expected a certificate and its key, got only {got}. Name both, or neither for HTTP behind a proxy"
    )]
    HalfOfTls {
        /// What was given.
        got: &'static str,
    },
}

hati_formats::error_codes!(SettingsError {
    Self::File { .. } | Self::Variable { .. } | Self::HalfOfTls { .. } => "settings_refused",
});

impl Settings {
    /// Reads settings: the text of a file, then what `variable` gives for a name.
    ///
    /// # Errors
    ///
    /// [`SettingsError`].
    pub fn read(
        file: Option<(&Path, &str)>,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, SettingsError> {
        let mut settings = match file {
            None => Self::default(),
            Some((path, text)) => toml::from_str(text)
                .map_err(|error| SettingsError::File { path: path.to_owned(), reason: error.to_string() })?,
        };
        let given = Variables(variable);
        given.set("LISTEN", &mut settings.listen)?;
        given.set("BEHIND_PROXY", &mut settings.behind_proxy)?;
        given.set("PUBLISH_MINUTES", &mut settings.publish_minutes)?;
        given.set("GRACE_SECONDS", &mut settings.grace_seconds)?;
        given.set("BATCH_SIZE", &mut settings.batch_size)?;
        given.set("LIMITS_BODY_BYTES", &mut settings.limits.body_bytes)?;
        given.set("LIMITS_HEAD_SECONDS", &mut settings.limits.head_seconds)?;
        given.set("LIMITS_REQUEST_SECONDS", &mut settings.limits.request_seconds)?;
        given.set("LIMITS_REQUESTS_PER_SECOND", &mut settings.limits.requests_per_second)?;
        given.set("LIMITS_BURST", &mut settings.limits.burst)?;
        given.set_tls(&mut settings.tls)?;
        let mut token = settings.ussd.take().map(|ussd| ussd.token);
        given.set_secret("USSD_TOKEN", &mut token)?;
        settings.ussd = token.map(|token| Ussd { token });
        Ok(settings)
    }
}

struct Variables<F>(F);

impl<F: Fn(&str) -> Option<String>> Variables<F> {
    fn set<T: FromStr<Err: Display>>(&self, name: &str, field: &mut T) -> Result<(), SettingsError> {
        let name = format!("{PREFIX}{name}");
        if let Some(got) = (self.0)(&name) {
            *field = got.parse().map_err(|error: T::Err| SettingsError::Variable {
                name,
                reason: error.to_string(),
                got,
            })?;
        }
        Ok(())
    }

    /// As [`set`](Self::set), for what no error may show.
    fn set_secret(&self, name: &str, field: &mut Option<Token>) -> Result<(), SettingsError> {
        let name = format!("{PREFIX}{name}");
        let Some(text) = (self.0)(&name) else { return Ok(()) };
        let read = text.parse().map_err(|reason| {
            let got = format!("{} characters", text.chars().count());
            SettingsError::Variable { name, reason, got }
        });
        *field = Some(read?);
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

const fn nonzero(number: u32) -> NonZeroU32 {
    match NonZeroU32::new(number) {
        Some(number) => number,
        None => NonZeroU32::MIN,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, variables: &[(&str, &str)]) -> Result<Settings, String> {
        let variable = |name: &str| {
            variables.iter().find(|(n, _)| format!("{PREFIX}{n}") == name).map(|(_, v)| (*v).to_owned())
        };
        Settings::read(Some((Path::new("issuer.toml"), text)), variable).map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_not_named_has_a_default() {
        assert_eq!(read("", &[]), Ok(Settings::default()));
        assert_eq!(Settings::read(None, |_| None).unwrap(), Settings::default());
        let settings = read("listen = \"0.0.0.0:443\"\n[limits]\nburst = 9\n", &[]).unwrap();
        assert_eq!((settings.listen.port(), settings.limits.burst.get()), (443, 9));
        assert_eq!(settings.limits.body_bytes, Limits::default().body_bytes);
    }

    #[test]
    fn a_variable_outweighs_the_file() {
        let variables = [("LISTEN", "[::1]:9"), ("TLS_KEY", "b.key"), ("LIMITS_BODY_BYTES", "7")];
        let text = "listen = \"0.0.0.0:443\"\n[tls]\ncertificate = \"a.pem\"\nkey = \"a.key\"\n";
        let settings = read(text, &variables).unwrap();
        assert_eq!((settings.listen.to_string().as_str(), settings.limits.body_bytes), ("[::1]:9", 7));
        assert_eq!(settings.tls, Some(Tls { certificate: "a.pem".into(), key: "b.key".into() }));
    }

    #[test]
    fn errors_name_the_line_or_the_variable() {
        for (text, expected) in [
            ("listen = \"here\"", "line 1"),
            ("\n\nlisten = 1", "line 3"),
            ("[limits]\nburst = 0", "line 2"),
            ("\nbatch_size = 1", "line 2"),
            ("batch_size = 101", "expected 2 to 100, got 101"),
            ("lisen = \"127.0.0.1:1\"", "unknown field `lisen`"),
            ("[tls]\ncertificate = \"a.pem\"", "missing field `key`"),
            ("listen", "line 1"),
            ("[[wallets]]\nclient_id = \"w\"\nname = \"W\"\nredirect_uris = []", "at least one"),
            ("[ussd]\ntoken = \"short\"", "line 2"),
            ("\n[[vc_api]]\nname = \"A B\"\ntoken = \"01234567890123456789\"\ntypes = []", "name: expected"),
            ("[[vc_api]]\nname = \"a\"\ntoken = \"short\"\ntypes = [\"maisha-id\"]", "line 3"),
            ("[[vc_api]]\nname = \"a\"\ntoken = \"01234567890123456789\"\ntypes = []", "types: expected"),
            (
                "[upstream]\nissuer = \"http://op.example\"\nname = \"\"\nclient_id = \"\"\nclient_secret_file = \"\"\nupi_claim = \"\"",
                "expected an https URL",
            ),
        ] {
            let error = read(text, &[]).unwrap_err();
            assert!(error.contains("issuer.toml") && error.contains(expected), "{text}: {error}");
        }
        for (name, value) in
            [("LISTEN", "8080"), ("LIMITS_BURST", "0"), ("BATCH_SIZE", "1"), ("BEHIND_PROXY", "yes")]
        {
            let error = read("", &[(name, value)]).unwrap_err();
            assert!(error.contains(&format!("HATI_ISSUER_{name}")) && error.contains(value), "{error}");
        }
        let error = read("", &[("USSD_TOKEN", "sesame")]).unwrap_err();
        assert!(error.contains("USSD_TOKEN") && !error.contains("sesame"), "{error}");
        assert!(read("", &[("TLS_KEY", "k")]).unwrap_err().contains("only a key"));
        assert!(read("", &[("TLS_CERTIFICATE", "c")]).unwrap_err().contains("only a certificate"));
    }
}
