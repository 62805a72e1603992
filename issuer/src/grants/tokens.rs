//! The token endpoint without HTTP: code and refresh token become tokens, each once.

use hati_protocol::oauth::pkce::CodeVerifier;
use hati_protocol::oauth::{
    ErrorResponse, Grant, Scheme, Scope, Secret, TokenErrorCode, TokenRequest, TokenResponse, check_tx_code,
};
use hati_store::{Action, Event, Store, Ticket, TicketId, TicketKind, UsedUp};
use rand_core::CryptoRng;

use super::access::ACCESS_SECONDS;
use super::pre_authorized::PreAuthorized;
use super::refresh::{RefreshToken, Shown};
use super::{AuthorizationCode, GrantError, Granted, Once, access, code, kept, narrow, refresh, reissue};
use crate::actor::Actor;

/// Gives tokens.
#[derive(Clone, Copy, Debug)]
pub struct Tokens<'a> {
    /// Where codes and tokens are kept.
    pub store: &'a dyn Store,
    /// The issuer's URL.
    pub issuer: &'a str,
    /// The thumbprint of the key of the request's DPoP proof.
    pub jkt: Option<&'a str>,
    /// What makes that proof good for one request, used up with whatever is given.
    pub proof: Option<&'a Once>,
    /// When.
    pub now: i64,
}

impl Tokens<'_> {
    /// Redeems a code or a refresh token.
    ///
    /// # Errors
    ///
    /// [`GrantError::Refused`] with the standard's code; [`StoreError::Replayed`](hati_store::StoreError::Replayed) where the proof
    /// was used before.
    pub fn redeem(
        &self,
        request: &TokenRequest,
        rng: &mut impl CryptoRng,
    ) -> Result<TokenResponse, GrantError> {
        match &request.grant {
            Grant::PreAuthorizedCode { code, tx_code } => {
                self.pre_authorized(request, code, tx_code.as_ref(), rng)
            }
            Grant::AuthorizationCode { code, redirect_uri, code_verifier } => {
                self.code(request, code, (redirect_uri, code_verifier), rng)
            }
            Grant::RefreshToken { refresh_token, scope } => {
                self.refresh(request, refresh_token, scope.as_ref(), rng)
            }
        }
    }

    /// Every answer to a wrong transaction code is counted before it is given: who lost a race looks again.
    fn pre_authorized(
        &self,
        request: &TokenRequest,
        code: &Secret,
        tx_code: Option<&Secret>,
        rng: &mut impl CryptoRng,
    ) -> Result<TokenResponse, GrantError> {
        loop {
            let seen = self.find(TicketKind::PreAuthorizedCode, code)?;
            let value = PreAuthorized::of(&seen)?;
            check_tx_code(tx_code, value.has_tx_code()).map_err(ErrorResponse::from)?;
            if !value.is_tx_code(code, tx_code) {
                let event = self.refused_event(&seen.owner, "transaction code");
                let counted = value.after_wrong(&seen);
                // Whatever the proof is: guesses with one that was used before would else be free.
                if self.store.exchange(&seen, counted.as_slice(), UsedUp::default(), &[event])? {
                    return Err(invalid("the transaction code is wrong: type it again"));
                }
                continue;
            }
            let granted = Granted {
                client_id: request.client_id.clone(),
                jkt: self.jkt.map(str::to_owned),
                configurations: value.configurations,
                by_identifier: false,
                family: None,
            };
            let granted = narrow::by_details(granted, &request.authorization_details, self.issuer)?;
            if let Some(response) = self.give(&seen, &granted, Before::Offer, rng)? {
                return Ok(response);
            }
        }
    }

    fn code(
        &self,
        request: &TokenRequest,
        code: &Secret,
        (redirect_uri, verifier): (&str, &CodeVerifier),
        rng: &mut impl CryptoRng,
    ) -> Result<TokenResponse, GrantError> {
        let seen = self.find(TicketKind::AuthorizationCode, code)?;
        let value = AuthorizationCode::of(&seen)?;
        value.check(request.client_id.as_deref(), redirect_uri, verifier, self.jkt)?;
        if let Some(gave) = code::gave(&seen) {
            return Err(self.used_twice(&seen, &gave)?);
        }
        let granted = Granted {
            client_id: Some(value.client_id.clone()),
            jkt: self.jkt.map(str::to_owned),
            configurations: value.configurations.clone(),
            by_identifier: value.details_requested,
            family: None,
        };
        let granted = narrow::by_details(granted, &request.authorization_details, self.issuer)?;
        self.give(&seen, &granted, Before::Code(value), rng)?.ok_or_else(unknown)
    }

    /// RFC 6749 section 4.1.2: whoever has a code and all that belongs to it uses it a second time, so what came of it
    /// is withdrawn.
    fn used_twice(&self, seen: &Ticket, gave: &[TicketId]) -> Result<GrantError, GrantError> {
        let event = self.refused_event(&seen.owner, "authorization code used before");
        // Where somebody else did so at the same time, they withdraw the same.
        self.store.exchange(seen, &[], self.once(), &[event])?;
        for id in gave {
            // A refresh token that is used meanwhile is another one, and withdrawn too.
            while let Some(given) = self.store.ticket(id, self.now)? {
                if self.store.exchange(&given, &[], UsedUp::default(), &[])? {
                    break;
                }
            }
        }
        Ok(unknown())
    }

    fn refresh(
        &self,
        request: &TokenRequest,
        token: &Secret,
        scope: Option<&Scope>,
        rng: &mut impl CryptoRng,
    ) -> Result<TokenResponse, GrantError> {
        let (family, secret) = refresh::split(token).ok_or_else(unknown)?;
        // Who lost a race looks again: two answers to one wallet are both good.
        loop {
            let seen = self.store.ticket(&refresh::id(family), self.now)?.ok_or_else(unknown)?;
            let value = RefreshToken::of(&seen)?;
            self.check_holder(request, &value.granted)?;
            match value.what_is(secret) {
                Shown::Good => {}
                // Somebody has a copy of what was used before, so nobody keeps any.
                Shown::Older => {
                    let event = self.refused_event(&seen.owner, "refresh token used before");
                    if self.store.exchange(&seen, &[], self.once(), &[event])? {
                        return Err(unknown());
                    }
                    continue;
                }
                Shown::Invented => return Err(unknown()),
            }
            let wanted = narrow::by_scope(value.granted.clone(), scope)?;
            let wanted = narrow::by_details(wanted, &request.authorization_details, self.issuer)?;
            if let Some(response) = self.give(&seen, &wanted, Before::Refresh(family, secret, value), rng)? {
                let configurations = &wanted.configurations;
                let reissue = reissue::wanted(self.store, &seen.owner, configurations, self.now)?;
                return Ok(TokenResponse { reissue, ..response });
            }
        }
    }

    /// Before a refresh token's secret is looked at: who stole it without its key changes nothing by showing it.
    fn check_holder(&self, request: &TokenRequest, granted: &Granted) -> Result<(), GrantError> {
        if granted.jkt.as_deref() != self.jkt {
            return Err(invalid("the refresh token is bound to another DPoP key"));
        }
        // RFC 6749 section 3.2.1: who did not name itself before may do so now; its key says that it is the same.
        if granted.client_id.as_ref().is_some_and(|of| request.client_id.as_ref().is_some_and(|by| by != of))
        {
            return Err(invalid("the refresh token was given to another client"));
        }
        Ok(())
    }

    /// Exchanges what was `seen` for an access token and, for a wallet with a key, a refresh token. `None` where
    /// somebody was faster.
    fn give(
        &self,
        seen: &Ticket,
        granted: &Granted,
        before: Before<'_>,
        rng: &mut impl CryptoRng,
    ) -> Result<Option<TokenResponse>, GrantError> {
        let upi = &seen.owner;
        if self.store.registered(upi)?.is_some_and(|registered| registered.standing.died.is_some()) {
            return Err(unknown());
        }
        let (refresh, code) = match before {
            Before::Refresh(family, used, value) => {
                (Some((family.to_owned(), value.follow(used, rng))), None)
            }
            // A long-lived token that anybody could use is never given.
            first => {
                let family = granted.jkt.as_ref().map(|_| kept::secret(rng).as_str().to_owned());
                (family.map(|family| (family, RefreshToken::begin(granted, rng))), first.code())
            }
        };
        let family = refresh.as_ref().map(|(family, _)| family.clone());
        let granted = Granted { family, ..granted.clone() };
        let (access_token, access) = access::make(upi, &granted, self.now, rng);
        let (refresh_token, refresh) = refresh
            .map(|(family, (secret, value))| {
                (refresh::join(&family, &secret), value.ticket(upi, &family, self.now))
            })
            .unzip();
        let mut new: Vec<_> = [Some(access), refresh].into_iter().flatten().collect();
        if let Some(code) = code {
            new.push(code.spent(seen, &new));
        }
        if !self.store.exchange(seen, &new, self.once(), &[])? {
            return Ok(None);
        }
        let scope = (!granted.by_identifier).then(|| granted.configurations.join(" "));
        Ok(Some(TokenResponse {
            access_token,
            token_type: if granted.jkt.is_some() { Scheme::Dpop } else { Scheme::Bearer },
            expires_in: Some(ACCESS_SECONDS.unsigned_abs()),
            refresh_token,
            scope,
            authorization_details: granted.details(),
            reissue: Vec::new(),
        }))
    }

    fn once(&self) -> UsedUp<'_> {
        UsedUp { values: self.proof.map(std::slice::from_ref).unwrap_or_default(), now: self.now }
    }

    fn find(&self, kind: TicketKind, secret: &Secret) -> Result<Ticket, GrantError> {
        self.store.ticket(&kept::id(kind, secret), self.now)?.ok_or_else(unknown)
    }

    fn refused_event(&self, upi: &str, what: &str) -> Event {
        Event::new(self.now, Actor::Wallet, Action::SignInRefused, format!("{upi}, {what}"))
    }
}

/// What is exchanged.
enum Before<'a> {
    /// The code of an offer.
    Offer,
    /// That of a sign-in.
    Code(AuthorizationCode),
    /// A refresh token: its family, its secret, and what is kept of it.
    Refresh(&'a str, &'a str, RefreshToken),
}

impl Before<'_> {
    fn code(self) -> Option<AuthorizationCode> {
        match self {
            Self::Code(code) => Some(code),
            _ => None,
        }
    }
}

/// One text for what never was, was used, or has expired, and for who died: it tells nothing about a person.
fn unknown() -> GrantError {
    invalid("it is unknown, used or expired: begin again with a new offer, or sign in again")
}

fn invalid(reason: &str) -> GrantError {
    GrantError::refused(TokenErrorCode::InvalidGrant, reason)
}
