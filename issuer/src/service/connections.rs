//! How many connections there are at a time, and how long one may keep an answer waiting.
//!
//! Requests are counted elsewhere; a connection that says nothing sends none. Each is a file to the system, and whoever
//! used all of them up would stop the service from reading its own.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum_server::accept::Accept;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep, sleep_until};

use super::throttle::network;
use super::{Service, Settings};

/// Who reads slower than that, in bytes a second, is let go once it has used up its patience: a telephone on 2G reads
/// several times as fast.
const SLOWEST: u64 = 512;

/// Files that are open beside connections: the store's, the database's, what is published.
const OTHER_FILES: usize = 256;

/// How often the log tells of connections that were not taken.
const ONCE_IN: Duration = Duration::from_secs(60);

/// Those that are open.
struct Connections {
    most: usize,
    /// Of one address, or of one network of IPv6; `None` behind a proxy, from which all come.
    most_of_one: Option<usize>,
    open: Mutex<Open>,
}

#[derive(Default)]
struct Open {
    all: usize,
    of: HashMap<IpAddr, usize>,
}

impl Connections {
    fn new(most: usize, most_of_one: Option<usize>) -> Self {
        Self { most, most_of_one, open: Mutex::default() }
    }

    /// Takes a place, which is free again when it is dropped.
    fn enter(self: &Arc<Self>, from: IpAddr) -> io::Result<Place> {
        let from = network(from);
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if open.all >= self.most {
            return Err(io::Error::other(format!(
                "{} connections are open, and no more are taken",
                self.most
            )));
        }
        let own = open.of.get(&from).copied().unwrap_or_default();
        if let Some(most) = self.most_of_one.filter(|most| own >= *most) {
            return Err(io::Error::other(format!(
                "{most} connections of one address are open, and no more are taken"
            )));
        }
        open.all += 1;
        open.of.insert(from, own + 1);
        Ok(Place { connections: Arc::clone(self), from })
    }

    fn leave(&self, from: &IpAddr) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.all = open.all.saturating_sub(1);
        if let Some(own) = open.of.get_mut(from) {
            *own = own.saturating_sub(1);
            if *own == 0 {
                open.of.remove(from);
            }
        }
    }
}

struct Place {
    connections: Arc<Connections>,
    from: IpAddr,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.connections.leave(&self.from);
    }
}

/// What every connection is bounded by.
pub(super) struct Guard {
    connections: Arc<Connections>,
    patience: Duration,
}

impl Guard {
    /// As the settings say, and the system allows.
    pub(super) fn of(settings: &Settings) -> Self {
        let limits = &settings.limits;
        let most_of_one = (!settings.behind_proxy).then(|| limits.connections_per_address.get() as usize);
        let connections = Connections::new(allowed(limits.connections.size()), most_of_one);
        let patience = Duration::from_secs(limits.request_seconds.get().into());
        Self { connections: Arc::new(connections), patience }
    }

    /// Takes connections as `inner` does, within the bounds.
    pub(super) fn over<A>(self, inner: A) -> Guarding<A> {
        let Self { connections, patience } = self;
        Guarding { inner, connections, patience }
    }
}

/// Has the system allow as many files, and gives how many connections there may be.
#[cfg(unix)]
fn allowed(connections: usize) -> usize {
    use nix::sys::resource::{Resource, getrlimit, setrlimit};

    let wanted = (connections + OTHER_FILES) as u64;
    let Ok((now, most)) = getrlimit(Resource::RLIMIT_NOFILE) else { return connections };
    if now >= wanted {
        return connections;
    }
    let more = most.min(wanted);
    let files = if setrlimit(Resource::RLIMIT_NOFILE, more, most).is_ok() { more } else { now };
    let allowed = usize::try_from(files).unwrap_or(usize::MAX).saturating_sub(OTHER_FILES).max(1);
    if allowed < connections {
        tracing::warn!(
            connections,
            allowed,
            "the system allows fewer open files than limits.connections needs: raise the limit, as by systemd's LimitNOFILE"
        );
    }
    allowed.min(connections)
}

#[cfg(not(unix))]
const fn allowed(connections: usize) -> usize {
    connections
}

/// Takes connections as another acceptor does, so many at a time.
#[derive(Clone)]
pub(super) struct Guarding<A> {
    inner: A,
    connections: Arc<Connections>,
    /// How long answers may wait for their reader, beside the time that a slow reader needs.
    patience: Duration,
}

impl Service {
    /// Counts connections that were not taken, and logs it once a minute: whoever makes them could make the log too.
    pub(super) fn refused_connections(
        &self,
    ) -> impl Fn(Option<&SocketAddr>, &io::Error) + Send + Sync + 'static {
        let (service, logged) = (self.clone(), Mutex::new(None::<Instant>));
        move |_, error| {
            let counter = service.0.metrics.refused_connections();
            counter.inc();
            let mut logged = logged.lock().unwrap_or_else(PoisonError::into_inner);
            if logged.is_none_or(|before| before.elapsed() >= ONCE_IN) {
                *logged = Some(Instant::now());
                tracing::warn!(%error, so_far = counter.get(), "a connection was not taken");
            }
        }
    }
}

impl<A, S> Accept<TcpStream, S> for Guarding<A>
where
    A: Accept<TcpStream, S>,
    A::Future: Send + 'static,
    S: Send + 'static,
{
    type Stream = Guarded<A::Stream>;
    type Service = A::Service;
    type Future = Pin<Box<dyn Future<Output = io::Result<(Self::Stream, Self::Service)>> + Send>>;

    fn accept(&self, stream: TcpStream, service: S) -> Self::Future {
        let place = stream.peer_addr().and_then(|peer| self.connections.enter(peer.ip()));
        let patience = self.patience;
        match place {
            Ok(place) => {
                let accepted = self.inner.accept(stream, service);
                Box::pin(async move {
                    let (stream, service) = accepted.await?;
                    Ok((Guarded::new(stream, patience, Some(place)), service))
                })
            }
            Err(error) => Box::pin(async move { Err(error) }),
        }
    }
}

/// A connection whose reader has to read.
pub(super) struct Guarded<S> {
    stream: S,
    patience: Duration,
    written: u64,
    waited: Duration,
    waiting: Option<(Instant, Pin<Box<Sleep>>)>,
    _place: Option<Place>,
}

impl<S> Guarded<S> {
    fn new(stream: S, patience: Duration, place: Option<Place>) -> Self {
        Self { stream, patience, written: 0, waited: Duration::ZERO, waiting: None, _place: place }
    }

    /// What came of a write: one that has to wait waits as long as the reader may still take.
    fn bounded<T>(&mut self, cx: &mut Context<'_>, came: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if came.is_ready() {
            if let Some((since, _)) = self.waiting.take() {
                self.waited += since.elapsed();
            }
            return came;
        }
        let allowed = self.patience + Duration::from_secs(self.written / SLOWEST);
        let (waited, now) = (self.waited, Instant::now());
        let (_, end) = self
            .waiting
            .get_or_insert_with(|| (now, Box::pin(sleep_until(now + allowed.saturating_sub(waited)))));
        match end.as_mut().poll(cx) {
            Poll::Ready(()) => Poll::Ready(Err(io::ErrorKind::TimedOut.into())),
            Poll::Pending => Poll::Pending,
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Guarded<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Guarded<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let came = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.count(&came);
        self.bounded(cx, came)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let came = Pin::new(&mut self.stream).poll_write_vectored(cx, parts);
        self.count(&came);
        self.bounded(cx, came)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let came = Pin::new(&mut self.stream).poll_flush(cx);
        self.bounded(cx, came)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let came = Pin::new(&mut self.stream).poll_shutdown(cx);
        self.bounded(cx, came)
    }
}

impl<S> Guarded<S> {
    fn count(&mut self, came: &Poll<io::Result<usize>>) {
        if let Poll::Ready(Ok(length)) = came {
            self.written = self.written.saturating_add(*length as u64);
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::time::{advance, sleep};

    use super::*;

    fn address(last: u8) -> IpAddr {
        IpAddr::from([192, 0, 2, last])
    }

    #[test]
    fn places_are_counted_by_address_and_in_all() {
        let connections = Arc::new(Connections::new(3, Some(2)));
        let first = connections.enter(address(1)).unwrap();
        let second = connections.enter(address(1)).unwrap();
        assert!(
            connections
                .enter(address(1))
                .is_err_and(|error| error.to_string().starts_with("2 connections of one"))
        );
        let third = connections.enter(address(2)).unwrap();
        assert!(
            connections.enter(address(3)).is_err_and(|error| error.to_string().starts_with("3 connections"))
        );
        drop(first);
        let again = connections.enter(address(1)).unwrap();
        drop((second, third, again));
        let open = connections.open.lock().unwrap();
        assert!(open.all == 0 && open.of.is_empty());
    }

    #[test]
    fn behind_a_proxy_all_come_from_one_address() {
        let connections = Arc::new(Connections::new(3, None));
        let places: Vec<_> = (0..3).map(|_| connections.enter(address(1)).unwrap()).collect();
        assert!(connections.enter(address(1)).is_err());
        drop(places);
    }

    #[tokio::test(start_paused = true)]
    async fn a_reader_that_does_not_read_is_let_go() {
        let (ours, _theirs) = tokio::io::duplex(64);
        let mut guarded = Guarded::new(ours, Duration::from_secs(30), None);
        let start = Instant::now();
        let ended = guarded.write_all(&[7; 4096]).await;
        assert_eq!(ended.unwrap_err().kind(), io::ErrorKind::TimedOut);
        assert_eq!(start.elapsed().as_secs(), 30);
    }

    #[tokio::test(start_paused = true)]
    async fn a_reader_that_trickles_is_let_go_and_a_slow_one_is_not() {
        for (bytes, every, is_served) in [(1, 1, false), (600, 1, true)] {
            let (ours, mut theirs) = tokio::io::duplex(64);
            let mut guarded = Guarded::new(ours, Duration::from_secs(30), None);
            let reading = tokio::spawn(async move {
                let mut buffer = vec![0; bytes];
                while theirs.read_exact(&mut buffer).await.is_ok() {
                    sleep(Duration::from_secs(every)).await;
                }
            });
            let ended = guarded.write_all(&vec![7; 60_000]).await;
            assert_eq!(ended.is_ok(), is_served, "{bytes} bytes every {every} s");
            drop(guarded);
            reading.abort();
        }
        advance(Duration::ZERO).await;
    }
}
