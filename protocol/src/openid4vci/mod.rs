//! OpenID for Verifiable Credential Issuance 1.0: what travels between a wallet and a credential issuer.
//!
//! - [`CredentialOffer`] begins it, as an [`OfferLink`] by value or by reference.
//! - [`IssuerMetadata`] says what is issued; [`CredentialConfiguration::of`] makes an entry from a credential type.
//! - [`CredentialRequest`] asks for copies, one for each key in its proofs ([`proof`]); [`CredentialResponse`] brings
//!   them, now or later ([`DeferredRequest`]); [`NotificationRequest`] says what became of them.
//!
//! Getting a token is [`oauth`](crate::oauth). What needs memory is the caller's: codes, nonces, transactions.

mod credential;
mod deferred;
mod encryption;
mod error;
mod jwt_vc_issuer;
mod metadata;
mod nonce;
mod notification;
mod offer;
pub mod proof;
mod response;

pub use credential::{CredentialRequest, CredentialRequestError, Requested};
pub use deferred::DeferredRequest;
pub use encryption::{EncryptionError, Jwks, RequestEncryption, ResponseEncryption, SupportedEncryption};
pub use error::{CredentialErrorCode, NotificationErrorCode};
pub use jwt_vc_issuer::{IssuerKeys, JWT_VC_ISSUER, JwtVcIssuer, jwks};
pub use metadata::{
    BatchIssuance, ClaimDescription, CredentialConfiguration, CredentialDefinition, CredentialMetadata,
    Display, ISSUER_METADATA, Image, IssuerMetadata, KeyAttestations, ProofType, SIGNED_METADATA_TYP,
    SignedMetadataError, check_claims, configuration_id, of_configuration_id,
};
pub use nonce::NonceResponse;
pub use notification::{NotificationEvent, NotificationRequest};
pub use offer::{
    AuthorizationCodeOffer, CredentialOffer, Grants, InputMode, OfferLink, OfferLinkError,
    PreAuthorizedCodeOffer, TxCode,
};
pub use response::CredentialResponse;

#[cfg(test)]
mod vectors;
