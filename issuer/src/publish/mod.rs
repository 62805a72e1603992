//! What an issuer publishes: the bundle for devices without a network, and files for those with one.
//!
//! ```text
//! D/public/.well-known/did.json          the issuer's DID document
//! D/public/.well-known/jwt-vc-issuer     its keys, for SD-JWT VC
//! D/public/audit-checkpoint              the newest entry of the audit, signed
//! D/public/trust-list                    the trust list
//! D/public/bundle                        the newest bundle
//! D/public/types/ID.json                 type metadata
//! D/public/status/N.jwt                  Status List Token of list N, which credentials name as status/N
//! D/public/status/N.PURPOSE.json         Bitstring Status List Credential, for revocation and for suspension, which
//!                                        credentials name as status/N/PURPOSE
//! ```

mod bundle;
mod error;
mod site;
mod status;

pub use self::bundle::{Base, newest_has};
pub use self::error::PublishError;
pub use self::site::SiteFile;

use hati_formats::time::Timestamp;
use hati_formats::trust::{Bundle, TrustList};

use crate::home::Home;
use crate::types::Types;

/// What is published at one time.
#[derive(Clone, Copy, Debug)]
pub struct Edition<'a> {
    /// Whose.
    pub home: &'a Home,
    /// The trust list in force.
    pub trust: &'a TrustList,
    /// The credential types.
    pub types: &'a Types,
    /// Who publishes, for the audit.
    pub actor: &'a str,
    /// When.
    pub now: Timestamp,
    /// When the next edition is out at the latest.
    pub next_update: Timestamp,
}

/// What was published.
#[derive(Debug)]
pub struct Published {
    /// The bundle.
    pub bundle: Bundle,
    /// Every file below the issuer's URL, the bundle among them.
    pub files: Vec<SiteFile>,
}

impl Edition<'_> {
    /// Signs and publishes the next bundle, and writes what goes online.
    ///
    /// # Errors
    ///
    /// [`PublishError`].
    pub fn publish(&self) -> Result<Published, PublishError> {
        let bundle = self.bundle()?;
        let files = self.site(&bundle)?;
        self.write_site(&files)?;
        Ok(Published { bundle, files })
    }
}
