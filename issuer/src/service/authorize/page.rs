//! What a person sees.

use std::collections::BTreeSet;

use axum::http::StatusCode;
use axum::response::Response;
use hati_formats::credential::CredentialType;
use hati_program::system::NoRandomness;
use hati_store::StoreError;
use maud::{Markup, html};
use serde_json::Value;

use super::Asked;
use crate::activation::ActivationError;
use crate::catalogue::Catalogue;
use crate::grants::GrantError;
use crate::service::for_log::ForLog;
use crate::service::html::{Page, policy_source};
use crate::service::language::{Language, Spoken};
use crate::service::upstream::{Upstream, UpstreamError};

/// Why the browser is not sent back to the wallet. RFC 6749 section 4.1.2.1: where it is not known for certain which wallet
/// asked, nobody is redirected.
#[derive(Debug)]
pub(super) enum Trouble {
    /// The address is not one that a wallet opens after a push.
    Request,
    /// The reference is unknown, used, expired, or another wallet's.
    Reference,
    /// The sign-in is unknown, used or expired, or not this browser's.
    Expired,
    /// The register has no such person, or not any more.
    Person,
    /// The other provider did not sign the person in.
    Elsewhere,
    /// It does not answer now.
    Away,
    /// The service failed.
    Failed,
}

impl Trouble {
    /// The page that says so.
    pub(super) fn page(&self, spoken: Spoken) -> Response {
        let (status, english, swahili) = match self {
            Self::Request => (
                StatusCode::BAD_REQUEST,
                "This address is opened by a wallet alone. Begin in your wallet.",
                "Anwani hii hufunguliwa na pochi pekee. Anza katika pochi yako.",
            ),
            Self::Reference => (
                StatusCode::BAD_REQUEST,
                "This request was used before, or has expired. Begin again in your wallet.",
                "Ombi hili limeshatumika au muda wake umekwisha. Anza tena katika pochi yako.",
            ),
            Self::Expired => (
                StatusCode::BAD_REQUEST,
                "This sign-in was used before, has expired, or began in another browser. Begin again in your wallet.",
                "Uingiaji huu umeshatumika, muda wake umekwisha, au ulianza katika kivinjari kingine. Anza tena katika pochi yako.",
            ),
            Self::Person => (
                StatusCode::FORBIDDEN,
                "No ID can be issued to this person from here. Ask at a service centre.",
                "Kitambulisho cha mtu huyu hakiwezi kutolewa kutoka hapa. Uliza katika kituo cha huduma.",
            ),
            Self::Elsewhere => (
                StatusCode::FORBIDDEN,
                "You were not signed in there. Go back, and sign in with your activation code, or try again.",
                "Hukuingia huko. Rudi nyuma, uingie kwa nambari ya kuwezesha, au ujaribu tena.",
            ),
            Self::Away => (
                StatusCode::SERVICE_UNAVAILABLE,
                "The service where you wanted to sign in does not answer now. Go back, and sign in with your activation code, or try again in a minute.",
                "Huduma uliyotaka kuingia kwayo haijibu sasa. Rudi nyuma, uingie kwa nambari ya kuwezesha, au ujaribu tena baada ya dakika moja.",
            ),
            Self::Failed => (
                StatusCode::SERVICE_UNAVAILABLE,
                "The service failed. Try again in a while.",
                "Huduma imeshindwa. Jaribu tena baadaye.",
            ),
        };
        let reason = spoken.language.pick(english, swahili);
        Page::refusal(spoken, status, reason)
    }
}

/// Says in the log what the page does not.
fn logged(error: impl ForLog) -> Trouble {
    tracing::error!(error = error.for_log(), "nobody was signed in");
    Trouble::Failed
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        logged(error)
    }
}

impl From<UpstreamError> for Trouble {
    fn from(error: UpstreamError) -> Self {
        match error {
            UpstreamError::Unusable { .. } => {
                logged(error);
                Self::Away
            }
            UpstreamError::Away => Self::Away,
            _ => {
                tracing::warn!(error = error.for_log(), "nobody was signed in");
                Self::Elsewhere
            }
        }
    }
}

impl From<GrantError> for Trouble {
    fn from(error: GrantError) -> Self {
        logged(error)
    }
}

impl From<NoRandomness> for Trouble {
    fn from(error: NoRandomness) -> Self {
        logged(error)
    }
}

/// What the page to sign in on shows.
pub(super) struct Shown<'a> {
    pub(super) asked: &'a Asked,
    pub(super) wallet: &'a str,
    pub(super) catalogue: &'a Catalogue,
    pub(super) form_token: &'a str,
    pub(super) upstream: Option<&'a Upstream>,
    pub(super) spoken: Spoken,
    pub(super) refused: Option<&'a ActivationError>,
}

/// The page to sign in on.
pub(super) fn sign_in_page(shown: Shown<'_>) -> Page {
    let Shown { asked, wallet, catalogue, form_token, upstream, spoken, refused } = shown;
    let language = spoken.language;
    let body = html! {
        @if let Some(refused) = refused {
            p class="alert" role="alert" { (refusal(refused, language)) }
        }
        p {
            (language.pick("This wallet asks for your ID: ", "Pochi hii inaomba kitambulisho chako: "))
            strong { (wallet) }
        }
        p { (language.pick("It will receive:", "Itapokea:")) }
        ul {
            @for name in names(asked, catalogue, language) { li { (name) } }
        }
        @if let Some(upstream) = upstream { (elsewhere(upstream, form_token, language)) }
        (form(form_token, language))
    };
    let title = language.pick("Sign in to get your ID", "Ingia upate kitambulisho chako").to_owned();
    let others = [Some(asked.redirect_uri.as_str()), upstream.map(Upstream::issuer)];
    Page { spoken, title, body, leads_to: others.into_iter().flatten().map(policy_source).collect() }
}

/// Signing in at another provider.
fn elsewhere(upstream: &Upstream, form_token: &str, language: Language) -> Markup {
    html! {
        form method="post" action={ "/authorize/signin?lang=" (language.tag()) } {
            input type="hidden" name="form" value=(form_token);
            button name="upstream" value="1" {
                (language.pick("Sign in with ", "Ingia kwa ")) (upstream.name())
            }
        }
        p { (language.pick("Or with your activation code:", "Au kwa nambari yako ya kuwezesha:")) }
    }
}

fn form(form_token: &str, language: Language) -> Markup {
    html! {
        form method="post" action={ "/authorize/signin?lang=" (language.tag()) } {
            input type="hidden" name="form" value=(form_token);
            label for="upi" { (language.pick("Your UPI (Maisha Namba)", "UPI yako (Maisha Namba)")) }
            input id="upi" name="upi" inputmode="numeric" autocomplete="off" maxlength="24" required;
            label for="code" {
                (language.pick("Activation code ", "Nambari ya kuwezesha "))
                small { (language.pick("from the service centre", "kutoka kituo cha huduma")) }
            }
            input id="code" name="code" autocomplete="off" autocapitalize="characters" spellcheck="false" maxlength="24" required;
            button name="go" value="1" { (language.pick("Sign in", "Ingia")) }
            button name="cancel" value="1" formnovalidate { (language.pick("Cancel", "Ghairi")) }
        }
    }
}

fn refusal(refused: &ActivationError, language: Language) -> String {
    match refused {
        ActivationError::Locked { until } => {
            let text = language.pick(
                "Too many wrong codes. Wait until ",
                "Nambari zisizo sahihi ni nyingi mno. Subiri hadi ",
            );
            format!("{text}{until}.")
        }
        ActivationError::Mistyped(_) => language
            .pick(
                "This is no activation code: it has 10 letters and digits. Check for a typing mistake.",
                "Hii si nambari ya kuwezesha: ina herufi na tarakimu 10. Angalia ulivyoandika.",
            )
            .to_owned(),
        _ => language
            .pick(
                "UPI and activation code do not belong together. Check both.",
                "UPI na nambari ya kuwezesha havilingani. Angalia vyote viwili.",
            )
            .to_owned(),
    }
}

/// What the credentials are called; one that comes in several formats stands once.
fn names(asked: &Asked, catalogue: &Catalogue, language: Language) -> BTreeSet<String> {
    let name = |id: &String| {
        let kind = &catalogue.get(id)?.credential_type;
        Some(display_name(kind, language).unwrap_or(&kind.id).to_owned())
    };
    asked.configurations.iter().filter_map(name).collect()
}

/// SD-JWT VC section 4.5.1.
fn display_name(kind: &CredentialType, language: Language) -> Option<&str> {
    let entries = kind.document().get("display")?.as_array()?;
    let text = |entry: &'_ Value, member: &str| entry.get(member).and_then(Value::as_str).map(str::to_owned);
    let is_in = |tag: &str| entries.iter().find(|entry| text(entry, "locale").as_deref() == Some(tag));
    is_in(language.tag()).or_else(|| is_in("en"))?.get("name")?.as_str()
}
