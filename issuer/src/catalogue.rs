//! What can be asked for online: each listed type secured in each way, by the id of its configuration.

use std::collections::BTreeMap;
use std::sync::Arc;

use hati_formats::credential::{CredentialType, Format};
use hati_formats::keys::{Algorithm, PublicKey};
use hati_formats::trust::TrustList;
use hati_protocol::openid4vci::{CredentialConfiguration, Securing, configuration_id};

use crate::config::Config;
use crate::home::{Home, HomeError};
use crate::types::Types;

/// The configurations an issuer offers.
#[derive(Debug, Default)]
pub struct Catalogue(BTreeMap<String, Listed>);

/// A type in a format, and in `ldp_vc` with a cryptosuite.
#[derive(Clone, Debug)]
pub struct Listed {
    /// The type.
    pub credential_type: Arc<CredentialType>,
    /// How it is secured.
    pub securing: Securing,
}

impl Catalogue {
    /// The types that the trust list names, since no verifier would take another, in every format that `key` signs.
    #[must_use]
    pub fn new(config: &Config, trust: &TrustList, types: &Types, key: &PublicKey) -> Self {
        let issuer = trust.issuer(config.issuer_url());
        let listed = types.iter().filter(|it| issuer.is_some_and(|issuer| issuer.may_issue(&it.id)));
        let formats = |credential_type: &CredentialType| {
            let credential_type = Arc::new(credential_type.clone());
            // The cryptosuites of `ldp_vc` sign with Ed25519.
            let signs = |it: &Securing| it.format != Format::LdpVc || key.algorithm() == Algorithm::EdDsa;
            Securing::all().filter(signs).map(move |securing| {
                let id = configuration_id(&credential_type.id, securing);
                (id, Listed { credential_type: Arc::clone(&credential_type), securing })
            })
        };
        Self(listed.flat_map(formats).collect())
    }

    /// The same of an issuer's folder.
    ///
    /// # Errors
    ///
    /// [`HomeError`].
    pub fn of(home: &Home) -> Result<Self, HomeError> {
        Ok(Self::new(&home.config, &home.trust()?, &home.types()?, home.keys.issuer.public()))
    }

    /// The configuration with this id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Listed> {
        self.0.get(id)
    }

    /// Every id, in order.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// What the metadata say of them, signed with `algorithm` by the issuer at `url`.
    #[must_use]
    pub fn configurations(
        &self,
        algorithm: Algorithm,
        url: &str,
    ) -> BTreeMap<String, CredentialConfiguration> {
        let described = |listed: &Listed| {
            CredentialConfiguration::of(&listed.credential_type, listed.securing, &[algorithm], url)
        };
        self.0.iter().map(|(id, listed)| (id.clone(), described(listed))).collect()
    }
}
