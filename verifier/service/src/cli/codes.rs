//! Codes on the command line: pictures, texts, or both.

use std::path::PathBuf;

use hati_verifier_service::{Error, pictures};

#[derive(clap::Args)]
#[group(required = true, multiple = true)]
pub(super) struct Codes {
    /// Photographs or screenshots of the code, or of the frames of a moving one
    #[arg(long, value_name = "PNG|JPEG", num_args = 1..)]
    image: Vec<PathBuf>,
    /// The text of the code, or of the frames of a moving one
    #[arg(long, value_name = "T", num_args = 1..)]
    text: Vec<String>,
}

impl Codes {
    pub(super) fn read(self) -> Result<Vec<String>, Error> {
        let mut texts = self.text;
        texts.extend(pictures::read(&self.image)?);
        Ok(texts)
    }
}
