//! Stable codes of errors, for programs that cannot read sentences (`spec/verdict.md`, "Refusals before a verdict").

/// Gives an error `code()`, and `CODES`, the list of all codes of its own.
///
/// A variant named under `inner` holds an error that has codes itself, and takes that error's.
///
/// ```
/// enum Refused { TooLong { got: usize }, Damaged }
/// hati_formats::error_codes!(Refused {
///     Self::TooLong { .. } => "too_long",
///     Self::Damaged => "damaged",
/// });
/// assert_eq!(Refused::TooLong { got: 7 }.code(), "too_long");
/// assert_eq!(Refused::CODES, ["too_long", "damaged"]);
/// ```
#[macro_export]
macro_rules! error_codes {
    ($error:ty { $($pattern:pat => $code:literal,)+ } $(inner { $($inner:ident,)+ })?) => {
        impl $error {
            /// Every code of its own; those of an error inside it are listed there.
            pub const CODES: &'static [&'static str] = &[$($code),+];

            /// The stable code. Codes are never renamed or reused (`spec/verdict.md`).
            #[must_use]
            pub const fn code(&self) -> &'static str {
                match self {
                    $($(Self::$inner(error) => error.code(),)+)?
                    $($pattern => $code,)+
                }
            }
        }
    };
}

#[cfg(test)]
mod tests {
    use crate::qr::request::RequestError;
    use crate::trust::{BundleError, DeltaError, RegistrationError, TrustListError};
    use std::collections::BTreeSet;

    #[test]
    fn the_table_in_the_spec_lists_every_code_once() {
        let spec = include_str!("../../spec/verdict.md");
        let codes = [
            TrustListError::CODES,
            BundleError::CODES,
            DeltaError::CODES,
            RegistrationError::CODES,
            RequestError::CODES,
        ]
        .concat();
        for code in &codes {
            assert_eq!(spec.matches(&format!("\n| `{code}` |")).count(), 1, "{code}");
        }
        assert_eq!(codes.iter().collect::<BTreeSet<_>>().len(), codes.len(), "a code stands for two errors");
    }
}
