//! Every parser, by itself. What reads is also written again and checked where that can be done.

use std::io::Cursor;
use std::path::Path;

use hati_formats::cose;
use hati_formats::credential::CredentialType;
use hati_formats::data_integrity;
use hati_formats::did;
use hati_formats::json;
use hati_formats::jws;
use hati_formats::keys::{Algorithm, PublicKey, SoftwareKey};
use hati_formats::qr::sequence::Decoder;
use hati_formats::qr::{image, presentation, request, text};
use hati_formats::sd_jwt;
use hati_formats::status::bitstring::{Bitstring, BitstringStatusListCredential};
use hati_formats::status::token;
use hati_formats::time::{Date, Timestamp};
use hati_formats::trust::{Bundle, TrustList};
use hati_formats::vcdm;
use hati_issuer::actor::Actor;
use hati_issuer::issuance::HolderKeys;
use hati_issuer::register::feed::{Batch, Feed};
use hati_issuer::register::{FileFormat, Import, Rows, Rules, import};
use hati_protocol::dcql::Query;
use hati_protocol::exchange::{PendingRequest, RequestProfile};
use hati_protocol::issued::IssuedCredentials;
use hati_protocol::oauth::pkce::{CodeChallenge, CodeVerifier};
use hati_protocol::oauth::{
    Authorization, AuthorizationDetail, AuthorizationRequest, Form, RedirectUri, Scope, TokenRequest,
    TokenResponse, dpop,
};
use hati_protocol::openid4vci::{
    CredentialOffer, CredentialRequest, CredentialResponse, DeferredRequest, IssuerMetadata, NonceResponse,
    NotificationRequest, OfferLink, proof,
};
use hati_protocol::vc_api;
use hati_store::{MemoryStore, Register};

use super::seeds;

/// Name, target, and good input.
type Parser = (&'static str, fn(&[u8]), fn() -> Vec<Vec<u8>>);

pub(super) const TARGETS: [Parser; 22] = [
    ("authorization-header", authorization_header, seeds::authorization_headers),
    ("bitstring", bitstring, seeds::bitstrings),
    ("cose", cose, seeds::trust),
    ("credential-request", credential_request, seeds::credential_requests),
    ("credential-response", credential_response, seeds::responses),
    ("data-integrity", data_integrity, seeds::credentials),
    ("dcql", dcql, seeds::queries),
    ("did", did, seeds::dids),
    ("dpop", dpop, seeds::proofs),
    ("feed", feed, seeds::batches),
    ("form", form, seeds::forms),
    ("holder-keys", holder_keys, seeds::holder_keys),
    ("json", json, seeds::credential_requests),
    ("jws", jws, seeds::proofs),
    ("metadata", metadata, seeds::responses),
    ("picture", picture, seeds::pictures),
    ("presentation", presentation, seeds::codes),
    ("rows", rows, seeds::rows),
    ("sd-jwt", sd_jwt, seeds::credentials),
    ("trust", trust, seeds::trust),
    ("type", credential_type, seeds::types),
    ("vc-api", vc_api, seeds::vc_api),
];

const URL: &str = "https://id.example.go.ke";

fn key() -> PublicKey {
    SoftwareKey::from_secret_bytes(Algorithm::EdDsa, &[7; 32]).unwrap().public().clone()
}

fn now() -> Timestamp {
    Timestamp::from_seconds(1_795_338_000)
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap_or_default()
}

fn authorization_header(bytes: &[u8]) {
    let _ = Authorization::parse(text(bytes));
    let _ = Scope::parse(text(bytes));
    let _ = RedirectUri::parse(text(bytes));
    let _ = CodeVerifier::parse(text(bytes));
    let _ = CodeChallenge::parse(text(bytes));
    let _ = AuthorizationDetail::parse_all(text(bytes));
}

fn bitstring(bytes: &[u8]) {
    let _ = Bitstring::decode(text(bytes));
    if let Ok(credential) = json::parse_object(bytes) {
        let _ = BitstringStatusListCredential::from_json(&credential);
    }
    let _ = token::verify(text(bytes), &key(), URL, now());
}

fn cose(bytes: &[u8]) {
    let _ = cose::Unverified::parse(bytes);
}

fn credential_request(bytes: &[u8]) {
    let _ = DeferredRequest::parse(bytes);
    let _ = NotificationRequest::parse(bytes);
    if let Ok(request) = CredentialRequest::parse(bytes) {
        let expected = proof::Expected { audience: URL, client_id: None, batch_size: 10, now: now() };
        let _ = proof::verify_all(&request.proofs, &expected);
    }
}

fn credential_response(bytes: &[u8]) {
    let _ = CredentialResponse::parse(bytes);
    let _ = NonceResponse::parse(bytes);
    let _ = TokenResponse::parse(bytes);
    let _ = CredentialOffer::parse(bytes);
    let _ = OfferLink::parse(text(bytes));
    if let Ok(issued) = IssuedCredentials::parse(bytes) {
        assert_eq!(IssuedCredentials::parse(issued.to_json().as_bytes()).as_ref(), Ok(&issued));
    }
}

fn data_integrity(bytes: &[u8]) {
    let Ok(document) = json::parse_object(bytes) else { return };
    let _ = vcdm::validate(&document);
    let _ = data_integrity::Unverified::parse(&document);
}

fn dcql(bytes: &[u8]) {
    let _ = Query::parse(bytes);
    let _ = RequestProfile::parse(bytes);
    let _ = PendingRequest::parse(bytes);
}

fn did(bytes: &[u8]) {
    let _ = did::key_of(text(bytes));
    let _ = did::web::to_url(text(bytes));
    let _ = did::web::from_url(text(bytes));
    if let Ok(document) = json::parse_object(bytes) {
        let _ = did::Document::parse(&document, "did:web:id.example.go.ke");
    }
}

fn dpop(bytes: &[u8]) {
    let expected =
        dpop::Expected { method: "POST", url: URL, access_token: None, is_nonce: None, now: now() };
    let _ = dpop::verify(text(bytes), &expected);
}

fn feed(bytes: &[u8]) {
    let feed = Feed::new("births", key()).unwrap();
    let rules = Rules { upi_digits: 14, today: Date::parse("2026-11-22").unwrap() };
    let _ = Batch::parse_and_verify(text(bytes), &feed, None, rules);
}

fn form(bytes: &[u8]) {
    let Ok(form) = Form::parse(bytes) else { return };
    let _ = TokenRequest::parse(&form);
    let _ = AuthorizationRequest::parse(&form);
}

fn holder_keys(bytes: &[u8]) {
    let _ = HolderKeys::parse(bytes);
}

fn json(bytes: &[u8]) {
    if let Ok(value) = json::parse(bytes) {
        assert_eq!(json::parse(value.to_string().as_bytes()), Ok(value));
    }
}

fn jws(bytes: &[u8]) {
    if let Ok(unverified) = jws::Unverified::parse(text(bytes)) {
        let _ = unverified.verify(&key());
    }
}

fn metadata(bytes: &[u8]) {
    let _ = IssuerMetadata::parse(bytes, URL);
    let _ = hati_protocol::oauth::ServerMetadata::parse(bytes, URL);
    let _ = hati_protocol::openid4vci::JwtVcIssuer::parse(bytes, URL);
}

fn picture(bytes: &[u8]) {
    let _ = image::read(bytes);
}

fn presentation(bytes: &[u8]) {
    let _ = Decoder::default().push(text(bytes));
    let _ = request::Unverified::parse(bytes);
    let _ = presentation::expand(bytes);
    if let Ok((_, payload)) = text::decode(text(bytes)) {
        let _ = request::Unverified::parse(&payload);
        if let Ok(token) = presentation::expand(&payload) {
            let _ = sd_jwt::Unverified::parse(&token);
        }
    }
}

fn rows(bytes: &[u8]) {
    for format in [FileFormat::Csv, FileFormat::JsonLines] {
        let Ok(rows) = Rows::new(Cursor::new(bytes), format) else { continue };
        let store = MemoryStore::default();
        let Ok(turn) = store.take_turn() else { continue };
        let how = Import {
            register: &store,
            turn: &turn,
            rules: Rules { upi_digits: 14, today: Date::parse("2026-11-22").unwrap() },
            source: "people",
            // No folder, so no row can name a file that is there.
            pictures: Path::new("no folder"),
            actor: &Actor::officer("wanjiku"),
            now: now(),
        };
        let _ = import(rows, how, &mut |_| Ok(()));
    }
}

fn sd_jwt(bytes: &[u8]) {
    if let Ok(unverified) = sd_jwt::Unverified::parse(text(bytes)) {
        let _ = unverified.verify_issuer(&key());
    }
    let _ = sd_jwt::Held::parse(text(bytes));
}

fn trust(bytes: &[u8]) {
    let _ = TrustList::verify(bytes, &key());
    let _ = Bundle::verify(bytes, &key(), None);
}

fn credential_type(bytes: &[u8]) {
    let _ = CredentialType::parse(text(bytes));
}

fn vc_api(bytes: &[u8]) {
    let _ = vc_api::IssueRequest::parse(bytes);
}
