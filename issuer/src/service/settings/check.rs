//! What shows only when all settings are known, or beside what they name: said before anything is published.

use std::collections::HashMap;

use super::error::{File, Step, mistake, place};
use super::{Settings, SettingsError};
use crate::service::upstream;
use crate::types::Types;

use Step::{Entry, Member};

/// Bytes of a proof in an encrypted request, at the most: one by P-256 and `did:jwk` takes 780, and more with a long client id.
const PROOF_BYTES: usize = 900;

/// Bytes of the rest of such a request: the key for the response, the JWE's header.
const REST_BYTES: usize = 2_048;

impl Settings {
    /// Refuses settings of which two say different things of one party.
    pub(super) fn check_parties(&self, file: File<'_>) -> Result<(), SettingsError> {
        let mut known = HashMap::new();
        for (number, wallet) in self.wallets.iter().enumerate() {
            if let Some(first) = known.insert(&wallet.client_id, number) {
                let (id, first) = (&wallet.client_id, first.saturating_add(1));
                let reason = format!(
                    "expected a client_id for each wallet, got {id:?} again, which wallet {first} has. Give one of them another"
                );
                return Err(mistake(file, &[Member("wallets"), Entry(number), Member("client_id")], reason));
            }
        }
        for (number, caller) in self.vc_api.iter().enumerate() {
            let at = |member| [Member("vc_api"), Entry(number), Member(member)];
            let before = self.vc_api.iter().take(number);
            if before.clone().any(|other| other.name == caller.name) {
                let name = &caller.name;
                let reason =
                    format!("expected a name for each caller, got {name:?} twice. Give one of them another");
                return Err(mistake(file, &at("name"), reason));
            }
            let of_another = before.clone().find(|other| other.token == caller.token);
            let of_ussd = self.ussd.as_ref().is_some_and(|ussd| ussd.token == caller.token);
            if let Some(whose) =
                of_another.map(|other| other.name.as_str()).or(of_ussd.then_some("the USSD aggregator"))
            {
                let reason = format!(
                    "expected a token of its own, got the one of {whose}. Draw another for {}",
                    caller.name
                );
                return Err(mistake(file, &at("token"), reason));
            }
        }
        Ok(())
    }

    /// Refuses settings that name what is not there: types that the issuer does not have, files that cannot be used. `file` is
    /// what they were read from.
    ///
    /// # Errors
    ///
    /// [`SettingsError`], which names the line.
    pub fn check(&self, file: File<'_>, types: &Types) -> Result<(), SettingsError> {
        for (number, caller) in self.vc_api.iter().enumerate() {
            if let Some(got) = caller.types().iter().find(|id| !types.ids().contains(&id.as_str())) {
                let expected = types.ids().join(", ");
                let reason = format!("types: expected some of {expected}, got {got:?}. Correct the line");
                return Err(mistake(file, &[Member("vc_api"), Entry(number), Member("types")], reason));
            }
        }
        // Otherwise the metadata would advertise a batch that no wallet can ask for.
        let (batch, got) = (self.batch_size.size(), self.limits.body_bytes.size());
        let expected = batch * PROOF_BYTES + REST_BYTES;
        if got < expected {
            let reason = format!(
                "limits.body_bytes: expected {expected} at least, which the proofs of a batch_size of {batch} take, got {got}. Raise it, or lower batch_size"
            );
            return Err(mistake(file, &[Member("limits"), Member("body_bytes")], reason));
        }
        if let Some(settings) = &self.upstream {
            upstream::client_secret(settings).map_err(|reason| {
                let path = settings.client_secret_file.display();
                let reason = format!(
                    "client_secret_file: {path}: {reason}. Name a file with the secret that its owner alone can read"
                );
                mistake(file, &[Member("upstream"), Member("client_secret_file")], reason)
            })?;
        }
        if let Some(tls) = &self.tls {
            tls.load().map_err(|(member, source)| {
                let (settings, line) = place(file, &[Member("tls"), Member(member)]);
                // What no line names comes from a variable.
                let variable = || format!("HATI_ISSUER_TLS_{}", member.to_uppercase()).into();
                let settings = if line.is_none() { variable() } else { settings };
                let path = if member == "key" { &tls.key } else { &tls.certificate };
                SettingsError::Tls { settings, line, path: path.clone(), source }
            })?;
        }
        Ok(())
    }
}
