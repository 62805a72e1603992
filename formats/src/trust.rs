//! Whom to believe, without a network: the trust list, registrations of verifiers, and the bundle with its
//! deltas. `spec/trust.md` says the same for a second implementation.
//!
//! | statement | signed by | says |
//! |---|---|---|
//! | [`RootTransition`] | the old root | which key is the root from now on |
//! | [`TrustList`] | the root, kept offline | issuers and registrars: keys, types, status lists |
//! | [`Registration`] | a registrar | who a verifier is, and which claims it may ask for |
//! | [`Bundle`] | a registrar | the trust list, every status list, type documents, withdrawn registrations |
//! | delta ([`Bundle::apply`]) | a registrar | what turns one bundle into a newer one, byte for byte |
//!
//! Each is a COSE_Sign1 (RFC 9052) whose [`Kind`](crate::cose::Kind) keeps it from passing for another. The
//! payload is deterministic CBOR (RFC 8949 section 4.2), `[format version, content]`, so that an app which is
//! too old says so instead of calling the statement malformed. Nothing is read from a payload before its
//! signature is checked. Building one is *prepare* (`…Content::prepare`) then *finish*; reading one is `verify`,
//! the only way to the verified type.
//!
//! ```
//! use hati_formats::keys::{Algorithm, SoftwareKey};
//! use hati_formats::status::{Status, compact::CompactList};
//! use hati_formats::time::Timestamp;
//! use hati_formats::trust::*;
//!
//! let [root, registrar] = [1, 2].map(|seed| SoftwareKey::from_secret_bytes(Algorithm::EdDsa, &[seed; 32]));
//! let (root, registrar) = (root?, registrar?);
//! let [issued_at, next_update] = [1_795_000_000, 1_795_600_000].map(Timestamp::from_seconds);
//! let validity = Validity { from: issued_at, until: next_update };
//! let issuer = Issuer {
//!     id: "https://id.example".into(),
//!     did: None,
//!     names: Names::new("Registration Bureau", "Idara ya Usajili"),
//!     keys: vec![IssuerKey { kid: "1".into(), key: registrar.public().clone(), validity }],
//!     types: vec!["maisha-id".into()],
//!     status_prefixes: vec!["https://id.example/status/".into()],
//! };
//! let registrar_entry = Registrar {
//!     id: "https://registrar.example".into(),
//!     names: Names::new("Registrar", "Msajili"),
//!     keys: vec![RegistrarKey { key: registrar.public().clone(), validity }],
//! };
//!
//! // The root signs the trust list, offline.
//! let (issuers, registrars) = (vec![issuer], vec![registrar_entry]);
//! let list = TrustListContent { version: 1, issued_at, next_update, issuers, registrars };
//! let unsigned = list.prepare(root.public(), Vec::new())?;
//! let signature = root.sign(unsigned.to_be_signed());
//! let trust = TrustList::verify(&unsigned.finish(&signature), root.public())?;
//!
//! // The registrar signs the bundle.
//! let uri = "https://id.example/status/1";
//! let list = CompactList::new(1000, [(7, Status::Invalid)])?;
//! let status_lists = vec![BundledList { uri: uri.into(), as_of: issued_at, list }];
//! let (types, withdrawn) = (Vec::new(), Withdrawn::default());
//! let content = BundleContent { version: 1, issued_at, next_update, status_lists, types, withdrawn };
//! let unsigned = content.prepare(&trust, registrar.public())?;
//! let signature = registrar.sign(unsigned.to_be_signed());
//! let file = unsigned.finish(&signature);
//!
//! // A device that pinned the root looks up, offline.
//! let bundle = Bundle::verify(&file, root.public(), None)?;
//! assert_eq!(bundle.status(uri, 7)?, (Status::Invalid, issued_at));
//! assert!(bundle.trust().issuer("https://id.example").is_some_and(|issuer| issuer.may_issue("maisha-id")));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod bundle;
mod delta;
mod key;
mod list;
mod registration;
mod root;
#[cfg(test)]
mod samples;
pub(crate) mod text;
pub(crate) mod wire;

pub use bundle::{
    Bundle, BundleContent, BundleError, BundledList, Held, MAX_BYTES as MAX_BUNDLE_BYTES, MAX_LISTS,
    StatusLookupError, TypeDocument, UnsignedBundle,
};
pub use delta::{DeltaError, UnsignedDelta};
pub use key::{AUDIENCE_PREFIX, KeyId, Validity, ValidityError, audience};
pub use list::{
    Issuer, IssuerKey, KeyLookupError, Registrar, RegistrarKey, TrustList, TrustListContent, TrustListError,
    UnsignedTrustList,
};
pub use registration::{
    Registration, RegistrationContent, RegistrationError, Serial, SerialError, Withdrawn,
};
pub use root::{MAX_TRANSITIONS, RootTransition};
pub use text::Names;
pub use wire::PayloadError;
