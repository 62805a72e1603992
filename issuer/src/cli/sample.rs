//! `hati-issuer sample-register`: a file of invented people.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use hati_issuer::register::sample::{MAX_PEOPLE, write_sample};

use super::{Answer, CHECK_FOLDER, Failure, unusable};

/// Write a register of invented people with Kenyan names, the same ones for the same seed
#[derive(clap::Args)]
#[command(after_help = "Example:
  hati-issuer sample-register --people 10000 --seed 1 --out people.csv --portraits 20")]
pub(super) struct Args {
    /// How many people
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=MAX_PEOPLE))]
    people: u64,
    /// The seed
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// The CSV file to write
    #[arg(long, value_name = "F.csv")]
    out: PathBuf,
    /// Draw a face for the first N people, into the folder portraits beside the file
    #[arg(long, value_name = "N", default_value_t = 0)]
    portraits: u64,
}

impl Args {
    pub(super) fn run(self) -> Result<Answer, Failure> {
        self.write().map_err(unusable(&self.out, CHECK_FOLDER))?;
        let portraits = self.portraits.min(self.people);
        let text = format!(
            "{} people ({portraits} with a portrait) from seed {} are in {}",
            self.people,
            self.seed,
            self.out.display()
        );
        let json = serde_json::json!({
            "people": self.people,
            "portraits": portraits,
            "seed": self.seed,
            "out": self.out,
        });
        Ok(Answer::done(text, json))
    }

    fn write(&self) -> io::Result<()> {
        let folder = self.out.parent().unwrap_or(Path::new(""));
        if self.portraits > 0 {
            fs::create_dir_all(folder.join("portraits"))?;
        }
        let mut out = BufWriter::new(File::create(&self.out)?);
        write_sample(self.people, self.seed, self.portraits, &mut out, &mut |path, face| {
            face.save(folder.join(path)).map_err(io::Error::other)
        })?;
        out.flush()
    }
}
