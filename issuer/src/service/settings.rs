//! What the service is set up with: one TOML file, and environment variables over it.

mod bounded;
mod check;
mod error;
mod parties;
mod tls;
mod token;
mod variables;

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::Path;

use serde::Deserialize;

pub use self::bounded::{Bounded, OutOfBounds};
pub use self::error::SettingsError;
pub use self::parties::{Caller, UpstreamSettings, Ussd, Wallet};
pub use self::tls::Tls;
pub use self::token::Token;
use self::variables::Variables;

/// The largest file taken for settings.
pub const MAX_SETTINGS_BYTES: usize = 64 << 10;

/// The most copies of a credential in one request: `batch_size` of OpenID4VCI 1.0 section 12.2.4, 2 at least. What
/// they take has to fit a body (`check`).
pub type BatchSize = Bounded<2, 100>;

/// Half a day at most: an edition holds a day, so that one that fails can be made again before the last is overdue.
pub type PublishMinutes = Bounded<1, 720>;

/// A request with one proof takes 2 kB; what is read at once is held in memory.
pub type BodyBytes = Bounded<4096, { 16 << 20 }>;

/// Each is a file of the system's, which seldom allows a program more.
pub type ConnectionCount = Bounded<16, { 1 << 20 }>;

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
    pub publish_minutes: PublishMinutes,
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

/// What a client may ask for.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Bytes of a request's body.
    pub body_bytes: BodyBytes,
    /// Seconds for the head of a request to arrive.
    pub head_seconds: NonZeroU32,
    /// Seconds for a request to be answered, its body's arrival among them.
    pub request_seconds: NonZeroU32,
    /// Connections that are open at a time.
    pub connections: ConnectionCount,
    /// Connections of one address that are open at a time; behind a proxy all are the proxy's, and only their number counts.
    pub connections_per_address: NonZeroU32,
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
            publish_minutes: PublishMinutes::nearest(60),
            grace_seconds: 10,
            batch_size: BatchSize::nearest(10),
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
            // The largest batch, encrypted.
            body_bytes: BodyBytes::nearest(96 << 10),
            head_seconds: nonzero(10),
            request_seconds: nonzero(20),
            connections: ConnectionCount::nearest(4096),
            connections_per_address: nonzero(512),
            // A village behind one address of its mobile network.
            requests_per_second: nonzero(50),
            burst: nonzero(500),
        }
    }
}

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
            Some((path, text)) => {
                toml::from_str(text).map_err(|error| error::unreadable((path, text), &error))?
            }
        };
        Variables(variable).read_into(&mut settings)?;
        settings.check_parties(file)?;
        Ok(settings)
    }

    /// Refuses an environment variable that is named like a setting and is none. Takes names and values of all there are.
    ///
    /// # Errors
    ///
    /// [`SettingsError::UnknownVariable`].
    pub fn check_variables<'a>(
        given: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<(), SettingsError> {
        variables::check_names(given)
    }
}

const fn nonzero(number: u32) -> NonZeroU32 {
    match NonZeroU32::new(number) {
        Some(number) => number,
        None => NonZeroU32::MIN,
    }
}

#[cfg(test)]
mod tests;
