//! Points in time and calendar dates, as values. Nothing here reads a clock.

use core::fmt;

use ::time::OffsetDateTime;
use ::time::format_description::well_known::Rfc3339;

/// Seconds in a day; leap seconds do not exist in POSIX time.
pub const SECONDS_PER_DAY: i64 = 86_400;

/// The Julian day number of 1970-01-01, from which [`Date`] counts.
const EPOCH_JULIAN_DAY: i32 = 2_440_588;

/// Why a text is not a time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TimeError {
    /// Not an RFC 3339 date and time with an offset.
    #[error("`{got}` is not a date and time; write it as 2026-11-22T09:30:00Z (RFC 3339)")]
    Timestamp {
        /// The text that was given.
        got: String,
    },
    /// Not a full-date of RFC 3339.
    #[error("`{got}` is not a date; write it as 2026-11-22 (year, month, day)")]
    Date {
        /// The text that was given.
        got: String,
    },
}

/// A point in time: whole seconds since 1970-01-01T00:00:00Z, as JWT's `NumericDate` (RFC 7519 section 2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The time that many seconds after the epoch.
    #[must_use]
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds)
    }

    /// Seconds since the epoch.
    #[must_use]
    pub const fn seconds(self) -> i64 {
        self.0
    }

    /// Reads an RFC 3339 date-time; the offset is required, as VCDM 2.0's `dateTimeStamp` demands.
    ///
    /// # Errors
    /// [`TimeError::Timestamp`] with the text that was given.
    pub fn parse_rfc3339(text: &str) -> Result<Self, TimeError> {
        OffsetDateTime::parse(text, &Rfc3339)
            .map(|t| Self(t.unix_timestamp()))
            .map_err(|_| TimeError::Timestamp { got: shorten(text) })
    }

    /// The UTC calendar day this time falls on.
    #[must_use]
    pub const fn date(self) -> Date {
        // A day number outside i32 is 5.8 million years away; saturating keeps this total.
        let days = self.0.div_euclid(SECONDS_PER_DAY);
        Date(if days > i32::MAX as i64 {
            i32::MAX
        } else if days < i32::MIN as i64 {
            i32::MIN
        } else {
            days as i32
        })
    }

    /// This time, moved by `seconds`; saturates at the ends of the range.
    #[must_use]
    pub const fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds))
    }

    /// Seconds from `earlier` to this time; negative where `earlier` is later.
    #[must_use]
    pub const fn seconds_since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(date) = self.date().digits() else {
            return write!(f, "{} s after 1970", self.0);
        };
        // Below 86,400, so every part has two digits.
        let second = self.0.rem_euclid(SECONDS_PER_DAY) as u32;
        let [[h, h1], [m, m1], [s, s1]] = [second / 3_600, second / 60 % 60, second % 60].map(two_digits);
        f.write_str(ascii(&date))?;
        f.write_str(ascii(&[b'T', h, h1, b':', m, m1, b':', s, s1, b'Z']))
    }
}

/// A calendar day, without a time zone: RFC 3339 `full-date`, days since 1970-01-01 (RFC 8943).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date(i32);

impl Date {
    /// The day that many days after 1970-01-01.
    #[must_use]
    pub const fn from_days(days: i32) -> Self {
        Self(days)
    }

    /// Days since 1970-01-01.
    #[must_use]
    pub const fn days(self) -> i32 {
        self.0
    }

    /// Reads `YYYY-MM-DD`.
    ///
    /// # Errors
    /// [`TimeError::Date`] with the text that was given.
    pub fn parse(text: &str) -> Result<Self, TimeError> {
        let error = || TimeError::Date { got: shorten(text) };
        let shape = text.len() == 10
            && text
                .bytes()
                .enumerate()
                .all(|(i, b)| if i == 4 || i == 7 { b == b'-' } else { b.is_ascii_digit() });
        if !shape {
            return Err(error());
        }
        let number = |range: core::ops::Range<usize>| {
            text.get(range).and_then(|t| t.parse::<u16>().ok()).ok_or_else(error)
        };
        let (year, month, day) = (number(0..4)?, number(5..7)?, number(8..10)?);
        let month =
            u8::try_from(month).ok().and_then(|m| ::time::Month::try_from(m).ok()).ok_or_else(error)?;
        let day = u8::try_from(day).map_err(|_| error())?;
        let date = ::time::Date::from_calendar_date(i32::from(year), month, day).map_err(|_| error())?;
        Ok(Self(date.to_julian_day().saturating_sub(EPOCH_JULIAN_DAY)))
    }

    /// Midnight UTC at which the day starts.
    #[must_use]
    pub const fn start(self) -> Timestamp {
        Timestamp((self.0 as i64).saturating_mul(SECONDS_PER_DAY))
    }

    /// Whole years from this day to `later`, as a birthday counts them.
    #[must_use]
    pub fn years_until(self, later: Self) -> i32 {
        match (self.calendar(), later.calendar()) {
            (Some((y0, m0, d0)), Some((y1, m1, d1))) => y1 - y0 - i32::from((m1, d1) < (m0, d0)),
            _ => 0,
        }
    }

    /// `YYYY-MM-DD`, in the years that four digits can write.
    fn digits(self) -> Option<[u8; 10]> {
        let (year, month, day) = self.calendar()?;
        let year = u32::try_from(year).ok().filter(|year| *year <= 9_999)?;
        let [[y, y1], [y2, y3], [m, m1], [d, d1]] =
            [year / 100, year % 100, month.into(), day.into()].map(two_digits);
        Some([y, y1, y2, y3, b'-', m, m1, b'-', d, d1])
    }

    fn calendar(self) -> Option<(i32, u8, u8)> {
        let date = ::time::Date::from_julian_day(self.0.saturating_add(EPOCH_JULIAN_DAY)).ok()?;
        Some((date.year(), date.month().into(), date.day()))
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.digits() {
            Some(digits) => f.write_str(ascii(&digits)),
            None => write!(f, "{} days after 1970", self.0),
        }
    }
}

fn two_digits(number: u32) -> [u8; 2] {
    [number / 10, number].map(|n| b'0' + (n % 10) as u8)
}

fn ascii(bytes: &[u8]) -> &str {
    // Digits and separators are UTF-8, so the empty text never comes out.
    core::str::from_utf8(bytes).unwrap_or_default()
}

fn shorten(text: &str) -> String {
    text.chars().take(40).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_what_it_writes() {
        let t = Timestamp::parse_rfc3339("2026-11-22T09:30:00+03:00").unwrap();
        assert_eq!(t.to_string(), "2026-11-22T06:30:00Z");
        assert_eq!(t.date().to_string(), "2026-11-22");
        assert_eq!(t.date().start().to_string(), "2026-11-22T00:00:00Z");
    }

    #[test]
    fn refuses_what_is_not_a_time() {
        for bad in ["2026-11-22", "2026-11-22T09:30:00", "", "yesterday"] {
            assert!(Timestamp::parse_rfc3339(bad).is_err(), "{bad}");
        }
        for bad in ["2026-02-30", "2026-2-3", "26-02-03", "2026-02-03Z", "+026-02-03", "", "２026-02-03"] {
            assert!(Date::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_year_is_full_on_the_birthday() {
        let born = Date::parse("2008-02-29").unwrap();
        assert_eq!(born.years_until(Date::parse("2026-02-28").unwrap()), 17);
        assert_eq!(born.years_until(Date::parse("2026-03-01").unwrap()), 18);
    }

    proptest! {
        #[test]
        fn dates_round_trip(days in -700_000i32..2_000_000) {
            let date = Date::from_days(days);
            let text = date.to_string();
            if text.len() == 10 && !text.starts_with('-') {
                prop_assert_eq!(Date::parse(&text).unwrap(), date);
            }
            prop_assert_eq!(date.start().date(), date);
        }
    }
}
