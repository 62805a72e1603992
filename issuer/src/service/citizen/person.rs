//! Who calls: a person, with UPI and activation code as HTTP Basic's user and password (RFC 7617).

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hati_formats::time::Timestamp;

use crate::activation::{Activation, ActivationError, Citizen};
use crate::service::for_log::ForLog;
use crate::service::{Problem, Service};

/// RFC 7617 section 2.1.
const CHALLENGE: &str = "Basic realm=\"UPI and activation code\", charset=\"UTF-8\"";

/// Longer than any UPI and code.
const MAX_CREDENTIALS: usize = 256;

/// What the caller need not know is in the log.
pub(super) fn failed(error: impl ForLog) -> Problem {
    tracing::error!(error = error.for_log(), "a person's request was not carried out");
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "The service failed. Try again")
}

impl Service {
    /// The person who calls.
    pub(super) fn citizen(&self, headers: &HeaderMap) -> Result<Citizen, Problem> {
        let (upi, code) = credentials(headers).ok_or_else(missing)?;
        let now = self.now();
        Activation::of(&self.0.home).check(&upi, &code, now).map_err(|error| refused(error, now))
    }
}

fn missing() -> Problem {
    let detail = "Expected Authorization: Basic with the UPI and the activation code, got none. Send both";
    Problem::of(StatusCode::UNAUTHORIZED, "activation_code_missing", detail).challenge(CHALLENGE)
}

fn refused(error: ActivationError, now: Timestamp) -> Problem {
    let with = |status| Problem::of(status, error.code(), error.to_string());
    match error {
        ActivationError::Locked { until } => {
            let seconds = until.seconds_since(now).max(1);
            with(StatusCode::TOO_MANY_REQUESTS).with_header(header::RETRY_AFTER, HeaderValue::from(seconds))
        }
        ActivationError::Died => with(StatusCode::FORBIDDEN),
        ActivationError::Store(_) => failed(error),
        _ => with(StatusCode::UNAUTHORIZED).challenge(CHALLENGE),
    }
}

/// User and password. They are not a browser's: a page of another site can send no JSON with them unasked, and what
/// changes anything here takes JSON alone ([`json`](crate::service::json)).
fn credentials(headers: &HeaderMap) -> Option<(String, String)> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, encoded) = value.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") || encoded.len() > MAX_CREDENTIALS {
        return None;
    }
    let decoded = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (user, password) = decoded.split_once(':')?;
    Some((user.to_owned(), password.to_owned()))
}
