//! Whom the service deals with: wallets that may ask for a person to sign in, the aggregator of USSD.

use std::path::PathBuf;

use hati_protocol::oauth::RedirectUri;
use serde::Deserialize;

use super::token::Token;

/// The longest name of a wallet or client id: what fits a small screen, and a header.
const MAX_TEXT: usize = 200;

/// A wallet that may send people here to sign in. It has no secret (RFC 6749 section 2.1: a public client), so where its
/// answers go is all that tells it from another.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "WalletFields")]
pub struct Wallet {
    /// Its identifier.
    pub client_id: String,
    /// Its name, as people are shown it.
    pub name: String,
    redirect_uris: Vec<RedirectUri>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WalletFields {
    client_id: String,
    name: String,
    redirect_uris: Vec<String>,
}

impl TryFrom<WalletFields> for Wallet {
    type Error = String;

    fn try_from(fields: WalletFields) -> Result<Self, String> {
        let WalletFields { client_id, name, redirect_uris } = fields;
        check_client_id(&client_id)?;
        check_name(&name)?;
        let read = redirect_uris.iter().map(|uri| RedirectUri::parse(uri)).collect::<Result<Vec<_>, _>>();
        match read.map_err(|error| error.to_string())? {
            none if none.is_empty() => Err(format!("redirect_uris: expected at least one for {client_id}")),
            redirect_uris => Ok(Self { client_id, name, redirect_uris }),
        }
    }
}

fn check_client_id(got: &str) -> Result<(), String> {
    if (1..=MAX_TEXT).contains(&got.len()) && got.bytes().all(|it| it.is_ascii_graphic()) {
        return Ok(());
    }
    Err(format!("client_id: expected 1 to {MAX_TEXT} visible ASCII characters, got {got:?}"))
}

fn check_name(got: &str) -> Result<(), String> {
    if !got.trim().is_empty() && got.len() <= MAX_TEXT && !got.chars().any(char::is_control) {
        return Ok(());
    }
    Err(format!("name: expected 1 to {MAX_TEXT} bytes that people can read, got {got:?}"))
}

impl Wallet {
    /// Whether its answers may go there: exactly what is registered (RFC 9700 section 2.1), but for the port of a
    /// loopback address, which an app is given by its system (RFC 8252 section 7.3).
    #[must_use]
    pub fn may_answer_at(&self, uri: &RedirectUri) -> bool {
        let asked = uri.as_str();
        let is = |known: &RedirectUri| {
            known.as_str() == asked
                || without_port(known.as_str()).is_some_and(|known| Some(known) == without_port(asked))
        };
        self.redirect_uris.iter().any(is)
    }
}

/// A loopback address without its port: host, and what follows the port.
fn without_port(uri: &str) -> Option<(&str, &str)> {
    ["http://127.0.0.1", "http://[::1]"].into_iter().find_map(|host| {
        let rest = uri.strip_prefix(host)?;
        let Some(port) = rest.strip_prefix(':') else { return Some((host, rest)) };
        let digits = port.find(|it: char| !it.is_ascii_digit()).unwrap_or(port.len());
        port.split_at_checked(digits).map(|(_, rest)| (host, rest))
    })
}

/// The aggregator that brings USSD sessions.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ussd {
    /// The last part of the address that it calls, by which it is known.
    pub token: Token,
}

/// A system that may have credentials issued through the VC API.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "CallerFields")]
pub struct Caller {
    /// Its name, for the audit: small letters, digits and hyphens.
    pub name: String,
    /// What it shows.
    pub token: Token,
    types: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CallerFields {
    name: String,
    token: Token,
    types: Vec<String>,
}

impl TryFrom<CallerFields> for Caller {
    type Error = String;

    fn try_from(fields: CallerFields) -> Result<Self, String> {
        let CallerFields { name, token, types } = fields;
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if name.is_empty() || name.len() > MAX_TEXT || !name.chars().all(fits) {
            return Err(format!("name: expected 1 to {MAX_TEXT} of a-z 0-9 -, got {name:?}"));
        }
        if types.is_empty() {
            return Err(format!(
                "types: expected at least one that {name} may have issued, such as \"maisha-id\""
            ));
        }
        Ok(Self { name, token, types })
    }
}

impl Caller {
    /// The types that it may have issued.
    #[must_use]
    pub fn types(&self) -> &[String] {
        &self.types
    }

    /// Whether it may have a credential of this type issued.
    #[must_use]
    pub fn may_issue(&self, credential_type: &str) -> bool {
        self.types.iter().any(|it| it == credential_type)
    }
}

/// An OpenID Connect provider that signs people in, and knows their UPI.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "UpstreamFields")]
pub struct UpstreamSettings {
    /// Its issuer identifier: https, or this machine.
    pub issuer: String,
    /// What people call it.
    pub name: String,
    /// What this issuer is to it.
    pub client_id: String,
    /// The file of the secret that goes with it, which nobody else can read.
    pub client_secret_file: PathBuf,
    /// The claim of its ID tokens that is the UPI.
    pub upi_claim: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct UpstreamFields {
    issuer: String,
    name: String,
    client_id: String,
    client_secret_file: PathBuf,
    upi_claim: String,
}

impl TryFrom<UpstreamFields> for UpstreamSettings {
    type Error = String;

    fn try_from(fields: UpstreamFields) -> Result<Self, String> {
        let UpstreamFields { issuer, name, client_id, client_secret_file, upi_claim } = fields;
        let known = ["https://", "http://127.0.0.1:", "http://[::1]:"];
        if issuer.contains('@') {
            // What stands before it may be a password.
            return Err("issuer: expected an https URL without a user, got one with @".to_owned());
        }
        if !known.iter().any(|start| issuer.starts_with(start)) || issuer.contains(['?', '#']) {
            return Err(format!("issuer: expected an https URL without query and fragment, got {issuer:?}"));
        }
        check_name(&name)?;
        // RFC 6749 appendix A.1: spaces too.
        if client_id.trim().is_empty()
            || client_id.len() > MAX_TEXT
            || !client_id.bytes().all(|it| it == b' ' || it.is_ascii_graphic())
        {
            return Err(format!("client_id: expected 1 to {MAX_TEXT} ASCII characters, got {client_id:?}"));
        }
        if upi_claim.is_empty() || upi_claim.len() > MAX_TEXT || upi_claim.chars().any(char::is_control) {
            return Err(format!(
                "upi_claim: expected the name of a claim, of 1 to {MAX_TEXT} bytes, got {upi_claim:?}"
            ));
        }
        Ok(Self { issuer, name, client_id, client_secret_file, upi_claim })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wallet(uris: &[&str]) -> Result<Wallet, String> {
        let redirect_uris = uris.iter().map(|&uri| uri.to_owned()).collect();
        WalletFields { client_id: "w".into(), name: "W".into(), redirect_uris }.try_into()
    }

    #[test]
    fn answers_go_where_it_is_registered_and_nowhere_else() {
        let wallet = wallet(&[
            "https://w.example/cb?a=1",
            "ke.go.hati:/cb",
            "http://127.0.0.1/cb",
            "http://[::1]:9/x",
        ]);
        let may = |uri: &str| wallet.as_ref().unwrap().may_answer_at(&RedirectUri::parse(uri).unwrap());
        for uri in [
            "https://w.example/cb?a=1",
            "ke.go.hati:/cb",
            "http://127.0.0.1/cb",
            "http://127.0.0.1:51004/cb",
            "http://[::1]:80/x",
        ] {
            assert!(may(uri), "{uri}");
        }
        for uri in [
            "https://w.example/cb",
            "https://w.example/cb?a=1&b=2",
            "https://w.example:443/cb?a=1",
            "https://W.example/cb?a=1",
            "ke.go.hati:/cb/",
            "http://127.0.0.1:51004/cb/x",
            "http://[::1]/cb",
        ] {
            assert!(!may(uri), "{uri}");
        }
    }

    #[test]
    fn a_wallet_without_a_place_for_answers_is_refused() {
        assert!(wallet(&[]).unwrap_err().contains("at least one"));
        for uri in ["http://w.example/cb", "https://w.example/cb#x", "javascript:alert(1)", "/cb"] {
            assert!(wallet(&[uri]).unwrap_err().contains("redirect_uri"), "{uri}");
        }
    }
}
