//! What the page shows, and what it keeps out.

use super::Office;
use super::sign_in::Browser;

#[test]
fn the_page_names_wallet_and_credentials_and_escapes_them() {
    let office = Office::open();
    let scope = "maisha-id.dc-sd-jwt maisha-id.ldp-vc proof-of-age.dc-sd-jwt";
    let state = "<script>alert(1)</script>";
    let page = Browser::open(&office, &[("scope", scope), ("state", state)]).page;
    let text = page.text();
    assert!(text.contains("Hati &lt;wallet&gt; &amp; friends"), "{text}");
    assert_eq!(text.matches("<li>").count(), 2, "one line for a credential in two formats: {text}");
    assert!(text.contains("<li>Maisha ID</li>"));
    assert!(!text.contains("script") && !text.contains("alert("), "{text}");
    // Every field has its label.
    for id in ["upi", "code"] {
        assert!(
            text.contains(&format!("label for=\"{id}\"")) && text.contains(&format!("input id=\"{id}\""))
        );
    }
}

#[test]
fn the_page_may_load_nothing_and_be_framed_nowhere() {
    let office = Office::open();
    for (uri, source) in [
        ("https://wallet.example/signed-in", "https://wallet.example"),
        ("ke.go.hati.wallet:/signed-in", "ke.go.hati.wallet:"),
        ("http://127.0.0.1:51004/cb", "http://127.0.0.1:51004"),
    ] {
        let page = Browser::open(&office, &[("redirect_uri", uri)]).page;
        let policy = page.header("content-security-policy");
        for part in ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "style-src 'sha256-"]
        {
            assert!(policy.contains(part), "{policy}");
        }
        assert!(policy.contains(&format!("form-action 'self' {source};")), "{policy}");
        assert!(!policy.contains("unsafe") && !policy.contains("script-src"), "{policy}");
        assert_eq!(page.header("cache-control"), "no-store");
        assert_eq!(page.header("referrer-policy"), "no-referrer");
        assert_eq!(page.header("x-content-type-options"), "nosniff");
        assert!(page.text().len() < 5_000, "a page for a slow network");
    }
}

#[test]
fn the_page_speaks_english_and_swahili() {
    let office = Office::open();
    let english = Browser::open(&office, &[]).page;
    assert!(english.text().contains("<html lang=\"en\">") && english.text().contains("Activation code"));
    assert_eq!(english.header("content-language"), "en");
    // An error page by the browser's language, and by a link.
    let swahili = office.get("/authorize/signin", &[("accept-language", "sw-KE, en;q=0.5")]);
    assert!(swahili.text().contains("<html lang=\"sw\">") && swahili.text().contains("Anza tena"));
    assert!(swahili.text().contains("?lang=en"));
    let chosen = office.get("/authorize/signin?lang=en", &[("accept-language", "sw")]);
    assert!(chosen.text().contains("<html lang=\"en\">"));
    for hostile in ["?lang=%22%3E%3Cscript%3E", "?lang=en&lang=sw", "?%ff"] {
        let page = office.get(&format!("/authorize/signin{hostile}"), &[]);
        assert!(page.text().contains("<html lang=\"en\">") && !page.text().contains("script"), "{hostile}");
    }
}

/// What the page is about stands in its address, so the other language's has all of that.
#[test]
fn an_error_page_says_the_same_in_the_other_language() {
    let office = Office::open();
    for (path, english, swahili) in [
        (
            "/authorize?client_id=a%26b&request_uri=urn%3Aietf%3Aparams%3Aoauth%3Arequest_uri%3Ax",
            "was used before, or has expired",
            "limeshatumika",
        ),
        ("/authorize/upstream?code=a&state=b", "began in another browser", "kivinjari kingine"),
    ] {
        let page = office.get(path, &[]);
        assert!(page.text().contains(english), "{}", page.text());
        let link = page.text().split("href=\"").nth(1).unwrap().split('"').next().unwrap();
        let (path, _) = path.split_once('?').unwrap();
        let other = office.get(&format!("{path}{}", link.replace("&amp;", "&")), &[]);
        assert!(
            other.text().contains("<html lang=\"sw\">") && other.text().contains(swahili),
            "{}",
            other.text()
        );
    }
}
