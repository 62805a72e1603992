//! Who does something, as the audit names them.
//!
//! The first word says what they are and is chosen here alone, so that nobody can be taken for another, whatever name
//! they have: an operator `wallet` is `operator 1000 wallet`, an officer `wallet` is `officer wallet`.

use std::fmt;

/// Who does something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    /// Somebody at the command line: the user that the system runs the program for.
    Operator {
        /// The user's number.
        uid: u32,
        /// The name that the system has for the number; empty if it has none.
        name: String,
    },
    /// An officer with an account.
    Officer(String),
    /// A person, about their own record.
    Citizen,
    /// A wallet, with what an officer or a sign-in gave it.
    Wallet,
    /// Whoever has a person's telephone, by USSD.
    Ussd,
    /// Another system's feed.
    Feed(String),
    /// Another system that calls the VC API.
    VcApi(String),
    /// An OpenID Connect provider that signs people in.
    Provider(String),
    /// The service, of its own accord.
    Service,
    /// Whoever signs in as an officer, and is not known yet.
    SignIn,
    /// The making of an issuer.
    Init,
}

impl Actor {
    /// The first words, of which none is an officer's name: whoever reads an audit that was written before they were
    /// first words would take the officer for what they mean.
    pub const KINDS: [&str; 11] = [
        "operator", "officer", "citizen", "wallet", "ussd", "feed", "vc-api", "provider", "service",
        "sign-in", "init",
    ];

    /// An officer.
    #[must_use]
    pub fn officer(name: &str) -> Self {
        Self::Officer(name.to_owned())
    }

    /// The name within its kind; the kind, where there is one of it alone.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Operator { name, .. }
            | Self::Officer(name)
            | Self::Feed(name)
            | Self::VcApi(name)
            | Self::Provider(name) => name.clone(),
            _ => self.kind().to_owned(),
        }
    }

    /// Whether an entry of the audit names an operator.
    #[must_use]
    pub fn is_operator(actor: &str) -> bool {
        actor.split(' ').next() == Some("operator")
    }

    fn kind(&self) -> &'static str {
        let [operator, officer, citizen, wallet, ussd, feed, vc_api, provider, service, sign_in, init] =
            Self::KINDS;
        match self {
            Self::Operator { .. } => operator,
            Self::Officer(_) => officer,
            Self::Citizen => citizen,
            Self::Wallet => wallet,
            Self::Ussd => ussd,
            Self::Feed(_) => feed,
            Self::VcApi(_) => vc_api,
            Self::Provider(_) => provider,
            Self::Service => service,
            Self::SignIn => sign_in,
            Self::Init => init,
        }
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind())?;
        match self {
            Self::Operator { uid, name } if name.is_empty() => write!(f, " {uid}"),
            Self::Operator { uid, name } => write!(f, " {uid} {name}"),
            Self::Officer(name) | Self::Feed(name) | Self::VcApi(name) | Self::Provider(name) => {
                write!(f, " {name}")
            }
            _ => Ok(()),
        }
    }
}

impl From<&Actor> for String {
    fn from(actor: &Actor) -> Self {
        actor.to_string()
    }
}

impl From<Actor> for String {
    fn from(actor: Actor) -> Self {
        Self::from(&actor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_taken_for_another() {
        let names = ["", "wallet", "citizen", "officer", "1000 root", "service"];
        let mut all: Vec<String> = [
            Actor::Citizen,
            Actor::Wallet,
            Actor::Ussd,
            Actor::Service,
            Actor::SignIn,
            Actor::Init,
            Actor::Operator { uid: 0, name: "root".into() },
        ]
        .map(String::from)
        .into();
        for name in names.map(str::to_owned) {
            let made = [
                Actor::Operator { uid: 1000, name: name.clone() },
                Actor::Officer(name.clone()),
                Actor::Feed(name.clone()),
                Actor::VcApi(name.clone()),
                Actor::Provider(name),
            ];
            all.extend(made.map(String::from));
        }
        let count = all.len();
        all.sort();
        all.dedup();
        assert_eq!(all.len(), count);
        for actor in all {
            assert!(Actor::KINDS.contains(&actor.split(' ').next().unwrap()), "{actor}");
            assert_eq!(Actor::is_operator(&actor), actor.starts_with("operator "), "{actor}");
        }
    }
}
