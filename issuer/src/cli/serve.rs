//! `hati-issuer serve`: the issuer online.

use std::path::PathBuf;

use hati_issuer::service::{MAX_SETTINGS_BYTES, Service, Settings, SettingsError, run};
use hati_program::command::note;
use hati_program::system::clock;

use super::{Answer, Context, Failure, open_home, read_file};

/// Serve what is published, and publish it anew, until told to stop
#[derive(clap::Args)]
#[command(after_help = "Example:
  hati-issuer serve --dir issuer
  hati-issuer serve --dir issuer --settings issuer.toml
  HATI_ISSUER_LISTEN=0.0.0.0:8080 hati-issuer serve --dir issuer

Settings, with their defaults (a variable such as HATI_ISSUER_LIMITS_BURST outweighs the file):
  listen = \"127.0.0.1:8080\"
  behind_proxy = false         # a proxy names the client in X-Forwarded-For
  publish_minutes = 60
  grace_seconds = 10
  batch_size = 10              # copies of a credential in one request of a wallet
  [tls]                        # without it HTTP, for a proxy that speaks TLS
  certificate = \"issuer.pem\"
  key = \"issuer.key\"
  [limits]
  body_bytes = 65536
  head_seconds = 10
  request_seconds = 20
  requests_per_second = 50     # from one address
  burst = 500
  [[wallets]]                  # that may send people here to sign in; none unless named
  client_id = \"ke.go.hati.wallet\"
  name = \"Hati\"
  redirect_uris = [\"ke.go.hati.wallet:/signed-in\"]
  [ussd]                       # its aggregator calls POST /ussd/TOKEN; no USSD without it
  token = \"20 or more characters A-Z a-z 0-9 - _\"
  [upstream]                   # an OpenID Connect provider that signs people in too
  issuer = \"https://accounts.example.go.ke\"
  name = \"eCitizen\"
  client_id = \"hati\"
  client_secret_file = \"upstream.secret\"
  upi_claim = \"upi\"
  [[vc_api]]                   # a system that has credentials issued by POST /vc-api/credentials/issue
  name = \"county-desk\"
  token = \"20 or more characters A-Z a-z 0-9 - _\"
  types = [\"maisha-id\"]")]
pub(super) struct Args {
    /// The issuer's folder
    #[arg(long)]
    dir: PathBuf,
    /// The file of settings
    #[arg(long, value_name = "F.toml")]
    settings: Option<PathBuf>,
}

impl Args {
    pub(super) fn run(self, context: &Context) -> Result<Answer, Failure> {
        let settings = self.settings()?;
        let home = open_home(&self.dir)?;
        let unsealed = home.key_folder.unsealed()?;
        let scheme = if settings.tls.is_some() { "https" } else { "http" };
        let service = Service::new(home, settings, clock);
        let as_json = context.json;
        let started = move |address| {
            note(&format!("listening at {scheme}://{address}; stop with Ctrl-C"), as_json);
            if !unsealed.is_empty() {
                let files = unsealed.join(", ");
                let what = "fit for a demonstration alone. Seal them: hati-issuer keys seal";
                note(&format!("keys are in the clear ({files}): {what}"), as_json);
            }
        };
        let runtime = tokio::runtime::Runtime::new().map_err(|source| Failure::Runtime { source })?;
        tracing_subscriber::fmt().json().with_writer(std::io::stderr).init();
        let told = {
            let _inside = runtime.enter();
            told_to_stop()
        };
        // The last of it is dropped out here: connections to a database are closed by waiting, which the runtime forbids.
        let kept = service.clone();
        let ended = runtime.block_on(run(service, started, told));
        drop(runtime);
        drop(kept);
        ended?;
        Ok(Answer::done("Stopped".to_owned(), serde_json::json!({ "stopped": true })))
    }

    fn settings(&self) -> Result<Settings, Failure> {
        let text = match &self.settings {
            None => None,
            Some(path) => {
                let bytes = read_file(path, MAX_SETTINGS_BYTES)?;
                let text = String::from_utf8(bytes)
                    .map_err(|error| SettingsError::File { path: path.clone(), reason: error.to_string() })?;
                Some((path.as_path(), text))
            }
        };
        let file = text.as_ref().map(|(path, text)| (*path, text.as_str()));
        Ok(Settings::read(file, |name| std::env::var(name).ok())?)
    }
}

/// Ctrl-C, or what a supervisor sends: from the call on, not only from when somebody waits. Called where a runtime is.
pub(super) fn told_to_stop() -> impl Future<Output = ()> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let signals = [SignalKind::interrupt(), SignalKind::terminate()].map(signal);
        async move {
            match signals {
                [Ok(mut interrupted), Ok(mut terminated)] => {
                    tokio::select! { _ = interrupted.recv() => {}, _ = terminated.recv() => {} }
                }
                _ => drop(tokio::signal::ctrl_c().await),
            }
        }
    }
    #[cfg(not(unix))]
    async {
        drop(tokio::signal::ctrl_c().await);
    }
}
