//! What a wallet may do, for how long, and by which secret: every secret is a [`Ticket`](hati_store::Ticket) of the
//! store, so any process of the issuer knows it and none can read it back.

mod code;
mod error;
mod kept;

pub use self::code::AuthorizationCode;
pub use self::error::GrantError;
