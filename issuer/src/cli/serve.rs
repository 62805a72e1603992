//! `hati-issuer serve`: the issuer online.

use std::path::{Path, PathBuf};

use hati_issuer::chronology::check_clock;
use hati_issuer::service::{MAX_SETTINGS_BYTES, Service, Settings, SettingsError, run};
use hati_program::command::note;
use hati_program::system::clock;

use super::{Answer, Failure, open_home, read_file};

/// Standard error is the log, whose every line is a JSON object, whatever the answer at the end is written in.
const LOG_IS_JSON: bool = true;

/// Serve what is published, and publish it anew, until told to stop
#[derive(clap::Args)]
#[command(after_help = "Example:
  hati-issuer serve --dir issuer
  hati-issuer serve --dir issuer --settings issuer.toml
  HATI_ISSUER_LISTEN=0.0.0.0:8080 hati-issuer serve --dir issuer

What the issuer is stands in issuer.json of its folder: URL, names, database, token, feeds. How this machine serves it are settings, here
with their defaults (a variable such as HATI_ISSUER_LIMITS_BURST outweighs the file):
  listen = \"127.0.0.1:8080\"
  behind_proxy = false         # a proxy names the client in X-Forwarded-For
  publish_minutes = 60         # 720 at most
  grace_seconds = 10
  batch_size = 10              # copies of a credential in one request of a wallet
  [tls]                        # without it HTTP, for a proxy that speaks TLS; SIGHUP has a renewed one read
  certificate = \"issuer.pem\"
  key = \"issuer.key\"
  [limits]
  body_bytes = 98304           # 4096 at least, and 900 for each of a batch
  head_seconds = 10
  request_seconds = 20
  connections = 4096           # open at a time
  connections_per_address = 512
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
    pub(super) fn run(self) -> Result<Answer, Failure> {
        let text = self.text()?;
        let file = self.settings.as_deref().zip(text.as_deref());
        let settings = settings(file)?;
        let home = open_home(&self.dir)?;
        settings.check(file, &home.types()?)?;
        check_clock(&*home.store, clock())?;
        let unsealed = home.key_folder.unsealed()?;
        let scheme = if settings.tls.is_some() { "https" } else { "http" };
        let service = Service::new(home, settings, clock);
        let started = move |address| {
            note(&format!("listening at {scheme}://{address}; stop with Ctrl-C"), LOG_IS_JSON);
            if !unsealed.is_empty() {
                let files = unsealed.join(", ");
                let what = "fit for a demonstration alone. Seal them: hati-issuer keys seal";
                note(&format!("keys are in the clear ({files}): {what}"), LOG_IS_JSON);
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

    /// The text of the file of settings.
    fn text(&self) -> Result<Option<String>, Failure> {
        let Some(path) = &self.settings else { return Ok(None) };
        let text = String::from_utf8(read_file(path, MAX_SETTINGS_BYTES)?).map_err(|error| {
            let reason = format!("expected UTF-8; {}. Write the file anew", error.utf8_error());
            SettingsError::File { path: path.clone(), line: None, reason }
        })?;
        Ok(Some(text))
    }
}

fn settings(file: Option<(&Path, &str)>) -> Result<Settings, Failure> {
    let given: Vec<_> = std::env::vars_os()
        .map(|(name, value)| (name.to_string_lossy().into_owned(), value.to_string_lossy().into_owned()))
        .collect();
    Settings::check_variables(given.iter().map(|(name, value)| (name.as_str(), value.as_str())))?;
    Ok(Settings::read(file, |name| std::env::var(name).ok())?)
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
