//! Which copies their issuer has taken back, as far as the newest bundle knows.

use hati_formats::credential::{Credential, Format};
use hati_formats::status::bitstring::BitstringStatusListEntry;
use hati_formats::status::{Status, StatusReference};
use hati_formats::time::Timestamp;
use serde_json::{Map, Value};

use super::Copy;
use crate::wallet::Wallet;

/// What the newest bundle says of a copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownStatus {
    /// Its status.
    pub status: Status,
    /// When its issuer said so.
    pub as_of: Timestamp,
}

impl KnownStatus {
    /// Whether every verifier with this bundle refuses the copy.
    #[must_use]
    pub const fn is_refused(self) -> bool {
        matches!(self.status, Status::Invalid | Status::Suspended)
    }
}

impl Wallet {
    /// The status of a copy in the newest bundle; `None` where the bundle does not say, which speaks neither for nor
    /// against the copy.
    #[must_use]
    pub fn status(&self, copy: &Copy) -> Option<KnownStatus> {
        let bundle = self.bundle.as_ref()?;
        let reference = copy.status_reference()?;
        // A list of somebody else says nothing about this issuer's credentials.
        bundle.trust().issuer(&copy.issuer).filter(|issuer| issuer.publishes(&reference.uri))?;
        let (status, as_of) = bundle.status(&reference.uri, reference.index).ok()?;
        Some(KnownStatus { status, as_of })
    }

    pub(super) fn is_refused(&self, copy: &Copy) -> bool {
        self.status(copy).is_some_and(KnownStatus::is_refused)
    }
}

impl Copy {
    /// Its place in the Token Status List, which is what bundles carry.
    fn status_reference(&self) -> Option<StatusReference> {
        let claims = self.all_claims().ok()?;
        match self.format {
            Format::LdpVc => bitstring_place(&claims),
            Format::VcSdJwt | Format::DcSdJwt => Credential::read(self.format, &claims).ok()?.status,
        }
    }
}

/// The place that the Bitstring Status List entries of an `ldp_vc` stand for: each list's URI is that of the Token
/// Status List with the purpose behind it ([`bitstring_uri`](hati_formats::credential::bitstring_uri)).
fn bitstring_place(claims: &Map<String, Value>) -> Option<StatusReference> {
    // VCDM 2.0 section 4.10: one object or several.
    let entries = match claims.get("credentialStatus")? {
        Value::Array(entries) => entries.as_slice(),
        one => std::slice::from_ref(one),
    };
    entries.iter().find_map(|entry| {
        let entry = BitstringStatusListEntry::from_json(entry.as_object()?).ok()?;
        let uri = entry.list.strip_suffix(&format!("/{}", entry.purpose))?;
        Some(StatusReference { index: entry.index, uri: uri.to_owned() })
    })
}
