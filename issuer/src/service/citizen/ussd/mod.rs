//! USSD, in the form in which Kenya's aggregators bring it: a form with `sessionId`, `serviceCode`, `phoneNumber` and
//! `text`, which holds every answer so far with `*` between them. `CON …` goes on, `END …` ends.
//!
//! Every request holds its whole session, so none is kept. The number is all that tells who calls: enough to lock, which an
//! officer undoes and which cannot wait, and for nothing else but how far a request for a correction is.

mod menu;
mod words;

use std::sync::atomic::{AtomicU32, Ordering};

use axum::body::Bytes;
use axum::extract::{FromRequestParts, Path, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use hati_protocol::oauth::Form;
use hati_store::{Action, Event, Person, StoreError};

use self::menu::{Next, walk};
use self::words::{Screen, Words};
use crate::actor::Actor;
use crate::service::for_log::ForLog as _;
use crate::service::telemetry::CountedAs;
use crate::service::throttle::Client;
use crate::service::{Problem, Service};
use crate::status::StatusError;

/// Digits of a telephone number (E.164).
const PHONE_DIGITS: std::ops::RangeInclusive<usize> = 8..=15;

/// Requests of one number: a session takes about four, and somebody in need tries again.
const BURST: u32 = 30;
const PER_MINUTE: u32 = 2;

/// After so many requests, numbers that have been quiet are forgotten.
const FORGET_AFTER: u32 = 10_000;

/// How many requests one number may send.
pub(in crate::service) struct Numbers {
    limiter: DefaultKeyedRateLimiter<String>,
    seen: AtomicU32,
}

impl Default for Numbers {
    fn default() -> Self {
        let [rate, burst] = [PER_MINUTE, BURST].map(|n| n.try_into().unwrap_or(std::num::NonZeroU32::MIN));
        let limiter = RateLimiter::keyed(Quota::per_minute(rate).allow_burst(burst));
        Self { limiter, seen: AtomicU32::new(0) }
    }
}

impl Numbers {
    fn may_go_on(&self, phone: &str) -> bool {
        if self.seen.fetch_add(1, Ordering::Relaxed) % FORGET_AFTER == FORGET_AFTER - 1 {
            self.limiter.retain_recent();
        }
        self.limiter.check_key(&phone.to_owned()).is_ok()
    }
}

/// The aggregator, by the token in the address. It brings everybody's sessions from one address, so each number has a bound of
/// its own, and the address none. Whoever shows another token is counted by address, so that nobody guesses it.
pub(in crate::service) struct Aggregator;

impl FromRequestParts<Service> for Aggregator {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, service: &Service) -> Result<Self, Response> {
        let token = Path::<String>::from_request_parts(parts, service).await;
        if token.is_ok_and(|Path(token)| service.is_aggregator(&token)) {
            return Ok(Self);
        }
        let Ok(client) = Client::from_request_parts(parts, service).await;
        service.charge(client).map_err(IntoResponse::into_response)?;
        Err(StatusCode::NOT_FOUND.into_response())
    }
}

/// `POST /ussd/TOKEN`.
pub(in crate::service) async fn answer(
    State(service): State<Service>,
    _: Aggregator,
    body: Bytes,
) -> Response {
    let Some((phone, text)) = session(&body) else {
        let expected = "Expected a form with phoneNumber in E.164 form, and text";
        return Problem::new(StatusCode::BAD_REQUEST, expected).into_response();
    };
    match service.blocking(move |service| service.screen(&phone, &text)).await {
        Ok(screen) => screen.into_response(),
        Err(problem) => problem.into_response(),
    }
}

/// An aggregator shows a screen or nothing: what took too long, came too often or failed is told on one.
pub(in crate::service) async fn on_a_screen(response: Response) -> Response {
    match response.status() {
        status @ (StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT) => {
            Screen::of_status(status).into_response()
        }
        status if status.is_server_error() => Screen::of_status(status).into_response(),
        _ => response,
    }
}

impl IntoResponse for Screen {
    fn into_response(self) -> Response {
        let headers = [
            (header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8")),
            (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        ];
        let mut response = (headers, self.to_string()).into_response();
        response.extensions_mut().insert(CountedAs(self.status()));
        response
    }
}

impl Service {
    fn is_aggregator(&self, token: &str) -> bool {
        self.0.settings.ussd.as_ref().is_some_and(|known| known.token.is(token))
    }

    fn screen(&self, phone: &str, text: &str) -> Screen {
        let people = self.0.home.store.with_phone(phone);
        let upis = |people: &[Person]| people.iter().map(|person| person.upi.clone()).collect::<Vec<_>>();
        let (words, next) = match &people {
            Ok(people) => walk(text, &upis(people)),
            Err(_) => walk(text, &[]),
        };
        if !self.0.numbers.may_go_on(phone) {
            return words.too_often();
        }
        let done = people.map_err(StatusError::from).and_then(|_| match next {
            Next::Show(screen) => Ok(screen),
            Next::Lock(upi) => self.lock_by_phone(&upi, words),
            Next::Correction(upi) => Ok(self.correction_by_phone(&upi, words)?),
        });
        done.unwrap_or_else(|error| {
            tracing::error!(error = error.for_log(), "a USSD session ended early");
            words.failed()
        })
    }

    fn lock_by_phone(&self, upi: &str, words: Words) -> Result<Screen, StatusError> {
        match self.lock(upi, &Actor::Ussd) {
            Ok(_) => Ok(words.locked()),
            Err(StatusError::NothingIssued { .. } | StatusError::Revoked { .. }) => {
                Ok(words.nothing_to_lock())
            }
            Err(error) => Err(error),
        }
    }

    fn correction_by_phone(&self, upi: &str, words: Words) -> Result<Screen, StoreError> {
        let store = &self.0.home.store;
        let event =
            Event::new(self.now().seconds(), Actor::Ussd, Action::Consulted, format!("{upi}, corrections"));
        store.log(&[event])?;
        Ok(words.correction(store.corrections_of(upi)?.last()))
    }
}

/// Number and text of a session.
fn session(body: &[u8]) -> Option<(String, String)> {
    let form = Form::parse(body).ok()?;
    // Some aggregators leave the plus out, or do not escape it, which makes it a space.
    let digits = form.get("phoneNumber")?.trim().trim_start_matches('+');
    // No country's code begins with a zero.
    let is_number = PHONE_DIGITS.contains(&digits.len())
        && !digits.starts_with('0')
        && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| (format!("+{digits}"), form.get("text").unwrap_or_default().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_aggregators_write_them() {
        for text in
            ["phoneNumber=%2B254712345678", "phoneNumber=+254712345678", "phoneNumber=254712345678&text="]
        {
            assert_eq!(session(text.as_bytes()), Some(("+254712345678".to_owned(), String::new())), "{text}");
        }
        for text in [
            "",
            "text=1",
            "phoneNumber=0712",
            "phoneNumber=%2B25471234567x",
            "phoneNumber=%2B2547123456789012",
        ] {
            assert_eq!(session(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn one_number_is_slowed_and_others_are_not() {
        let numbers = Numbers::default();
        assert!((0..BURST).all(|_| numbers.may_go_on("+254712345678")));
        assert!(!numbers.may_go_on("+254712345678"));
        assert!(numbers.may_go_on("+254712345679"));
    }
}
