//! How long a request may take, and how many one address may send.
//!
//! Both bounds lie inside what gives errors their form and counts them, so that what they cut off is answered, counted and
//! logged like everything else. A page of another origin asks for leave outside of them, which costs as little as a refusal.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use tower_http::timeout::TimeoutLayer;

use super::{Limits, Problem, Service};

/// After so many requests, addresses that have been quiet are forgotten.
const FORGET_AFTER: u32 = 10_000;

/// A bucket for each address.
pub(super) struct Throttle {
    limiter: DefaultKeyedRateLimiter<IpAddr>,
    clock: DefaultClock,
    seen: AtomicU32,
}

impl Throttle {
    pub(super) fn new(limits: &Limits) -> Self {
        let quota = Quota::per_second(limits.requests_per_second).allow_burst(limits.burst);
        Self { limiter: RateLimiter::keyed(quota), clock: DefaultClock::default(), seen: AtomicU32::new(0) }
    }

    /// The seconds to wait, where it was one too many.
    fn check(&self, address: IpAddr) -> Result<(), u64> {
        if self.seen.fetch_add(1, Ordering::Relaxed) % FORGET_AFTER == FORGET_AFTER - 1 {
            self.limiter.retain_recent();
        }
        self.limiter.check_key(&network(address)).map_err(|early| {
            let wait = early.wait_time_from(self.clock.now());
            wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
        })
    }
}

/// Whoever has one address of IPv6 mostly has the 2^64 beside it.
pub(super) fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() >> 64 << 64)),
        v4 => v4,
    }
}

/// The address that a request comes from. Without a socket, as in a test, there is none, and nothing to count.
#[derive(Clone, Copy, Debug)]
pub(super) struct Client(Option<IpAddr>);

impl Client {
    fn of(service: &Service, parts: &Parts) -> Self {
        let forwarded = service.0.settings.behind_proxy.then(|| forwarded_for(&parts.headers)).flatten();
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip());
        Self(forwarded.or(peer))
    }
}

impl FromRequestParts<Service> for Client {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, service: &Service) -> Result<Self, Infallible> {
        Ok(Self::of(service, parts))
    }
}

impl Service {
    /// Counts a request, and refuses it where its address has sent too many.
    pub(super) fn charge(&self, client: Client) -> Result<(), Problem> {
        let Some(address) = client.0 else { return Ok(()) };
        self.0.throttle.check(address).map_err(|seconds| {
            let detail = format!("Too many requests from this address. Wait {seconds} s");
            Problem::new(StatusCode::TOO_MANY_REQUESTS, detail)
                .with_header(header::RETRY_AFTER, HeaderValue::from(seconds))
        })
    }

    /// Routes that answer, or refuse to, within a time. By themselves they are for callers who prove to be known, and charge
    /// everybody else.
    pub(super) fn timed(&self, routes: Router<Self>) -> Router<Self> {
        let seconds = Duration::from_secs(u64::from(self.0.settings.limits.request_seconds.get()));
        routes.layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, seconds))
    }

    /// The same for everybody, so many from one address.
    pub(super) fn limited(&self, routes: Router<Self>) -> Router<Self> {
        self.timed(routes.layer(from_fn_with_state(self.clone(), throttle)))
    }
}

/// Lets a request through, or tells the client to wait.
async fn throttle(State(service): State<Service>, request: Request<Body>, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    match service.charge(Client::of(&service, &parts)) {
        Ok(()) => next.run(Request::from_parts(parts, body)).await,
        Err(problem) => problem.into_response(),
    }
}

/// The last address of the header, which the proxy itself put there; those before it are the client's to invent.
fn forwarded_for(headers: &HeaderMap) -> Option<IpAddr> {
    let last = headers.get_all("x-forwarded-for").iter().next_back()?.to_str().ok()?;
    last.rsplit(',').next()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use super::*;

    #[test]
    fn one_address_is_slowed_and_others_are_not() {
        let [rate, burst] = [1, 3].map(|n| NonZeroU32::new(n).unwrap());
        let throttle = Throttle::new(&Limits { requests_per_second: rate, burst, ..Limits::default() });
        let check = |address: &str| throttle.check(address.parse().unwrap());
        assert!((0..3).all(|_| check("192.0.2.1").is_ok()));
        assert!(check("192.0.2.1").is_err_and(|seconds| seconds == 1));
        assert_eq!(check("192.0.2.2"), Ok(()));
        for last in 1..=3 {
            assert_eq!(check(&format!("2001:db8::{last}")), Ok(()));
        }
        assert!(check("2001:db8::4").is_err() && check("::ffff:192.0.2.1").is_err());
        assert_eq!(check("2001:db8:0:1::1"), Ok(()));
    }

    #[test]
    fn a_client_cannot_choose_its_address() {
        let of = |values: &[&'static str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append("x-forwarded-for", HeaderValue::from_static(value));
            }
            forwarded_for(&headers).map(|address| address.to_string())
        };
        assert_eq!(of(&["203.0.113.9, 192.0.2.1"]).as_deref(), Some("192.0.2.1"));
        assert_eq!(of(&["203.0.113.9", "2001:db8::1"]).as_deref(), Some("2001:db8::1"));
        assert_eq!((of(&[]), of(&["somebody"])), (None, None));
    }
}
