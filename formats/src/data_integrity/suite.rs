use std::fmt;

/// How document and proof become the bytes that are signed (Data Integrity EdDSA Cryptosuites 1.0).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Cryptosuite {
    /// Section 3.3: the JSON itself is signed, in the canonical form of RFC 8785.
    #[default]
    EddsaJcs2022,
    /// Section 3.2: what the JSON states is signed, as an RDF dataset in canonical form.
    #[cfg(feature = "rdfc")]
    EddsaRdfc2022,
}

impl Cryptosuite {
    /// Every cryptosuite of this build.
    pub const ALL: &[Self] = &[
        Self::EddsaJcs2022,
        #[cfg(feature = "rdfc")]
        Self::EddsaRdfc2022,
    ];

    /// Its name in a proof and in metadata.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::EddsaJcs2022 => "eddsa-jcs-2022",
            #[cfg(feature = "rdfc")]
            Self::EddsaRdfc2022 => "eddsa-rdfc-2022",
        }
    }

    /// What tells it from the others in names of our own: how the document becomes canonical.
    #[must_use]
    pub const fn canonicalization(self) -> &'static str {
        match self {
            Self::EddsaJcs2022 => "jcs",
            #[cfg(feature = "rdfc")]
            Self::EddsaRdfc2022 => "rdfc",
        }
    }

    /// The cryptosuite of a name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|suite| suite.name() == name)
    }
}

impl fmt::Display for Cryptosuite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
