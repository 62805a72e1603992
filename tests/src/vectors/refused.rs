//! Codes that cannot be read.

use std::io::Write;

use flate2::Compression;
use flate2::write::DeflateEncoder;
use hati_formats::credential::Format;
use hati_formats::qr::presentation::compact;
use hati_formats::qr::sequence::Encoder;
use hati_formats::qr::text::{self, Kind};
use hati_verifier::Reason;
use serde_json::Value;

use super::alter::expecting;
use super::presentation::IDENTITY;
use super::request;
use super::shown::Scene;
use super::world::{Recipe, World};
use crate::country::Result;

pub(super) fn codes(world: &World) -> Result<Value> {
    let scene = Scene::answer(world, Recipe::identity(Format::VcSdJwt), IDENTITY);
    let cbor = compact(&scene.present(&scene.credential(|_| {})?)?)?;
    let good = text::encode(Kind::Presentation, &cbor);
    let another = compact(&scene.present(&scene.credential(|envelope| envelope.status.index += 1)?)?)?;
    let presentation = |bytes: &[u8]| text::encode(Kind::Presentation, bytes);
    let longer = [cbor.as_slice(), &[0]].concat();
    // The array's head in two bytes where one is enough (RFC 8949 section 4.2.1).
    let head = [[0x98, 0x11].as_slice(), cbor.get(1..).unwrap_or_default()].concat();
    let frames = Encoder::new(Kind::Presentation, &cbor)?;
    let (damaged, foreign) = (Reason::CodeDamaged, Reason::CodeForeign);
    let cases = [
        (Reason::CodeUnreadable, "no code", vec![]),
        (foreign, "a web address", vec!["https://www.example.com".to_owned()]),
        (foreign, "a health certificate", vec!["HC1:6BFOXN".to_owned()]),
        (foreign, "lower case", vec![good.to_lowercase()]),
        (Reason::CodeWrongKind, "a request", vec![request::code(world)?]),
        (Reason::CodeTooNew, "version 2", vec![good.replacen("H1", "H2", 1)]),
        (Reason::CodeTooNew, "kind Z", vec![good.replacen("H1P", "H1Z", 1)]),
        (Reason::CodeTooNew, "form 3 of a presentation", vec![presentation(&[0x82, 0x03, 0x40])]),
        (damaged, "without content", vec!["H1P:".to_owned()]),
        (damaged, "the last character missing", vec![good.chars().take(good.len() - 1).collect()]),
        (damaged, "half of it missing", vec![good.chars().take(good.len() / 2).collect()]),
        (damaged, "a character that Base45 does not have", vec![good.replacen("H1P:", "H1P:!", 1)]),
        (damaged, "a group above 65535", vec!["H1P:::::".to_owned()]),
        (damaged, "a last pair above 255", vec!["H1P:V5".to_owned()]),
        (damaged, "a byte too many", vec![presentation(&longer)]),
        (damaged, "a head that is not the shortest", vec![presentation(&head)]),
        (damaged, "no CBOR", vec![presentation(b"no CBOR")]),
        (Reason::CodeIncomplete, "one frame of several", vec![frames.frame(0)]),
        (Reason::CodeSeveral, "two answers at once", vec![good.clone(), presentation(&another)]),
        (
            Reason::TooLong,
            "one character more than any code holds",
            vec!["H1P:".to_owned() + &"0".repeat(4_293)],
        ),
        (Reason::TooLong, "64 KiB and one byte when inflated", vec![presentation(&bomb()?)]),
        (Reason::CredentialMalformed, "no token in it", vec![presentation(&compact("~")?)]),
    ];
    let case = |(number, (reason, says, scan)): (usize, (Reason, &str, Vec<String>))| {
        expecting(scene.case("", says, &scan), reason, number)
    };
    Ok(cases.into_iter().enumerate().map(case).collect())
}

/// `[2, deflated]` with one character more than a presentation may have.
fn bomb() -> Result<Vec<u8>> {
    let mut deflate = DeflateEncoder::new(Vec::new(), Compression::best());
    deflate.write_all(&[b'~'; (64 << 10) + 1])?;
    let deflated = deflate.finish()?;
    let length = u8::try_from(deflated.len())?;
    Ok([[0x82, 0x02, 0x58, length].as_slice(), &deflated].concat())
}
