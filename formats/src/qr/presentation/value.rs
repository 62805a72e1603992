//! JSON values of claims as deterministic CBOR, and back to the same text (`spec/qr.md`, "Values").
//!
//! ```text
//! value    = null / bool / int / text / bytes / day / data-url / [* value] / { * label => value } / digest
//! day      = #6.100(int)                ; a string "YYYY-MM-DD" (RFC 8943)
//! data-url = #6.22([tstr, bstr])        ; "data:<type>;base64,<bytes>" (RFC 8949 section 3.4.5.2)
//! bytes    = bstr .size (16..)          ; a string that is the base64url of at least 16 bytes
//! digest   = uint                       ; in `_sd` and `...` only: the digest of the disclosure of that number
//! ```

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use minicbor::data::{Tag, Type};
use minicbor::decode::Error;
use minicbor::{Decoder, Encoder};
use serde_json::{Map, Value};

use crate::encoding::{b64url_append, b64url_decode};
use crate::json::{MAX_DEPTH, push_display, push_escaped};
use crate::names::{Label, MAX_NAME_BYTES};
use crate::sd_jwt::{Digest, SD, SD_ELEMENT};
use crate::time::Date;

/// RFC 8943: days since 1970-01-01.
const TAG_DAY: u64 = 100;
/// RFC 8949 section 3.4.5.2: bytes that are base64 in JSON.
const TAG_BASE64: u64 = 22;
/// Shorter strings are mostly words, which may be base64url by chance; salts and digests are longer.
const MIN_BYTES: usize = 16;

/// The value has no place in the profile's CBOR: a fraction, or members in another order than CBOR's. The
/// disclosure around it then travels as text.
#[derive(Debug)]
pub(super) struct NotEncodable;

/// Writes one value; `digest` gives the number of the disclosure behind a digest, where it is presented.
pub(super) fn encode(
    value: &Value,
    digest: &impl Fn(&str) -> Option<u32>,
    out: &mut Vec<u8>,
) -> Result<(), NotEncodable> {
    let mut e = Encoder::new(&mut *out);
    let done = match value {
        Value::Null => e.null().is_ok(),
        Value::Bool(b) => e.bool(*b).is_ok(),
        Value::Number(n) => match (n.as_u64(), n.as_i64()) {
            (Some(n), _) => e.u64(n).is_ok(),
            (None, Some(n)) => e.i64(n).is_ok(),
            (None, None) => false,
        },
        Value::String(text) => encode_text(text, &mut e),
        Value::Array(items) => {
            let begun = e.array(items.len() as u64).is_ok();
            items.iter().try_for_each(|item| encode(item, digest, out))?;
            begun
        }
        Value::Object(members) => return encode_object(members, digest, out),
    };
    done.then_some(()).ok_or(NotEncodable)
}

fn encode_text(text: &str, e: &mut Encoder<&mut Vec<u8>>) -> bool {
    if let Some(day) = day(text) {
        return e.tag(Tag::new(TAG_DAY)).and_then(|e| e.i32(day.days())).is_ok();
    }
    if let Some((media, bytes)) = data_url(text) {
        let tagged = e.tag(Tag::new(TAG_BASE64)).and_then(|e| e.array(2));
        return tagged.and_then(|e| e.str(media)?.bytes(&bytes)).is_ok();
    }
    match b64url_decode(text) {
        Ok(bytes) if bytes.len() >= MIN_BYTES => e.bytes(&bytes).is_ok(),
        _ => e.str(text).is_ok(),
    }
}

fn day(text: &str) -> Option<Date> {
    // Most texts are no dates, and an error would be made for each of them.
    if text.len() != 10 {
        return None;
    }
    Date::parse(text).ok().filter(|day| day.to_string() == text)
}

fn data_url(text: &str) -> Option<(&str, Vec<u8>)> {
    let (media, data) = text.strip_prefix("data:")?.split_once(";base64,")?;
    if media.contains(';') {
        return None;
    }
    Some((media, STANDARD.decode(data).ok()?))
}

fn encode_object(
    members: &Map<String, Value>,
    digest: &impl Fn(&str) -> Option<u32>,
    out: &mut Vec<u8>,
) -> Result<(), NotEncodable> {
    Encoder::new(&mut *out).map(members.len() as u64).map_err(|_| NotEncodable)?;
    let mut previous: Vec<u8> = Vec::new();
    for (name, value) in members {
        if name.len() > MAX_NAME_BYTES {
            return Err(NotEncodable);
        }
        let key = crate::cbor::to_vec(&Label(name.as_str().into()));
        // RFC 8949 section 4.2.1 orders members by their encoded names; another order has no encoding.
        if key <= previous {
            return Err(NotEncodable);
        }
        out.extend_from_slice(&key);
        previous = key;
        match (name.as_str(), value) {
            (SD, Value::Array(items)) => {
                Encoder::new(&mut *out).array(items.len() as u64).map_err(|_| NotEncodable)?;
                items.iter().try_for_each(|item| encode_digest(item, digest, out))?;
            }
            (SD_ELEMENT, item) => encode_digest(item, digest, out)?,
            _ => encode(value, digest, out)?,
        }
    }
    Ok(())
}

/// A digest whose disclosure is presented need not travel: its number is enough.
fn encode_digest(
    value: &Value,
    digest: &impl Fn(&str) -> Option<u32>,
    out: &mut Vec<u8>,
) -> Result<(), NotEncodable> {
    let text = value.as_str().ok_or(NotEncodable)?;
    let mut e = Encoder::new(&mut *out);
    let done = match (digest(text), b64url_decode(text)) {
        (Some(number), _) => e.u32(number).is_ok(),
        (None, Ok(bytes)) => e.bytes(&bytes).is_ok(),
        (None, Err(_)) => false,
    };
    done.then_some(()).ok_or(NotEncodable)
}

/// Writes the JSON text of one value straight from its CBOR. `digests` are those of the disclosures before it.
pub(super) fn write_json(
    d: &mut Decoder<'_>,
    digests: &[Digest],
    depth: usize,
    out: &mut String,
) -> Result<(), Error> {
    let depth = depth.checked_sub(1).ok_or_else(|| Error::message("nested deeper than 32"))?;
    match d.datatype()? {
        Type::Null => {
            d.null()?;
            out.push_str("null");
        }
        Type::Bool => out.push_str(if d.bool()? { "true" } else { "false" }),
        Type::U8 | Type::U16 | Type::U32 | Type::U64 | Type::I8 | Type::I16 | Type::I32 | Type::I64 => {
            push_display(d.int()?, out);
        }
        Type::String => push_string(plain(d.str()?)?, out),
        Type::Bytes => push_b64url(long(d.bytes()?)?, out),
        Type::Tag => write_tagged(d, out)?,
        Type::Array => write_array(d, digests, depth, out)?,
        Type::Map => write_object(d, digests, depth, out)?,
        _ => return Err(Error::message("a kind of value that claims do not have")),
    }
    Ok(())
}

/// One text has one encoding: what has a shorter form may not come as text.
fn plain(text: &str) -> Result<&str, Error> {
    let shorter = day(text).is_some()
        || data_url(text).is_some()
        || (text.len() > MIN_BYTES && b64url_decode(text).is_ok_and(|bytes| bytes.len() >= MIN_BYTES));
    if shorter { Err(Error::message("a text that must travel in its short form")) } else { Ok(text) }
}

fn long(bytes: &[u8]) -> Result<&[u8], Error> {
    if bytes.len() < MIN_BYTES { Err(Error::message("bytes that must travel as text")) } else { Ok(bytes) }
}

fn write_tagged(d: &mut Decoder<'_>, out: &mut String) -> Result<(), Error> {
    let tag = d.tag()?.as_u64();
    match tag {
        TAG_DAY => {
            out.push('"');
            push_display(Date::from_days(d.i32()?), out);
            out.push('"');
        }
        TAG_BASE64 => {
            expect_len(d.array()?, 2)?;
            out.push_str("\"data:");
            push_escaped(d.str()?, out);
            out.push_str(";base64,");
            STANDARD.encode_string(d.bytes()?, out);
            out.push('"');
        }
        _ => return Err(Error::message("an unknown tag")),
    }
    Ok(())
}

fn write_array(d: &mut Decoder<'_>, digests: &[Digest], depth: usize, out: &mut String) -> Result<(), Error> {
    let len = definite(d.array()?)?;
    out.push('[');
    for at in 0..len {
        if at > 0 {
            out.push(',');
        }
        write_json(d, digests, depth, out)?;
    }
    out.push(']');
    Ok(())
}

fn write_object(
    d: &mut Decoder<'_>,
    digests: &[Digest],
    depth: usize,
    out: &mut String,
) -> Result<(), Error> {
    let len = definite(d.map()?)?;
    let mut previous: &[u8] = &[];
    out.push('{');
    for at in 0..len {
        if at > 0 {
            out.push(',');
        }
        let start = d.position();
        let label: Label<'_> = d.decode()?;
        let key = d.input().get(start..d.position()).unwrap_or_default();
        if key <= previous {
            return Err(Error::message("members out of order (RFC 8949 section 4.2.1)"));
        }
        previous = key;
        push_string(&label.0, out);
        out.push(':');
        match &*label.0 {
            SD if d.datatype()? == Type::Array => write_digests(d, digests, out)?,
            SD_ELEMENT => write_digest(d, digests, out)?,
            _ => write_json(d, digests, depth, out)?,
        }
    }
    out.push('}');
    Ok(())
}

fn write_digests(d: &mut Decoder<'_>, digests: &[Digest], out: &mut String) -> Result<(), Error> {
    let len = definite(d.array()?)?;
    out.push('[');
    for at in 0..len {
        if at > 0 {
            out.push(',');
        }
        write_digest(d, digests, out)?;
    }
    out.push(']');
    Ok(())
}

fn write_digest(d: &mut Decoder<'_>, digests: &[Digest], out: &mut String) -> Result<(), Error> {
    if d.datatype()? == Type::Bytes {
        push_b64url(d.bytes()?, out);
        return Ok(());
    }
    let number = usize::try_from(d.u32()?).unwrap_or(usize::MAX);
    let digest =
        digests.get(number).ok_or_else(|| Error::message("the number of a disclosure that is not there"))?;
    push_string(digest.as_str(), out);
    Ok(())
}

/// Appends a JSON string.
pub(super) fn push_string(text: &str, out: &mut String) {
    out.push('"');
    push_escaped(text, out);
    out.push('"');
}

/// Appends a JSON string that is the base64url of `bytes`.
pub(super) fn push_b64url(bytes: &[u8], out: &mut String) {
    out.push('"');
    b64url_append(bytes, out);
    out.push('"');
}

pub(super) fn definite(len: Option<u64>) -> Result<u64, Error> {
    len.ok_or_else(|| Error::message("a length that is not written (RFC 8949 section 4.2.1)"))
}

pub(super) fn expect_len(len: Option<u64>, expected: u64) -> Result<(), Error> {
    if len == Some(expected) { Ok(()) } else { Err(Error::message("a list of another length")) }
}

/// The depth a value starts with.
pub(super) const DEPTH: usize = MAX_DEPTH;
