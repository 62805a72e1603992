//! Good input: what the vectors of `tests/vectors/` hold, and messages as wallets and other systems send them.

use std::path::Path;

use hati_formats::credential::SHIPPED;
use hati_formats::did;
use hati_formats::jws;
use hati_formats::keys::{Algorithm, SoftwareKey};
use hati_formats::qr::image::{Level, render};
use hati_protocol::exchange::SHIPPED_PROFILES;
use serde_json::{Value, json};

/// Shorter texts of the vectors are names and dates.
const SHORTEST: usize = 40;

fn key() -> SoftwareKey {
    SoftwareKey::from_secret_bytes(Algorithm::EdDsa, &[7; 32]).unwrap()
}

fn bytes(texts: &[&str]) -> Vec<Vec<u8>> {
    texts.iter().map(|text| text.as_bytes().to_vec()).collect()
}

/// Every long text in a file of vectors, and what it is in hexadecimal.
fn vectors(name: &str) -> Vec<Vec<u8>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors/valid").join(name).with_extension("json");
    let file: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let mut found = Vec::new();
    collect(&file, &mut found);
    found
}

fn collect(value: &Value, found: &mut Vec<Vec<u8>>) {
    match value {
        Value::String(text) if text.len() >= SHORTEST => {
            found.push(unhex(text).unwrap_or_else(|| text.as_bytes().to_vec()));
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
        Value::Object(members) => members.values().for_each(|member| collect(member, found)),
        _ => {}
    }
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let pair = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    text.len().is_multiple_of(2).then(|| text.as_bytes().chunks(2).map(pair).collect())?
}

fn signed(header: &Value, payload: &Value) -> String {
    let unsigned = jws::prepare_text(&header.to_string(), payload.to_string().as_bytes());
    let signature = key().sign(unsigned.signing_input());
    unsigned.finish(&signature)
}

pub(super) fn authorization_headers() -> Vec<Vec<u8>> {
    bytes(&[
        "DPoP Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU",
        "Bearer 0123456789",
        "maisha-id.vc-sd-jwt proof-of-age.vc-sd-jwt",
        "https://w.example/cb?a=1",
        r#"[{"type":"openid_credential","credential_configuration_id":"maisha-id.vc-sd-jwt","locations":["https://id.example.go.ke"]}]"#,
        "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
    ])
}

pub(super) fn bitstrings() -> Vec<Vec<u8>> {
    let list = "uH4sIAAAAAAAAA-3BMQEAAADCoPVPbQwfoAAAAAAAAAAAAAAAAAAAAIC3AYbSVKsAQAAA";
    let credential = json!({
        "@context": ["https://www.w3.org/ns/credentials/v2"], "id": "https://id.example/status/0/revocation",
        "type": ["VerifiableCredential", "BitstringStatusListCredential"], "issuer": "did:web:id.example",
        "credentialSubject": { "type": "BitstringStatusList", "statusPurpose": "revocation", "encodedList": list },
    });
    let token = signed(
        &json!({ "alg": "EdDSA", "typ": "statuslist+jwt" }),
        &json!({ "sub": "https://id.example.go.ke", "iat": 1_795_338_000, "status_list": { "bits": 2, "lst": "eNrbuRgAAhcBXQ" } }),
    );
    bytes(&[list, &credential.to_string(), &token])
}

pub(super) fn trust() -> Vec<Vec<u8>> {
    vectors("trust")
}

/// A proof of possession, for DPoP or of a holder key.
fn proof(typ: &str) -> String {
    let header = json!({ "alg": "EdDSA", "typ": typ, "jwk": key().public().to_jwk() });
    let claims = json!({
        "jti": "-BwC3ESc6acc2lTc", "htm": "POST", "htu": "https://id.example.go.ke", "iat": 1_795_338_000,
        "aud": "https://id.example.go.ke", "nonce": "n",
    });
    signed(&header, &claims)
}

pub(super) fn proofs() -> Vec<Vec<u8>> {
    bytes(&[&proof("dpop+jwt"), &proof("openid4vci-proof+jwt")])
}

pub(super) fn credential_requests() -> Vec<Vec<u8>> {
    let requests = [
        json!({ "credential_configuration_id": "maisha-id.vc-sd-jwt", "proofs": { "jwt": [proof("openid4vci-proof+jwt")] } }),
        json!({ "credential_identifier": "a", "proof": { "proof_type": "jwt", "jwt": "a.b.c" },
            "credential_response_encryption": { "jwk": { "kty": "EC", "crv": "P-256", "x": "", "y": "" }, "enc": "A128GCM" } }),
        json!({ "transaction_id": "8xLOxBtZp8" }),
        json!({ "notification_id": "3fwe98js", "event": "credential_accepted", "event_description": "" }),
    ];
    requests.iter().map(|it| it.to_string().into_bytes()).collect()
}

pub(super) fn responses() -> Vec<Vec<u8>> {
    bytes(&[
        r#"{"credentials":[{"credential":"a.b.c~"}],"notification_id":"3fwe98js"}"#,
        r#"{"transaction_id":"8xLOxBtZp8","interval":3600}"#,
        r#"{"c_nonce":"wKI4LT17ac15ES9bw8ac4"}"#,
        r#"{"access_token":"a","token_type":"DPoP","expires_in":600,"refresh_token":"b","scope":"c"}"#,
        r#"{"credential_issuer":"https://id.example.go.ke","credential_configuration_ids":["a"],"grants":{"urn:ietf:params:oauth:grant-type:pre-authorized_code":{"pre-authorized_code":"b","tx_code":{"length":6}}}}"#,
        "openid-credential-offer://?credential_offer_uri=https%3A%2F%2Fid.example.go.ke%2Foffers%2F1",
        r#"{"format":"vc+sd-jwt","type":"maisha-id","issuer":"https://id.example.go.ke","credentials":["e30.e30.AA~"]}"#,
        r#"{"credential_issuer":"https://id.example.go.ke","credential_endpoint":"https://id.example.go.ke/credential","credential_configurations_supported":{"a":{"format":"dc+sd-jwt","vct":"b","cryptographic_binding_methods_supported":["jwk"],"proof_types_supported":{"jwt":{"proof_signing_alg_values_supported":["ES256"]}}}},"batch_credential_issuance":{"batch_size":10}}"#,
        r#"{"issuer":"https://id.example.go.ke","token_endpoint":"https://id.example.go.ke/token","response_types_supported":["code"]}"#,
        r#"{"issuer":"https://id.example.go.ke","jwks":{"keys":[]}}"#,
    ])
}

pub(super) fn credentials() -> Vec<Vec<u8>> {
    let proof = json!({
        "type": "DataIntegrityProof", "cryptosuite": "eddsa-jcs-2022", "created": "2026-11-22T00:00:00Z",
        "verificationMethod": "did:web:id.example#a-multikey", "proofPurpose": "assertionMethod",
        "proofValue": "z2YwC8z3ap7yx1nZYCg4L3j3ApHsF8kgPdSb5xoS1VR7vPG3F561B52hYnQF9iseabecm3ijx4K1FBTQsCZahKZme",
    });
    let secured = json!({
        "@context": ["https://www.w3.org/ns/credentials/v2"], "type": ["VerifiableCredential", "MaishaId"],
        "issuer": "did:web:id.example", "validFrom": "2026-11-22T00:00:00Z",
        "credentialSubject": { "id": did::did_key(key().public()), "given_name": "Akai" }, "proof": proof,
    });
    [vectors("credential"), vec![secured.to_string().into_bytes()]].concat()
}

pub(super) fn queries() -> Vec<Vec<u8>> {
    let dcql = json!({ "credentials": [{ "id": "a", "format": "dc+sd-jwt", "meta": { "vct_values": ["urn:hati:maisha-id:1"] },
        "claims": [{ "path": ["given_name"] }, { "path": ["nationalities", null], "values": ["KE"] }] }] });
    let shipped = SHIPPED_PROFILES.iter().map(|(_, text)| text.as_bytes().to_vec());
    shipped.chain([dcql.to_string().into_bytes()]).collect()
}

pub(super) fn dids() -> Vec<Vec<u8>> {
    let (key, jwk) = (did::did_key(key().public()), did::did_jwk(key().public()));
    let document = json!({ "id": "did:web:id.example.go.ke", "assertionMethod": ["#a"], "verificationMethod": [
        { "id": "#a", "type": "JsonWebKey", "controller": "did:web:id.example.go.ke", "publicKeyJwk": self::key().public().to_jwk() }] });
    bytes(&[
        &key,
        &jwk,
        "did:web:id.example.go.ke%3A8443:a",
        "https://id.example.go.ke/a",
        &document.to_string(),
    ])
}

pub(super) fn batches() -> Vec<Vec<u8>> {
    let changes = json!([
        { "op": "put", "upi": "20480163920017", "given_name": "Grace", "family_name": "Odhiambo", "birthdate": "1997-01-01",
            "sex": "female", "nationalities": ["KE"], "county": "Kisumu", "place_of_birth": "Ahero", "country": "KE" },
        { "op": "death", "upi": "20480163920018", "date": "2026-06-30" },
    ]);
    let header = json!({ "alg": "EdDSA", "typ": "hati-feed+json" });
    let batch = json!({ "feed": "births", "sequence": 1, "previous": null, "changes": changes });
    bytes(&[&signed(&header, &batch)])
}

pub(super) fn forms() -> Vec<Vec<u8>> {
    bytes(&[
        "grant_type=urn:ietf:params:oauth:grant-type:pre-authorized_code&pre-authorized_code=a&tx_code=123456",
        "grant_type=authorization_code&code=a&redirect_uri=https%3A%2F%2Fw.example%2Fcb&client_id=w&code_verifier=dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
        "grant_type=refresh_token&refresh_token=a.b&scope=maisha-id",
        "response_type=code&client_id=w&redirect_uri=https%3A%2F%2Fw.example%2Fcb&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256&state=s&scope=maisha-id.vc-sd-jwt",
        "sessionId=1&serviceCode=*384%23&phoneNumber=%2B254712345678&text=1*2*20480163920017",
        "upi=20480163920017&code=ABC-DEF-GHJ&form=x",
    ])
}

pub(super) fn holder_keys() -> Vec<Vec<u8>> {
    let es256 = SoftwareKey::from_secret_bytes(Algorithm::Es256, &[7; 32]).unwrap();
    let keys = json!({ "upi": "20480163920017", "keys": [key().public().to_jwk(), es256.public().to_jwk()] });
    vec![keys.to_string().into_bytes()]
}

pub(super) fn pictures() -> Vec<Vec<u8>> {
    vec![render("H1 HATI", Level::L, 4).unwrap()]
}

pub(super) fn codes() -> Vec<Vec<u8>> {
    ["request", "presentation", "sequence", "single-scan"].iter().flat_map(|it| vectors(it)).collect()
}

pub(super) fn rows() -> Vec<Vec<u8>> {
    bytes(&[
        "upi,id_number,given_name,family_name,birthdate,sex,nationalities,county,place_of_birth,country,phone\n\
         20480163920017,31415926,\"Grace \"\"A\"\"\",Odhiambo,1997-01-01,female,KE,Kisumu,Ahero,KE,+254712345678\n",
        r#"{"upi":"20480163920017","given_name":"Grace","family_name":"Odhiambo","birthdate":"1997-01-01","sex":"female","nationalities":["KE"],"county":"Kisumu","place_of_birth":"Ahero","country":"KE","portrait":{"base64":"iVBORw0KGgo="}}"#,
    ])
}

pub(super) fn types() -> Vec<Vec<u8>> {
    bytes(&SHIPPED)
}

pub(super) fn vc_api() -> Vec<Vec<u8>> {
    let request = json!({
        "credential": {
            "@context": ["https://www.w3.org/ns/credentials/v2"], "type": ["VerifiableCredential", "MaishaId"],
            "issuer": "did:web:id.example.go.ke",
            "credentialSubject": { "id": did::did_key(key().public()), "upi": "20480163920017", "given_name": "Grace Achieng" },
        },
        "options": { "format": "vc+sd-jwt" },
    });
    vec![request.to_string().into_bytes()]
}
