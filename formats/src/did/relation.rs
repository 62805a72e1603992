use std::fmt;

/// What a key is used for: a verification relationship (CID 1.0, 2.3), which is also the purpose of a
/// Data Integrity proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relationship {
    /// The key states claims: an issuer's key.
    AssertionMethod,
    /// The key proves who is there: a holder's key.
    Authentication,
}

impl Relationship {
    /// Every relationship that is read.
    pub const ALL: [Self; 2] = [Self::AssertionMethod, Self::Authentication];

    /// The name in documents and proofs.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::AssertionMethod => "assertionMethod",
            Self::Authentication => "authentication",
        }
    }
}

impl fmt::Display for Relationship {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
