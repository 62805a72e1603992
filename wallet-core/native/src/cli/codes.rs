//! An answer as pictures.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use hati_formats::qr::image::{Code, Level};
use hati_wallet::{Error, animate, files};
use hati_wallet_core::present::{Codes, ShownClaim};
use serde_json::{Map, Value, json};

use super::Lang;
use super::credentials::plain;

/// A version 17 code is then 744 pixels wide: large enough for a phone's camera from a screen.
const MODULE_PX: u32 = 8;

/// What was written, and how large it is.
pub(super) struct Written {
    pub(super) text: String,
    pub(super) json: Map<String, Value>,
}

/// Writes the code to `out`; a sequence as an animated PNG there, and as numbered pictures beside it.
pub(super) fn write(codes: &Codes, out: &Path) -> Result<Written, Error> {
    let texts = codes.texts();
    // A screen shows it, and on screens level L is as good as M, with larger modules.
    let drawn = texts.iter().map(|text| Code::new(text, Level::L)).collect::<Result<Vec<_>, _>>()?;
    let pictures = drawn.iter().map(|code| code.png(MODULE_PX)).collect::<Result<Vec<_>, _>>()?;
    let files = match (codes, pictures.as_slice()) {
        (Codes::One(_), [picture]) => {
            files::write(out, picture)?;
            vec![out.to_owned()]
        }
        _ => write_sequence(&pictures, out)?,
    };
    let characters = texts.iter().map(String::len).max().unwrap_or(0);
    let version = drawn.iter().map(Code::version).max().unwrap_or(0);
    let mut text = match codes {
        Codes::One(_) => format!("{characters} characters, QR version {version}, in {}", out.display()),
        Codes::Sequence(_) => format!(
            "{} frames of at most {characters} characters, QR version {version}, animated in {} and one by one beside it",
            texts.len(),
            out.display()
        ),
    };
    if let (Codes::One(_), [code], true) = (codes, drawn.as_slice(), std::io::stdout().is_terminal()) {
        text = format!("{}\n{text}", code.terminal());
    }
    let json = json!({
        "out": out,
        "files": files,
        "frames": texts.len(),
        "characters": characters,
        "version": version,
        "codes": texts,
    });
    let json = json.as_object().cloned().unwrap_or_default();
    Ok(Written { text, json })
}

/// `OUT.png` becomes `OUT-001.png`, `OUT-002.png` and so on.
fn write_sequence(pictures: &[Vec<u8>], out: &Path) -> Result<Vec<PathBuf>, Error> {
    let stem = out.file_stem().unwrap_or_default().to_string_lossy();
    let extension = out.extension().map_or_else(|| "png".into(), |extension| extension.to_string_lossy());
    let mut written = Vec::with_capacity(pictures.len());
    for (number, picture) in (1..).zip(pictures) {
        let path = out.with_file_name(format!("{stem}-{number:03}.{extension}"));
        files::write(&path, picture)?;
        written.push(path);
    }
    files::write(out, &animate(pictures)?)?;
    Ok(written)
}

/// Each claim that is shown, one a line.
pub(super) fn claim_lines(claims: &[ShownClaim], lang: Lang) -> Vec<String> {
    let label = |shown: &ShownClaim| shown.claim.label(lang.id()).to_owned();
    let width = claims.iter().map(|shown| label(shown).chars().count()).max().unwrap_or(0);
    let line = |shown: &ShownClaim| {
        let value = plain(&shown.claim.value, lang);
        let note = if shown.asked { "" } else { "  (always visible)" };
        format!("  {:width$}  {value}{note}", label(shown))
    };
    claims.iter().map(line).collect()
}

/// Each claim that is shown, for programs.
pub(super) fn claims_json(claims: &[ShownClaim], lang: Lang) -> Vec<Value> {
    let claim = |shown: &ShownClaim| {
        json!({
            "path": shown.claim.name(),
            "label": shown.claim.label(lang.id()),
            "value": shown.claim.value,
            "asked": shown.asked,
        })
    };
    claims.iter().map(claim).collect()
}
