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

use hati_formats::credential::{CredentialType, Format};
use hati_formats::data_integrity::Cryptosuite;
use hati_formats::json;
use hati_formats::keys::Signature;
use hati_formats::time::Timestamp;
use hati_store::StoreError;
use rand_core::CryptoRng;
use serde_json::Value;

use super::{Batch, HolderKeys, Issuance, IssuanceError, Order};
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
    pub actor: &'a str,
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

/// Why a line is none.
enum Refused {
    Line(&'static str, String),
    Issuance(IssuanceError),
}

/// A line that was read.
struct Row {
    upi: Value,
    keys: Result<HolderKeys, Refused>,
}

impl Row {
    fn read(line: &[u8]) -> Self {
        let set = match json::parse_object(line) {
            Ok(set) => set,
            Err(error) => {
                let reason = format!("expected {{\"upi\":…,\"keys\":[…]}} on a line: {error}");
                return Self { upi: Value::Null, keys: Err(Refused::Line("holder_keys_refused", reason)) };
            }
        };
        let upi = set.get("upi").filter(|upi| upi.is_string()).cloned().unwrap_or_default();
        let keys = match upi {
            Value::String(_) => HolderKeys::of_set(&set)
                .map_err(|error| Refused::Line("holder_keys_refused", error.to_string())),
            _ => Err(Refused::Line("person_unknown", "expected a member `upi`, a text of digits".to_owned())),
        };
        Self { upi, keys }
    }
}

impl Bulk<'_> {
    /// Issues what lines ask for; their copies are recorded in one transaction.
    ///
    /// # Errors
    ///
    /// [`BulkError`], and then nothing of it was given to anybody.
    pub fn issue<L: AsRef<[u8]>>(&self, lines: &[L], rng: &mut impl CryptoRng) -> Result<Done, BulkError> {
        let rows: Vec<_> = lines.iter().map(|line| Row::read(line.as_ref())).collect();
        let orders = rows.iter().filter_map(|row| self.order(row)).collect::<Vec<_>>();
        let batches = self.issuance.prepare_all(&orders, rng)?;
        let unsigned = batches.iter().flatten().flat_map(Batch::unsigned);
        let signatures = self.signer.sign_all(unsigned.map(|copy| copy.signing_input()))?;

        let (mut batches, mut signatures) = (batches.into_iter(), signatures.into_iter());
        let mut done = Done::default();
        for row in rows {
            let made = row.keys.and_then(|_| match batches.next() {
                Some(batch) => finish(batch, &mut signatures, &mut done).map_err(Refused::Issuance),
                None => Err(Refused::Issuance(IssuanceError::Signatures { expected: 1, got: 0 })),
            });
            let (member, value) = match made {
                Ok(issued) => ("issued", issued),
                Err(refused) => {
                    done.refused += 1;
                    ("error", refused.to_json())
                }
            };
            let upi = row.upi;
            done.text.push_str(&format!("{{\"upi\":{upi},\"{member}\":{value}}}\n"));
        }
        Ok(done)
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
            now: self.now,
        })
    }
}

fn finish(
    batch: Result<Batch, IssuanceError>,
    signatures: &mut impl Iterator<Item = Signature>,
    done: &mut Done,
) -> Result<String, IssuanceError> {
    let batch = batch?;
    let own: Vec<_> = signatures.take(batch.unsigned().len()).collect();
    done.lists.extend(batch.status_lists());
    let issued = batch.finish(&own)?;
    done.people += 1;
    done.copies += issued.credentials.len() as u64;
    Ok(issued.to_json())
}

impl Refused {
    fn to_json(&self) -> String {
        let (code, detail) = match self {
            Self::Line(code, detail) => (*code, detail.clone()),
            Self::Issuance(error) => (error.code(), error.to_string()),
        };
        serde_json::json!({ "code": code, "detail": detail }).to_string()
    }
}
