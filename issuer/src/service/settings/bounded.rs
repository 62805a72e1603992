//! Numbers with a least and a most, which the type says.

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;

/// A whole number from `LEAST` to `MOST`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "i64")]
pub struct Bounded<const LEAST: u32, const MOST: u32>(u32);

/// A number that is not taken, or a text that is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected a whole number from {least} to {most}, got {got}")]
pub struct OutOfBounds {
    least: u32,
    most: u32,
    got: String,
}

impl<const LEAST: u32, const MOST: u32> Bounded<LEAST, MOST> {
    /// A number of the program's own, moved to the nearest that is taken.
    pub(super) const fn nearest(number: u32) -> Self {
        if number < LEAST {
            Self(LEAST)
        } else if number > MOST {
            Self(MOST)
        } else {
            Self(number)
        }
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0
    }

    /// The number, as a size in memory.
    #[must_use]
    pub fn size(self) -> usize {
        usize::try_from(self.0).unwrap_or(usize::MAX)
    }

    fn refused(got: &impl fmt::Display) -> OutOfBounds {
        OutOfBounds { least: LEAST, most: MOST, got: got.to_string() }
    }
}

impl<const LEAST: u32, const MOST: u32> TryFrom<i64> for Bounded<LEAST, MOST> {
    type Error = OutOfBounds;

    fn try_from(got: i64) -> Result<Self, OutOfBounds> {
        let number = u32::try_from(got).ok().filter(|number| (LEAST..=MOST).contains(number));
        number.map(Self).ok_or_else(|| Self::refused(&got))
    }
}

impl<const LEAST: u32, const MOST: u32> FromStr for Bounded<LEAST, MOST> {
    type Err = OutOfBounds;

    fn from_str(text: &str) -> Result<Self, OutOfBounds> {
        text.parse::<i64>().map_err(|_| Self::refused(&format!("{text:?}")))?.try_into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ends_are_taken_and_nothing_beside_them() {
        type Minutes = Bounded<1, 720>;
        for (got, is_taken) in
            [(-1, false), (0, false), (1, true), (720, true), (721, false), (i64::MAX, false)]
        {
            let read = Minutes::try_from(got);
            assert_eq!(read.is_ok(), is_taken, "{got}");
            assert_eq!(read, got.to_string().parse(), "{got}");
        }
        let refused = "ten".parse::<Minutes>().unwrap_err().to_string();
        assert_eq!(refused, "expected a whole number from 1 to 720, got \"ten\"");
        assert_eq!((Minutes::nearest(0).get(), Minutes::nearest(721).get()), (1, 720));
    }
}
