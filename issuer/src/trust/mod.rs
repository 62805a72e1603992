//! The trust list that names this issuer and its registrar, and the rotation of the root that signs it.

mod request;

use hati_formats::credential::short_kid;
use hati_formats::keys::PublicKey;
use hati_formats::time::{SECONDS_PER_DAY, Timestamp};
use hati_formats::trust::{
    Issuer, IssuerKey, KeyId, Names, PayloadError, Registrar, RegistrarKey, TrustList, TrustListContent,
    TrustListError, Validity,
};

use crate::config::{Config, ConfigError};
use crate::keys::PublicKeys;
use crate::types::Types;

pub use self::request::{MAX_REQUEST_BYTES, Request};

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
    /// The list would not be taken by a reader.
    #[error("the trust list: {0}. Correct the names or the URL of the issuer")]
    Content(#[from] PayloadError),
    /// What the root is asked to sign is not a request.
    #[error("the request: {reason}. Make it anew with: hati-issuer trust request")]
    Request {
        /// What is wrong with it.
        reason: String,
    },
    /// The list that the request says is in force is not this root's.
    #[error("the list before the requested one: {0}. Ask the issuer whether its root is this one")]
    Previous(#[from] TrustListError),
    /// Another root signed the list before.
    #[error(
        "expected the root key {expected}, which signed the list before, got {got}. Bring it from its safe as keys/root.jwk"
    )]
    OtherRoot {
        /// The root that signed the list before.
        expected: KeyId,
        /// The root at hand.
        got: KeyId,
    },
}

hati_formats::error_codes!(TrustError {
    Self::Content(_) => "trust_list_malformed",
    Self::Request { .. } => "trust_request_refused",
    Self::OtherRoot { .. } => "root_key_other",
} inner {
    Config,
    Previous,
});

/// When the list after one signed at `now` is due.
#[must_use]
pub fn next_update(now: Timestamp) -> Timestamp {
    now.plus_seconds(DAYS_TO_NEXT_LIST * SECONDS_PER_DAY)
}

/// The next trust list, to be signed.
#[derive(Clone, Copy, Debug)]
pub struct NextList<'a> {
    /// The issuer's configuration.
    pub config: &'a Config,
    /// Its keys, and its registrar's.
    pub keys: &'a PublicKeys,
    /// What it issues.
    pub types: &'a Types,
    /// The list before, unless it is the first.
    pub previous: Option<&'a TrustList>,
    /// The version of the list.
    pub version: u64,
    /// When it is signed.
    pub now: Timestamp,
}

impl NextList<'_> {
    /// The list, for the root to sign.
    ///
    /// # Errors
    ///
    /// [`TrustError`] if the configuration cannot stand in a trust list.
    pub fn request(&self) -> Result<Request, TrustError> {
        Ok(Request { previous: self.previous.cloned(), content: self.content()? })
    }

    fn content(&self) -> Result<TrustListContent, TrustError> {
        let (en, sw) = self.config.names();
        let url = self.config.issuer_url();
        Ok(TrustListContent {
            version: self.version,
            issued_at: self.now,
            next_update: next_update(self.now),
            issuers: vec![Issuer {
                id: url.to_owned(),
                did: Some(self.config.did()?),
                names: Names::new(en, sw),
                keys: self.issuer_keys(),
                types: self.types.ids().into_iter().map(str::to_owned).collect(),
                status_prefixes: vec![format!("{url}/status/")],
            }],
            registrars: vec![Registrar {
                id: self.registrar_id(),
                names: Names::new(en, sw),
                keys: self.registrar_keys(),
            }],
        })
    }

    /// The keys at hand, and those before them for as long as what they signed is to verify.
    fn issuer_keys(&self) -> Vec<IssuerKey> {
        let before = self.previous.and_then(|list| list.issuer(self.config.issuer_url()));
        let known = before.map(|issuer| issuer.keys.as_slice()).unwrap_or_default();
        let mut keys: Vec<_> =
            known.iter().filter(|key| self.stays(&key.key, key.validity)).cloned().collect();
        for key in &self.keys.issuer {
            if keys.iter().all(|listed| listed.key != *key) {
                keys.push(IssuerKey { kid: short_kid(key), key: key.clone(), validity: self.new_validity() });
            }
        }
        keys
    }

    fn registrar_keys(&self) -> Vec<RegistrarKey> {
        let id = self.registrar_id();
        let registrars = self.previous.map(|list| list.content().registrars.as_slice()).unwrap_or_default();
        let known = registrars.iter().filter(|known| known.id == id).flat_map(|known| &known.keys);
        let mut keys: Vec<_> = known.filter(|key| self.stays(&key.key, key.validity)).cloned().collect();
        for key in &self.keys.registrar {
            if keys.iter().all(|listed| listed.key != *key) {
                keys.push(RegistrarKey { key: key.clone(), validity: self.new_validity() });
            }
        }
        keys
    }

    fn registrar_id(&self) -> String {
        format!("{}/registrar", self.config.issuer_url())
    }

    fn stays(&self, key: &PublicKey, validity: Validity) -> bool {
        validity.until > self.now && !self.keys.withdrawn.contains(key)
    }

    /// From the day's start, so that a credential whose dates are rounded to the day falls inside.
    fn new_validity(&self) -> Validity {
        let from = self.now.date().start();
        Validity { from, until: from.plus_seconds(DAYS_OF_KEYS * SECONDS_PER_DAY) }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use hati_formats::credential::status_list_uri;
    use hati_formats::keys::{Algorithm, SoftwareKey};
    use rand_chacha::ChaCha20Rng;
    use rand_chacha::rand_core::SeedableRng;

    use super::*;
    use crate::keys::NewKeys;

    const URL: &str = "https://id.example.go.ke";

    struct Country {
        config: Config,
        types: Types,
        root: SoftwareKey,
        keys: PublicKeys,
    }

    impl Country {
        fn new(algorithm: Algorithm) -> Self {
            let new = NewKeys::generate(algorithm, &mut ChaCha20Rng::seed_from_u64(1));
            let (keys, root) = (new.public(), new.root);
            let config = Config::new(URL, "Registration Bureau", "Idara ya Usajili").unwrap();
            Self { config, types: Types::load(Path::new("none")).unwrap(), root, keys }
        }

        fn next<'a>(&'a self, previous: Option<&'a TrustList>, version: u64, at: &str) -> NextList<'a> {
            let now = Timestamp::parse_rfc3339(at).unwrap();
            NextList { config: &self.config, keys: &self.keys, types: &self.types, previous, version, now }
        }

        fn first(&self) -> TrustList {
            let signed =
                self.next(None, 1, "2026-11-22T09:30:00Z").request().unwrap().sign(&self.root).unwrap();
            TrustList::verify(&signed, self.root.public()).unwrap()
        }
    }

    #[test]
    fn a_reader_that_knows_the_root_finds_issuer_and_registrar() {
        for algorithm in [Algorithm::EdDsa, Algorithm::Es256] {
            let country = Country::new(algorithm);
            let list = country.first();
            let issuer = list.issuer(URL).unwrap();
            let key = &country.keys.issuer[0];
            let day = Timestamp::parse_rfc3339("2026-11-22T00:00:00Z").unwrap();
            assert_eq!(issuer.key(&short_kid(key), day).unwrap(), key);
            assert_eq!(
                issuer.key(&format!("did:web:id.example.go.ke#{}", short_kid(key)), day).unwrap(),
                key
            );
            assert!(issuer.may_issue("maisha-id") && issuer.may_issue("proof-of-age"));
            assert!(issuer.publishes(&status_list_uri(URL, 0)));
            let registrar = KeyId::of(&country.keys.registrar[0]);
            assert!(list.registrar_key(registrar.as_bytes()).is_some());
            assert!(TrustList::verify(list.as_bytes(), key).is_err());
        }
    }

    #[test]
    fn a_later_list_keeps_the_validity_of_keys() {
        let country = Country::new(Algorithm::EdDsa);
        let first = country.first();
        let signed = country
            .next(Some(&first), 2, "2027-02-01T00:00:00Z")
            .request()
            .unwrap()
            .sign(&country.root)
            .unwrap();
        let second = TrustList::verify(&signed, country.root.public()).unwrap();
        assert_eq!(second.version(), 2);
        assert_eq!(second.content().issuers, first.content().issuers);
        assert_eq!(second.content().registrars, first.content().registrars);
    }

    #[test]
    fn a_reader_of_the_first_root_follows_every_rotation() {
        let mut rng = ChaCha20Rng::seed_from_u64(2);
        let country = Country::new(Algorithm::EdDsa);
        let mut list = country.first();
        let mut root = SoftwareKey::from_secret_bytes(Algorithm::EdDsa, &[9; 32]).unwrap();
        let wrong =
            country.next(Some(&list), 2, "2027-02-01T00:00:00Z").request().unwrap().rotate(&root, &root);
        assert!(matches!(wrong, Err(TrustError::OtherRoot { .. })));
        let mut old = &country.root;
        for version in 2..4 {
            let new = SoftwareKey::generate(Algorithm::EdDsa, &mut rng);
            let signed = country
                .next(Some(&list), version, "2027-02-01T00:00:00Z")
                .request()
                .unwrap()
                .rotate(old, &new)
                .unwrap();
            list = TrustList::verify(&signed, country.root.public()).unwrap();
            assert_eq!(list.root(), new.public());
            root = new;
            old = &root;
        }
        let next = country.next(Some(&list), 4, "2027-03-01T00:00:00Z").request().unwrap();
        assert!(matches!(next.sign(&country.root), Err(TrustError::OtherRoot { .. })));
        let signed = next.sign(&root).unwrap();
        assert!(TrustList::verify(&signed, country.root.public()).is_ok());
        assert!(TrustList::verify(&signed, root.public()).is_ok());
    }
}
