//! Copies as the holder thinks of them: one credential, and how many copies of it are left.

use std::collections::BTreeMap;

use hati_formats::credential::Format;
use hati_formats::status::Status;
use hati_formats::time::Timestamp;
use hati_wallet::Error;
use hati_wallet_core::Wallet;
use hati_wallet_core::describe::LabelledClaim;
use hati_wallet_core::pool::{Copy, KnownStatus};
use serde_json::{Value, json};

use super::Lang;

/// All copies of one type, by one issuer, in one format.
pub(super) struct Credential<'w> {
    /// Its first copy's number, by which `show` finds it.
    pub(super) id: u64,
    copies: Vec<&'w Copy>,
    /// What the bundle says of each copy, in the same order.
    statuses: Vec<Option<KnownStatus>>,
    newest: &'w Copy,
}

/// Every credential in the wallet, in the order they came.
pub(super) fn all(wallet: &Wallet) -> Vec<Credential<'_>> {
    let mut groups: BTreeMap<_, Vec<&Copy>> = BTreeMap::new();
    for copy in wallet.pool().copies() {
        let key = (copy.credential_type().as_str(), copy.format(), copy.issuer());
        groups.entry(key).or_default().push(copy);
    }
    let mut all: Vec<_> = groups.into_values().filter_map(|copies| Credential::of(wallet, copies)).collect();
    all.sort_by_key(|credential| credential.id);
    all
}

/// The credential of that number, or the only one of that type.
pub(super) fn find<'w>(wallet: &'w Wallet, id: &str) -> Result<Credential<'w>, Error> {
    let mut found = all(wallet);
    let known = found.iter().map(|one| format!("{} ({})", one.id, one.type_id())).collect::<Vec<_>>();
    found.retain(|one| one.id.to_string() == id || one.type_id() == id);
    let several: Vec<String> =
        found.iter().map(|one| format!("{} ({})", one.id, one.newest.format())).collect();
    match (found.pop(), several.len()) {
        (Some(credential), 1) => Ok(credential),
        (Some(_), _) => Err(Error::SeveralCredentials { got: id.to_owned(), known: several.join(", ") }),
        (None, _) => {
            let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
            Err(Error::NoSuchCredential { got: id.to_owned(), known })
        }
    }
}

impl<'w> Credential<'w> {
    fn of(wallet: &Wallet, copies: Vec<&'w Copy>) -> Option<Self> {
        let (first, newest) = (*copies.first()?, *copies.last()?);
        let statuses = copies.iter().map(|copy| wallet.status(copy)).collect();
        Some(Self { id: first.number(), copies, statuses, newest })
    }

    pub(super) fn type_id(&self) -> &'w str {
        self.newest.credential_type().as_str()
    }

    /// Every claim, from the newest copy.
    pub(super) fn claims(&self, wallet: &Wallet) -> Result<Vec<LabelledClaim>, Error> {
        Ok(self.newest.claims(wallet.credential_type(self.type_id()))?)
    }

    pub(super) fn format(&self) -> Format {
        self.newest.format()
    }

    pub(super) fn issuer(&self) -> &'w str {
        self.newest.issuer()
    }

    pub(super) fn valid_from(&self) -> Option<Timestamp> {
        self.newest.valid_from()
    }

    pub(super) fn valid_until(&self) -> Option<Timestamp> {
        self.newest.valid_until()
    }

    /// How many copies are left, and how many are not although they were never shown.
    pub(super) fn copies_left(&self, now: Timestamp) -> String {
        let left = format!("{} of {} copies left", self.unused(now), self.copies.len());
        let counts = [(Status::Invalid, "revoked"), (Status::Suspended, "suspended")]
            .map(|(status, name)| (self.with_status(status), name));
        let refused: Vec<String> = counts
            .into_iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, name)| format!("{count} {name}"))
            .collect();
        match self.status_as_of() {
            Some(as_of) if !refused.is_empty() => format!("{left} ({} as of {as_of})", refused.join(", ")),
            _ => left,
        }
    }

    /// How many copies can still be shown for the first time.
    fn unused(&self, now: Timestamp) -> usize {
        let refused = |status: &Option<KnownStatus>| status.is_some_and(KnownStatus::is_refused);
        let left = |(copy, status): &(&&Copy, &Option<KnownStatus>)| {
            !copy.is_used() && !copy.is_expired(now) && !refused(status)
        };
        self.copies.iter().zip(&self.statuses).filter(left).count()
    }

    fn with_status(&self, status: Status) -> usize {
        self.statuses.iter().flatten().filter(|known| known.status == status).count()
    }

    /// As of when the statuses are known: all of them at least since then.
    fn status_as_of(&self) -> Option<Timestamp> {
        self.statuses.iter().flatten().map(|known| known.as_of).min()
    }

    /// What `list` and `show` have in common.
    pub(super) fn as_json(&self, now: Timestamp) -> Value {
        let count = |counts: &dyn Fn(&Copy) -> bool| self.copies.iter().filter(|copy| counts(copy)).count();
        let time = |time: Option<Timestamp>| time.map(|time| time.to_string());
        json!({
            "id": self.id.to_string(),
            "type": self.type_id(),
            "format": self.format().media_type(),
            "issuer": self.issuer(),
            "valid_from": time(self.valid_from()),
            "valid_until": time(self.valid_until()),
            "copies": {
                "total": self.copies.len(),
                "unused": self.unused(now),
                "used": count(&Copy::is_used),
                "expired": count(&|copy| copy.is_expired(now)),
                "revoked": self.with_status(Status::Invalid),
                "suspended": self.with_status(Status::Suspended),
            },
            "status_as_of": time(self.status_as_of()),
        })
    }
}

/// What a type is called, as its file says.
pub(super) fn type_name(wallet: &Wallet, id: &str, lang: Lang) -> String {
    let named = |locale: &str| {
        let kind = wallet.credential_type(id)?;
        let display = kind.document().get("display")?.as_array()?;
        let name = display.iter().find(|one| one.get("locale").and_then(Value::as_str) == Some(locale))?;
        name.get("name")?.as_str().map(str::to_owned)
    };
    named(lang.id()).or_else(|| named("en")).unwrap_or_else(|| id.to_owned())
}

/// A value as a person reads it.
pub(super) fn plain(value: &Value, lang: Lang) -> String {
    match (value, lang) {
        (Value::Bool(true), Lang::En) => "yes".to_owned(),
        (Value::Bool(false), Lang::En) => "no".to_owned(),
        (Value::Bool(true), Lang::Sw) => "ndiyo".to_owned(),
        (Value::Bool(false), Lang::Sw) => "hapana".to_owned(),
        (Value::String(text), Lang::En) if text.starts_with("data:") => "(picture)".to_owned(),
        (Value::String(text), Lang::Sw) if text.starts_with("data:") => "(picha)".to_owned(),
        // What an issuer wrote must not steer the terminal.
        (Value::String(text), _) => text.replace(char::is_control, "\u{fffd}"),
        (Value::Array(items), _) => items.iter().map(|item| plain(item, lang)).collect::<Vec<_>>().join(", "),
        (other, _) => other.to_string(),
    }
}
