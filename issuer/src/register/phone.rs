//! Telephone numbers as people write them.

/// What a number within the country has before it elsewhere (ITU-T E.164).
const COUNTRY: &str = "254";

/// Digits of a number within the country, after the zero that is dialled there.
const NATIONAL: usize = 9;

/// Digits of a number of any country (ITU-T E.164).
const DIGITS: std::ops::RangeInclusive<usize> = 8..=15;

/// A number in the form that the register has, `+254712345678`, whether it is written `0712 345 678`, `254712345678`,
/// `00254 712…` or `+254 (712) 345-678`. Nothing for what is no telephone number.
#[must_use]
pub fn as_registered(written: &str) -> Option<String> {
    let dialled: String =
        written.chars().filter(|it| !matches!(it, ' ' | '-' | '.' | '(' | ')' | '/')).collect();
    let (digits, is_whole) = match dialled.strip_prefix('+').or_else(|| dialled.strip_prefix("00")) {
        Some(digits) => (digits, true),
        None => (dialled.as_str(), false),
    };
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) || !DIGITS.contains(&digits.len()) {
        return None;
    }
    if is_whole {
        return Some(format!("+{digits}"));
    }
    let national = digits.strip_prefix('0').filter(|rest| rest.len() == NATIONAL);
    let international = || digits.strip_prefix(COUNTRY).filter(|rest| rest.len() == NATIONAL);
    national.or_else(international).map(|rest| format!("+{COUNTRY}{rest}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_one_however_it_is_written() {
        for written in [
            "+254712345678",
            "254712345678",
            "0712345678",
            "0712 345 678",
            "0712-345-678",
            "+254 (712) 345.678",
            "00254712345678",
            " 0712345678 ",
        ] {
            assert_eq!(as_registered(written).as_deref(), Some("+254712345678"), "{written}");
        }
        assert_eq!(as_registered("+256 712 345678").as_deref(), Some("+256712345678"));
    }

    #[test]
    fn what_is_no_number_is_none() {
        for other in [
            "",
            "+",
            "31415926",
            "20480163920017",
            "712345678",
            "07123",
            "Mary",
            "+2547x2345678",
            "٠٧١٢٣٤٥٦٧٨",
        ] {
            assert_eq!(as_registered(other), None, "{other}");
        }
    }
}
