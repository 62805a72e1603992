//! What a wallet may do, for how long, and by which secret.
//!
//! 1. [`offer::make`]: an officer offers credentials to a person; the offer holds a pre-authorized code. From home the
//!    person signs in instead, which gives an [`AuthorizationCode`]; an [`open_offer`] leads there.
//! 2. [`Tokens::redeem`]: code, and later refresh token, become an [`AccessToken`].
//! 3. [`Stamps`] gives the nonces of proofs and the ids of notifications, and knows its own without having kept any.
//! 4. [`Transaction`]: what an officer has to decide on first is asked for again.
//!
//! Every secret is kept as a [`Ticket`](hati_store::Ticket): any process of the issuer knows it, and whoever reads the
//! store can use none.

mod access;
mod code;
mod error;
pub(crate) mod kept;
mod narrow;
pub mod offer;
pub mod open_offer;
mod pre_authorized;
mod refresh;
mod reissue;
mod stamps;
mod tokens;
mod transaction;

pub use self::access::{AccessToken, Granted};
pub use self::code::AuthorizationCode;
pub use self::error::GrantError;
pub use self::stamps::{Once, Stamps};
pub use self::tokens::Tokens;
pub use self::transaction::Transaction;
