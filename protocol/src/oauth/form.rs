//! `application/x-www-form-urlencoded` (RFC 6749 appendix B), strict: no parameter twice, no damaged escape.

/// The longest form or query that is read: a pushed request with authorization details takes about 2 kB.
pub const MAX_FORM_BYTES: usize = 64 * 1024;

/// The most parameters that are read; the largest request defined has about fifteen.
pub const MAX_FIELDS: usize = 64;

/// RFC 8707 section 2: the one parameter that may be repeated.
const REPEATABLE: &str = "resource";

/// Why a form is refused; every endpoint answers `invalid_request`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FormError {
    /// Longer than [`MAX_FORM_BYTES`].
    #[error("the form has {got} bytes; at most {limit} are read")]
    TooLong {
        /// The most that is read.
        limit: usize,
        /// What came.
        got: usize,
    },
    /// More parameters than [`MAX_FIELDS`].
    #[error("the form has more than {limit} parameters")]
    TooMany {
        /// The most that is read.
        limit: usize,
    },
    /// Not ASCII, an escape that is not `%` and two hexadecimal digits, or escaped bytes that are not UTF-8.
    #[error("the form is not urlencoded UTF-8: {reason}")]
    Encoding {
        /// What is wrong.
        reason: &'static str,
    },
    /// RFC 6749 sections 3.1 and 3.2: "parameters MUST NOT be included more than once".
    #[error("parameter `{name}` appears more than once; send it once")]
    Repeated {
        /// The parameter.
        name: String,
    },
    /// A required parameter is absent or empty.
    #[error("parameter `{name}` is missing")]
    Missing {
        /// The parameter.
        name: &'static str,
    },
    /// A parameter has a value that is not accepted.
    #[error("parameter `{name}` must be {expected}, got `{got}`")]
    Value {
        /// The parameter.
        name: &'static str,
        /// What is accepted.
        expected: &'static str,
        /// What came, shortened.
        got: String,
    },
}

/// The parameters of a form or a query.
#[derive(Clone, PartialEq, Eq)]
pub struct Form {
    fields: Vec<(String, String)>,
}

impl Form {
    /// Reads the body of a request, or a URL's query.
    ///
    /// # Errors
    /// [`FormError`].
    pub fn parse(text: &[u8]) -> Result<Self, FormError> {
        if text.len() > MAX_FORM_BYTES {
            return Err(FormError::TooLong { limit: MAX_FORM_BYTES, got: text.len() });
        }
        check_escapes(text)?;
        let mut fields: Vec<(String, String)> = Vec::new();
        for (name, value) in form_urlencoded::parse(text) {
            if fields.len() == MAX_FIELDS {
                return Err(FormError::TooMany { limit: MAX_FIELDS });
            }
            if name != REPEATABLE && fields.iter().any(|(known, _)| *known == name) {
                return Err(FormError::Repeated { name: crate::message::shown(&name) });
            }
            fields.push((name.into_owned(), value.into_owned()));
        }
        Ok(Self { fields })
    }

    /// A parameter's value. RFC 6749 section 3.1: those "sent without a value MUST be treated as if they were omitted".
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        let field = self.fields.iter().find(|(known, _)| known == name);
        field.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }

    /// A parameter that has to be there.
    ///
    /// # Errors
    /// [`FormError::Missing`].
    pub fn required(&self, name: &'static str) -> Result<&str, FormError> {
        self.get(name).ok_or(FormError::Missing { name })
    }

    /// The names, in the order they came.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.fields.iter().map(|(name, _)| name.as_str())
    }
}

/// Shows the names alone: values hold codes, tokens and verifiers.
impl core::fmt::Debug for Form {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_list().entries(self.names()).finish()
    }
}

/// Writes a form; what is `None` is left out.
pub(super) fn write<'a>(fields: impl IntoIterator<Item = (&'a str, Option<&'a str>)>) -> String {
    let mut form = form_urlencoded::Serializer::new(String::new());
    for (name, value) in fields {
        if let Some(value) = value {
            form.append_pair(name, value);
        }
    }
    form.finish()
}

pub(super) fn value(name: &'static str, expected: &'static str, got: &str) -> FormError {
    FormError::Value { name, expected, got: crate::message::shown(got) }
}

fn check_escapes(text: &[u8]) -> Result<(), FormError> {
    if !text.iter().all(u8::is_ascii_graphic) {
        return Err(FormError::Encoding {
            reason: "it has a space, a control character or a byte above 127",
        });
    }
    let escapes = text.split(|byte| *byte == b'%').skip(1);
    let whole = |rest: &[u8]| matches!(rest, [a, b, ..] if a.is_ascii_hexdigit() && b.is_ascii_hexdigit());
    if !escapes.into_iter().all(whole) {
        return Err(FormError::Encoding { reason: "a `%` is not followed by two hexadecimal digits" });
    }
    // The parser writes U+FFFD for bytes that are not UTF-8, and two texts would read as one. Separators are ASCII,
    // so no character lies across one.
    match percent_encoding::percent_decode(text).decode_utf8() {
        Ok(_) => Ok(()),
        Err(_) => Err(FormError::Encoding { reason: "its escapes are not UTF-8" }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn parameters_are_decoded_and_empty_ones_are_absent() {
        let form = Form::parse(b"a=1+2%2B&b=&c&%C3%A9=x").unwrap();
        assert_eq!((form.get("a"), form.get("b"), form.get("c")), (Some("1 2+"), None, None));
        assert_eq!(form.get("é"), Some("x"));
        assert_eq!(form.required("b"), Err(FormError::Missing { name: "b" }));
        assert_eq!(format!("{:?}", Form::parse(b"code=topsecret").unwrap()), r#"["code"]"#);
    }

    #[test]
    fn repeated_damaged_and_oversized_forms_are_refused() {
        let repeated = FormError::Repeated { name: "a".to_owned() };
        for text in ["a=1&a=1", "a=1&a=", "a=1&%61=2"] {
            assert_eq!(Form::parse(text.as_bytes()), Err(repeated.clone()), "{text}");
        }
        assert!(Form::parse(b"resource=https://a.example&resource=https://b.example").is_ok());
        for text in
            [&b"a=%"[..], b"a=%4", b"a=%zz", b"a=1 2", b"a=\xc3\xa9", b"a=%ff", b"a=%C3&b=%A9", b"a=1\n"]
        {
            assert!(matches!(Form::parse(text), Err(FormError::Encoding { .. })), "{text:?}");
        }
        let many: String = (0..=MAX_FIELDS).map(|n| format!("p{n}=1&")).collect();
        assert_eq!(Form::parse(many.as_bytes()), Err(FormError::TooMany { limit: MAX_FIELDS }));
        let got = MAX_FORM_BYTES + 1;
        assert_eq!(Form::parse(&vec![b'a'; got]), Err(FormError::TooLong { limit: MAX_FORM_BYTES, got }));
    }

    proptest! {
        #[test]
        fn every_form_survives(fields in prop::collection::btree_map("(?s).{1,8}", "(?s).{1,20}", 0..8)) {
            let text = write(fields.iter().map(|(name, value)| (name.as_str(), Some(value.as_str()))));
            let form = Form::parse(text.as_bytes()).unwrap();
            for (name, value) in &fields {
                prop_assert_eq!(form.get(name), Some(value.as_str()));
            }
            prop_assert_eq!(form.names().count(), fields.len());
        }

        #[test]
        fn hostile_forms_never_panic(text: Vec<u8>) {
            let _ = Form::parse(&text);
        }
    }
}
