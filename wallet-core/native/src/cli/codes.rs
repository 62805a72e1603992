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

/// The pictures of an answer, and where they go: drawn before the answer is stored, so that what cannot be written
/// burns no copy.
pub(super) struct Pictures<'c> {
    codes: &'c Codes,
    drawn: Vec<Code>,
    files: Vec<(PathBuf, Vec<u8>)>,
    out: &'c Path,
}

/// What was written, and how large it is.
pub(super) struct Written {
    pub(super) text: String,
    pub(super) json: Map<String, Value>,
}

impl<'c> Pictures<'c> {
    /// Draws the code for `out`; a sequence as numbered pictures beside it, and as an animated PNG there. Refuses if one of
    /// these files cannot be written.
    pub(super) fn draw(codes: &'c Codes, out: &'c Path) -> Result<Self, Error> {
        // A screen shows it, and on screens level L is as good as M, with larger modules.
        let drawn =
            codes.texts().iter().map(|text| Code::new(text, Level::L)).collect::<Result<Vec<_>, _>>()?;
        let pictures = drawn.iter().map(|code| code.png(MODULE_PX)).collect::<Result<Vec<_>, _>>()?;
        let files = match codes {
            Codes::One(_) => pictures.into_iter().map(|picture| (out.to_owned(), picture)).collect(),
            Codes::Sequence(_) => {
                let animation = animate(&pictures)?;
                let frames = (1..).map(|number| beside(out, &format!("{number:03}"))).zip(pictures);
                frames.chain([(out.to_owned(), animation)]).collect::<Vec<_>>()
            }
        };
        files.iter().try_for_each(|(path, _)| files::check_writable(path))?;
        Ok(Self { codes, drawn, files, out })
    }

    /// Writes them, and tells how large they are.
    pub(super) fn write(self) -> Result<Written, Error> {
        self.files.iter().try_for_each(|(path, picture)| files::write(path, picture))?;
        let texts = self.codes.texts();
        let characters = texts.iter().map(String::len).max().unwrap_or(0);
        let version = self.drawn.iter().map(Code::version).max().unwrap_or(0);
        let frames = self.files.iter().map(|(path, _)| path).take(texts.len()).collect::<Vec<_>>();
        let json = json!({
            "out": self.out,
            "files": frames,
            "frames": texts.len(),
            "characters": characters,
            "version": version,
            "codes": texts,
        });
        let json = json.as_object().cloned().unwrap_or_default();
        Ok(Written { text: self.text(characters, version), json })
    }

    fn text(&self, characters: usize, version: u8) -> String {
        let out = self.out.display();
        match (self.codes, self.drawn.as_slice()) {
            (Codes::One(_), [code]) if std::io::stdout().is_terminal() => {
                format!("{}\n{characters} characters, QR version {version}, in {out}", code.terminal())
            }
            (Codes::One(_), _) => format!("{characters} characters, QR version {version}, in {out}"),
            (Codes::Sequence(texts), _) => format!(
                "{} frames of at most {characters} characters, QR version {version}, animated in {out} and one by one \
                 beside it; hati-verifier check reads these: --image {}",
                texts.len(),
                beside(self.out, "*").display()
            ),
        }
    }
}

/// `OUT.png` becomes `OUT-001.png`.
fn beside(out: &Path, mark: &str) -> PathBuf {
    let stem = out.file_stem().unwrap_or_default().to_string_lossy();
    let extension = out.extension().map_or_else(|| "png".into(), |extension| extension.to_string_lossy());
    out.with_file_name(format!("{stem}-{mark}.{extension}"))
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
