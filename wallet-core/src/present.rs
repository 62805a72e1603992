//! Showing: a request is read, shown to the holder, approved, and answered; or a single-scan code is shown.
//!
//! | step | by |
//! |---|---|
//! | the text of a code becomes a [`Consent`]: who asks, what for, and each claim with its value | [`Wallet::consider`](crate::Wallet::consider) |
//! | the holder approves, which alone gives bytes to sign | [`Consent::approve`] |
//! | the copy's key signs them | [`Pool::sign`](crate::pool::Pool::sign), or a phone's keystore |
//! | the answer, and what to store before it is shown | [`Wallet::finish`](crate::Wallet::finish) |
//! | the same answer again, if it could not be shown | [`Wallet::answered`](crate::Wallet::answered) |

mod again;
mod codes;
mod consent;
mod error;
mod finish;
mod single_scan;

pub(crate) use again::Kept;
pub use codes::{Codes, MAX_CHARS};
pub use consent::{Consent, ShownClaim};
pub use error::PresentError;
pub use finish::{Answer, Unsigned};

use hati_formats::credential::CredentialType;
use hati_formats::sd_jwt::{ClaimPath, Held, Presentation};

use crate::describe::{self, LabelledClaim};
use crate::pool::Copy;

/// A copy's presentation with the claims at these paths, and what it really shows: read from the presentation itself,
/// so that the holder sees what leaves the wallet and not what was meant to.
fn select(
    copy: &Copy,
    kind: &CredentialType,
    paths: &[ClaimPath],
) -> Result<(Presentation, Vec<LabelledClaim>), PresentError> {
    let presentation = Held::parse(copy.text())?.select(paths)?;
    let shown = Held::parse(presentation.as_str())?;
    let claims = describe::labelled(Some(kind), copy.format(), shown.claims())?;
    Ok((presentation, claims))
}
