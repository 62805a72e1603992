//! Issuing to whoever asks for somebody else: an officer, or another system.

use axum::http::StatusCode;
use hati_program::system::{NoRandomness, random};
use hati_protocol::issued::IssuedCredentials;

use super::lists::PATIENCE;
use super::{Problem, Service};
use crate::home::HomeError;
use crate::issuance::{IssuanceError, Order};
use crate::keys::{Keys, SignError};

impl Service {
    /// Issues copies and has them signed. `E` is how much whoever asked may be told.
    pub(super) fn issue<E>(&self, order: &Order<'_>) -> Result<IssuedCredentials, E>
    where
        E: From<HomeError> + From<IssuanceError> + From<NoRandomness> + From<Problem> + From<SignError>,
    {
        let home = &self.0.home;
        home.check_listed(&order.credential_type.id)?;
        // Others may sign a moment later, and the copies name these.
        let keys: &Keys = &home.keys;
        let batch = home.issuance_by(keys).prepare(order, &mut random()?)?;
        let lists = batch.status_lists().clone();
        self.announce_lists(&lists);
        let signatures = keys.issuer.sign_all(batch.unsigned().iter().map(|copy| copy.signing_input()))?;
        let issued = batch.finish(&signatures)?;
        self.await_lists(&lists, PATIENCE)?;
        Ok(issued)
    }

    /// Refuses a UPI of another length before anything is looked for, or written into the audit.
    pub(super) fn check_upi(&self, upi: &str) -> Result<(), Problem> {
        let digits = self.0.home.config.upi_digits();
        if upi.len() == digits && upi.bytes().all(|byte| byte.is_ascii_digit()) {
            return Ok(());
        }
        let detail =
            format!("UPI: expected {digits} digits, got {} characters. Check it", upi.chars().count());
        Err(Problem::of(StatusCode::NOT_FOUND, "person_unknown", detail))
    }
}
