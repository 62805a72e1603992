//! The profile's credentials (`spec/credential.md`): types as data, and the three formats they travel in.

mod context;
mod envelope;
mod issue;
mod ldp;
mod read;
mod types;

pub use context::{CONTEXT_PATH, HATI_CONTEXT, context_url};
pub use envelope::{CONTEXTS, Envelope, StatusPlace, short_kid, status_list_uri};
pub use issue::{IssueError, Template, Unsigned};
pub use ldp::{bitstring_uri, kid_of_multikey, multikey_kid};
pub use read::{Credential, ReadError, issuer_did, issuer_url};
pub use types::{ClaimDefinition, CredentialType, KNOWN_TYPE_NAMES, SHIPPED, Source, TypeError};

/// How a credential is secured and written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Format {
    /// W3C VCDM 2.0 secured by SD-JWT (VC-JOSE-COSE): the default for the wallet and the QR code.
    VcSdJwt,
    /// IETF SD-JWT VC: what OpenID4VP peers ask for.
    DcSdJwt,
    /// W3C VCDM 2.0 with a Data Integrity proof, whose cryptosuite the [`Envelope`] names.
    LdpVc,
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 3] = [Self::VcSdJwt, Self::DcSdJwt, Self::LdpVc];

    /// The name on the command line, in metadata, and (for the SD-JWT formats) in `typ`.
    #[must_use]
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::VcSdJwt => "vc+sd-jwt",
            Self::DcSdJwt => "dc+sd-jwt",
            Self::LdpVc => "ldp_vc",
        }
    }

    /// The format of a name.
    #[must_use]
    pub fn from_media_type(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.media_type() == name)
    }
}

impl std::fmt::Display for Format {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.media_type())
    }
}
