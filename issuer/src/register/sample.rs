//! Invented people with Kenyan names, the same ones for the same seed.

mod face;
mod names;

use std::io::{self, Write};

use hati_formats::time::Date;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use self::names::{COMMUNITIES, Community};
use super::COLUMNS;
use super::counties::towns_of;

pub use self::face::face;

/// As many people as Kenya has, and some more: beyond this the numbers of identity cards would run out.
pub const MAX_PEOPLE: u64 = 60_000_000;

/// 2026-01-01, the day on which the sample was born: fixed, so that a seed always gives the same people.
const SAMPLE_DAY: Date = Date::from_days(20_454);

/// Years of the oldest person.
const OLDEST: u32 = 112;

/// Identity cards are issued at this age.
const AGE_OF_CARD: i32 = 18;

/// Writes a register of invented people. The first `portraits` of them name a picture, `portraits/UPI.png`,
/// which `portrait` is asked to write with a face drawn from the seed.
///
/// # Errors
///
/// If `out` or `portrait` cannot write.
pub fn write_sample(
    people: u64,
    seed: u64,
    portraits: u64,
    out: impl Write,
    portrait: &mut dyn FnMut(&str, image::RgbImage) -> io::Result<()>,
) -> io::Result<()> {
    let mut csv = csv::Writer::from_writer(out);
    csv.write_record(COLUMNS)?;
    let mut draw = Draw(ChaCha20Rng::seed_from_u64(seed));
    let numbers = Numbers::new(&mut draw);
    for place in 0..people.min(MAX_PEOPLE) {
        let mut row = person(&mut draw, &numbers, place);
        if place < portraits {
            let path = format!("portraits/{}.png", row.upi);
            portrait(&path, face(&mut draw))?;
            row.portrait = path;
        }
        csv.write_record(row.fields())?;
    }
    csv.flush()
}

struct SamplePerson {
    upi: String,
    id_number: String,
    given_name: String,
    family_name: String,
    birthdate: String,
    sex: &'static str,
    nationalities: &'static str,
    county: &'static str,
    place_of_birth: &'static str,
    phone: String,
    portrait: String,
}

impl SamplePerson {
    fn fields(&self) -> [&str; COLUMNS.len()] {
        [
            &self.upi,
            &self.id_number,
            &self.given_name,
            &self.family_name,
            &self.birthdate,
            self.sex,
            self.nationalities,
            self.county,
            self.place_of_birth,
            "KE",
            &self.phone,
            &self.portrait,
        ]
    }
}

fn person(draw: &mut Draw, numbers: &Numbers, place: u64) -> SamplePerson {
    let community = draw.pick(COMMUNITIES);
    let female = draw.one_in(2);
    let birthdate = birthdate(draw);
    let county = draw.pick(community.counties);
    let adult = birthdate.years_until(SAMPLE_DAY) >= AGE_OF_CARD;
    let (given_name, family_name) = draw_names(draw, &community, female);
    let phone =
        if adult && draw.one_in(2) { format!("+2547{:08}", draw.below(100_000_000)) } else { String::new() };
    SamplePerson {
        upi: numbers.upi(place),
        id_number: if adult { numbers.id_number(place) } else { String::new() },
        given_name,
        family_name,
        birthdate: birthdate.to_string(),
        sex: match (draw.one_in(3000), female) {
            (true, _) => "intersex",
            (_, true) => "female",
            (_, false) => "male",
        },
        nationalities: if draw.one_in(200) { draw.pick(&["KE;UG", "KE;TZ", "KE;GB", "KE;SO"]) } else { "KE" },
        county,
        place_of_birth: draw.pick(towns_of(county)),
        phone,
        portrait: String::new(),
    }
}

fn draw_names(draw: &mut Draw, community: &Community, female: bool) -> (String, String) {
    let (first, second) = if female {
        (community.first_female, community.second_female)
    } else {
        (community.first_male, community.second_male)
    };
    (format!("{} {}", draw.pick(first), draw.pick(second)), draw.pick(community.family).to_owned())
}

/// A young country: the draw with the fewest years of two counts, and a few people are very old.
fn birthdate(draw: &mut Draw) -> Date {
    let years = if draw.one_in(500) { OLDEST - draw.below(17) } else { draw.below(95).min(draw.below(95)) };
    let days = i64::from(years) * 365 + i64::from(draw.below(365));
    Date::from_days(SAMPLE_DAY.days().saturating_sub(i32::try_from(days).unwrap_or(0)))
}

/// Numbers that never repeat and follow no order: steps around a ring that share no divisor with it, so that each
/// number comes once, each step a person.
struct Numbers {
    upi_start: u64,
    id_start: u64,
}

impl Numbers {
    /// 14 digits, the first not 0.
    const UPI_RING: u64 = 90_000_000_000_000;
    const UPI_STEP: u64 = 15_485_863_000_027;
    const ID_RING: u64 = 90_000_000;
    const ID_STEP: u64 = 32_452_843;

    fn new(draw: &mut Draw) -> Self {
        Self { upi_start: draw.0.next_u64() % Self::UPI_RING, id_start: draw.0.next_u64() % Self::ID_RING }
    }

    fn upi(&self, place: u64) -> String {
        (Self::UPI_RING / 9 + Self::around(self.upi_start, place, Self::UPI_STEP, Self::UPI_RING)).to_string()
    }

    fn id_number(&self, place: u64) -> String {
        (Self::ID_RING / 9 + Self::around(self.id_start, place, Self::ID_STEP, Self::ID_RING)).to_string()
    }

    fn around(start: u64, place: u64, step: u64, ring: u64) -> u64 {
        let ring = u128::from(ring);
        let number = (u128::from(start) + u128::from(place) * u128::from(step)) % ring;
        u64::try_from(number).unwrap_or(start)
    }
}

/// Draws from a seeded stream, the same on every machine.
pub struct Draw(ChaCha20Rng);

impl Draw {
    /// A number from 0 to `limit` - 1.
    fn below(&mut self, limit: u32) -> u32 {
        let scaled = (u64::from(self.0.next_u32()) * u64::from(limit)) >> 32;
        u32::try_from(scaled).unwrap_or(0)
    }

    fn one_in(&mut self, chances: u32) -> bool {
        self.below(chances) == 0
    }

    fn pick<T: Copy + Default>(&mut self, from: &[T]) -> T {
        let place = self.below(u32::try_from(from.len()).unwrap_or(u32::MAX));
        from.get(place as usize).copied().unwrap_or_default()
    }
}
