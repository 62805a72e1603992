//! Offering credentials to a person: a link, a QR code, and where asked for a transaction code on another way.

use hati_formats::time::{Date, Timestamp};
use hati_protocol::oauth::Secret;
use hati_protocol::openid4vci::{
    CredentialOffer, Grants, InputMode, OfferLink, PreAuthorizedCodeOffer, TxCode,
};
use hati_store::{Action, Event, Known, Registered, Store, StoreError, TicketKind};
use rand_core::CryptoRng;

use super::pre_authorized::{PreAuthorized, TX_CODE_DIGITS, code_of, new_tx_code};
use super::{GrantError, kept};
use crate::actor::Actor;
use crate::catalogue::Catalogue;
use crate::config::Config;

/// Where offers are fetched, below the issuer's URL.
pub const OFFERS: &str = "/offers/";

/// For how many seconds an offer is good: the person stands at the counter, or has the way home before them.
pub const OFFER_SECONDS: i64 = 3_600;

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
    pub actor: &'a Actor,
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
    /// The person locked it, or an officer suspended it.
    #[error(
        "{credential_type} of UPI {upi} is suspended, so no copy is issued. Reinstate what is there, or revoke it, and then offer anew"
    )]
    Withheld {
        /// The UPI.
        upi: String,
        /// The type.
        credential_type: String,
    },
    /// There is no such configuration.
    #[error("expected one or more of {expected}, each once; got {got}. A new type needs a new trust list")]
    Configurations {
        /// Those there are.
        expected: String,
        /// What was asked for.
        got: String,
    },
    /// It would hold for no time, or for too long.
    #[error("an offer may hold for 1 to {limit} days, got {got}")]
    Days {
        /// The most days.
        limit: u32,
        /// What was asked for.
        got: u32,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

hati_formats::error_codes!(OfferError {
    Self::Unknown { .. } => "person_unknown",
    Self::Died { .. } => "person_died",
    Self::Withheld { .. } => "credential_withheld",
    Self::Configurations { .. } => "type_unknown",
    Self::Days { .. } => "offer_days_refused",
    Self::Store(_) => "store_failed",
});

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
    check_person(store, catalogue, wanted)?;
    let id = kept::secret(rng);
    let code = code_of(&id);
    let tx_code = wanted.tx_code.then(|| new_tx_code(rng));
    let value = PreAuthorized::new(wanted.configurations, &code, tx_code.as_ref());
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

pub(super) fn check_configurations(catalogue: &Catalogue, wanted: &[String]) -> Result<(), OfferError> {
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

fn check_person(store: &dyn Store, catalogue: &Catalogue, wanted: &Wanted<'_>) -> Result<(), OfferError> {
    let upi = wanted.upi.to_owned();
    let Known { registered, waiting, .. } = store.known_as(&upi)?;
    let Some(Registered { standing, .. }) = registered else {
        return if waiting.is_empty() { Err(OfferError::Unknown { upi }) } else { Ok(()) };
    };
    if let Some(died) = standing.died {
        return Err(OfferError::Died { upi, died: Date::from_days(died) });
    }
    let types = wanted.configurations.iter().filter_map(|id| catalogue.get(id));
    match types.map(|it| it.credential_type.id.as_str()).find(|it| standing.withheld.has(it)) {
        Some(withheld) => Err(OfferError::Withheld { upi, credential_type: withheld.to_owned() }),
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
