use super::*;
use serde_json::json;

#[derive(Debug, Deserialize)]
struct Message {
    #[expect(dead_code, reason = "only whether it reads is asked")]
    a: u8,
    #[expect(dead_code, reason = "only whether it reads is asked")]
    #[serde(default, deserialize_with = "non_empty")]
    list: Vec<u8>,
}

#[test]
fn messages_are_strict_and_ignore_unknown_members() {
    let read = |text: &str| super::read::<Message>("message", text.as_bytes());
    assert!(read(r#"{"a":1,"b":[]}"#).is_ok());
    assert!(matches!(read(r#"{"a":1,"a":1}"#), Err(MessageError::Json { .. })));
    let refused = |text: &str| read(text).unwrap_err().to_string();
    assert!(refused("{}").contains("the message does not have its shape: missing field `a`"));
    assert!(refused(r#"{"a":"x"}"#).contains("invalid type: string \"x\", expected u8"));
    assert!(refused(r#"{"a":1,"list":[]}"#).contains("non-empty array"));
    assert!(refused("[]").contains("expected a JSON object, got an array"));
}

#[test]
fn urls_of_issuers_have_https_a_host_and_nothing_behind_the_path() {
    let bad =
        ["http://a.example", "https://", "https:///x", "https://u@a.example", "https://a.example#f", "a", ""];
    for url in bad {
        assert!(https_url("m", "u", url).is_err(), "{url}");
        assert!(identifier_url("m", "u", url).is_err(), "{url}");
    }
    assert!(https_url("m", "u", "https://a.example/p?q").is_ok());
    let error = identifier_url("m", "u", "https://a.example/p?q").unwrap_err();
    assert!(error.to_string().contains("without query or fragment, got `https://a.example/p?q`"), "{error}");
}

#[test]
fn well_known_goes_between_host_and_path() {
    let at = |identifier| well_known(identifier, "openid-credential-issuer");
    let expected = Some("https://issuer.example.com/.well-known/openid-credential-issuer/tenant".to_owned());
    assert_eq!(at("https://issuer.example.com/tenant"), expected);
    assert_eq!(at("https://issuer.example.com/tenant/"), expected);
    let bare = Some("https://tenant.issuer.example.com/.well-known/openid-credential-issuer".to_owned());
    assert_eq!(at("https://tenant.issuer.example.com"), bare);
    assert_eq!(at("https://tenant.issuer.example.com/"), bare);
    assert_eq!(at("http://issuer.example.com"), None);
}

#[test]
fn foreign_text_is_shortened_at_a_character() {
    assert_eq!(shown(&"é".repeat(81)).chars().count(), 81);
    assert_eq!(shown("a\nb"), "a b");
}

#[test]
fn times_may_have_a_fraction() {
    let seconds = |value| numeric_date(&value).map(Timestamp::seconds);
    assert_eq!(seconds(json!(7)), Some(7));
    assert_eq!(seconds(json!(-0.5)), Some(-1));
    assert_eq!(seconds(json!(1e300)), Some(i64::MAX));
    assert_eq!(seconds(json!(u64::MAX)), Some(i64::MAX));
    assert_eq!(seconds(json!("7")), None);
}
