//! How well and how fast decoders read photographs of codes: the table by which ours was chosen.

use std::fmt;
use std::time::Instant;

use hati_formats::qr::image::{Code, ImageError, Level};
use hati_formats::qr::text::{self, Kind};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use crate::camera::{self, Degradation, Frame};

/// Characters in the codes: from proof of age to more than a code should hold; the fourth fills version 20.
pub const CHARACTERS: [usize; 6] = [300, 468, 900, 1_249, 1_399, 1_999];
/// The version whose time is reported on its own.
const REPORTED: usize = 1_249;

/// A decoder: all texts it reads in a frame.
#[derive(Clone, Copy)]
pub struct Decoder {
    /// Its name in the table.
    pub name: &'static str,
    /// Reads a frame.
    pub read: fn(&Frame) -> Vec<String>,
}

/// The decoder of `formats/src/qr/image`.
pub const OURS: Decoder = Decoder { name: "hati_formats::qr::image", read: read_ours };

fn read_ours(frame: &Frame) -> Vec<String> {
    hati_formats::qr::image::read_grey(frame.width, frame.height, &frame.pixels).unwrap_or_default()
}

/// What one decoder made of every frame.
#[derive(Default)]
struct Row {
    name: &'static str,
    /// For each frame: characters, degradation, milliseconds, and whether the text was read.
    readings: Vec<(usize, Degradation, f64, bool)>,
}

/// The readings of several decoders over the same frames; prints as a table.
pub struct Table {
    rows: Vec<Row>,
}

/// Shows every decoder the same frames: each size and degradation `repeats` times, at levels L and M in turn.
///
/// # Errors
/// [`ImageError`] if a code cannot be drawn.
pub fn compare(decoders: &[Decoder], repeats: u64) -> Result<Table, ImageError> {
    let mut rows: Vec<Row> =
        decoders.iter().map(|decoder| Row { name: decoder.name, readings: Vec::new() }).collect();
    for characters in CHARACTERS {
        for repeat in 0..repeats {
            let seed = characters as u64 * 1_000 + repeat;
            let text = sample(characters, seed);
            let code = Code::new(&text, if repeat % 2 == 0 { Level::L } else { Level::M })?;
            for (degradation, offset) in Degradation::ALL.into_iter().zip(0..) {
                let frame = camera::photograph(&code, degradation, seed * 6 + offset);
                for (row, decoder) in rows.iter_mut().zip(decoders) {
                    let start = Instant::now();
                    let found = (decoder.read)(&frame);
                    let milliseconds = start.elapsed().as_secs_f64() * 1e3;
                    row.readings.push((characters, degradation, milliseconds, found.contains(&text)));
                }
            }
        }
    }
    Ok(Table { rows })
}

/// A text of ours with so many characters, of random bytes.
#[must_use]
pub fn sample(characters: usize, seed: u64) -> String {
    let body = characters - text::encoded_chars(0);
    let mut bytes = vec![0; body / 3 * 2 + body % 3 / 2];
    ChaCha8Rng::seed_from_u64(seed).fill_bytes(&mut bytes);
    text::encode(Kind::Presentation, &bytes)
}

impl Row {
    /// Percent of the chosen frames that were read.
    fn share(&self, chosen: impl Fn(usize, Degradation) -> bool) -> f64 {
        let (mut all, mut read) = (0_u32, 0_u32);
        for (_, _, _, success) in self.readings.iter().filter(|(size, how, _, _)| chosen(*size, *how)) {
            all += 1;
            read += u32::from(*success);
        }
        100.0 * f64::from(read) / f64::from(all.max(1))
    }

    /// Median and 90th percentile of the milliseconds for frames of the chosen size.
    fn times(&self, chosen: impl Fn(usize) -> bool) -> String {
        let mut times: Vec<f64> =
            self.readings.iter().filter(|(size, ..)| chosen(*size)).map(|(_, _, time, _)| *time).collect();
        times.sort_by(f64::total_cmp);
        let at = |share: usize| times.get(times.len() * share / 10).copied().unwrap_or_default();
        format!("{:.1} / {:.1}", at(5), at(9))
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let frames = self.rows.first().map_or(0, |row| row.readings.len());
        writeln!(
            f,
            "{frames} grey frames of {} x {}; % read; ms as median / p90\n",
            camera::WIDTH,
            camera::HEIGHT
        )?;
        write!(f, "| characters | all |")?;
        CHARACTERS.iter().try_for_each(|size| write!(f, " {size} |"))?;
        writeln!(f, " ms | ms at {REPORTED} (version 20 at L) |")?;
        writeln!(f, "|---|{}", "---|".repeat(CHARACTERS.len() + 3))?;
        for row in &self.rows {
            write!(f, "| {} | {:.1} |", row.name, row.share(|_, _| true))?;
            for size in CHARACTERS {
                write!(f, " {:.0} |", row.share(|other, _| other == size))?;
            }
            writeln!(f, " {} | {} |", row.times(|_| true), row.times(|size| size == REPORTED))?;
        }
        write!(f, "\n| degradation |")?;
        Degradation::ALL.iter().try_for_each(|how| write!(f, " {how:?} |"))?;
        writeln!(f, "\n|---|{}", "---|".repeat(Degradation::ALL.len()))?;
        for row in &self.rows {
            write!(f, "| {} |", row.name)?;
            for how in Degradation::ALL {
                write!(f, " {:.0} |", row.share(|_, other| other == how))?;
            }
            writeln!(f)?;
        }
        Ok(())
    }
}
