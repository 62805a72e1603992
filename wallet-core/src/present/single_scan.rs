//! A code for a verifier that only scans: no request, no nonce of its own, fresh for a minute.

use hati_formats::encoding::b64url;
use hati_formats::qr::presentation::SINGLE_SCAN_AUDIENCE;
use hati_formats::qr::request::TypeId;
use hati_formats::time::Timestamp;
use rand_core::CryptoRng;

use super::finish::{Shown, Unsigned};
use super::{PresentError, ShownClaim, select};
use crate::pool::{Reuse, Way};
use crate::wallet::Wallet;

impl Wallet {
    /// Prepares a single-scan code: what is always visible in a credential of the type, and nothing that could be
    /// withheld. The holder's wish to show it is the approval.
    ///
    /// The code is fresh for [`RENEWAL_SECONDS`](crate::pool::RENEWAL_SECONDS); called again within that time it
    /// renews the code with the same copy.
    ///
    /// # Errors
    /// [`PresentError`]: why there is nothing to show.
    pub fn single_scan(
        &self,
        credential_type: &TypeId,
        reuse: Reuse,
        now: Timestamp,
        rng: &mut impl CryptoRng,
    ) -> Result<Unsigned, PresentError> {
        self.trusted(now)?;
        let kind = self
            .credential_type(credential_type.as_str())
            .ok_or_else(|| PresentError::UnknownType { got: credential_type.clone() })?;
        let copy = self.choose(credential_type, Way::SingleScan, reuse, now, |_| Vec::new())?;
        let (presentation, claims) = select(copy, kind, &[])?;
        if claims.is_empty() {
            return Err(PresentError::NothingVisible { credential_type: credential_type.clone() });
        }
        // RFC 9901 section 4.3 requires a nonce; here it only keeps two codes of one second apart.
        let mut nonce = [0; 16];
        rng.fill_bytes(&mut nonce);
        let algorithm = copy.public_key().algorithm();
        let binding = presentation.prepare_key_binding(algorithm, SINGLE_SCAN_AUDIENCE, &b64url(&nonce), now);
        let shown = Shown {
            copy: copy.number(),
            uses: copy.uses().len(),
            at: now,
            to: None,
            credential_type: credential_type.clone(),
            claims: claims.into_iter().map(ShownClaim::always_visible).collect(),
        };
        Ok(Unsigned::new(binding, shown))
    }
}
