//! What is published, as wallets and verifiers fetch it.

use hati_formats::trust::{Bundle, TrustList};

use super::{Running, agent, header, settings, text};

#[test]
fn every_file_is_served_with_its_type_and_verifies() {
    let running = Running::start(settings());
    for (path, media_type) in [
        ("/.well-known/did.json", "application/json"),
        ("/.well-known/jwt-vc-issuer", "application/json"),
        ("/types/maisha-id.json", "application/json"),
        ("/contexts/hati-v1", "application/ld+json"),
        ("/trust-list", "application/cose"),
        ("/bundle", "application/cose"),
    ] {
        let response = running.get(path);
        assert_eq!(
            (response.status().as_u16(), header(&response, "content-type")),
            (200, media_type),
            "{path}"
        );
        assert_eq!(header(&response, "access-control-allow-origin"), "*");
        assert_eq!(header(&response, "cache-control"), "public, max-age=60");
        let served = response.into_body().read_to_vec().unwrap();
        let written =
            std::fs::read(running.folder.path().join(format!("issuer/public{}", file(path)))).unwrap();
        assert_eq!(served, written, "{path}");
    }
    let bytes = |path| running.get(path).into_body().read_to_vec().unwrap();
    let issuer: serde_json::Value = serde_json::from_slice(&bytes("/.well-known/jwt-vc-issuer")).unwrap();
    assert_eq!(issuer["issuer"], super::URL);
    let root = std::fs::read(running.folder.path().join("issuer/root.jwk")).unwrap();
    let root: serde_json::Value = serde_json::from_slice(&root).unwrap();
    let root = hati_formats::keys::PublicKey::from_jwk(&root).unwrap();
    assert!(TrustList::verify(&bytes("/trust-list"), &root).is_ok());
    assert!(Bundle::verify(&bytes("/bundle"), &root, None).is_ok());
}

/// In the folder, a context has an ending.
fn file(path: &str) -> String {
    path.to_owned() + if path.starts_with("/contexts") { ".jsonld" } else { "" }
}

#[test]
fn what_a_client_has_is_not_sent_again() {
    let running = Running::start(settings());
    let etag = header(&running.get("/trust-list"), "etag").to_owned();
    let ask =
        |known: &str| agent().get(running.url("/trust-list")).header("if-none-match", known).call().unwrap();
    for known in [etag.clone(), format!("W/{etag}"), format!("\"other\", {etag}"), "*".to_owned()] {
        let response = ask(&known);
        assert_eq!((response.status().as_u16(), header(&response, "etag")), (304, etag.as_str()), "{known}");
        assert_eq!(text(response), "");
    }
    assert_eq!(ask("\"other\"").status().as_u16(), 200);
    let head = agent().head(running.url("/trust-list")).call().unwrap();
    assert_eq!((head.status().as_u16(), header(&head, "etag")), (200, etag.as_str()));
    assert_eq!(text(head), "");
}

/// Credentials name a list without an ending (Token Status List section 6.2; Bitstring Status List section 2.1).
#[test]
fn status_lists_are_served_where_credentials_name_them() {
    let folder = tempfile::tempdir().unwrap();
    let issuer = super::home(&folder).keys.issuer.public().clone();
    super::issue_one(&folder);
    let running = Running::of(folder, settings());
    for (path, media_type) in [
        ("/status/0", "application/statuslist+jwt"),
        ("/status/0/revocation", "application/vc"),
        ("/status/0/suspension", "application/vc"),
    ] {
        let response = running.get(path);
        assert_eq!(
            (response.status().as_u16(), header(&response, "content-type")),
            (200, media_type),
            "{path}"
        );
    }
    // Milliseconds (Bitstring Status List section 2.2), where the token has seconds.
    for path in ["/status/0/revocation", "/status/0/suspension"] {
        let list: serde_json::Value = serde_json::from_str(&text(running.get(path))).unwrap();
        assert_eq!(list["credentialSubject"]["ttl"], 86_400_000, "{path}");
    }
    let token = text(running.get("/status/0"));
    let verified = hati_formats::jws::Unverified::parse(&token).unwrap().verify(&issuer).unwrap();
    assert_eq!(verified.claims().unwrap()["sub"], format!("{}/status/0", super::URL));
    assert_eq!(verified.claims().unwrap()["ttl"], 86_400);
}
