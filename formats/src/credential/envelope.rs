//! The envelope of the two SD-JWT formats: everything in the issuer-signed token but the subject's claims.
//!
//! Every byte is fixed by the fields of [`Envelope`]: the issuer writes a token through it, and the QR codec
//! sends the fields alone and writes the same bytes again (`spec/qr.md`). One writer serves both.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::Format;
use crate::data_integrity::Cryptosuite;
use crate::encoding::b64url;
use crate::json::{push_display, push_escaped};
use crate::keys::{Algorithm, JwkText, PublicKey};
use crate::time::{Date, Timestamp};

/// The base context of VCDM 2.0 section 4.3, and W3C's context for terms without a vocabulary of their own.
pub const CONTEXTS: [&str; 2] =
    ["https://www.w3.org/ns/credentials/v2", "https://www.w3.org/ns/credentials/undefined-terms/v2"];

/// Where a credential's status is found: the list of that number under the issuer's URL, and the place in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StatusPlace {
    /// Number of the list.
    pub list: u32,
    /// Place in the list.
    pub index: u32,
}

impl StatusPlace {
    /// The URI of the list under an issuer's URL (Token Status List section 6.2).
    #[must_use]
    pub fn uri(self, issuer: &str) -> String {
        status_list_uri(issuer, self.list)
    }
}

/// The URI of an issuer's status list of that number.
#[must_use]
pub fn status_list_uri(issuer: &str, list: u32) -> String {
    format!("{issuer}/status/{list}")
}

/// What an issuer-signed token says beside the subject's claims.
///
/// `K` is the holder's key: a checked one where a token is issued, and only its text where one is written again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope<'a, K = PublicKey> {
    /// `vc+sd-jwt` or `dc+sd-jwt`.
    pub format: Format,
    /// The issuer's algorithm.
    pub algorithm: Algorithm,
    /// How an `ldp_vc` is secured; nothing in the SD-JWT formats depends on it.
    pub cryptosuite: Cryptosuite,
    /// The issuer's HTTPS URL, without a slash at its end.
    pub issuer: Cow<'a, str>,
    /// Which of the issuer's keys.
    pub kid: Cow<'a, str>,
    /// The second entry of `type` in `vc+sd-jwt`, `vct` in `dc+sd-jwt`.
    pub type_name: Cow<'a, str>,
    /// First day of validity; dates are whole days so that they link no copies.
    pub valid_from: Date,
    /// The day at whose start validity ends.
    pub valid_until: Date,
    /// Place in a status list.
    pub status: StatusPlace,
    /// The holder's key (RFC 7800 section 3.2).
    pub holder: K,
    /// The DID that the holder names the key by, for the subject's id of an `ldp_vc`: its `did:key` where there is none. Nothing in
    /// the SD-JWT formats depends on it.
    pub holder_did: Option<Cow<'a, str>>,
}

impl<K: JwkText> Envelope<'_, K> {
    /// The text of the protected header.
    #[must_use]
    pub fn header_text(&self) -> String {
        let mut out = String::with_capacity(128);
        out.push_str("{\"alg\":\"");
        out.push_str(self.algorithm.name());
        out.push_str("\",\"typ\":\"");
        out.push_str(self.format.media_type());
        out.push_str("\",\"kid\":\"");
        if self.format == Format::VcSdJwt {
            // VC-JOSE-COSE section 4.1: `kid` is a DID URL where the issuer is a DID.
            push_did(&self.issuer, &mut out);
            out.push('#');
        }
        push_escaped(&self.kid, &mut out);
        out.push_str("\"}");
        out
    }

    /// The text of the payload around `subject`, which is the text of the subject's claims as an object.
    #[must_use]
    pub fn payload_text(&self, subject: &str) -> String {
        let mut out = String::with_capacity(700 + subject.len());
        match self.format {
            Format::DcSdJwt => self.dc_payload(subject, &mut out),
            _ => self.vc_payload(subject, &mut out),
        }
        out
    }

    /// VCDM 2.0 secured by SD-JWT (VC-JOSE-COSE section 3.2).
    fn vc_payload(&self, subject: &str, out: &mut String) {
        let [base, terms] = CONTEXTS;
        push_all(
            out,
            &["{\"@context\":[\"", base, "\",\"", terms, "\"],\"type\":[\"VerifiableCredential\",\""],
        );
        push_escaped(&self.type_name, out);
        out.push_str("\"],\"issuer\":\"");
        push_did(&self.issuer, out);
        out.push_str("\",\"validFrom\":\"");
        push_day_start(self.valid_from, out);
        out.push_str("\",\"validUntil\":\"");
        push_day_start(self.valid_until, out);
        push_all(out, &["\",\"credentialSubject\":", subject, ","]);
        self.common(out);
        out.push_str(",\"_sd_alg\":\"sha-256\"}");
    }

    /// SD-JWT VC (draft-ietf-oauth-sd-jwt-vc section 2.2.2).
    fn dc_payload(&self, subject: &str, out: &mut String) {
        out.push_str("{\"iss\":\"");
        push_escaped(&self.issuer, out);
        out.push_str("\",\"vct\":\"");
        push_escaped(&self.type_name, out);
        out.push_str("\",\"nbf\":");
        push_display(self.valid_from.start().seconds(), out);
        out.push_str(",\"exp\":");
        push_display(self.valid_until.start().seconds(), out);
        out.push(',');
        self.common(out);
        let members = subject.strip_prefix('{').and_then(|s| s.strip_suffix('}')).unwrap_or_default();
        if !members.is_empty() {
            push_all(out, &[",", members]);
        }
        out.push_str(",\"_sd_alg\":\"sha-256\"}");
    }

    fn common(&self, out: &mut String) {
        out.push_str("\"status\":{\"status_list\":{\"idx\":");
        push_display(self.status.index, out);
        out.push_str(",\"uri\":\"");
        push_escaped(&self.issuer, out);
        out.push_str("/status/");
        push_display(self.status.list, out);
        out.push_str("\"}},\"cnf\":{\"jwk\":");
        self.holder.append_jwk_text(out);
        out.push('}');
    }
}

impl Envelope<'_> {
    /// Reads header and payload back into the fields, and the subject's claims beside them, if this writer
    /// would have written exactly these bytes. `None` for every other token.
    #[must_use]
    pub fn recognise(header: &str, payload: &str) -> Option<(Envelope<'static>, Map<String, Value>)> {
        let header_members: Map<String, Value> = serde_json::from_str(header).ok()?;
        let mut members: Map<String, Value> = serde_json::from_str(payload).ok()?;
        let header_str = |name| header_members.get(name).and_then(Value::as_str);
        let format = Format::from_media_type(header_str("typ")?)?;
        let read = match format {
            Format::VcSdJwt => read_vc(&members)?,
            Format::DcSdJwt => read_dc(&members)?,
            Format::LdpVc => return None,
        };
        let kid = header_str("kid")?;
        let kid = kid.rsplit_once('#').map_or(kid, |(_, fragment)| fragment).to_owned();
        let list = members.get("status")?.get("status_list")?;
        let (_, number) = list.get("uri")?.as_str()?.rsplit_once('/')?;
        let envelope = Envelope {
            format,
            algorithm: Algorithm::from_name(header_str("alg")?)?,
            cryptosuite: Cryptosuite::default(),
            issuer: read.issuer.into(),
            kid: kid.into(),
            type_name: read.type_name.into(),
            valid_from: read.valid_from.date(),
            valid_until: read.valid_until.date(),
            status: StatusPlace {
                list: number.parse().ok()?,
                index: u32::try_from(list.get("idx")?.as_u64()?).ok()?,
            },
            holder: PublicKey::from_jwk(members.get("cnf")?.get("jwk")?).ok()?,
            holder_did: None,
        };
        let subject = take_subject(format, &mut members)?;
        let again = envelope.payload_text(&Value::Object(subject.clone()).to_string());
        (envelope.header_text() == header && again == payload).then_some((envelope, subject))
    }
}

struct Read {
    issuer: String,
    type_name: String,
    valid_from: Timestamp,
    valid_until: Timestamp,
}

fn read_vc(members: &Map<String, Value>) -> Option<Read> {
    let time = |name: &str| Timestamp::parse_rfc3339(members.get(name)?.as_str()?).ok();
    Some(Read {
        issuer: super::issuer_url(members.get("issuer")?.as_str()?)?,
        type_name: members.get("type")?.get(1)?.as_str()?.to_owned(),
        valid_from: time("validFrom")?,
        valid_until: time("validUntil")?,
    })
}

fn read_dc(members: &Map<String, Value>) -> Option<Read> {
    let text = |name: &str| members.get(name)?.as_str().map(str::to_owned);
    let time = |name: &str| members.get(name)?.as_i64().map(Timestamp::from_seconds);
    Some(Read {
        issuer: text("iss")?,
        type_name: text("vct")?,
        valid_from: time("nbf")?,
        valid_until: time("exp")?,
    })
}

const DC_ENVELOPE: [&str; 7] = ["iss", "vct", "nbf", "exp", "status", "cnf", "_sd_alg"];

fn take_subject(format: Format, members: &mut Map<String, Value>) -> Option<Map<String, Value>> {
    if format == Format::VcSdJwt {
        return match members.remove("credentialSubject")? {
            Value::Object(subject) => Some(subject),
            _ => None,
        };
    }
    let mut subject = std::mem::take(members);
    subject.retain(|name, _| !DC_ENVELOPE.contains(&name.as_str()));
    Some(subject)
}

fn push_all(out: &mut String, parts: &[&str]) {
    parts.iter().for_each(|part| out.push_str(part));
}

/// Appends the `did:web` of an issuer's URL (did:web section 3.1). Whether the URL is one that has a DID is checked
/// where it enters: in the trust list and in the issuer's configuration. Another one only makes a token that
/// no signature fits.
fn push_did(issuer: &str, out: &mut String) {
    let rest = issuer.strip_prefix("https://").unwrap_or(issuer);
    let mut segments = rest.split('/');
    out.push_str("did:web:");
    for (at, part) in segments.next().unwrap_or_default().split(':').enumerate() {
        push_all(out, &[if at == 0 { "" } else { "%3A" }]);
        push_escaped(part, out);
    }
    for segment in segments {
        out.push(':');
        push_escaped(segment, out);
    }
}

fn push_day_start(day: Date, out: &mut String) {
    push_display(day, out);
    out.push_str("T00:00:00Z");
}

/// The short name of an issuer's key: the first 6 bytes of its thumbprint, so that it costs 7 bytes in a code.
#[must_use]
pub fn short_kid(key: &PublicKey) -> String {
    let thumbprint = key.thumbprint();
    b64url(thumbprint.get(..6).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_did_is_the_one_did_web_gives() {
        for issuer in ["https://id.maisha.go.ke", "https://id.example:8443", "https://example.org/issuers/7"]
        {
            let document = match issuer.matches('/').count() {
                2 => format!("{issuer}/.well-known/did.json"),
                _ => format!("{issuer}/did.json"),
            };
            let mut did = String::new();
            push_did(issuer, &mut did);
            assert_eq!(crate::did::web::from_url(&document), Ok(did.clone()));
            assert_eq!(crate::credential::issuer_url(&did).as_deref(), Some(issuer));
        }
    }
}
