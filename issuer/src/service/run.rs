//! Listening, with bounds on what a client can hold on to, until told to stop.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum_server::Handle;
use axum_server::tls_rustls::{RustlsAcceptor, RustlsConfig};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use hyper_util::server::conn::auto::Builder;

use super::connections::Guard;
use super::{Service, Tls};

/// Why the service does not run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServeError {
    /// The address cannot be listened at.
    #[error("{address}: {source}. Choose another address with `listen`")]
    Address {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// The certificate or its key cannot be used.
    #[error("{}: {source}. Name a certificate and its key, both in PEM", path.display())]
    Tls {
        /// The file that is wrong.
        path: PathBuf,
        /// What is wrong.
        source: io::Error,
    },
    /// Listening ended.
    #[error("listening ended: {source}. Start the service again")]
    Ended {
        /// What the system said.
        source: io::Error,
    },
}

hati_formats::error_codes!(ServeError {
    Self::Address { .. } => "address_unusable",
    Self::Tls { .. } => "tls_unusable",
    Self::Ended { .. } => "listening_ended",
});

/// Listens until `stop` ends, then lets running requests end. `started` learns the address.
///
/// # Errors
///
/// [`ServeError`].
pub async fn run(
    service: Service,
    started: impl FnOnce(SocketAddr),
    stop: impl Future<Output = ()> + Send + 'static,
) -> Result<(), ServeError> {
    let settings = service.0.settings.clone();
    // Before anything is published: whoever reads that it listens can ask.
    let tls = settings.tls.clone().map(certified).transpose()?;
    let unusable = |source| ServeError::Address { address: settings.listen, source };
    let listener = TcpListener::bind(settings.listen).map_err(unusable)?;
    listener.set_nonblocking(true).map_err(unusable)?;
    let address = listener.local_addr().map_err(unusable)?;
    let app = service.routes().into_make_service_with_connect_info::<SocketAddr>();

    // Whoever connects meanwhile waits: before the first edition there is nothing to ask for.
    let due = service.publish_now().await;
    let handle = Handle::new();
    let publishing = tokio::spawn(service.clone().publish_forever(due));
    let forgetting = tokio::spawn(service.clone().forget_forever());
    let stopping = handle.clone();
    let grace = Duration::from_secs(u64::from(settings.grace_seconds));
    let renewing = tokio::spawn(renew_when_told(settings.tls.clone().zip(tls.clone())));
    tokio::spawn(async move {
        stop.await;
        stopping.graceful_shutdown(Some(grace));
    });
    started(address);
    let server = axum_server::from_tcp(listener).map_err(unusable)?.handle(handle).http1_only();
    let mut server = server.accept_error_handler(service.refused_connections());
    bound(server.http_builder(), Duration::from_secs(u64::from(settings.limits.head_seconds.get())));
    let guard = Guard::of(&settings);
    let ended = match tls {
        None => server.map(|plain| guard.over(plain)).serve(app).await,
        Some(config) => server.map(|_| guard.over(RustlsAcceptor::new(config))).serve(app).await,
    };
    renewing.abort();
    publishing.abort();
    forgetting.abort();
    ended.map_err(|source| ServeError::Ended { source })
}

fn certified(tls: Tls) -> Result<RustlsConfig, ServeError> {
    let config = tls.load().map_err(|(member, source)| {
        let path = if member == "key" { tls.key } else { tls.certificate };
        ServeError::Tls { path, source }
    })?;
    Ok(RustlsConfig::from_config(Arc::new(config)))
}

/// Reads a renewed certificate when it is told that there is one (SIGHUP, which would else end the program at once). Without
/// TLS there is nothing to read.
fn renew_when_told(tls: Option<(Tls, RustlsConfig)>) -> impl Future<Output = ()> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        // From here on, not only from when somebody waits.
        let told = signal(SignalKind::hangup());
        async move {
            let Ok(mut told) = told else { return };
            while told.recv().await.is_some() {
                let Some((files, served)) = &tls else { continue };
                match files.load() {
                    Ok(config) => {
                        served.reload_from_config(Arc::new(config));
                        tracing::info!("the certificate was read again");
                    }
                    Err((member, error)) => {
                        tracing::error!(member, %error, "the certificate stays the one before: correct the file");
                    }
                }
            }
        }
    }
    #[cfg(not(unix))]
    async {
        drop(tls);
    }
}

/// A connection that says nothing is let go as one that says it too slowly is. This holds for HTTP/1.1 alone: whoever
/// waits for the first bytes to tell the versions apart, or keeps a connection of HTTP/2, waits without an end.
///
/// Who has said all that they will say may still listen (`half_close`): what they asked for is done, so they are told.
fn bound(http1: &mut Builder<TokioExecutor>, head: Duration) {
    http1.http1().timer(TokioTimer::new()).header_read_timeout(head).half_close(true);
}
