//! A row becomes a record: every field is checked, and every error says what to do. There is no other way in, whatever the
//! row was written in.

use std::collections::HashSet;

use hati_formats::time::{Date, Timestamp};
use hati_store::{Person, Sex};
use serde::Serialize;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::counties::is_county;
use super::duplicates::is_one_person;
use super::rows::{Fields, Unreadable};

/// Characters of the longest name or place. ICAO 9303 cuts names to 39, OIDC sets no limit; the longest in
/// use stay below this.
pub const MAX_TEXT: usize = 100;

/// Marks on one letter, beside those that Unicode has as one letter with it: Hebrew with all its points has four.
const MAX_MARKS: usize = 4;

/// The spellings of the apostrophe, which may begin a name. The last one is a letter to Unicode.
const APOSTROPHES: [char; 3] = ['\'', '’', 'ʼ'];

/// Nationalities a person may have: 5 is more than any passport office has seen.
const MAX_NATIONALITIES: usize = 5;

/// Digits of an identity card's number.
const ID_NUMBER_DIGITS: std::ops::RangeInclusive<usize> = 7..=9;

/// 1900-01-01: nobody alive was born earlier.
const EARLIEST_BIRTHDATE: Date = Date::from_days(-25_567);

const KENYA: &str = "KE";

/// What the register of a country takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// Digits of a UPI. No check digit is published for Kenya's, so none is checked.
    pub upi_digits: usize,
    /// The day of the import: nobody was born after it.
    pub today: Date,
}

impl Rules {
    /// Digits of Kenya's UPI.
    pub const UPI_DIGITS: usize = 14;

    /// Kenya's rules, as of a moment.
    #[must_use]
    pub fn kenya(now: Timestamp) -> Self {
        Self { upi_digits: Self::UPI_DIGITS, today: now.date() }
    }
}

/// What is wrong with a field of a row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{field}: expected {expected}, got {got}. {advice}")]
pub struct FieldError {
    /// The column.
    pub field: &'static str,
    /// What is expected there.
    pub expected: String,
    /// What came, shortened.
    pub got: String,
    /// What to do.
    pub advice: &'static str,
}

/// The fields that a row does not have at all, as CSV without their columns. It says nothing about them, and what is known of
/// the person stays; an empty field says that there is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Unsaid {
    /// The identity card's number.
    pub id_number: bool,
    /// The telephone number.
    pub phone: bool,
    /// The picture.
    pub portrait: bool,
}

impl Unsaid {
    pub(super) fn of(fields: &Fields) -> Self {
        let unsaid = |field| !fields.has(field);
        Self { id_number: unsaid("id_number"), phone: unsaid("phone"), portrait: unsaid("portrait") }
    }

    /// Completes a record by what is known under its UPI, where that is the same person: nobody gets another one's picture.
    pub(super) fn complete(self, person: &mut Person, known: Option<&Person>) {
        let Some(known) = known.filter(|known| is_one_person(known, person)) else { return };
        if self.id_number {
            person.id_number.clone_from(&known.id_number);
        }
        if self.phone {
            person.phone.clone_from(&known.phone);
        }
        if self.portrait {
            person.portrait.clone_from(&known.portrait);
        }
    }
}

/// Reads a row, however it is written; the portrait is left to the caller, because it may be in another file.
pub(super) fn read(fields: &Fields, rules: Rules) -> Result<Person, Vec<FieldError>> {
    if let Some(damage) = fields.damage() {
        return Err(vec![damage]);
    }
    let mut reader = Reader { fields, errors: Vec::new() };
    let person = Person {
        upi: reader.digits("upi", rules.upi_digits..=rules.upi_digits),
        id_number: reader.optional("id_number", |r| r.digits("id_number", ID_NUMBER_DIGITS)),
        given_name: reader.name("given_name"),
        family_name: reader.name("family_name"),
        birthdate: reader.date("birthdate", rules.today),
        sex: reader.sex(),
        nationalities: reader.nationalities(),
        county: reader.county(),
        locality: reader.place("place_of_birth"),
        country: reader.country("country"),
        phone: reader.optional("phone", Reader::phone),
        portrait: None,
    };
    if reader.errors.is_empty() { Ok(person) } else { Err(reader.errors) }
}

/// Reads who died, and when.
pub(super) fn read_death(fields: &Fields, rules: Rules) -> Result<(String, Date), Vec<FieldError>> {
    if let Some(damage) = fields.damage() {
        return Err(vec![damage]);
    }
    let mut reader = Reader { fields, errors: Vec::new() };
    let upi = reader.digits("upi", rules.upi_digits..=rules.upi_digits);
    let date = Date::from_days(reader.date("date", rules.today));
    if reader.errors.is_empty() { Ok((upi, date)) } else { Err(reader.errors) }
}

/// Reads of whom something is said.
pub(super) fn read_upi(fields: &Fields, rules: Rules) -> Result<String, Vec<FieldError>> {
    if let Some(damage) = fields.damage() {
        return Err(vec![damage]);
    }
    let mut reader = Reader { fields, errors: Vec::new() };
    let upi = reader.digits("upi", rules.upi_digits..=rules.upi_digits);
    if reader.errors.is_empty() { Ok(upi) } else { Err(reader.errors) }
}

impl Unreadable {
    pub(super) fn in_column(self, field: &'static str) -> FieldError {
        let Self { expected, got, advice } = self;
        FieldError { field, expected: expected.to_owned(), got: got.to_owned(), advice }
    }
}

/// Text of a file as it may be printed: short, and without control characters.
pub(crate) fn shown(text: &str) -> String {
    const SHOWN: usize = 60;
    let mut shown: String = text.chars().take(SHOWN).flat_map(char::escape_debug).collect();
    if text.chars().nth(SHOWN).is_some() {
        shown.push('…');
    }
    format!("\"{shown}\"")
}

/// Collects the errors of a row, so that it need not be sent in once for each.
struct Reader<'a> {
    fields: &'a Fields,
    errors: Vec<FieldError>,
}

impl<'a> Reader<'a> {
    fn text(&mut self, field: &'static str) -> &'a str {
        match self.fields.text(field) {
            Ok(text) => text.trim(),
            Err(unreadable) => {
                self.add(unreadable.in_column(field));
                ""
            }
        }
    }

    /// Refuses a field, unless it was refused already.
    fn refuse(&mut self, field: &'static str, expected: impl Into<String>, got: &str, advice: &'static str) {
        self.add(FieldError { field, expected: expected.into(), got: got.to_owned(), advice });
    }

    fn add(&mut self, error: FieldError) {
        if self.errors.iter().all(|known| known.field != error.field) {
            self.errors.push(error);
        }
    }

    fn optional<T>(&mut self, field: &'static str, read: impl FnOnce(&mut Self) -> T) -> Option<T> {
        if self.text(field).is_empty() { None } else { Some(read(self)) }
    }

    fn digits(&mut self, field: &'static str, count: std::ops::RangeInclusive<usize>) -> String {
        let text = self.text(field);
        if !count.contains(&text.len()) || !text.bytes().all(|byte| byte.is_ascii_digit()) {
            let expected = if count.start() == count.end() {
                format!("{} digits", count.start())
            } else {
                format!("{} to {} digits", count.start(), count.end())
            };
            self.refuse(field, expected, &shown(text), "Look the number up in the register it came from.");
        }
        text.to_owned()
    }

    fn name(&mut self, field: &'static str) -> String {
        self.words(field, |c| is_letter(c) || " -.,".contains(c))
    }

    /// A person born abroad may have been registered in what is no county.
    fn county(&mut self) -> String {
        let county = self.place("county");
        if self.text("country") == KENYA && !is_county(&county) {
            let advice =
                "Write it as the First Schedule to the Constitution does, as in Nairobi City or Murang'a.";
            self.refuse("county", "one of Kenya's 47 counties", &shown(&county), advice);
        }
        county
    }

    /// Places have numbers too, as in Eastleigh Section 3.
    fn place(&mut self, field: &'static str) -> String {
        self.words(field, |c| is_letter(c) || c.is_numeric() || " -.,()/".contains(c))
    }

    /// Text that starts with a letter, so that no spreadsheet takes it for a formula.
    fn words(&mut self, field: &'static str, inner: impl Fn(char) -> bool) -> String {
        // One form for each name, so that the same name is the same bytes in every credential.
        let text: String = self.text(field).nfc().collect();
        let starts_well = text.chars().next().is_some_and(|c| is_letter(c) || APOSTROPHES.contains(&c));
        let fits = |c| inner(c) || APOSTROPHES.contains(&c) || is_combining_mark(c);
        let well_formed = starts_well && text.chars().any(is_letter) && has_its_marks_on_letters(&text);
        if text.chars().count() > MAX_TEXT || !well_formed || !text.chars().all(fits) {
            self.refuse(
                field,
                format!(
                    "1 to {MAX_TEXT} letters, each with at most {MAX_MARKS} marks, with spaces, apostrophes, hyphens or full \
                     stops between them"
                ),
                &shown(&text),
                "Correct the spelling at its source.",
            );
        }
        text
    }

    fn date(&mut self, field: &'static str, today: Date) -> i32 {
        let text = self.text(field);
        match Date::parse(text) {
            Ok(date) if (EARLIEST_BIRTHDATE..=today).contains(&date) => date.days(),
            _ => {
                let expected = format!("YYYY-MM-DD from {EARLIEST_BIRTHDATE} to {today}");
                let advice = "Write the date as in ISO 8601; an unknown day is registered as the first.";
                self.refuse(field, expected, &shown(text), advice);
                0
            }
        }
    }

    fn sex(&mut self) -> Sex {
        match self.text("sex") {
            "female" => Sex::Female,
            "male" => Sex::Male,
            "intersex" => Sex::Intersex,
            other => {
                let advice = "Write the word in full.";
                self.refuse("sex", "female, male or intersex", &shown(other), advice);
                // Never seen: the row is refused.
                Sex::Intersex
            }
        }
    }

    fn nationalities(&mut self) -> Vec<String> {
        let codes: Vec<_> = match self.fields.list("nationalities") {
            Ok(codes) => codes.into_iter().map(|code| code.trim().to_owned()).collect(),
            Err(unreadable) => {
                self.add(unreadable.in_column("nationalities"));
                return Vec::new();
            }
        };
        let different: HashSet<_> = codes.iter().collect();
        let in_number = (1..=MAX_NATIONALITIES).contains(&codes.len()) && different.len() == codes.len();
        if !in_number || !codes.iter().all(|code| is_country(code)) {
            self.refuse(
                "nationalities",
                format!("1 to {MAX_NATIONALITIES} different ISO 3166-1 codes of two capitals, as in KE;UG"),
                &shown(&codes.join(";")),
                "Separate them with semicolons, or in JSON make them strings of an array.",
            );
        }
        codes
    }

    fn country(&mut self, field: &'static str) -> String {
        let text = self.text(field);
        if !is_country(text) {
            let advice = "Use KE for Kenya.";
            self.refuse(field, "an ISO 3166-1 code of two capitals", &shown(text), advice);
        }
        text.to_owned()
    }

    /// E.164: a plus sign and at most 15 digits.
    fn phone(&mut self) -> String {
        let text = self.text("phone");
        let digits = text.strip_prefix('+').unwrap_or_default();
        if !(8..=15).contains(&digits.len()) || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            let advice = "Start with the country, as in +254712345678.";
            self.refuse("phone", "a plus sign and 8 to 15 digits", &shown(text), advice);
        }
        text.to_owned()
    }
}

/// Unicode counts an apostrophe, and vowels that are marks on a letter, among the letters too.
fn is_letter(c: char) -> bool {
    c.is_alphabetic() && !is_combining_mark(c) && !APOSTROPHES.contains(&c)
}

/// Whether every mark is on a letter, can be seen, and has few others beside it: no name is drawn over its neighbours, and no
/// two look the same.
fn has_its_marks_on_letters(text: &str) -> bool {
    let mut left = 0;
    text.chars().all(|c| {
        if !is_combining_mark(c) {
            left = if is_letter(c) { MAX_MARKS } else { 0 };
            return true;
        }
        let fits = left > 0 && !is_invisible_mark(c);
        left = left.saturating_sub(1);
        fits
    })
}

/// The marks that show nothing (UAX 44, `Default_Ignorable_Code_Point`): joiners of marks, inherent vowels, selectors of a variant.
const fn is_invisible_mark(c: char) -> bool {
    matches!(c, '\u{34f}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180d}' | '\u{180f}' | '\u{fe00}'..='\u{fe0f}'
        | '\u{e0100}'..='\u{e01ef}')
}

/// Whether ISO 3166-1 has assigned these two letters.
fn is_country(code: &str) -> bool {
    rust_iso3166::from_alpha2(code).is_some()
}
