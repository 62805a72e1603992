//! What the registrar says of this verifier.

use hati_formats::qr::request::Requester;
use hati_formats::time::Timestamp;
use hati_formats::trust::{Bundle, Registration, Withdrawn, audience};

use crate::{Error, Home, files};

const REGISTRATION: &str = "registration.cose";

/// The longest file that is read; registrations take 200 bytes, and their own reader refuses more than 600.
pub const MAX_REGISTRATION_BYTES: usize = 64 << 10;

/// A registration that was taken in.
#[derive(Debug)]
pub enum Registered {
    /// The registrar's signature was checked.
    Verified(Box<Registration>),
    /// No bundle was seen yet, so it is checked with the first request.
    Unverified,
}

impl Home {
    /// Takes in the registration of this verifier's key.
    ///
    /// # Errors
    /// [`Error::OtherKey`]; [`Error::Registration`] if a bundle was seen and its trust list does not bear it out.
    pub fn register(&self, registration: &[u8], now: Timestamp) -> Result<Registered, Error> {
        let key = Registration::key_unverified(registration)?;
        if key != *self.key().public() {
            return Err(Error::OtherKey { expected: self.audience(), got: audience(&key) });
        }
        let registered = match self.trust_list()? {
            // Whether it was withdrawn is asked with every request, against its bundle.
            Some(list) => Registered::Verified(Box::new(Registration::verify(
                registration,
                &list,
                &Withdrawn::default(),
                now,
            )?)),
            None => Registered::Unverified,
        };
        files::replace(&self.path(REGISTRATION), registration)?;
        Ok(registered)
    }

    /// The registration as it was taken in, to travel in requests.
    pub(crate) fn registration(&self) -> Result<Option<Vec<u8>>, Error> {
        files::read_optional(&self.path(REGISTRATION), MAX_REGISTRATION_BYTES)
    }

    /// Who this verifier is to a wallet that holds this bundle.
    pub(crate) fn requester(
        &self,
        registration: Option<&[u8]>,
        bundle: &Bundle,
        now: Timestamp,
    ) -> Result<Requester, Error> {
        let Some(bytes) = registration else {
            return Ok(Requester::Unregistered(self.key().public().clone()));
        };
        let registration = Registration::verify(bytes, bundle.trust(), &bundle.content().withdrawn, now)?;
        Ok(Requester::Registered(Box::new(registration)))
    }
}
