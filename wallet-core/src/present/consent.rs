//! What the holder is asked.

use hati_formats::qr::request::{
    LIFETIME_SECONDS, Nonce, Purpose, Request, RequestError, Requester, Unverified,
};
use hati_formats::qr::text::{self, Kind};
use hati_formats::sd_jwt::{Held, Presentation};
use hati_formats::time::Timestamp;
use hati_formats::trust::Names;
use hati_protocol::dcql::CompactQuery;
use hati_protocol::exchange::{Answer, claims_to_disclose};

use super::finish::{Shown, Unsigned};
use super::{PresentError, select};
use crate::describe::LabelledClaim;
use crate::history::{Entry, Recipient};
use crate::pool::{Copy, Reuse, Way};
use crate::wallet::Wallet;

/// A verified request, and what answering it would show. Nothing leaves the wallet before [`approve`](Self::approve).
#[derive(Debug)]
pub struct Consent {
    request: Request,
    claims: Vec<ShownClaim>,
    presentation: Presentation,
    copy: u64,
    uses: usize,
    algorithm: hati_formats::keys::Algorithm,
}

/// One claim that would be shown.
#[derive(Debug, Clone, PartialEq)]
pub struct ShownClaim {
    /// The claim, its labels and its value.
    pub claim: LabelledClaim,
    /// Whether it is asked for. What is not and stands here all the same cannot be withheld: its issuer made it
    /// always visible, alone or beside a claim that is asked for.
    pub asked: bool,
}

impl Wallet {
    /// Reads the text of a request code, checks the request offline, and finds the copy and the claims that
    /// answer it.
    ///
    /// # Errors
    /// [`PresentError`]: why the request may not or cannot be answered.
    pub fn consider(&self, text: &str, reuse: Reuse, now: Timestamp) -> Result<Consent, PresentError> {
        let request = self.read_request(text, now)?;
        let content = request.content();
        self.check_unanswered(&content.nonce)?;
        let query =
            CompactQuery { credential_type: content.credential_type.clone(), claims: content.claims.clone() };
        let kind = self
            .credential_type(query.credential_type.as_str())
            .ok_or_else(|| PresentError::UnknownType { got: query.credential_type.clone() })?;
        let lacks = |copy: &Copy| lacks(copy, &query);
        let copy = self.choose(&query.credential_type, Way::Answer, reuse, now, lacks)?;
        let held = Held::parse(copy.text())?;
        let paths = claims_to_disclose(&query, kind, copy.format(), held.claims())?;
        let (presentation, claims) = select(copy, kind, &paths)?;
        let (number, uses, algorithm) = (copy.number(), copy.uses().len(), copy.public_key().algorithm());
        let claims = claims.into_iter().map(|claim| ShownClaim::new(claim, &query)).collect();
        Ok(Consent { request, claims, presentation, copy: number, uses, algorithm })
    }

    /// The request in a code, checked offline.
    pub(super) fn read_request(&self, text: &str, now: Timestamp) -> Result<Request, PresentError> {
        let bundle = self.trusted(now)?;
        let bytes = match text::decode(text)? {
            (Kind::Request, bytes) => bytes,
            (other, _) => return Err(PresentError::Kind { got: char::from(other.letter()) }),
        };
        let request = Unverified::parse(&bytes)
            .and_then(|request| request.verify(bundle.trust(), &bundle.content().withdrawn, now))?;
        Ok(request)
    }

    pub(super) fn check_unanswered(&self, nonce: &Nonce) -> Result<(), PresentError> {
        let answers = |entry: &&Entry| entry.to.as_ref().is_some_and(|to| to.nonce == *nonce);
        // The newest come last, and a request lives two minutes.
        match self.history.iter().rev().find(answers) {
            Some(entry) => Err(PresentError::Answered { at: entry.at }),
            None => Ok(()),
        }
    }
}

/// The claims that are asked for and that a copy does not have.
fn lacks(copy: &Copy, query: &CompactQuery) -> Vec<String> {
    let missing =
        Held::parse(copy.text()).map(|held| Answer::of(query, copy.format(), held.claims(), &[]).missing);
    missing.as_ref().unwrap_or(&query.claims).iter().map(ToString::to_string).collect()
}

impl Consent {
    /// The verifier's names, if a registrar knows it. Whoever asks without a registration has no name to show: it
    /// could take any.
    #[must_use]
    pub fn names(&self) -> Option<&Names> {
        match self.request.requester() {
            Requester::Registered(registration) => Some(&registration.content().names),
            Requester::Unregistered(_) => None,
        }
    }

    /// Whether a registrar knows the verifier.
    #[must_use]
    pub fn is_registered(&self) -> bool {
        self.names().is_some()
    }

    /// Where the verifier asks: the place in the request, else that of the registration.
    #[must_use]
    pub fn place(&self) -> Option<&str> {
        let registered = match self.request.requester() {
            Requester::Registered(registration) => registration.content().place.as_deref(),
            Requester::Unregistered(_) => None,
        };
        self.request.content().place.as_deref().or(registered)
    }

    /// Why it asks.
    #[must_use]
    pub fn purpose(&self) -> &Purpose {
        &self.request.content().purpose
    }

    /// The verified request.
    #[must_use]
    pub const fn request(&self) -> &Request {
        &self.request
    }

    /// Everything that answering shows, in the order of the type's file.
    #[must_use]
    pub fn claims(&self) -> &[ShownClaim] {
        &self.claims
    }

    /// The number of the copy that would be shown.
    #[must_use]
    pub const fn copy(&self) -> u64 {
        self.copy
    }

    /// Whether that copy was shown before.
    #[must_use]
    pub const fn reuses(&self) -> bool {
        self.uses > 0
    }

    /// The holder approves. `now` is the time of approval, and the time that the key binding says.
    ///
    /// # Errors
    /// [`RequestError::TooOld`] if the holder thought for longer than the request lives.
    pub fn approve(self, now: Timestamp) -> Result<Unsigned, PresentError> {
        let issued_at = self.request.content().issued_at;
        if now.seconds_since(issued_at) > LIFETIME_SECONDS {
            return Err(RequestError::TooOld { issued_at, now, limit: LIFETIME_SECONDS }.into());
        }
        let nonce = self.request.content().nonce.to_string();
        let to = self.recipient();
        let binding =
            self.presentation.prepare_key_binding(self.algorithm, self.request.audience(), &nonce, now);
        let shown = Shown {
            copy: self.copy,
            uses: self.uses,
            at: now,
            to: Some(to),
            credential_type: self.request.content().credential_type.clone(),
            claims: self.claims,
        };
        Ok(Unsigned::new(binding, shown))
    }

    fn recipient(&self) -> Recipient {
        Recipient {
            names: self.names().cloned(),
            audience: self.request.audience().to_owned(),
            place: self.place().map(str::to_owned),
            purpose: self.purpose().en().to_owned(),
            nonce: self.request.content().nonce,
        }
    }
}

impl ShownClaim {
    fn new(claim: LabelledClaim, query: &CompactQuery) -> Self {
        let begins = |asked: &hati_formats::names::ClaimPath| {
            let mut names = claim.path.iter();
            asked.segments().all(|segment| names.next().is_some_and(|name| name == segment))
        };
        let asked = query.claims.iter().any(begins);
        Self { claim, asked }
    }

    pub(super) const fn always_visible(claim: LabelledClaim) -> Self {
        Self { claim, asked: false }
    }
}
