//! Tokens of other makers: what cannot be written again from fields travels deflated (RFC 1951), never altered.
//!
//! ```text
//! parts = [1, issuer-signature: bstr .size 64, kb-signature: bstr .size 64 / null, deflated: bstr]
//!         ; deflated holds CBOR [* bstr]: header, payload, each disclosure, then (with a key binding) its
//!         ; header and payload, all decoded from base64url
//! text  = [2, deflated: bstr]           ; deflated holds the text
//! ```

use std::io::{Read, Write};

use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use minicbor::{Decoder, Encoder};

use super::value::{definite, expect_len};
use super::{MAX_TEXT, PARTS, PresentationError, TEXT};
use crate::cbor::CborError;
use crate::encoding::{b64url_append, b64url_decode, b64url_decode_array};
use crate::keys::SIGNATURE_BYTES;

/// The parts of a token that is base64url throughout, deflated; `None` where it is not.
pub(super) fn compact_parts(text: &str) -> Option<Vec<u8>> {
    let (jwt, rest) = text.split_once('~')?;
    let (disclosures, kb) = rest.rsplit_once('~').map_or(("", rest), |(d, kb)| (d, kb));
    let (body, signature) = split_jws(jwt)?;
    let kb = if kb.is_empty() { None } else { Some(split_jws(kb)?) };
    let mut texts: Vec<&str> = body.split('.').collect();
    texts.extend(disclosures.split('~').filter(|_| rest.contains('~')));
    texts.extend(kb.iter().flat_map(|(body, _)| body.split('.')));
    let mut inner = Encoder::new(Vec::with_capacity(text.len()));
    inner.array(texts.len() as u64).ok()?;
    for part in texts {
        inner.bytes(&b64url_decode(part).ok()?).ok()?;
    }
    let mut e = Encoder::new(Vec::new());
    e.array(4).ok()?.u8(PARTS).ok()?.bytes(&signature).ok()?;
    match kb {
        Some((_, signature)) => e.bytes(&signature).ok()?,
        None => e.null().ok()?,
    };
    e.bytes(&deflate(&inner.into_writer())).ok()?;
    Some(e.into_writer())
}

fn split_jws(token: &str) -> Option<(&str, [u8; SIGNATURE_BYTES])> {
    let (body, signature) = token.rsplit_once('.')?;
    (body.split('.').count() == 2).then_some(())?;
    Some((body, b64url_decode_array(signature).ok()?))
}

pub(super) fn compact_text(text: &str) -> Vec<u8> {
    let mut e = Encoder::new(Vec::new());
    // Writing into a Vec cannot fail.
    let written = e.array(2).and_then(|e| e.u8(TEXT)?.bytes(&deflate(text.as_bytes()))).is_ok();
    debug_assert!(written, "encoding into memory does not fail");
    e.into_writer()
}

pub(super) fn expand_parts(d: &mut Decoder<'_>, items: u64) -> Result<String, PresentationError> {
    expect_len(Some(items), 4)?;
    let signature = signature(d.bytes()?)?;
    let kb_signature = match d.datatype()? {
        minicbor::data::Type::Null => {
            d.null()?;
            None
        }
        _ => Some(self::signature(d.bytes()?)?),
    };
    let inner = inflate(d.bytes()?)?;
    let parts = read_parts(&inner)?;
    // Header and payload, and with a key binding its header and payload behind the disclosures.
    let kb_parts = if kb_signature.is_some() { 2 } else { 0 };
    let disclosures = parts.len().checked_sub(2 + kb_parts).ok_or_else(|| damaged("parts are missing"))?;
    let mut out = String::with_capacity(inner.len() * 4 / 3 + 256);
    for (at, part) in parts.iter().enumerate() {
        if at > 0 {
            out.push(if at == 1 || at == disclosures + 3 { '.' } else { '~' });
        }
        b64url_append(part, &mut out);
        if at == 1 {
            out.push('.');
            b64url_append(signature, &mut out);
        }
    }
    match kb_signature {
        Some(signature) => {
            out.push('.');
            b64url_append(signature, &mut out);
        }
        None => out.push('~'),
    }
    Ok(out)
}

fn read_parts(inner: &[u8]) -> Result<Vec<&[u8]>, PresentationError> {
    crate::cbor::check_preferred(inner)?;
    let mut d = Decoder::new(inner);
    let len = definite(d.array()?)?;
    let mut parts = Vec::new();
    for _ in 0..len {
        parts.push(d.bytes()?);
    }
    if d.position() == inner.len() { Ok(parts) } else { Err(damaged("bytes behind the parts")) }
}

pub(super) fn expand_text(d: &mut Decoder<'_>, items: u64) -> Result<String, PresentationError> {
    expect_len(Some(items), 2)?;
    let text = String::from_utf8(inflate(d.bytes()?)?).map_err(|_| PresentationError::NotAnSdJwt)?;
    if text.contains('~') && text.is_ascii() { Ok(text) } else { Err(PresentationError::NotAnSdJwt) }
}

fn signature(bytes: &[u8]) -> Result<&[u8], PresentationError> {
    if bytes.len() == SIGNATURE_BYTES { Ok(bytes) } else { Err(damaged("a signature has 64 bytes")) }
}

fn damaged(reason: &str) -> PresentationError {
    CborError::Structure { reason: reason.to_owned() }.into()
}

fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    // Writing into a Vec cannot fail.
    let written = encoder.write_all(bytes).is_ok();
    debug_assert!(written, "deflating into memory does not fail");
    encoder.finish().unwrap_or_default()
}

/// Inflates at most [`MAX_TEXT`] bytes: a bomb of 4 kB could hold 4 MB.
fn inflate(bytes: &[u8]) -> Result<Vec<u8>, PresentationError> {
    let mut out = Vec::new();
    let mut decoder = DeflateDecoder::new(bytes);
    let read = decoder.by_ref().take(MAX_TEXT as u64 + 1).read_to_end(&mut out);
    read.map_err(|e| damaged(&e.to_string()))?;
    if out.len() > MAX_TEXT {
        return Err(PresentationError::TooLong { got: out.len(), limit: MAX_TEXT });
    }
    if decoder.total_in() != bytes.len() as u64 {
        return Err(damaged("bytes behind the deflated part"));
    }
    Ok(out)
}
