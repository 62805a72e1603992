use hati_formats::credential::{CredentialType, Format};
use hati_formats::jws::JwsError;
use hati_formats::keys::{Algorithm, SoftwareKey};
use hati_formats::time::Timestamp;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use serde_json::json;

use super::*;

const ISSUER: &str = "https://id.example.go.ke";
const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

fn metadata() -> IssuerMetadata {
    let mut configurations = BTreeMap::new();
    for kind in CredentialType::shipped().unwrap() {
        for securing in Securing::all() {
            let configuration = CredentialConfiguration::of(&kind, securing, &[Algorithm::EdDsa], ISSUER);
            configurations.insert(configuration_id(&kind.id, securing), configuration);
        }
    }
    IssuerMetadata {
        credential_issuer: ISSUER.to_owned(),
        credential_endpoint: format!("{ISSUER}/credential"),
        nonce_endpoint: Some(format!("{ISSUER}/nonce")),
        batch_credential_issuance: Some(BatchIssuance { batch_size: 10 }),
        credential_configurations_supported: configurations,
        ..IssuerMetadata::default()
    }
}

/// Reads the metadata with one member replaced; `pointer` names it.
fn with(pointer: &str, value: Value) -> Result<IssuerMetadata, String> {
    let mut document = Value::Object(metadata().to_json());
    match document.pointer_mut(pointer) {
        Some(place) => *place = value,
        None => document[pointer.trim_start_matches('/')] = value,
    }
    IssuerMetadata::parse(document.to_string().as_bytes(), ISSUER).map_err(|error| error.to_string())
}

#[test]
fn metadata_of_the_shipped_types_survive() {
    let text = Value::Object(metadata().to_json()).to_string();
    let read = IssuerMetadata::parse(text.as_bytes(), ISSUER).unwrap();
    assert_eq!(read, metadata());
    assert_eq!((read.batch_size(), IssuerMetadata::default().batch_size()), (10, 1));
    assert_eq!(with("/unknown", json!({})), Ok(metadata()));
}

#[test]
fn each_format_says_its_type_and_labels_its_claims() {
    let json = Value::Object(metadata().to_json());
    let of = |id: &str| json["credential_configurations_supported"][id].clone();
    let (vc, dc, ldp) = (of("maisha-id.vc-sd-jwt"), of("maisha-id.dc-sd-jwt"), of("maisha-id.ldp-vc"));
    assert_eq!((&dc["format"], &dc["vct"]), (&json!("dc+sd-jwt"), &json!("urn:hati:maisha-id:1")));
    assert!(dc.get("credential_definition").is_none() && vc.get("vct").is_none());
    for w3c in [&vc, &ldp] {
        assert_eq!(w3c["credential_definition"]["type"], json!(["VerifiableCredential", "MaishaId"]));
        assert_eq!(w3c["credential_definition"]["@context"][0], "https://www.w3.org/ns/credentials/v2");
        assert_eq!(
            w3c["credential_metadata"]["claims"][0]["path"],
            json!(["credentialSubject", "given_name"])
        );
    }
    assert_eq!(dc["credential_metadata"]["claims"][0]["path"], json!(["given_name"]));
    // A wallet cannot choose between what one configuration lists.
    assert_eq!(ldp["credential_signing_alg_values_supported"], json!(["eddsa-jcs-2022"]));
    let rdfc = of("maisha-id.ldp-vc-rdfc");
    assert_eq!(rdfc["credential_signing_alg_values_supported"], json!(["eddsa-rdfc-2022"]));
    assert_eq!(rdfc["scope"], "maisha-id.ldp-vc-rdfc");
    assert_eq!(rdfc["credential_definition"], ldp["credential_definition"]);
    assert_eq!(ldp["credential_definition"]["@context"][1], "https://id.example.go.ke/contexts/hati-v1");
    assert_eq!(dc["credential_signing_alg_values_supported"], json!(["EdDSA"]));
    assert_eq!(
        dc["proof_types_supported"]["jwt"]["proof_signing_alg_values_supported"],
        json!(["EdDSA", "ES256"])
    );
    let display = &vc["credential_metadata"]["display"];
    assert_eq!((&display[0]["locale"], &display[0]["name"]), (&json!("en"), &json!("Maisha ID")));
    assert_eq!(
        (&display[1]["locale"], &display[1]["name"]),
        (&json!("sw"), &json!("Kitambulisho cha Maisha"))
    );
    assert_eq!(display[0]["background_color"], "#0b5d3b");
    let labels = &vc["credential_metadata"]["claims"][0]["display"];
    assert_eq!(
        labels,
        &json!([{"name": "Given names", "locale": "en"}, {"name": "Majina ya kwanza", "locale": "sw"}])
    );
    let age = of("proof-of-age.dc-sd-jwt")["credential_metadata"]["claims"].clone();
    assert_eq!((age[0].get("mandatory"), &age[1]["mandatory"]), (None, &json!(true)));
}

#[test]
fn the_authorization_server_is_the_issuer_or_one_of_its_list() {
    let with = |servers: &[&str]| IssuerMetadata {
        authorization_servers: servers.iter().map(ToString::to_string).collect(),
        ..metadata()
    };
    let (a, b) = ("https://a.example", "https://b.example");
    assert_eq!(with(&[]).authorization_server(None), Some(ISSUER));
    assert_eq!(with(&[]).authorization_server(Some(a)), None);
    assert_eq!(with(&[a]).authorization_server(None), Some(a));
    assert_eq!(with(&[a]).authorization_server(Some(a)), None);
    assert_eq!(with(&[a, b]).authorization_server(Some(b)), Some(b));
    assert_eq!(with(&[a, b]).authorization_server(Some("https://evil.example")), None);
    assert_eq!(with(&[a, b]).authorization_server(None), None);
}

#[test]
fn a_configuration_is_found_by_its_id() {
    for securing in Securing::all() {
        let id = configuration_id("maisha-id", securing);
        assert_eq!(of_configuration_id(&id), Some(("maisha-id", securing)));
    }
    assert_eq!(configuration_id("maisha-id", Format::LdpVc), "maisha-id.ldp-vc");
    for id in
        ["", "maisha-id", ".ldp-vc", "maisha-id.ldp-vc-jcs", "maisha-id.mso_mdoc", "maisha-id.vc+sd-jwt"]
    {
        assert_eq!(of_configuration_id(id), None, "{id}");
    }
}

#[test]
fn metadata_outside_of_the_standard_are_refused() {
    let refused = |pointer: &str, value: Value| with(pointer, value).unwrap_err();
    assert!(
        refused("/credential_issuer", json!("https://evil.example"))
            .contains("fetched for, got `https://evil.example`")
    );
    assert!(refused("/credential_endpoint", json!("http://id.example.go.ke/c")).contains("https"));
    assert!(refused("/nonce_endpoint", json!("/nonce")).contains("`nonce_endpoint`"));
    assert!(refused("/authorization_servers", json!([])).contains("non-empty"));
    assert!(refused("/authorization_servers", json!(["https://a.example?x"])).contains("without query"));
    assert!(refused("/batch_credential_issuance/batch_size", json!(1)).contains("2 or greater, got 1"));
    let twice = json!([{"name": "A", "locale": "en"}, {"name": "B", "locale": "EN"}]);
    assert!(refused("/display", twice.clone()).contains("`EN` twice"));
    let at = |id: &str, member: &str| format!("/credential_configurations_supported/{id}/{member}");
    assert!(refused(&at("maisha-id.dc-sd-jwt", "vct"), Value::Null).contains("`vct`"));
    for id in ["maisha-id.vc-sd-jwt", "maisha-id.ldp-vc"] {
        assert!(refused(&at(id, "credential_definition"), Value::Null).contains("`credential_definition`"));
    }
    let without_context = json!({"type": ["VerifiableCredential"]});
    assert!(
        refused(&at("maisha-id.ldp-vc", "credential_definition"), without_context).contains("`@context`")
    );
    assert!(refused(&at("maisha-id.dc-sd-jwt", "format"), json!("mso_mdoc")).contains("`doctype`"));
    assert!(refused(&at("maisha-id.dc-sd-jwt", "credential_metadata/display"), twice).contains("twice"));
    assert!(
        refused(&at("maisha-id.dc-sd-jwt", "credential_metadata/claims/1/path"), json!(["given_name"]))
            .contains("once each")
    );
    assert!(
        refused(&at("maisha-id.dc-sd-jwt", "proof_types_supported/jwt"), json!({}))
            .contains("proof_signing_alg")
    );
}

#[test]
fn signed_metadata_survive_and_each_check_holds() {
    let key = SoftwareKey::generate(Algorithm::EdDsa, &mut ChaCha20Rng::seed_from_u64(1));
    let sign = |metadata: &IssuerMetadata| {
        let unsigned = metadata.prepare_signed(Algorithm::EdDsa, "kid", NOW, NOW.plus_seconds(60));
        let signature = key.sign(unsigned.signing_input());
        unsigned.finish(&signature)
    };
    let jwt = sign(&metadata());
    let verify = |jwt: &str, now| IssuerMetadata::verify_signed(jwt, key.public(), ISSUER, now);
    assert_eq!(verify(&jwt, NOW), Ok(metadata()));
    assert!(matches!(verify(&jwt, NOW.plus_seconds(60)), Err(SignedMetadataError::Expired { .. })));
    let other = SoftwareKey::generate(Algorithm::EdDsa, &mut ChaCha20Rng::seed_from_u64(2));
    let by_other = IssuerMetadata::verify_signed(&jwt, other.public(), ISSUER, NOW);
    assert!(matches!(by_other, Err(SignedMetadataError::Jws(JwsError::Signature(_)))));
    let of_other = IssuerMetadata { credential_issuer: "https://evil.example".to_owned(), ..metadata() };
    assert!(matches!(verify(&sign(&of_other), NOW), Err(SignedMetadataError::Subject { .. })));
    let bad = IssuerMetadata { credential_endpoint: "http://id.example.go.ke".to_owned(), ..metadata() };
    assert!(matches!(verify(&sign(&bad), NOW), Err(SignedMetadataError::Metadata(_))));

    let raw = |typ: &str, claims: Value| {
        let header = json!({"alg": "EdDSA", "typ": typ}).to_string();
        let unsigned = hati_formats::jws::prepare_text(&header, claims.to_string().as_bytes());
        let signature = key.sign(unsigned.signing_input());
        verify(&unsigned.finish(&signature), NOW).unwrap_err()
    };
    assert!(matches!(raw("JWT", json!({"sub": ISSUER, "iat": 1})), SignedMetadataError::Typ { .. }));
    let claim = |claims| raw(SIGNED_METADATA_TYP, claims);
    assert_eq!(claim(json!({"sub": ISSUER})), SignedMetadataError::Claim { claim: "iat" });
    assert_eq!(
        claim(json!({"sub": ISSUER, "iat": 1, "exp": "x"})),
        SignedMetadataError::Claim { claim: "exp" }
    );
    assert!(matches!(claim(json!({"iat": 1})), SignedMetadataError::Subject { .. }));
}

/// What a credential of each format is bound to, and no way to name a key that comes to something else.
#[test]
fn each_format_says_what_it_is_bound_to() {
    for (id, configuration) in metadata().credential_configurations_supported {
        let expected: &[&str] = if id.contains(".ldp-vc") { &["did:key", "did:jwk"] } else { &["jwk"] };
        assert_eq!(configuration.cryptographic_binding_methods_supported, expected, "{id}");
    }
}
