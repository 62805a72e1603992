//! Section 10: requests are encrypted to the issuer's key, responses to the wallet's.

use josekit::jwe::alg::ecdh_es::EcdhEsJweEncrypter;
use josekit::jwe::{ECDH_ES, JweHeader, deserialize_compact, serialize_compact};
use josekit::jwk::Jwk;
use serde_json::json;

use super::later::decide;
use super::*;

/// What a wallet encrypts with.
struct Sealing {
    encrypter: EcdhEsJweEncrypter,
    own: SoftwareKey,
}

impl Sealing {
    fn new(running: &Running) -> Self {
        let metadata: Value =
            serde_json::from_str(&text(running.get("/.well-known/openid-credential-issuer"))).unwrap();
        let issuer = metadata["credential_request_encryption"]["jwks"]["keys"][0].as_object().unwrap();
        let encrypter = ECDH_ES.encrypter_from_jwk(&Jwk::from_map(issuer.clone()).unwrap()).unwrap();
        Self { encrypter, own: key(Algorithm::Es256) }
    }

    fn seal(&self, body: &Value) -> String {
        let mut header = JweHeader::new();
        header.set_content_encryption("A256GCM");
        serialize_compact(body.to_string().as_bytes(), &header, &self.encrypter).unwrap()
    }

    fn jwk(&self) -> Value {
        jwk_with(&self.own, json!({"alg": "ECDH-ES", "kid": "mine"}))
    }

    /// A request that wants its response encrypted.
    fn asking(&self, body: &Value, enc: &str) -> Value {
        asking(body, &self.jwk(), enc)
    }

    /// What the response says, which is of this status and encrypted.
    fn open(&self, response: Response<Body>, status: u16, enc: &str) -> CredentialResponse {
        let got = (response.status().as_u16(), header(&response, "content-type"));
        assert_eq!(got, (status, "application/jwt"));
        let decrypter =
            ECDH_ES.decrypter_from_jwk(&Jwk::from_bytes(self.own.to_jwk().as_bytes()).unwrap()).unwrap();
        let (said, header) = deserialize_compact(&text(response), &decrypter).unwrap();
        assert_eq!((header.key_id(), header.content_encryption()), (Some("mine"), Some(enc)));
        CredentialResponse::parse(&said).unwrap()
    }
}

fn asking(body: &Value, jwk: &Value, enc: &str) -> Value {
    let mut body = body.clone();
    body["credential_response_encryption"] = json!({"jwk": jwk, "enc": enc});
    body
}

#[test]
fn requests_and_responses_are_encrypted() {
    let running = office();
    let (wallet, sealing) = (Wallet::new(&running), Sealing::new(&running));
    let token = wallet.token();
    let send = |media_type: &str, body: &str| wallet.send("/credential", &token, media_type, body);
    let body = || request(MAISHA, proofs(&running, &keys(2)));

    for enc in ["A128GCM", "A256GCM"] {
        let response = send("application/jwt", &sealing.seal(&sealing.asking(&body(), enc)));
        let CredentialResponse::Issued { credentials, .. } = sealing.open(response, 200, enc) else {
            panic!()
        };
        assert_eq!(credentials.len(), 2);
    }

    let before = running.service.home().store.entries_of(UPI).unwrap().len();
    let refused = (400, "invalid_encryption_parameters".to_owned());
    // In the clear, so that anybody on the way could have put in a key; to a key that is none; and damaged.
    let clear = sealing.asking(&body(), "A128GCM").to_string();
    assert_eq!(error(send("application/json", &clear)), refused);
    let unknown = sealing.asking(&body(), "A192GCM");
    assert_eq!(error(send("application/jwt", &sealing.seal(&unknown))), refused);
    for members in [json!({"alg": "RSA-OAEP"}), json!({"alg": "ECDH-ES", "x": b64url(&[1; 32])})] {
        let body = asking(&body(), &jwk_with(&sealing.own, members), "A128GCM");
        assert_eq!(error(send("application/jwt", &sealing.seal(&body))), refused);
    }
    let sealed = sealing.seal(&request(MAISHA, proofs(&running, &keys(1))));
    assert_eq!(error(send("application/jwt", &sealed[..sealed.len() - 4])), refused);
    assert_eq!(error(send("application/jwt", "a.b.c.d.e")), refused);
    assert_eq!(running.service.home().store.entries_of(UPI).unwrap().len(), before);
}

#[test]
fn that_something_waits_and_what_came_of_it_are_encrypted() {
    let running = office();
    let (wallet, sealing) = (Wallet::new(&running), Sealing::new(&running));
    let offer = offer_of(&running, WAITING, &[MAISHA], false);
    let token = wallet.redeem(&redeeming(&code(&offer), None)).access_token.as_str().to_owned();
    let ask = |path: &str, body: &Value, status: u16| {
        let sealed = sealing.seal(&sealing.asking(body, "A128GCM"));
        sealing.open(wallet.send(path, &token, "application/jwt", &sealed), status, "A128GCM")
    };
    let asked = ask("/credential", &request(MAISHA, proofs(&running, &keys(2))), 202);
    let CredentialResponse::Deferred { transaction_id, .. } = &asked else { panic!("{asked:?}") };
    let again = json!({"transaction_id": transaction_id});
    assert_eq!(ask("/deferred_credential", &again, 202), asked);
    decide(&running, true);
    // A key that came in the clear could be anybody's. What waits goes on waiting.
    let clear = wallet.call("/deferred_credential", &token, &sealing.asking(&again, "A128GCM"));
    assert_eq!(error(clear), (400, "invalid_encryption_parameters".to_owned()));
    let CredentialResponse::Issued { credentials, .. } = ask("/deferred_credential", &again, 200) else {
        panic!()
    };
    assert_eq!(credentials.len(), 2);
}
