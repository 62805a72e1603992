//! The trust list that names this issuer and its registrar.

use hati_formats::credential::{CredentialType, TypeError};
use hati_formats::keys::SoftwareKey;
use hati_formats::time::Timestamp;
use hati_formats::trust::{
    Issuer, IssuerKey, Names, PayloadError, Registrar, RegistrarKey, TrustListContent, Validity,
};

use crate::config::{Config, ConfigError};
use crate::keys::Keys;

/// `kid` of the issuer's first key. A key that takes its place gets the next number.
pub const FIRST_KID: &str = "key-1";

const DAY: i64 = 86_400;

/// A trust list is signed by hand, with the root key brought from its safe: four times a year.
const DAYS_TO_NEXT_LIST: i64 = 92;

/// A key signs for three years, longer than the two years a credential lasts, and is replaced before its end.
const DAYS_OF_KEYS: i64 = 3 * 365;

/// Why a trust list cannot be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TrustError {
    /// The configuration is wrong.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A credential type is wrong.
    #[error(transparent)]
    Type(#[from] TypeError),
    /// The list would not be taken by a reader.
    #[error("the trust list: {0}. Correct the names or the URL of the issuer")]
    Content(#[from] PayloadError),
}

/// Makes and signs a trust list with the issuer and its registrar.
///
/// # Errors
///
/// [`TrustError`] if the configuration cannot stand in a trust list.
pub fn sign_list(
    config: &Config,
    keys: &Keys,
    root: &SoftwareKey,
    version: u64,
    now: Timestamp,
) -> Result<Vec<u8>, TrustError> {
    let content = list(config, keys, version, now)?;
    let unsigned = content.prepare(root.public(), Vec::new())?;
    let signature = root.sign(unsigned.to_be_signed());
    Ok(unsigned.finish(&signature))
}

fn list(config: &Config, keys: &Keys, version: u64, now: Timestamp) -> Result<TrustListContent, TrustError> {
    // From the day's start, so that a credential whose dates are rounded to the day falls inside.
    let from = now.date().start();
    let validity = Validity { from, until: from.plus_seconds(DAYS_OF_KEYS * DAY) };
    let (en, sw) = config.names();
    let url = config.issuer_url();
    let mut types: Vec<_> = CredentialType::shipped()?.into_iter().map(|shipped| shipped.id).collect();
    types.sort();
    Ok(TrustListContent {
        version,
        issued_at: now,
        next_update: now.plus_seconds(DAYS_TO_NEXT_LIST * DAY),
        issuers: vec![Issuer {
            id: url.to_owned(),
            did: Some(config.did()?),
            names: Names::new(en, sw),
            keys: vec![IssuerKey { kid: FIRST_KID.to_owned(), key: keys.issuer.public().clone(), validity }],
            types,
            status_prefixes: vec![format!("{url}/status/")],
        }],
        registrars: vec![Registrar {
            id: format!("{url}/registrar"),
            names: Names::new(en, sw),
            keys: vec![RegistrarKey { key: keys.registrar.public().clone(), validity }],
        }],
    })
}

#[cfg(test)]
mod tests {
    use hati_formats::credential::status_list_uri;
    use hati_formats::keys::Algorithm;
    use hati_formats::trust::TrustList;
    use rand_chacha::ChaCha20Rng;
    use rand_chacha::rand_core::SeedableRng;

    use super::*;

    #[test]
    fn a_reader_that_knows_the_root_finds_issuer_and_registrar() {
        let (root, keys) = Keys::generate(Algorithm::EdDsa, &mut ChaCha20Rng::seed_from_u64(1));
        let config =
            Config::new("https://id.example.go.ke", "Registration Bureau", "Idara ya Usajili").unwrap();
        let now = Timestamp::parse_rfc3339("2026-11-22T09:30:00Z").unwrap();
        let signed = sign_list(&config, &keys, &root, 1, now).unwrap();

        let list = TrustList::verify(&signed, root.public()).unwrap();
        assert_eq!(list.version(), 1);
        let issuer = list.issuer("https://id.example.go.ke").unwrap();
        assert_eq!(issuer.key("did:web:id.example.go.ke#key-1", now).unwrap(), keys.issuer.public());
        assert!(issuer.may_issue("maisha-id") && issuer.may_issue("proof-of-age"));
        assert!(issuer.publishes(&status_list_uri("https://id.example.go.ke", 0)));
        assert!(issuer.key(FIRST_KID, now.date().start()).is_ok());
        assert!(TrustList::verify(&signed, keys.issuer.public()).is_err());
    }
}
