//! The URL a DPoP proof is for, in the one form in which two of them are compared.

use iri_string::types::UriStr;

/// The longest URL that is compared; our longest endpoint has under 100 characters.
const MAX_URL: usize = 2048;

/// The text is not the URL of an HTTP request.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{got}` is not the URL of a request; write it as https://host/path")]
pub struct HtuError {
    /// The text, shortened.
    pub got: String,
}

/// A URL without query and fragment, normalised as RFC 9449 section 4.3 asks: by syntax (RFC 3986 section 6.2.2) and
/// by the scheme (section 6.2.3).
///
/// ```
/// let htu = hati_protocol::oauth::normalize_htu("HTTPS://Server.Example.com:443/a/../%74oken?x#y")?;
/// assert_eq!(htu, "https://server.example.com/token");
/// # Ok::<(), hati_protocol::oauth::HtuError>(())
/// ```
///
/// # Errors
/// [`HtuError`].
pub fn normalize_htu(url: &str) -> Result<String, HtuError> {
    let error = || HtuError { got: crate::message::shown(url) };
    let end = url.find(['?', '#']).unwrap_or(url.len());
    let bare = url.get(..end).filter(|_| url.len() <= MAX_URL).ok_or_else(error)?;
    let normal = UriStr::new(bare).map_err(|_| error())?.normalize().to_string();
    let normal = UriStr::new(&normal).map_err(|_| error())?;
    let authority = normal.authority_components().ok_or_else(error)?;
    let default_port = match normal.scheme_str() {
        "https" => "443",
        "http" => "80",
        _ => return Err(error()),
    };
    if authority.host().is_empty() || authority.userinfo().is_some() {
        return Err(error());
    }
    let port = authority.port().filter(|port| !port.is_empty() && *port != default_port);
    let port = port.map(|port| format!(":{port}")).unwrap_or_default();
    let path = if normal.path_str().is_empty() { "/" } else { normal.path_str() };
    Ok(format!("{}://{}{port}{path}", normal.scheme_str(), authority.host()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn equivalent_urls_have_one_form() {
        let expected = "https://server.example.com/token";
        for url in [
            expected,
            "https://server.example.com:443/token",
            "https://server.example.com:/token",
            "HTTPS://SERVER.example.COM/token",
            "https://server.example.com/a/./../token",
            "https://server.example.com/%74oken",
            "https://server.example.com/token?a=b",
            "https://server.example.com/token#f",
        ] {
            assert_eq!(normalize_htu(url).as_deref(), Ok(expected), "{url}");
        }
        assert_eq!(normalize_htu("http://127.0.0.1:8080").as_deref(), Ok("http://127.0.0.1:8080/"));
        assert_eq!(normalize_htu("https://[2001:DB8::1]:80/").as_deref(), Ok("https://[2001:db8::1]:80/"));
        assert_eq!(normalize_htu("https://a.example/%2f%e9").as_deref(), Ok("https://a.example/%2F%E9"));
    }

    #[test]
    fn different_urls_stay_different() {
        for url in [
            "http://server.example.com/token",
            "https://server.example.com/Token",
            "https://server.example.com/token/",
            "https://server.example.com:80/token",
            "https://server.example.com/%2Ftoken",
            "https://server.example.com.evil.example/token",
        ] {
            assert_ne!(normalize_htu(url).unwrap(), "https://server.example.com/token", "{url}");
        }
    }

    #[test]
    fn what_is_no_request_url_is_refused() {
        let long = format!("https://a.example/{}", "a".repeat(MAX_URL));
        for url in [
            "",
            "/token",
            "token",
            "ftp://a.example/",
            "https:///x",
            "https://u@a.example/",
            "urn:a",
            "https://a b/",
            &long,
        ] {
            assert!(normalize_htu(url).is_err(), "{url}");
        }
    }

    proptest! {
        #[test]
        fn normalising_twice_changes_nothing(
            host in "[a-zA-Z0-9.-]{1,12}", port in prop::option::of(0u16..), path in "(/([a-zA-Z0-9._~-]|%[0-9a-fA-F]{2}){0,6}){0,4}",
        ) {
            let port = port.map(|port| format!(":{port}")).unwrap_or_default();
            let once = normalize_htu(&format!("https://{host}{port}{path}?q")).unwrap();
            prop_assert_eq!(normalize_htu(&once).unwrap(), once);
        }

        #[test]
        fn hostile_urls_never_panic(url in "\\PC{0,60}") {
            let _ = normalize_htu(&url);
        }
    }
}
