//! The newest answer, kept so that it can be shown again while its request is open. It is stored before it is shown, so
//! a picture that then cannot be written, or a crash, would otherwise cost the copy and the request.

use hati_formats::qr::text::Kind;
use hati_formats::time::Timestamp;
use minicbor::{CborLen, Decode, Encode};
use zeroize::Zeroizing;

use super::{Answer, Codes, PresentError};
use crate::history::Entry;
use crate::record;
use crate::wallet::Wallet;

/// An answer as it was stored. It says no more than the copy it is of, which the vault holds too.
#[derive(Debug, Encode, Decode, CborLen)]
#[cbor(map)]
pub(crate) struct Kept {
    /// The number of its entry in the history.
    #[n(0)]
    pub(super) shown: u64,
    /// The SD-JWT+KB.
    #[n(1)]
    pub(super) sd_jwt: String,
}

impl Kept {
    pub(super) fn encode(&self) -> Zeroizing<Vec<u8>> {
        record::encode(self)
    }

    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        record::decode(bytes)
    }
}

impl Wallet {
    /// The answer that was approved for this request before, with its entry in the history: the same bytes, so showing
    /// them again tells the verifier nothing more and takes no copy. `None` if the newest answer is to another request.
    ///
    /// # Errors
    /// [`PresentError`] if the request may not be answered, or not any more.
    pub fn answered(&self, text: &str, now: Timestamp) -> Result<Option<(&Entry, Answer)>, PresentError> {
        let request = self.read_request(text, now)?;
        let Some(kept) = &self.kept else { return Ok(None) };
        let answers = |entry: &&Entry| {
            let to = entry.to.as_ref().filter(|_| entry.number == kept.shown);
            to.is_some_and(|to| to.nonce == request.content().nonce && to.audience == request.audience())
        };
        let Some(entry) = self.history.iter().rev().find(answers) else { return Ok(None) };
        let codes = Codes::of(Kind::Presentation, &kept.sd_jwt)?;
        Ok(Some((entry, Answer { sd_jwt: kept.sd_jwt.clone(), codes })))
    }
}
