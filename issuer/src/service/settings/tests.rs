use super::variables::PREFIX;
use super::*;
use crate::types::Types;

fn read(text: &str, variables: &[(&str, &str)]) -> Result<Settings, String> {
    let variable = |name: &str| {
        variables.iter().find(|(n, _)| format!("{PREFIX}{n}") == name).map(|(_, v)| (*v).to_owned())
    };
    Settings::read(Some((Path::new("issuer.toml"), text)), variable).map_err(|error| error.to_string())
}

#[test]
fn what_is_not_named_has_a_default() {
    assert_eq!(read("", &[]), Ok(Settings::default()));
    assert_eq!(Settings::read(None, |_| None).unwrap(), Settings::default());
    let settings = read("listen = \"0.0.0.0:443\"\n[limits]\nburst = 9\n", &[]).unwrap();
    assert_eq!((settings.listen.port(), settings.limits.burst.get()), (443, 9));
    assert_eq!(settings.limits.body_bytes, Limits::default().body_bytes);
}

#[test]
fn a_variable_outweighs_the_file() {
    let variables = [("LISTEN", "[::1]:9"), ("TLS_KEY", "b.key"), ("LIMITS_BODY_BYTES", "5000")];
    let text = "listen = \"0.0.0.0:443\"\n[tls]\ncertificate = \"a.pem\"\nkey = \"a.key\"\n";
    let settings = read(text, &variables).unwrap();
    assert_eq!((settings.listen.to_string().as_str(), settings.limits.body_bytes.get()), ("[::1]:9", 5000));
    assert_eq!(settings.tls, Some(Tls { certificate: "a.pem".into(), key: "b.key".into() }));
}

#[test]
fn errors_name_the_line_or_the_variable() {
    for (text, expected) in [
        ("listen = \"here\"", "line 1"),
        ("\n\nlisten = 1", "line 3"),
        (
            "[limits]\nburst = 0",
            "line 2: invalid value: integer `0`, expected a nonzero u32. Correct the line",
        ),
        ("\npublish_minutes = 721", "line 2: expected a whole number from 1 to 720, got 721"),
        ("publish_minutes = 4294967295", "from 1 to 720, got 4294967295"),
        ("[limits]\nbody_bytes = 0", "line 2: expected a whole number from 4096 to 16777216, got 0"),
        ("\nbatch_size = 1", "line 2"),
        ("batch_size = 101", "line 1: expected a whole number from 2 to 100, got 101"),
        ("lisen = \"127.0.0.1:1\"", "unknown field `lisen`"),
        ("[tls]\ncertificate = \"a.pem\"", "missing field `key`"),
        ("listen", "line 1"),
        ("[[wallets]]\nclient_id = \"w\"\nname = \"W\"\nredirect_uris = []", "at least one"),
        ("[ussd]\ntoken = \"short\"", "line 2"),
        ("\n[[vc_api]]\nname = \"A B\"\ntoken = \"01234567890123456789\"\ntypes = []", "name: expected"),
        ("[[vc_api]]\nname = \"a\"\ntoken = \"short\"\ntypes = [\"maisha-id\"]", "line 3"),
        ("[[vc_api]]\nname = \"a\"\ntoken = \"01234567890123456789\"\ntypes = []", "types: expected"),
        (
            "[upstream]\nissuer = \"http://op.example\"\nname = \"\"\nclient_id = \"\"\nclient_secret_file = \"\"\nupi_claim = \"\"",
            "expected an https URL",
        ),
    ] {
        let error = read(text, &[]).unwrap_err();
        assert!(error.contains("issuer.toml") && error.contains(expected), "{text}: {error}");
    }
    for (name, value, expected) in [
        ("LISTEN", "8080", "an address and a port"),
        ("LIMITS_BURST", "0", "a whole number from 1"),
        ("LIMITS_BODY_BYTES", "0", "a whole number from 4096"),
        ("BATCH_SIZE", "1", "a whole number from 2 to 100"),
        ("PUBLISH_MINUTES", "2000", "a whole number from 1 to 720"),
        ("BEHIND_PROXY", "yes", "true or false"),
    ] {
        let error = read("", &[(name, value)]).unwrap_err();
        assert!(
            error.starts_with(&format!("environment variable HATI_ISSUER_{name}: expected {expected}")),
            "{error}"
        );
        assert!(error.contains(value) && error.ends_with("Correct it, or leave it out"), "{error}");
    }
    let error = read("", &[("USSD_TOKEN", "sesame")]).unwrap_err();
    assert!(error.contains("USSD_TOKEN") && !error.contains("sesame"), "{error}");
    assert!(read("", &[("TLS_KEY", "k")]).unwrap_err().contains("only a key"));
    assert!(read("", &[("TLS_CERTIFICATE", "c")]).unwrap_err().contains("only a certificate"));
}

#[test]
fn no_secret_is_ever_shown() {
    for text in [
        "[ussd]\ntoken = \"prod/hunter2-0123456789abcdef\"",
        "[ussd]\ntoken = 'prod/hunter2-0123456789abcdef",
        "[ussd]\ntoken = prod/hunter2-0123456789abcdef",
        "[ussd]\ntoken = [\"prod/hunter2\"]",
        "ussd = \"prod/hunter2-0123456789abcdef\"",
        "[ussd]\ntoken = \"prod_hunter2-0123456789abcdef\"\ntoken = \"prod_hunter2-0123456789abcdef\"",
        "[[vc_api]]\nname = \"a\"\ntoken = \"prod/hunter2-0123456789abcdef\"\ntypes = [\"maisha-id\"]",
        "[upstream]\nissuer = \"https://me:hunter2@op.example\"\nname = \"\"\nclient_id = \"\"\nclient_secret_file = \"\"\nupi_claim = \"\"",
    ] {
        let error = read(text, &[]).unwrap_err();
        assert!(!error.contains("hunter2"), "{error}");
        assert!(
            error.contains("issuer.toml, line ") && error.contains("expected") || error.contains("duplicate"),
            "{error}"
        );
    }
    let error = read("[ussd]\ntoken = 4815162342", &[]).unwrap_err();
    assert!(error.contains("line 2: expected a secret") && !error.contains("4815162342"), "{error}");
}

const WALLET: &str = "[[wallets]]\nclient_id = \"w\"\nname = \"W\"\nredirect_uris = [\"w:/cb\"]\n";

fn caller(name: &str, token: &str, types: &str) -> String {
    format!("[[vc_api]]\nname = \"{name}\"\ntoken = \"{token}\"\ntypes = [\"{types}\"]\n")
}

#[test]
fn no_two_are_known_by_one_thing() {
    let (one, other) = ("one-0123456789-0123456789", "other-0123456789-0123456789");
    let ussd = format!("[ussd]\ntoken = \"{one}\"\n");
    for (text, expected) in [
        (format!("{WALLET}{WALLET}"), "line 6: expected a client_id for each wallet, got \"w\" again"),
        (
            caller("a", one, "x") + &caller("a", other, "x"),
            "line 6: expected a name for each caller, got \"a\" twice",
        ),
        (
            caller("a", one, "x") + &caller("b", one, "x"),
            "line 7: expected a token of its own, got the one of a",
        ),
        (
            ussd + &caller("a", one, "x"),
            "line 5: expected a token of its own, got the one of the USSD aggregator",
        ),
    ] {
        let error = read(&text, &[]).unwrap_err();
        assert!(error.starts_with(&format!("issuer.toml, {expected}")) && !error.contains(one), "{error}");
    }
    assert!(read(&(caller("a", one, "x") + &caller("b", other, "x") + WALLET), &[]).is_ok());
}

/// What `check` says of a file's text.
fn checked(text: &str) -> Result<(), String> {
    let file = Some((Path::new("issuer.toml"), text));
    let types = Types::load(Path::new("no such folder")).unwrap();
    Settings::read(file, |_| None).unwrap().check(file, &types).map_err(|error| error.to_string())
}

#[test]
fn a_caller_has_types_that_the_issuer_has() {
    let token = "one-0123456789-0123456789";
    assert_eq!(checked(&caller("a", token, "maisha-id")), Ok(()));
    let error = checked(&caller("a", token, "maisha-idd")).unwrap_err();
    let expected = "issuer.toml, line 4: types: expected some of maisha-id, proof-of-age, got \"maisha-idd\"";
    assert!(error.starts_with(expected), "{error}");
}

/// A batch that the metadata advertise can be sent: encrypted, by the keys and names that take most.
#[test]
fn a_batch_fits_a_body() {
    use hati_formats::did::did_jwk;
    use hati_formats::jws;
    use hati_formats::keys::{Algorithm, SoftwareKey};
    use serde_json::json;

    let key = SoftwareKey::from_secret_bytes(Algorithm::Es256, &[1; 32]).unwrap();
    let header = json!({ "typ": "openid4vci-proof+jwt", "alg": "ES256", "kid": format!("{}#0", did_jwk(key.public())) });
    let claims = json!({ "aud": "https://id.example.go.ke", "iat": 1_800_000_000, "nonce": "n".repeat(54), "iss": "i".repeat(40) });
    let proof = jws::prepare_text(&header.to_string(), claims.to_string().as_bytes());
    let proof = proof.clone().finish(&key.sign(proof.signing_input()));
    let response = json!({ "jwk": key.public().to_jwk(), "enc": "A256GCM" });
    for batch in [10, 100] {
        let body = json!({
            "credential_configuration_id": "maisha-id.vc-sd-jwt",
            "proofs": { "jwt": vec![&proof; batch] },
            "credential_response_encryption": response,
        });
        // Base64url, behind a header with a key of its own.
        let encrypted = body.to_string().len().div_ceil(3) * 4 + 600;
        let text = |bytes: usize| format!("batch_size = {batch}\n[limits]\nbody_bytes = {bytes}\n");
        let error = checked(&text(encrypted - 1)).unwrap_err();
        let least = error.split_once("expected ").unwrap().1.split_once(" at least").unwrap().0;
        assert!(error.starts_with("issuer.toml, line 3: limits.body_bytes"), "{error}");
        assert!(least.parse::<usize>().unwrap() >= encrypted, "{batch}: {error}");
        assert_eq!(checked(&text(least.parse().unwrap())), Ok(()));
    }
    assert_eq!(checked("batch_size = 100"), Ok(()));
}

#[test]
fn another_provider_is_named_as_a_whole() {
    let folder = tempfile::tempdir().unwrap();
    let secret = folder.path().join("secret");
    let with = |name: &str, client_id: &str, claim: &str| {
        format!(
            "[upstream]\nissuer = \"https://op.example\"\nname = \"{name}\"\nclient_id = \"{client_id}\"\nclient_secret_file = {secret:?}\nupi_claim = \"{claim}\"\n"
        )
    };
    for (text, expected) in [
        (with("", "c", "u"), "name: expected"),
        (with("N", "", "u"), "client_id: expected"),
        (with("N", "c", ""), "upi_claim: expected"),
    ] {
        let error = read(&text, &[]).unwrap_err();
        assert!(error.starts_with("issuer.toml, line ") && error.contains(expected), "{error}");
    }
    let good = with("N", "c", "u");
    let missing = checked(&good).unwrap_err();
    assert!(
        missing.starts_with("issuer.toml, line 5: client_secret_file: ") && missing.contains("Name a file"),
        "{missing}"
    );
    std::fs::write(&secret, "").unwrap();
    assert!(checked(&good).is_err());
    std::fs::remove_file(&secret).unwrap();
    hati_program::files::create_secret(&secret, "s3cret\n").unwrap();
    assert_eq!(checked(&good), Ok(()));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(&secret, std::fs::Permissions::from_mode(0o644)).unwrap();
        let readable = checked(&good).unwrap_err();
        assert!(readable.contains("got 644") && !readable.contains("s3cret"), "{readable}");
    }
}

#[test]
fn a_certificate_and_its_key_belong_together() {
    let folder = tempfile::tempdir().unwrap();
    let made = || rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let (one, other) = (made(), made());
    let path = |name: &str| folder.path().join(name);
    let text = format!("\n[tls]\ncertificate = {:?}\nkey = {:?}\n", path("c.pem"), path("c.key"));
    let refused = |line: u8, file: &str| {
        let error = checked(&text).unwrap_err();
        assert!(error.starts_with(&format!("issuer.toml, line {line}: ")) && error.contains(file), "{error}");
        assert!(error.contains("Name a certificate and its key"), "{error}");
    };
    refused(3, "c.pem");
    std::fs::write(path("c.pem"), "nothing").unwrap();
    refused(3, "c.pem");
    std::fs::write(path("c.pem"), one.cert.pem()).unwrap();
    refused(4, "c.key");
    std::fs::write(path("c.key"), other.signing_key.serialize_pem()).unwrap();
    refused(4, "c.key");
    std::fs::write(path("c.key"), one.signing_key.serialize_pem()).unwrap();
    assert_eq!(checked(&text), Ok(()));
    let named = |name: &str| match name {
        "HATI_ISSUER_TLS_CERTIFICATE" => Some(path("c.pem").display().to_string()),
        "HATI_ISSUER_TLS_KEY" => Some(path("none").display().to_string()),
        _ => None,
    };
    let types = Types::load(Path::new("no such folder")).unwrap();
    let file = Some((Path::new("issuer.toml"), ""));
    let error = Settings::read(file, named).unwrap().check(file, &types).unwrap_err().to_string();
    assert!(error.starts_with("HATI_ISSUER_TLS_KEY: ") && error.contains("none"), "{error}");
}
