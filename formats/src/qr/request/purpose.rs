//! What a verifier wants to know something for.

use std::fmt;

use minicbor::data::Type;
use minicbor::{Decode, Decoder, Encode, Encoder, decode, encode};

/// Why a verifier asks. `purpose = uint / tstr`: a known purpose by its number, else its own words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Purpose {
    /// One that every wallet can show in the holder's language.
    Known(KnownPurpose),
    /// The verifier's own words, shown as they are.
    Text(String),
}

/// A purpose with a number and a text in each language. The number is the position: new ones go to the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KnownPurpose {
    /// Old enough to buy, enter or play.
    AgeCheck,
    /// To know who somebody is.
    IdentityCheck,
    /// Crossing a border.
    Border,
    /// Handing something over to the right person.
    Delivery,
    /// A service of the state or a county.
    PublicService,
    /// A bank or mobile money account.
    Account,
    /// A SIM card.
    SimCard,
    /// A hospital, clinic or pharmacy.
    HealthCare,
    /// A guest of a hotel.
    Lodging,
    /// A job.
    Employment,
}

impl KnownPurpose {
    /// Every known purpose, in the order of its number.
    pub const ALL: [Self; 10] = [
        Self::AgeCheck,
        Self::IdentityCheck,
        Self::Border,
        Self::Delivery,
        Self::PublicService,
        Self::Account,
        Self::SimCard,
        Self::HealthCare,
        Self::Lodging,
        Self::Employment,
    ];

    /// Its id in profiles and registrations.
    #[must_use]
    pub const fn id(self) -> &'static str {
        self.texts().0
    }

    /// In English.
    #[must_use]
    pub const fn en(self) -> &'static str {
        self.texts().1
    }

    /// In Swahili.
    #[must_use]
    pub const fn sw(self) -> &'static str {
        self.texts().2
    }

    /// The purpose with this id.
    #[must_use]
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|purpose| purpose.id() == id)
    }

    const fn texts(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::AgeCheck => ("age-check", "Age check", "Kuthibitisha umri"),
            Self::IdentityCheck => ("identity-check", "Identity check", "Kuthibitisha utambulisho"),
            Self::Border => ("border", "Border control", "Ukaguzi wa mpakani"),
            Self::Delivery => ("delivery", "Handing over a delivery", "Kukabidhi mzigo"),
            Self::PublicService => ("public-service", "Public service", "Huduma ya serikali"),
            Self::Account => ("account", "Opening an account", "Kufungua akaunti"),
            Self::SimCard => ("sim-card", "Registering a SIM card", "Kusajili laini ya simu"),
            Self::HealthCare => ("health-care", "Health care", "Huduma ya afya"),
            Self::Lodging => ("lodging", "Checking in as a guest", "Kusajiliwa kama mgeni"),
            Self::Employment => ("employment", "Employment", "Ajira"),
        }
    }
}

impl Purpose {
    /// What registrations list: the id of a known purpose, or the verifier's own words.
    #[must_use]
    pub fn id(&self) -> &str {
        match self {
            Self::Known(known) => known.id(),
            Self::Text(text) => text,
        }
    }

    /// In English, as far as it is known.
    #[must_use]
    pub fn en(&self) -> &str {
        match self {
            Self::Known(known) => known.en(),
            Self::Text(text) => text,
        }
    }

    /// In Swahili, as far as it is known.
    #[must_use]
    pub fn sw(&self) -> &str {
        match self {
            Self::Known(known) => known.sw(),
            Self::Text(text) => text,
        }
    }
}

impl fmt::Display for Purpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.en())
    }
}

impl<C> Encode<C> for Purpose {
    fn encode<W: encode::Write>(&self, e: &mut Encoder<W>, _: &mut C) -> Result<(), encode::Error<W::Error>> {
        match self {
            Self::Known(known) => e.u8(*known as u8)?.ok(),
            Self::Text(text) => e.str(text)?.ok(),
        }
    }
}

impl<'b, C> Decode<'b, C> for Purpose {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, decode::Error> {
        if d.datatype()? == Type::String {
            return Ok(Self::Text(d.str()?.to_owned()));
        }
        let number = usize::from(d.u8()?);
        let known = KnownPurpose::ALL.get(number).copied();
        known.map(Self::Known).ok_or_else(|| {
            decode::Error::message("the number of the purpose is unknown; install a newer app")
        })
    }
}
