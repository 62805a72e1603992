//! Offering credentials to a person: a link, a QR code, and where asked for a transaction code on another way.

use hati_formats::encoding::b64url;
use hati_formats::time::{Date, Timestamp};
use hati_protocol::oauth::Secret;
use hati_protocol::openid4vci::{
    CredentialOffer, Grants, InputMode, OfferLink, PreAuthorizedCodeOffer, TxCode,
};
use hati_store::{Action, Event, Store, StoreError, Ticket, TicketKind};
use hmac::{Hmac, KeyInit, Mac};
use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use super::{GrantError, kept};
use crate::catalogue::Catalogue;
use crate::config::Config;

/// Where offers are fetched, below the issuer's URL.
pub const OFFERS: &str = "/offers/";

/// For how many seconds an offer is good: the person stands at the counter, or has the way home before them.
pub const OFFER_SECONDS: i64 = 3_600;

/// Wrong transaction codes after which the offer is gone: with six digits, one in 200,000 guesses right.
const MAX_ATTEMPTS: u8 = 5;

const TX_CODE_DIGITS: u32 = 6;

/// What an officer wants to offer.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// To whom.
    pub upi: &'a str,
    /// The `credential_configuration_id`s.
    pub configurations: &'a [String],
    /// Whether the person has to type a transaction code.
    pub tx_code: bool,
    /// Who offers, for the audit.
    pub actor: &'a str,
    /// When.
    pub now: Timestamp,
}

/// An offer for a wallet.
#[derive(Clone, Debug)]
pub struct NewOffer {
    /// The offer as a link.
    pub link: String,
    /// The same, shorter: the wallet fetches it from the service. For a QR code.
    pub by_reference_link: String,
    /// What the person types; to be told on another way than the link.
    pub tx_code: Option<Secret>,
    /// First second at which it is nothing any more.
    pub expires: Timestamp,
}

/// Why nothing was offered.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OfferError {
    /// Nobody has the UPI.
    #[error("UPI {upi} is not in the register. Check its digits, or import the person first")]
    Unknown {
        /// The UPI.
        upi: String,
    },
    /// The person is dead.
    #[error(
        "UPI {upi} belonged to somebody who died on {died}. If that is wrong, have the register corrected"
    )]
    Died {
        /// The UPI.
        upi: String,
        /// The day of death.
        died: Date,
    },
    /// There is no such configuration.
    #[error("expected one or more of {expected}, each once; got {got}. A new type needs a new trust list")]
    Configurations {
        /// Those there are.
        expected: String,
        /// What was asked for.
        got: String,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

hati_formats::error_codes!(OfferError {
    Self::Unknown { .. } => "person_unknown",
    Self::Died { .. } => "person_died",
    Self::Configurations { .. } => "type_unknown",
    Self::Store(_) => "store_failed",
});

/// What a pre-authorized code stands for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct PreAuthorized {
    pub(super) configurations: Vec<String>,
    /// HMAC of the transaction code under the code, which the store does not have.
    tx_code: Option<String>,
    attempts: u8,
}

impl PreAuthorized {
    pub(super) fn of(ticket: &Ticket) -> Result<Self, GrantError> {
        kept::read(TicketKind::PreAuthorizedCode, ticket)
    }

    pub(super) const fn has_tx_code(&self) -> bool {
        self.tx_code.is_some()
    }

    /// Whether this is the transaction code, compared in constant time.
    pub(super) fn is_tx_code(&self, code: &Secret, typed: Option<&Secret>) -> bool {
        match (&self.tx_code, typed) {
            (None, None) => true,
            (Some(tag), Some(typed)) => {
                let tag = hati_formats::encoding::b64url_decode(tag).unwrap_or_default();
                mac(code, typed.as_str()).is_some_and(|mac| mac.verify_slice(&tag).is_ok())
            }
            _ => false,
        }
    }

    /// What is kept instead after a wrong transaction code; nothing after the last attempt.
    pub(super) fn after_wrong(mut self, seen: &Ticket) -> Option<Ticket> {
        self.attempts = self.attempts.saturating_add(1);
        let again = || kept::ticket(seen.kind, seen.id, &seen.owner, &self, seen.expires);
        (self.attempts < MAX_ATTEMPTS).then(again)
    }
}

/// Offers credentials to a person, who may still wait for an officer's decision: then issuance is deferred.
///
/// # Errors
///
/// [`OfferError`].
pub fn make(
    store: &dyn Store,
    config: &Config,
    catalogue: &Catalogue,
    wanted: &Wanted<'_>,
    rng: &mut impl CryptoRng,
) -> Result<NewOffer, OfferError> {
    check_configurations(catalogue, wanted.configurations)?;
    check_person(store, wanted.upi)?;
    let id = kept::secret(rng);
    let code = code_of(&id);
    let tx_code = wanted.tx_code.then(|| digits(rng));
    let tag = tx_code.as_ref().and_then(|typed| mac(&code, typed.as_str()));
    let value = PreAuthorized {
        configurations: wanted.configurations.to_vec(),
        tx_code: tag.map(|mac| b64url(&mac.finalize().into_bytes())),
        attempts: 0,
    };
    let expires = wanted.now.plus_seconds(OFFER_SECONDS);
    let kind = TicketKind::PreAuthorizedCode;
    let ticket = kept::ticket(kind, kept::id(kind, &code), wanted.upi, &value, expires.seconds());
    let what = format!("{}, {}", wanted.upi, wanted.configurations.join(" "));
    store.keep(&[ticket], &[Event::new(wanted.now.seconds(), wanted.actor, Action::Offered, what)])?;
    let reference = format!("{}{OFFERS}{}", config.issuer_url(), id.as_str());
    Ok(NewOffer {
        link: OfferLink::Value(Box::new(message(config, &value, code))).to_string(),
        by_reference_link: OfferLink::Reference(reference).to_string(),
        tx_code,
        expires,
    })
}

/// The offer behind a reference, until its code is redeemed.
///
/// # Errors
///
/// [`GrantError`].
pub fn fetch(
    store: &dyn Store,
    config: &Config,
    id: &str,
    now: i64,
) -> Result<Option<CredentialOffer>, GrantError> {
    let code = code_of(&Secret::from(id));
    let Some(ticket) = store.ticket(&kept::id(TicketKind::PreAuthorizedCode, &code), now)? else {
        return Ok(None);
    };
    Ok(Some(message(config, &PreAuthorized::of(&ticket)?, code)))
}

/// The code of an offer is made of its id, so that the store has neither.
fn code_of(id: &Secret) -> Secret {
    let tag = mac(id, "pre-authorized code").map(|mac| mac.finalize().into_bytes());
    tag.map(|tag| b64url(&tag)).unwrap_or_default().into()
}

fn mac(key: &Secret, text: &str) -> Option<Hmac<Sha256>> {
    // HMAC takes keys of every length.
    Hmac::new_from_slice(key.as_str().as_bytes()).ok().map(|mac: Hmac<Sha256>| mac.chain_update(text))
}

fn digits(rng: &mut impl CryptoRng) -> Secret {
    // The remainder favours small codes by less than one in 10^13.
    let number = rng.next_u64() % 10_u64.pow(TX_CODE_DIGITS);
    format!("{number:0width$}", width = TX_CODE_DIGITS as usize).into()
}

fn check_configurations(catalogue: &Catalogue, wanted: &[String]) -> Result<(), OfferError> {
    let known = wanted.iter().all(|id| catalogue.get(id).is_some());
    let mut unique: Vec<_> = wanted.iter().collect();
    unique.sort();
    unique.dedup();
    if known && !wanted.is_empty() && unique.len() == wanted.len() {
        return Ok(());
    }
    let expected = catalogue.ids().collect::<Vec<_>>().join(", ");
    let got = if wanted.is_empty() { "none".to_owned() } else { wanted.join(", ") };
    Err(OfferError::Configurations { expected, got })
}

fn check_person(store: &dyn Store, upi: &str) -> Result<(), OfferError> {
    let unknown = || OfferError::Unknown { upi: upi.to_owned() };
    match store.registered(upi)? {
        Some(registered) => registered.standing.died.map_or(Ok(()), |died| {
            Err(OfferError::Died { upi: upi.to_owned(), died: Date::from_days(died) })
        }),
        None if store.quarantined_as(upi)?.is_empty() => Err(unknown()),
        None => Ok(()),
    }
}

fn message(config: &Config, value: &PreAuthorized, code: Secret) -> CredentialOffer {
    let tx_code = value.has_tx_code().then(|| TxCode {
        input_mode: Some(InputMode::Numeric),
        length: Some(TX_CODE_DIGITS),
        description: Some("The code that the officer told you".to_owned()),
    });
    CredentialOffer {
        credential_issuer: config.issuer_url().to_owned(),
        credential_configuration_ids: value.configurations.clone(),
        grants: Grants {
            authorization_code: None,
            pre_authorized_code: Some(PreAuthorizedCodeOffer {
                pre_authorized_code: code,
                tx_code,
                authorization_server: None,
            }),
        },
    }
}
