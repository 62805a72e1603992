//! Many people at once: lines of UPI and holder keys become lines of credentials.
//!
//! ```text
//! {"upi":"20480163920017","keys":[JWK, …]}
//! {"upi":"20480163920017","issued":{"format":"vc+sd-jwt","type":"maisha-id","issuer":"https://…","credentials":["…", …]}}
//! {"upi":"20480163920018","error":{"code":"person_died","detail":"…"}}
//! ```
//!
//! What stands under `issued` is the file that the wallet takes in. A line gives a line, whatever becomes of it.

use std::collections::BTreeSet;

use hati_formats::credential::{CredentialType, Format, Unsigned};
use hati_formats::data_integrity::Cryptosuite;
use hati_formats::json;
use hati_formats::time::Timestamp;
use hati_protocol::issued::IssuedCredentials;
use hati_store::StoreError;
use rand_core::CryptoRng;
use serde_json::Value;

use super::{HolderKeys, Issuance, IssuanceError, Order, Recorded};
use crate::actor::Actor;
use crate::keys::{SignError, Signer};

/// Bytes of the longest line: 128 keys, and room to spare.
pub const MAX_LINE_BYTES: usize = 64 << 10;

/// Issues the same to each of many people.
#[derive(Clone, Copy, Debug)]
pub struct Bulk<'a> {
    /// From what, and with which key.
    pub issuance: Issuance<'a>,
    /// That key.
    pub signer: &'a Signer,
    /// Of which type.
    pub credential_type: &'a CredentialType,
    /// In which format.
    pub format: Format,
    /// With which proof, in `ldp_vc`.
    pub cryptosuite: Cryptosuite,
    /// Who issues, for the audit.
    pub actor: &'a Actor,
    /// When.
    pub now: Timestamp,
}

/// What became of some lines.
#[derive(Debug, Default)]
pub struct Done {
    /// A line for each, with its end.
    pub text: String,
    /// People who got copies.
    pub people: u64,
    /// Copies.
    pub copies: u64,
    /// Lines that got an error.
    pub refused: u64,
    /// The status lists that the copies are in.
    pub lists: BTreeSet<u32>,
}

/// Why nothing became of any line.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BulkError {
    /// The store failed; nothing was recorded.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The issuer's key failed.
    #[error(transparent)]
    Sign(#[from] SignError),
}

hati_formats::error_codes!(BulkError {
    Self::Store(_) => "store_failed",
} inner {
    Sign,
});

/// Why a line is none: its code, and the text for who reads it.
struct Refused {
    code: &'static str,
    detail: String,
}

/// A line that was read.
struct Row {
    upi: Value,
    keys: Result<HolderKeys, Refused>,
}

impl Row {
    fn read(line: &[u8]) -> Self {
        let refused = |code, detail| Err(Refused { code, detail });
        let set = match json::parse_object(line) {
            Ok(set) => set,
            Err(error) => {
                let reason = format!("expected {{\"upi\":…,\"keys\":[…]}} on a line: {error}");
                return Self { upi: Value::Null, keys: refused("holder_keys_refused", reason) };
            }
        };
        let upi = set.get("upi").filter(|upi| upi.is_string()).cloned().unwrap_or_default();
        let keys = match upi {
            Value::String(_) => {
                HolderKeys::of_set(&set).or_else(|error| refused("holder_keys_refused", error.to_string()))
            }
            _ => refused("person_unknown", "expected a member `upi`, a text of digits".to_owned()),
        };
        Self { upi, keys }
    }
}

impl Bulk<'_> {
    /// Issues what lines ask for; their copies are recorded in one transaction. What becomes of them is appended to
    /// `text`, which may be one that was used before: its memory is at hand.
    ///
    /// # Errors
    ///
    /// [`BulkError`], and then nothing of it was given to anybody.
    pub fn issue<L: AsRef<[u8]>>(
        &self,
        lines: &[L],
        text: String,
        rng: &mut impl CryptoRng,
    ) -> Result<Done, BulkError> {
        let rows: Vec<_> = lines.iter().map(|line| Row::read(line.as_ref())).collect();
        let orders: Vec<_> = rows.iter().filter_map(|row| self.order(row)).collect();
        let mut recorded = self.issuance.record_all(&orders, rng)?.into_iter();
        let mut done = Done { text, ..Done::default() };
        for (at, row) in rows.iter().enumerate() {
            match &row.keys {
                // As many were recorded as there are rows with keys.
                Ok(_) => match recorded.next().transpose() {
                    Ok(None) => {}
                    Ok(Some(recorded)) => match self.finish(recorded, rng)? {
                        Ok((issued, lists)) => done.write_issued(&row.upi, &issued, lists),
                        Err(error) => done.write_refused(&row.upi, &Refused::from(error)),
                    },
                    Err(error) => done.write_refused(&row.upi, &Refused::from(error)),
                },
                Err(refused) => done.write_refused(&row.upi, refused),
            }
            if at == 0 {
                // The others will be about as long.
                done.text.reserve(done.text.len() * rows.len());
            }
        }
        Ok(done)
    }

    /// Prepares, signs and finishes the copies of one person.
    fn finish(
        &self,
        recorded: Recorded<'_>,
        rng: &mut impl CryptoRng,
    ) -> Result<Result<(IssuedCredentials, BTreeSet<u32>), IssuanceError>, SignError> {
        let batch = match recorded.prepare(rng) {
            Ok(batch) => batch,
            Err(error) => return Ok(Err(error)),
        };
        let signatures = self.signer.sign_all(batch.unsigned().iter().map(Unsigned::signing_input))?;
        let lists = batch.status_lists().clone();
        Ok(batch.finish(&signatures).map(|issued| (issued, lists)))
    }

    /// Whether a line is one of those that [`issue`](Self::issue) gives for another, or the beginning of one.
    #[must_use]
    pub fn is_of(&self, given: &[u8], asked: &[u8]) -> bool {
        let upi = Row::read(asked).upi;
        let (format, kind) = (self.format.media_type(), &self.credential_type.id);
        let issued = format!("{{\"upi\":{upi},\"issued\":{{\"format\":\"{format}\",\"type\":\"{kind}\",");
        let error = format!("{{\"upi\":{upi},\"error\":");
        [issued, error].iter().any(|start| given.iter().zip(start.as_bytes()).all(|(a, b)| a == b))
    }

    fn order<'o>(&'o self, row: &'o Row) -> Option<Order<'o>> {
        Some(Order {
            upi: row.upi.as_str()?,
            credential_type: self.credential_type,
            format: self.format,
            cryptosuite: self.cryptosuite,
            holder_keys: row.keys.as_ref().ok()?,
            actor: self.actor,
            once: &[],
            grant: None,
            pace: None,
            now: self.now,
        })
    }
}

impl Done {
    fn write_issued(&mut self, upi: &Value, issued: &IssuedCredentials, lists: BTreeSet<u32>) {
        self.people += 1;
        self.copies += issued.credentials.len() as u64;
        self.lists.extend(lists);
        self.text.push_str(&format!("{{\"upi\":{upi},\"issued\":"));
        issued.append_json(&mut self.text);
        self.text.push_str("}\n");
    }

    fn write_refused(&mut self, upi: &Value, Refused { code, detail }: &Refused) {
        self.refused += 1;
        let error = serde_json::json!({ "code": code, "detail": detail });
        self.text.push_str(&format!("{{\"upi\":{upi},\"error\":{error}}}\n"));
    }
}

impl From<IssuanceError> for Refused {
    fn from(error: IssuanceError) -> Self {
        Self { code: error.code(), detail: error.to_string() }
    }
}
