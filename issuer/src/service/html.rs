//! Pages that people see: plain HTML for a small, cheap phone. No script, nothing fetched, nothing kept, no frame.

use std::sync::LazyLock;

use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest, Sha256};

use super::language::Spoken;

/// Large enough to read and to touch; dark on light and light on dark, as the phone is set.
const STYLE: &str = "\
:root{color-scheme:light dark}\
body{font:1.1rem/1.5 system-ui,sans-serif;max-width:32rem;margin:0 auto;padding:1rem}\
h1{font-size:1.4rem}\
label{display:block;margin-top:1rem;font-weight:bold}\
input,button,textarea{font:inherit;width:100%;box-sizing:border-box;padding:.7rem;margin-top:.3rem;border:2px solid;border-radius:.4rem}\
button{margin-top:1rem;font-weight:bold}\
.alert{border-left:.4rem solid;padding-left:.7rem;font-weight:bold}\
small{font-weight:normal}";

/// The policy's name for the style above: any other is not applied.
static STYLE_SOURCE: LazyLock<String> =
    LazyLock::new(|| format!("'sha256-{}'", STANDARD.encode(Sha256::digest(STYLE))));

/// A page.
pub(super) struct Page {
    /// Its language.
    pub(super) spoken: Spoken,
    /// Its title and first heading.
    pub(super) title: String,
    /// What stands below.
    pub(super) body: Markup,
    /// Where its forms may lead beside this server: origins and schemes.
    pub(super) leads_to: Vec<String>,
}

impl Page {
    /// The page as an answer.
    pub(super) fn answer(self, status: StatusCode) -> Response {
        let Self { spoken: Spoken { language, in_the_other }, title, body, leads_to } = self;
        let page = html! {
            (DOCTYPE)
            html lang=(language.tag()) {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    title { (title) }
                    style { (PreEscaped(STYLE)) }
                }
                body {
                    main {
                        h1 { (title) }
                        (body)
                    }
                    p {
                        a href=(in_the_other) lang=(language.other().tag()) hreflang=(language.other().tag()) {
                            (language.other().pick("English", "Kiswahili"))
                        }
                    }
                }
            }
        };
        let policy = policy(&leads_to);
        let headers: [(HeaderName, HeaderValue); 6] = [
            (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
            (header::CONTENT_SECURITY_POLICY, policy),
            (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
            (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
            (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
            (header::CONTENT_LANGUAGE, HeaderValue::from_static(language.tag())),
        ];
        (status, headers, page.into_string()).into_response()
    }

    /// A page that says why nothing was done.
    pub(super) fn refusal(spoken: Spoken, status: StatusCode, reason: &str) -> Response {
        let title = spoken.language.pick("This did not work", "Haikufaulu").to_owned();
        let body = html! { p class="alert" role="alert" { (reason) } };
        Self { spoken, title, body, leads_to: Vec::new() }.answer(status)
    }
}

/// Browsers hold redirects after a form to `form-action` too, so the wallet's own address has to stand there.
fn policy(leads_to: &[String]) -> HeaderValue {
    let leads_to = leads_to.iter().map(String::as_str).filter(|it| !it.contains([';', ',', '\'', '*', ' ']));
    let leads_to = leads_to.collect::<Vec<_>>().join(" ");
    let style = STYLE_SOURCE.as_str();
    let policy = format!(
        "default-src 'none'; style-src {style}; form-action 'self' {leads_to}; frame-ancestors 'none'; base-uri 'none'"
    );
    HeaderValue::try_from(policy).unwrap_or(HeaderValue::from_static("default-src 'none'"))
}

/// What stands in a policy for a URI: its origin, or its scheme where it has none.
pub(super) fn policy_source(uri: &str) -> String {
    let (scheme, rest) = uri.split_once(':').unwrap_or((uri, ""));
    match rest.strip_prefix("//") {
        Some(rest) if matches!(scheme, "https" | "http") => {
            let authority = rest.split(['/', '?']).next().unwrap_or_default();
            format!("{scheme}://{authority}")
        }
        _ => format!("{scheme}:"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_names_where_a_form_leads_and_nothing_can_be_added_to_it() {
        assert_eq!(policy_source("https://w.example:8443/cb?x=1"), "https://w.example:8443");
        assert_eq!(policy_source("ke.go.hati:/cb"), "ke.go.hati:");
        assert_eq!(policy_source("ke.go.hati://host/cb"), "ke.go.hati:");
        assert_eq!(policy_source("http://[::1]:80?x"), "http://[::1]:80");
        let text = |leads_to: &str| policy(&[leads_to.to_owned()]).to_str().unwrap().to_owned();
        assert!(text("https://w.example").contains("form-action 'self' https://w.example;"));
        for hostile in ["https://a;script-src *", "'unsafe-inline'", "*"] {
            assert!(text(hostile).contains("form-action 'self' ;"), "{hostile}");
        }
    }
}
