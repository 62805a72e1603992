//! The request code.

use hati_formats::qr::request::{Nonce, Requester, Unverified};
use hati_formats::qr::text::{self, Kind};
use hati_formats::time::Timestamp;
use hati_formats::trust::Bundle;
use hati_protocol::exchange::{PendingRequest, RequestProfile};
use rand_core::CryptoRng;

use crate::{Error, Home};

/// A request, ready to be shown.
#[derive(Debug)]
pub struct RequestCode {
    /// The text of the code.
    pub text: String,
    /// What to keep until the answer comes.
    pub pending: PendingRequest,
    /// As whom wallets will show this verifier.
    pub requester: Requester,
}

impl Home {
    /// Makes a request that wallets with this bundle will answer.
    ///
    /// # Errors
    /// [`Error::Request`] if it goes beyond the registration, or beyond proof of age without one;
    /// [`Error::Registration`] if that does not count now.
    pub fn request(
        &self,
        profile: RequestProfile,
        place: Option<String>,
        bundle: &Bundle,
        now: Timestamp,
        rng: &mut impl CryptoRng,
    ) -> Result<RequestCode, Error> {
        let registration = self.registration()?;
        let requester = self.requester(registration.as_deref(), bundle, now)?;
        let pending = PendingRequest::new(profile, self.key().public(), Nonce::generate(rng), now);
        let content = pending.content(place);
        requester.check_may_ask(&content)?;
        let unsigned = content.prepare(self.key().public(), registration.as_deref())?;
        let signature = self.key().sign(unsigned.to_be_signed());
        let code = unsigned.finish(&signature);
        // Wallets do not even read what is too long.
        Unverified::parse(&code)?;
        let text = text::encode(Kind::Request, &code);
        Ok(RequestCode { text, pending, requester })
    }
}
