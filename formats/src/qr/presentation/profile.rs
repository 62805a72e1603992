//! Tokens of the profile: only the fields travel.
//!
//! ```text
//! profile = [0, shape, issuer: tstr, kid: bstr / tstr, type: uint / tstr, valid-from: int, days: uint,
//!            status-list: uint, status-index: uint, holder-key: bstr .size (32 / 33), subject: value,
//!            disclosures: [* disclosure], iat: int, aud: bstr .size 16 / tstr, nonce: bstr / tstr,
//!            issuer-signature: bstr .size 64, kb-signature: bstr .size 64]
//! shape   = uint                        ; bit 0: dc+sd-jwt (else vc+sd-jwt); bit 1: the issuer signs ES256 (else
//!                                       ; EdDSA); bit 2: the holder's key is P-256 (else Ed25519)
//! disclosure = [salt: bstr, label, value] / [salt: bstr, value] / bstr   ; bstr: the disclosure's JSON
//! ```

use minicbor::data::Type;
use minicbor::decode::Error;
use minicbor::{Decoder, Encoder};
use serde_json::Value;

use super::value::{self, DEPTH, definite, push_b64url, push_string};
use super::{PROFILE, PresentationError};
use crate::credential::{Envelope, Format, KNOWN_TYPE_NAMES, StatusPlace};
use crate::data_integrity::Cryptosuite;
use crate::encoding::{b64url, b64url_append, b64url_decode, b64url_decode_array};
use crate::keys::{Algorithm, SIGNATURE_BYTES, UncheckedKey};
use crate::names::Label;
use crate::sd_jwt::{Digest, key_binding_header, key_binding_payload};
use crate::time::{Date, Timestamp};
use crate::trust::AUDIENCE_PREFIX;

const ITEMS: u64 = 17;
const HTTPS: &str = "https://";

/// Bits of `shape`.
const DC: u8 = 1;
const ISSUER_ES256: u8 = 2;
const HOLDER_P256: u8 = 4;

/// The profile's form of an SD-JWT+KB; `None` where it is not one of the profile.
pub(super) fn compact(text: &str) -> Option<Vec<u8>> {
    let (presented, kb) = text.rsplit_once('~')?;
    let (jwt, disclosures) = presented.split_once('~').map_or((presented, None), |(j, d)| (j, Some(d)));
    let disclosures: Vec<&str> = disclosures.map(|d| d.split('~').collect()).unwrap_or_default();
    let token = Token::parse(jwt)?;
    let (envelope, subject) = Envelope::recognise(&token.header, &token.payload)?;
    let kb = Token::parse(kb)?;
    let kb_claims: Value = serde_json::from_str(&kb.payload).ok()?;

    let digests: Vec<Digest> = disclosures.iter().map(|d| Digest::of(d)).collect();
    let number = |limit: usize| {
        let digests = digests.get(..limit).unwrap_or_default();
        move |text: &str| {
            digests.iter().position(|d| d.as_str() == text).and_then(|at| u32::try_from(at).ok())
        }
    };
    let mut out = encode_envelope(&envelope)?;
    value::encode(&Value::Object(subject), &number(digests.len()), &mut out).ok()?;
    Encoder::new(&mut out).array(disclosures.len() as u64).ok()?;
    for (at, disclosure) in disclosures.iter().enumerate() {
        encode_disclosure(disclosure, &number(at), &mut out)?;
    }
    let mut e = Encoder::new(&mut out);
    e.i64(kb_claims.get("iat")?.as_i64()?).ok()?;
    let aud = kb_claims.get("aud")?.as_str()?;
    match audience_id(aud) {
        Some(id) => e.bytes(&id).ok()?,
        None => e.str(aud).ok()?,
    };
    encode_bytes_or_text(kb_claims.get("nonce")?.as_str()?, &mut e)?;
    e.bytes(&token.signature).ok()?.bytes(&kb.signature).ok()?;
    Some(out)
}

struct Token {
    header: String,
    payload: String,
    signature: [u8; SIGNATURE_BYTES],
}

impl Token {
    fn parse(jws: &str) -> Option<Self> {
        let (body, signature) = jws.rsplit_once('.')?;
        let (header, payload) = body.split_once('.')?;
        let text = |part| String::from_utf8(b64url_decode(part).ok()?).ok();
        Some(Self {
            header: text(header)?,
            payload: text(payload)?,
            signature: b64url_decode_array(signature).ok()?,
        })
    }
}

fn encode_envelope(envelope: &Envelope<'_>) -> Option<Vec<u8>> {
    let mut shape = if envelope.format == Format::DcSdJwt { DC } else { 0 };
    if envelope.algorithm == Algorithm::Es256 {
        shape |= ISSUER_ES256;
    }
    if envelope.holder.algorithm() == Algorithm::Es256 {
        shape |= HOLDER_P256;
    }
    let days = envelope.valid_until.days().checked_sub(envelope.valid_from.days())?;
    let mut e = Encoder::new(Vec::with_capacity(640));
    e.array(ITEMS).ok()?.u8(PROFILE).ok()?.u8(shape).ok()?;
    e.str(envelope.issuer.strip_prefix(HTTPS)?).ok()?;
    encode_bytes_or_text(&envelope.kid, &mut e)?;
    match KNOWN_TYPE_NAMES.iter().position(|known| *known == envelope.type_name) {
        Some(number) => e.u32(u32::try_from(number).ok()?).ok()?,
        None => e.str(&envelope.type_name).ok()?,
    };
    e.i32(envelope.valid_from.days()).ok()?.u32(u32::try_from(days).ok()?).ok()?;
    e.u32(envelope.status.list).ok()?.u32(envelope.status.index).ok()?;
    e.bytes(&envelope.holder.to_bytes()).ok()?;
    Some(e.into_writer())
}

/// A text that is base64url travels as its bytes.
fn encode_bytes_or_text<W: minicbor::encode::Write>(text: &str, e: &mut Encoder<W>) -> Option<()> {
    match b64url_decode(text) {
        Ok(bytes) => e.bytes(&bytes).ok()?,
        Err(_) => e.str(text).ok()?,
    };
    Some(())
}

fn encode_disclosure(text: &str, digest: &impl Fn(&str) -> Option<u32>, out: &mut Vec<u8>) -> Option<()> {
    let json = b64url_decode(text).ok()?;
    let start = out.len();
    if encode_fields(&json, digest, out).is_none() {
        out.truncate(start);
        Encoder::new(out).bytes(&json).ok()?;
    }
    Some(())
}

/// `[salt, label, value]`, if writing it again gives the same bytes.
fn encode_fields(json: &[u8], digest: &impl Fn(&str) -> Option<u32>, out: &mut Vec<u8>) -> Option<()> {
    let parsed: Value = serde_json::from_slice(json).ok()?;
    if parsed.to_string().as_bytes() != json {
        return None;
    }
    let items = parsed.as_array()?;
    let (salt, label, value) = match items.as_slice() {
        [Value::String(salt), Value::String(label), value] => (salt, Some(label), value),
        [Value::String(salt), value] => (salt, None, value),
        _ => return None,
    };
    let mut e = Encoder::new(&mut *out);
    e.array(items.len() as u64).ok()?.bytes(&b64url_decode(salt).ok()?).ok()?;
    if let Some(label) = label {
        e.encode(Label(label.as_str().into())).ok()?;
    }
    value::encode(value, digest, out).ok()
}

pub(super) fn expand(d: &mut Decoder<'_>, items: u64) -> Result<String, PresentationError> {
    value::expect_len(Some(items), ITEMS)?;
    let envelope = decode_envelope(d)?;
    // The subject stands before the disclosures that its digests may be the numbers of: remember where.
    let subject_at = d.position();
    d.skip()?;
    let disclosures = Disclosures::decode(d)?;
    let mut subject = String::with_capacity(512);
    let end = d.position();
    d.set_position(subject_at);
    if d.datatype()? != Type::Map {
        return Err(Error::message("the subject is not an object").into());
    }
    value::write_json(d, &disclosures.digests, DEPTH, &mut subject)?;
    d.set_position(end);

    let holder = envelope.holder.algorithm();
    let header = envelope.header_text();
    let payload = envelope.payload_text(&subject);
    let iat = Timestamp::from_seconds(d.i64()?);
    let aud = decode_audience(d)?;
    let nonce = decode_bytes_or_text(d)?;
    let (signature, kb_signature) = (signature(d)?, signature(d)?);

    let mut out =
        String::with_capacity((header.len() + payload.len()) * 4 / 3 + disclosures.text_len() + 700);
    b64url_append(header.as_bytes(), &mut out);
    out.push('.');
    b64url_append(payload.as_bytes(), &mut out);
    out.push('.');
    b64url_append(signature, &mut out);
    out.push('~');
    disclosures.append(&mut out);
    let sd_hash = Digest::of(&out);
    b64url_append(key_binding_header(holder).as_bytes(), &mut out);
    out.push('.');
    b64url_append(key_binding_payload(iat, &aud, &nonce, sd_hash.as_str()).as_bytes(), &mut out);
    out.push('.');
    b64url_append(kb_signature, &mut out);
    Ok(out)
}

fn decode_envelope<'b>(d: &mut Decoder<'b>) -> Result<Envelope<'b, UncheckedKey>, PresentationError> {
    let shape = d.u8()?;
    if shape & !(DC | ISSUER_ES256 | HOLDER_P256) != 0 {
        return Err(Error::message("an unknown shape").into());
    }
    let algorithm = |bit| if shape & bit == 0 { Algorithm::EdDsa } else { Algorithm::Es256 };
    let issuer = format!("{HTTPS}{}", d.str()?);
    let kid = decode_bytes_or_text(d)?;
    let type_name = match d.datatype()? {
        Type::String => {
            let name = d.str()?;
            if KNOWN_TYPE_NAMES.contains(&name) {
                return Err(Error::message("a known type must travel as its number").into());
            }
            name
        }
        _ => KNOWN_TYPE_NAMES
            .get(usize::try_from(d.u32()?).unwrap_or(usize::MAX))
            .copied()
            .ok_or_else(|| Error::message("the number of an unknown type"))?,
    };
    let valid_from = d.i32()?;
    let valid_until = i32::try_from(d.u32()?).ok().and_then(|days| valid_from.checked_add(days));
    let status = StatusPlace { list: d.u32()?, index: d.u32()? };
    let holder = UncheckedKey::from_bytes(algorithm(HOLDER_P256), d.bytes()?)
        .map_err(|e| Error::message(format!("the holder's key: {e}")))?;
    Ok(Envelope {
        format: if shape & DC == 0 { Format::VcSdJwt } else { Format::DcSdJwt },
        algorithm: algorithm(ISSUER_ES256),
        cryptosuite: Cryptosuite::default(),
        issuer: issuer.into(),
        kid: kid.into(),
        type_name: type_name.into(),
        valid_from: Date::from_days(valid_from),
        valid_until: Date::from_days(
            valid_until.ok_or_else(|| Error::message("a validity beyond all dates"))?,
        ),
        status,
        holder,
        holder_did: None,
    })
}

fn decode_bytes_or_text(d: &mut Decoder<'_>) -> Result<String, Error> {
    if d.datatype()? == Type::Bytes {
        return Ok(b64url(d.bytes()?));
    }
    let text = d.str()?;
    if b64url_decode(text).is_ok() {
        return Err(Error::message("a text that must travel as bytes"));
    }
    Ok(text.to_owned())
}

/// The 16 bytes of an audience that stands for a key (`trust::audience`).
fn audience_id(audience: &str) -> Option<[u8; 16]> {
    b64url_decode_array(audience.strip_prefix(AUDIENCE_PREFIX)?).ok()
}

fn decode_audience(d: &mut Decoder<'_>) -> Result<String, Error> {
    if d.datatype()? != Type::Bytes {
        let text = d.str()?;
        return match audience_id(text) {
            None => Ok(text.to_owned()),
            Some(_) => Err(Error::message("an audience that must travel as bytes")),
        };
    }
    let id = d.bytes()?;
    if id.len() == 16 {
        Ok(format!("{AUDIENCE_PREFIX}{}", b64url(id)))
    } else {
        Err(Error::message("an audience has 16 bytes"))
    }
}

fn signature<'b>(d: &mut Decoder<'b>) -> Result<&'b [u8], Error> {
    let bytes = d.bytes()?;
    if bytes.len() == SIGNATURE_BYTES { Ok(bytes) } else { Err(Error::message("a signature has 64 bytes")) }
}

/// The disclosures' texts one behind the other, each with its digest.
struct Disclosures {
    text: String,
    digests: Vec<Digest>,
}

impl Disclosures {
    fn decode(d: &mut Decoder<'_>) -> Result<Self, Error> {
        let len = definite(d.array()?)?;
        let mut this = Self { text: String::with_capacity(512), digests: Vec::new() };
        let mut json = String::with_capacity(256);
        for _ in 0..len {
            json.clear();
            let start = this.text.len();
            match d.datatype()? {
                Type::Bytes => b64url_append(d.bytes()?, &mut this.text),
                _ => {
                    decode_fields(d, &this.digests, &mut json)?;
                    b64url_append(json.as_bytes(), &mut this.text);
                }
            }
            this.digests.push(Digest::of(this.text.get(start..).unwrap_or_default()));
            this.text.push('~');
        }
        Ok(this)
    }

    fn text_len(&self) -> usize {
        self.text.len()
    }

    fn append(&self, out: &mut String) {
        out.push_str(&self.text);
    }
}

fn decode_fields(d: &mut Decoder<'_>, digests: &[Digest], json: &mut String) -> Result<(), Error> {
    let len = definite(d.array()?)?;
    json.push('[');
    push_b64url(d.bytes()?, json);
    match len {
        2 => {}
        3 => {
            json.push(',');
            let label: Label<'_> = d.decode()?;
            push_string(&label.0, json);
        }
        _ => return Err(Error::message("a disclosure has two or three items")),
    }
    json.push(',');
    value::write_json(d, digests, DEPTH, json)?;
    json.push(']');
    Ok(())
}
