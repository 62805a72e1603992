//! OpenID for Verifiable Credential Issuance 1.0: what travels between a wallet and a credential issuer.
//!
//! - [`CredentialOffer`] begins it, as an [`OfferLink`] by value or by reference.
//! - [`IssuerMetadata`] says what is issued; [`CredentialConfiguration::of`] makes an entry from a credential type.
//! - [`CredentialRequest`] asks for copies, one for each key in its proofs ([`proof`]); [`CredentialResponse`] brings
//!   them, now or later ([`DeferredRequest`]); [`NotificationRequest`] says what became of them.
//!
//! Getting a token is [`oauth`](crate::oauth). What needs memory is the caller's: codes, nonces, transactions.
//!
//! ```
//! use hati_formats::keys::{Algorithm, SoftwareKey};
//! use hati_formats::time::Timestamp;
//! use hati_protocol::openid4vci::{CredentialRequest, CredentialResponse, Requested, proof};
//! # use rand_chacha::rand_core::SeedableRng;
//! # let mut rng = rand_chacha::ChaCha20Rng::seed_from_u64(1);
//! let (issuer, now) = ("https://id.example.go.ke", Timestamp::from_seconds(1_800_000_000));
//!
//! // The wallet proves its keys, with a nonce from the nonce endpoint, and asks for a copy for each.
//! let keys = [(); 2].map(|()| SoftwareKey::generate(Algorithm::EdDsa, &mut rng));
//! let claims = proof::Claims { audience: issuer, client_id: None, nonce: "wKI4LT17ac15ES9bw8ac4", now };
//! let proofs = keys.iter().map(|key| {
//!     let unsigned = proof::prepare(key.public(), &claims);
//!     let signature = key.sign(unsigned.signing_input());
//!     unsigned.finish(&signature)
//! });
//! let requested = Requested::Configuration("maisha-id.vc-sd-jwt".to_owned());
//! let request = CredentialRequest { requested, proofs: proofs.collect(), response_encryption: None };
//! let body = serde_json::to_vec(&request.to_json())?;
//!
//! // The issuer reads it, verifies the proofs, and has the keys once it knows the nonce for its own.
//! let request = CredentialRequest::parse(&body)?;
//! let expected = proof::Expected { audience: issuer, client_id: None, batch_size: 10, now };
//! let verified = proof::verify_all(&request.proofs, &expected)?;
//! let holders = verified.redeem(|nonce| nonce == "wKI4LT17ac15ES9bw8ac4")?;
//! assert_eq!(&holders[1].key, keys[1].public());
//! let credentials = holders.iter().map(|_| "an SD-JWT".into()).collect();
//! let response = CredentialResponse::Issued { credentials, notification_id: None };
//! assert_eq!(response.status(), 200);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

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
    Securing, SignedMetadataError, check_claims, configuration_id, of_configuration_id,
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
