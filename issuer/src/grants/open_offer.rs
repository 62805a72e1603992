//! Offering credentials to whoever signs in from home: one link for everybody, on a page or a poster.
//!
//! Its `issuer_state` (OpenID4VCI 1.0 section 4.1.1) opens nothing and is no secret: who signs in shows who they are. It says
//! which offer a wallet comes from. So an offer has an end, a wallet that comes with it asks for nothing else, and the
//! audit tells who came by it.

use hati_formats::encoding::b64url;
use hati_formats::time::{SECONDS_PER_DAY, Timestamp};
use hati_protocol::oauth::Secret;
use hati_protocol::openid4vci::{AuthorizationCodeOffer, CredentialOffer, Grants, OfferLink};
use hati_store::{Action, Event, Store, TicketId, TicketKind};
use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};

use super::offer::{OfferError, check_configurations};
use super::{GrantError, kept};
use crate::actor::Actor;
use crate::catalogue::Catalogue;
use crate::config::Config;

/// Days that an offer holds unless told otherwise.
pub const DEFAULT_DAYS: u32 = 90;

/// The most days that an offer may hold: a poster that hangs for longer is printed anew.
pub const MAX_DAYS: u32 = 366;

/// Characters of the name by which the audit knows an offer: no two of a million share one by chance.
const NAME: usize = 8;

/// What an officer wants to offer.
#[derive(Clone, Copy, Debug)]
pub struct WantedOpen<'a> {
    /// The `credential_configuration_id`s.
    pub configurations: &'a [String],
    /// For how many days.
    pub days: u32,
    /// Who offers, for the audit.
    pub actor: &'a Actor,
    /// When.
    pub now: Timestamp,
}

/// An offer for any wallet.
#[derive(Clone, Debug)]
pub struct NewOpenOffer {
    /// By which the audit knows it.
    pub name: String,
    /// The offer as a link.
    pub link: String,
    /// First second at which it is nothing any more.
    pub expires: Timestamp,
}

/// An offer that a wallet comes from.
#[derive(Clone, Debug)]
pub struct OpenOffer {
    /// By which the audit knows it.
    pub name: String,
    configurations: Vec<String>,
}

#[derive(Serialize, Deserialize)]
struct Kept {
    configurations: Vec<String>,
}

impl OpenOffer {
    /// Makes an offer.
    ///
    /// # Errors
    ///
    /// [`OfferError`].
    pub fn make(
        store: &dyn Store,
        config: &Config,
        catalogue: &Catalogue,
        wanted: &WantedOpen<'_>,
        rng: &mut impl CryptoRng,
    ) -> Result<NewOpenOffer, OfferError> {
        check_configurations(catalogue, wanted.configurations)?;
        if !(1..=MAX_DAYS).contains(&wanted.days) {
            return Err(OfferError::Days { limit: MAX_DAYS, got: wanted.days });
        }
        let state = kept::secret(rng);
        let id = kept::id(TicketKind::Offer, &state);
        let (name, expires) = (name(id), wanted.now.plus_seconds(i64::from(wanted.days) * SECONDS_PER_DAY));
        let value = Kept { configurations: wanted.configurations.to_vec() };
        let ticket = kept::ticket(TicketKind::Offer, id, "", &value, expires.seconds());
        let what = format!("anybody, {}, offer {name}", wanted.configurations.join(" "));
        let event = Event::new(wanted.now.seconds(), wanted.actor, Action::Offered, what);
        store.keep(&[ticket], &[event])?;
        let link = OfferLink::Value(Box::new(message(config, value.configurations, &state))).to_string();
        Ok(NewOpenOffer { name, link, expires })
    }

    /// The offer of an `issuer_state`, if it holds now.
    ///
    /// # Errors
    ///
    /// [`GrantError`].
    pub fn find(store: &dyn Store, issuer_state: &str, now: i64) -> Result<Option<Self>, GrantError> {
        let id = TicketId::of(TicketKind::Offer, issuer_state.as_bytes());
        let Some(ticket) = store.ticket(&id, now)? else { return Ok(None) };
        let Kept { configurations } = kept::read(TicketKind::Offer, &ticket)?;
        Ok(Some(Self { name: name(id), configurations }))
    }

    /// Whether all of this is offered.
    #[must_use]
    pub fn offers(&self, configurations: &[String]) -> bool {
        configurations.iter().all(|id| self.configurations.contains(id))
    }
}

fn name(id: TicketId) -> String {
    b64url(&id.0).chars().take(NAME).collect()
}

fn message(config: &Config, configurations: Vec<String>, state: &Secret) -> CredentialOffer {
    let grant =
        AuthorizationCodeOffer { issuer_state: Some(state.as_str().to_owned()), authorization_server: None };
    CredentialOffer {
        credential_issuer: config.issuer_url().to_owned(),
        credential_configuration_ids: configurations,
        grants: Grants { authorization_code: Some(grant), pre_authorized_code: None },
    }
}
