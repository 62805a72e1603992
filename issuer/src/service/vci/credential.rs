//! The credential endpoint (OpenID4VCI 1.0 section 8). A request costs one transaction of the store: nonces, DPoP proof
//! and copies are recorded together.

use core::num::NonZeroU64;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use hati_program::system::random;
use hati_protocol::oauth::{ErrorResponse, ResourceErrorCode};
use hati_protocol::openid4vci::proof::{self, ProofError};
use hati_protocol::openid4vci::{CredentialErrorCode, CredentialRequest, CredentialResponse};
use hati_store::Seen;

use super::super::Service;
use super::access::Caller;
use super::body::Body;
use super::encryption::Recipient;
use super::issue::{Outcome, Wanted, issue, respond};
use super::{Answer, CREDENTIAL, Refusal};
use crate::grants::{Once, Transaction};
use crate::issuance::HolderKeys;

/// Seconds after which a wallet asks again for what an officer decides on: while its access token is still good, so that
/// one that goes by the token's `expires_in` asks at least once before it has to refresh.
pub(super) const INTERVAL: NonZeroU64 = match NonZeroU64::new(300) {
    Some(seconds) => seconds,
    None => NonZeroU64::MIN,
};

pub(super) async fn credential(State(service): State<Service>, headers: HeaderMap, body: Bytes) -> Response {
    service.handle(move |service| answer(service, &headers, &body)).await
}

fn answer(service: &Service, headers: &HeaderMap, bytes: &Bytes) -> Answer {
    let caller = Caller::of(service, headers, CREDENTIAL)?;
    let body = Body::read(headers, bytes, &service.0.vci.encryption)?;
    let request = CredentialRequest::parse(&body.json)?;
    let recipient = Recipient::of(request.response_encryption.as_ref(), body.was_encrypted)?;
    let granted = caller.token.granted.details();
    let id = request.requested.configuration_id(&granted)?;
    let site = service.site();
    let listed = site.catalogue().get(id).ok_or_else(unknown_configuration)?;
    if !caller.token.granted.configurations.iter().any(|granted| granted == id) {
        let reason = "the access token does not allow this credential: ask for an offer of it";
        let error = ErrorResponse::new(ResourceErrorCode::InsufficientScope, reason);
        return Err(Refusal::Resource(caller.scheme(), error));
    }
    let (keys, nonces) = proven(service, &caller, &request)?;
    let once: Vec<Once> = nonces.iter().chain(&caller.proof).cloned().collect();
    let wanted = Wanted { caller: &caller, listed, keys: &keys, once: &once };
    match issue(service, &wanted)? {
        Outcome::Issued(response) => respond(&response, recipient.as_ref()),
        Outcome::Waiting => {
            let response = defer(service, &caller, id, &keys, &nonces)?;
            respond(&response, recipient.as_ref())
        }
        Outcome::NotNow(refusal) => Err(refusal),
        Outcome::Replayed => {
            // Which of them it was: a nonce, unless it was the DPoP proof.
            caller.use_proof(service)?;
            Err(used_nonce())
        }
        Outcome::Withdrawn => Err(caller.withdrawn()),
    }
}

/// The keys that the request's proofs prove, and the nonces they use up.
fn proven(
    service: &Service,
    caller: &Caller,
    request: &CredentialRequest,
) -> Result<(HolderKeys, Vec<Once>), Refusal> {
    let refused = |error: ProofError| Refusal::Credential(error.into());
    let expected = proof::Expected {
        audience: service.0.home.config.issuer_url(),
        client_id: caller.token.granted.client_id.as_deref(),
        batch_size: service.0.settings.batch_size.size(),
        now: service.now(),
    };
    let verified = proof::verify_all(&request.proofs, &expected).map_err(refused)?;
    let use_nonce = |nonce: &str| service.0.vci.stamps.use_nonce(nonce, service.now());
    let nonces = verified.nonces().filter_map(use_nonce).collect();
    let holders = verified.redeem(|nonce| use_nonce(nonce).is_some()).map_err(refused)?;
    let keys = HolderKeys::new(holders);
    // `verify_all` has counted and compared them.
    let keys = keys
        .map_err(|error| Refusal::Credential(ErrorResponse::new(CredentialErrorCode::InvalidProof, error)))?;
    Ok((keys, nonces))
}

/// Section 8.3: an officer decides first. The proofs were verified, and the keys wait.
fn defer(
    service: &Service,
    caller: &Caller,
    configuration: &str,
    keys: &HolderKeys,
    nonces: &[Once],
) -> Result<CredentialResponse, Refusal> {
    let (store, now) = (&*service.0.home.store, service.now().seconds());
    caller.use_proof(service)?;
    for (nonce, expires) in nonces {
        if store.remember(nonce, *expires, now)? == Seen::Before {
            return Err(used_nonce());
        }
    }
    let id = Transaction::open(store, &caller.token, configuration, keys, now, &mut random()?)?;
    Ok(CredentialResponse::Deferred { transaction_id: id.as_str().to_owned(), interval: INTERVAL })
}

fn used_nonce() -> Refusal {
    Refusal::Credential(ProofError::Nonce { got: "one that was used before".to_owned() }.into())
}

fn unknown_configuration() -> Refusal {
    let reason = "there is no such credential configuration: take one of the issuer's metadata";
    Refusal::Credential(ErrorResponse::new(CredentialErrorCode::UnknownCredentialConfiguration, reason))
}
