//! Who calls: a person, with UPI and activation code as HTTP Basic's user and password (RFC 7617).

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::activation::{Activation, ActivationError, Citizen};
use crate::service::{Problem, Service};

/// RFC 7617 section 2.1.
const CHALLENGE: &str = "Basic realm=\"UPI and activation code\", charset=\"UTF-8\"";

/// Longer than any UPI and code.
const MAX_CREDENTIALS: usize = 256;

/// Why a person's request is refused.
#[derive(Debug)]
pub(super) enum Refused {
    /// Who calls is not known.
    Person(ActivationError),
    /// Anything else.
    Problem(Problem),
}

impl From<Problem> for Refused {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let error = match self {
            Self::Problem(problem) => return problem.into_response(),
            Self::Person(error) => error,
        };
        let (status, header) = match &error {
            ActivationError::Locked { .. } => (StatusCode::TOO_MANY_REQUESTS, None),
            ActivationError::Store(_) => return failed(error).into_response(),
            _ => (
                StatusCode::UNAUTHORIZED,
                Some((header::WWW_AUTHENTICATE, HeaderValue::from_static(CHALLENGE))),
            ),
        };
        let mut response = Problem::new(status, error.to_string()).into_response();
        response.headers_mut().extend(header);
        response
    }
}

/// What the caller need not know is in the log.
pub(super) fn failed(error: impl std::fmt::Display) -> Problem {
    tracing::error!(%error, "a person's request was not carried out");
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "The service failed. Try again")
}

impl Service {
    /// The person who calls.
    pub(super) fn citizen(&self, headers: &HeaderMap) -> Result<Citizen, Refused> {
        let (upi, code) = credentials(headers).ok_or(Refused::Person(ActivationError::Wrong))?;
        Activation::of(&self.0.home).check(&upi, &code, self.now()).map_err(Refused::Person)
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
