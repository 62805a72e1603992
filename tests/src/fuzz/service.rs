//! The issuer's service as a whole: a request on any route, from somebody who has a token, a session or nothing. Whatever it
//! is, the service answers it, and never with 500.
//!
//! The first byte chooses the route, the second who asks and what the body is said to be; the third how much of the rest is the query,
//! and whether headers stand before the body: one a line, whose first byte chooses which, with an empty line behind them.

use std::sync::LazyLock;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, HeaderValue, Method, Request, StatusCode, header};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hati_formats::keys::{Algorithm, SoftwareKey};
use hati_formats::time::{Date, Timestamp};
use hati_issuer::activation::Activation;
use hati_issuer::actor::Actor;
use hati_issuer::catalogue::Catalogue;
use hati_issuer::config::Config;
use hati_issuer::grants::offer;
use hati_issuer::home::Home;
use hati_issuer::officers::{Accounts, SEALING};
use hati_issuer::service::{Service, Settings};
use hati_protocol::openid4vci::{OfferLink, proof};
use hati_store::{Action, Event, Person, Role, Sex};
use josekit::jwe::{ECDH_ES, JweHeader, serialize_compact};
use josekit::jwk::Jwk;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use serde_json::{Value, json};
use tempfile::TempDir;
use tower::ServiceExt;

use super::seeds;

const UPI: &str = "20480163920017";
const CALLER: &str = "county-desk-0123456789";
const AGGREGATOR: &str = "aggregator-0123456789";

/// Every route that reads anything.
const ROUTES: [(&str, &str); 43] = [
    ("POST", "/token"),
    ("POST", "/nonce"),
    ("POST", "/credential"),
    ("POST", "/deferred_credential"),
    ("POST", "/notification"),
    ("GET", "/.well-known/openid-credential-issuer"),
    ("POST", "/par"),
    ("GET", "/authorize"),
    ("GET", "/authorize/signin"),
    ("POST", "/authorize/signin"),
    ("POST", "/citizen/v1/lock"),
    ("GET", "/citizen/v1/corrections"),
    ("POST", "/citizen/v1/corrections"),
    ("POST", "/ussd/aggregator-0123456789"),
    ("POST", "/feeds/births"),
    ("POST", "/vc-api/credentials/issue"),
    ("POST", "/admin/v1/session"),
    ("GET", "/admin/v1/people"),
    ("GET", "/admin/v1/people/20480163920017"),
    ("POST", "/admin/v1/people/20480163920017/amend"),
    ("POST", "/admin/v1/people/20480163920017/corrections"),
    ("POST", "/admin/v1/people/20480163920017/credentials"),
    ("POST", "/admin/v1/people/20480163920017/credentials/suspend"),
    ("POST", "/admin/v1/people/20480163920017/offer"),
    ("POST", "/admin/v1/people/20480163920017/activation"),
    ("GET", "/admin/v1/quarantine"),
    ("POST", "/admin/v1/quarantine/0123"),
    ("GET", "/admin/v1/corrections"),
    ("POST", "/admin/v1/corrections/1"),
    ("GET", "/admin/v1/audit"),
    ("POST", "/admin/v1/verifiers"),
    ("DELETE", "/admin/v1/verifiers/0123"),
    ("GET", "/admin/v1/session"),
    ("POST", "/admin/v1/people/20480163920017/death"),
    ("POST", "/admin/v1/offers"),
    ("GET", "/admin/v1/people/20480163920017/credentials"),
    ("GET", "/admin/v1/people/20480163920017/decisions"),
    ("POST", "/admin/v1/officers/everything/unlock"),
    ("GET", "/authorize/upstream"),
    ("GET", "/offers/0123"),
    ("GET", "/status/0"),
    ("GET", "/status/0/revocation"),
    ("GET", "/status-lists"),
];

/// Headers that something reads.
const HEADERS: [&str; 8] = [
    "dpop",
    "accept",
    "accept-language",
    "authorization",
    "content-type",
    "cookie",
    "if-none-match",
    "x-forwarded-for",
];

const TYPES: [&str; 4] =
    ["application/json", "application/x-www-form-urlencoded", "application/jwt", "text/plain"];

struct Desk {
    runtime: tokio::runtime::Runtime,
    routes: Router,
    /// What somebody who is known shows: nothing, a wallet, a system, a person, an officer.
    shown: [HeaderMap; 5],
    _folder: TempDir,
}

static DESK: LazyLock<Desk> = LazyLock::new(Desk::new);

fn now() -> Timestamp {
    Timestamp::from_seconds(1_795_338_000)
}

pub(super) fn run(bytes: &[u8]) {
    ask(bytes);
}

/// How the service answers.
fn ask(bytes: &[u8]) -> Option<StatusCode> {
    let [route, who, split, rest @ ..] = bytes else { return None };
    let (method, path) = ROUTES[usize::from(*route) % ROUTES.len()];
    let (query, rest) = rest.split_at((usize::from(*split) % 16 * 4).min(rest.len()));
    let (lines, body) = match split / 16 {
        0 => (&[][..], rest),
        _ => rest.split_at(rest.windows(2).position(|it| it == b"\n\n").map_or(0, |at| at + 2)),
    };
    let mut uri = path.to_owned();
    if !query.is_empty() {
        uri.push('?');
        // As a client would have to write it.
        for byte in query {
            match byte {
                b'&' | b'=' | b'%' => uri.push(char::from(*byte)),
                it if it.is_ascii_alphanumeric() => uri.push(char::from(*it)),
                it => uri.push_str(&format!("%{it:02X}")),
            }
        }
    }
    let mut request = Request::builder().method(method).uri(uri).body(Body::from(body.to_vec())).unwrap();
    let headers = request.headers_mut();
    headers.clone_from(&DESK.shown[usize::from(who / 4) % DESK.shown.len()]);
    if method != Method::GET {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(TYPES[usize::from(who % 4)]));
    }
    for line in lines.split(|byte| *byte == b'\n') {
        let Some((which, value)) = line.split_first() else { continue };
        if let Ok(value) = HeaderValue::from_bytes(value) {
            headers.append(HEADERS[usize::from(*which) % HEADERS.len()], value);
        }
    }
    let (status, said) = DESK.send(request);
    assert!(status != StatusCode::INTERNAL_SERVER_ERROR, "{method} {path}: {said}");
    // A problem is in its own form, or in the protocol's.
    assert!(status.is_success() || status.is_redirection() || !said.is_empty(), "{method} {path}: {status}");
    Some(status)
}

/// A request on every route that knows what it is asked.
pub(super) fn seeds() -> Vec<Vec<u8>> {
    let bodies = |path: &str| match path {
        "/token" | "/par" | "/authorize/signin" => seeds::forms(),
        path if path.starts_with("/ussd") => seeds::forms(),
        "/credential" | "/deferred_credential" | "/notification" => seeds::credential_requests(),
        "/feeds/births" => seeds::batches(),
        "/vc-api/credentials/issue" => seeds::vc_api(),
        path if path.starts_with("/admin") || path.starts_with("/citizen") => admin(),
        _ => vec![Vec::new()],
    };
    let who = |path: &str| match path {
        "/credential" | "/deferred_credential" | "/notification" => 4,
        "/vc-api/credentials/issue" => 8,
        path if path.starts_with("/citizen") => 12,
        path if path.starts_with("/admin") => 16,
        "/feeds/births" => 3,
        _ => 1,
    };
    let requests = ROUTES.iter().enumerate().flat_map(|(number, (method, path))| {
        let (who, is_get) = (who(path), *method == "GET");
        let bodies = if is_get { queries() } else { bodies(path) };
        bodies.into_iter().map(move |body| {
            let split = if is_get { body.len().div_ceil(4) as u8 } else { 0 };
            [&[number as u8, who, split][..], &body].concat()
        })
    });
    let special = [
        [&[number_of("/credential"), 4, 0][..], &credential_request()].concat(),
        [&[number_of("/credential"), 6, 0][..], &encrypted(&credential_request())].concat(),
        with_headers("/status/0", &[(1, "application/statuslist+jwt"), (6, "\"0\", W/\"1\"")]),
        with_headers("/.well-known/openid-credential-issuer", &[(1, "application/jwt;q=0.9, */*;q=0.1")]),
        with_headers(
            "/authorize/signin",
            &[(2, "sw, en;q=0.5"), (5, "__Host-hati-sign-in=0123"), (7, "192.0.2.1")],
        ),
        with_headers(
            "/token",
            &[(0, "e30.e30.AA"), (3, "DPoP e30"), (4, "application/x-www-form-urlencoded")],
        ),
    ];
    requests.chain(special).collect()
}

fn number_of(path: &str) -> u8 {
    ROUTES.iter().position(|(_, known)| *known == path).unwrap() as u8
}

fn with_headers(path: &str, headers: &[(u8, &str)]) -> Vec<u8> {
    let lines = headers.iter().flat_map(|(which, value)| [&[*which][..], value.as_bytes(), b"\n"].concat());
    [number_of(path), 1, 16].into_iter().chain(lines).chain(*b"\n").collect()
}

/// As a wallet encrypts a request (OpenID4VCI 1.0 section 10).
fn encrypted(request: &[u8]) -> Vec<u8> {
    let metadata = Request::get("/.well-known/openid-credential-issuer").body(Body::empty()).unwrap();
    let metadata: Value = serde_json::from_str(&DESK.send(metadata).1).unwrap();
    let jwk = metadata["credential_request_encryption"]["jwks"]["keys"][0].to_string();
    let mut header = JweHeader::new();
    header.set_content_encryption("A128GCM");
    let encrypter = ECDH_ES.encrypter_from_jwk(&Jwk::from_bytes(jwk.as_bytes()).unwrap()).unwrap();
    serialize_compact(request, &header, &encrypter).unwrap().into_bytes()
}

fn queries() -> Vec<Vec<u8>> {
    [&b""[..], b"q=Odhiambo&", b"from=0&count=9&"].map(<[u8]>::to_vec).into()
}

/// With a proof to a nonce of this service's.
fn credential_request() -> Vec<u8> {
    let nonce = DESK.post("/nonce", TYPES[0], String::new()).1;
    let claims = proof::Claims {
        audience: "https://id.example.go.ke",
        client_id: None,
        nonce: nonce["c_nonce"].as_str().unwrap(),
        now: now(),
    };
    let holder = SoftwareKey::from_secret_bytes(Algorithm::EdDsa, &[7; 32]).unwrap();
    let unsigned = proof::prepare(holder.public(), &claims);
    let signature = holder.sign(unsigned.signing_input());
    let proofs = json!({ "jwt": [unsigned.finish(&signature)] });
    json!({ "credential_configuration_id": "maisha-id.vc-sd-jwt", "proofs": proofs }).to_string().into_bytes()
}

fn admin() -> Vec<Vec<u8>> {
    let holder = SoftwareKey::from_secret_bytes(Algorithm::EdDsa, &[7; 32]).unwrap();
    let bodies = [
        json!({}),
        json!({ "claim": "birthdate", "wanted": "1990-02-28", "evidence": "certificate 12" }),
        json!({ "type": "maisha-id", "format": "ldp_vc", "holder_keys": { "keys": [holder.public().to_jwk()] } }),
        json!({ "revision": 0, "fields": { "given_name": "Grace" }, "reason": "as in the certificate" }),
        json!({ "configurations": ["maisha-id.vc-sd-jwt"], "tx_code": true }),
        json!({ "days": 30 }),
        json!({ "name": "administering", "password": "seven green umbrellas", "code": "123456" }),
        json!({ "decision": "dismiss", "reason": "twice", "answer": "done", "accept": true }),
        json!({ "name": "Corner Shop", "name_sw": "Duka", "place": "Lodwar", "key": holder.public().to_jwk(), "claims": ["given_name"] }),
    ];
    bodies.iter().map(|it| it.to_string().into_bytes()).collect()
}

impl Desk {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let rng = &mut ChaCha20Rng::seed_from_u64(1);
        let home = home(&folder, rng);
        let code = Activation::of(&home).make(UPI, 30, &Actor::officer("wanjiku"), now(), rng).unwrap();
        let offer = pre_authorized(&home, rng);
        let factor = officer(&home, rng);
        let mut settings = Settings::default();
        let caller = json!({ "name": "county-desk", "token": CALLER, "types": ["maisha-id"] });
        settings.vc_api = vec![serde_json::from_value(caller).unwrap()];
        settings.ussd = Some(serde_json::from_value(json!({ "token": AGGREGATOR })).unwrap());
        let wallet = json!({ "client_id": "w", "name": "W", "redirect_uris": ["https://w.example/cb"] });
        settings.wallets = vec![serde_json::from_value(wallet).unwrap()];
        let service = Service::new(home, settings, now);
        service.publish().unwrap();
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let routes = service.routes();
        let mut desk = Self { runtime, routes, shown: Default::default(), _folder: folder };

        let redeem = format!(
            "grant_type=urn:ietf:params:oauth:grant-type:pre-authorized_code&pre-authorized_code={offer}"
        );
        let answer = desk.post("/token", TYPES[1], redeem).1;
        let token = format!("Bearer {}", answer["access_token"].as_str().unwrap());
        let basic = STANDARD.encode(format!("{UPI}:{code}"));
        let shown = json!({ "name": "everything", "password": "seven green umbrellas", "code": factor });
        let (headers, session) = desk.post("/admin/v1/session", TYPES[0], shown.to_string());
        let cookie = headers[header::SET_COOKIE].to_str().unwrap().split(';').next().unwrap().to_owned();
        let value = |text: &str| HeaderValue::from_str(text).unwrap();
        let authorization = |text: &str| HeaderMap::from_iter([(header::AUTHORIZATION, value(text))]);
        let csrf = value(session["csrf_token"].as_str().unwrap());
        let mut officer = HeaderMap::from_iter([(header::COOKIE, value(&cookie))]);
        officer.insert("x-csrf-token", csrf);
        desk.shown = [
            HeaderMap::new(),
            authorization(&token),
            authorization(&format!("Bearer {CALLER}")),
            authorization(&format!("Basic {basic}")),
            officer,
        ];
        desk
    }

    fn send(&self, request: Request<Body>) -> (StatusCode, String) {
        let (status, _, said) = self.answer(request);
        (status, said)
    }

    fn answer(&self, request: Request<Body>) -> (StatusCode, HeaderMap, String) {
        let routes = self.routes.clone();
        self.runtime.block_on(async move {
            let (parts, body) = routes.oneshot(request).await.unwrap().into_parts();
            let bytes = to_bytes(body, 4 << 20).await.unwrap();
            (parts.status, parts.headers, String::from_utf8_lossy(&bytes).into_owned())
        })
    }

    fn post(&self, path: &str, media_type: &str, body: String) -> (HeaderMap, Value) {
        let request = Request::post(path).header("content-type", media_type).body(Body::from(body)).unwrap();
        let (status, headers, said) = self.answer(request);
        assert!(status.is_success(), "{path}: {said}");
        (headers, serde_json::from_str(&said).unwrap())
    }
}

fn home(folder: &TempDir, rng: &mut ChaCha20Rng) -> Home {
    let feed = SoftwareKey::from_secret_bytes(Algorithm::EdDsa, &[7; 32]).unwrap();
    let config = Config::new("https://id.example.go.ke", "Issuer", "Mtoaji").unwrap();
    let mut config = serde_json::to_value(config).unwrap();
    config["feeds"] = json!([{ "name": "births", "jwk": feed.public().to_jwk() }]);
    let config = serde_json::from_value(config).unwrap();
    let home = Home::create(&folder.path().join("issuer"), config, Algorithm::EdDsa, now(), rng).unwrap();
    let person = Person {
        upi: UPI.into(),
        id_number: Some("31415926".into()),
        given_name: "Grace Achieng".into(),
        family_name: "Odhiambo".into(),
        birthdate: Date::parse("1997-01-01").unwrap().days(),
        sex: Sex::Female,
        nationalities: vec!["KE".into()],
        county: "Kisumu".into(),
        locality: "Ahero".into(),
        country: "KE".into(),
        phone: Some("+254712345678".into()),
        portrait: None,
    };
    home.store.admit(&[person], &[], &Event::new(0, "test", Action::Imported, "people.csv")).unwrap();
    home
}

fn pre_authorized(home: &Home, rng: &mut ChaCha20Rng) -> String {
    let configurations = ["maisha-id.vc-sd-jwt".to_owned()];
    let wanted = offer::Wanted {
        upi: UPI,
        configurations: &configurations,
        tx_code: false,
        actor: &Actor::officer("wanjiku"),
        now: now(),
    };
    let made = offer::make(&*home.store, &home.config, &Catalogue::of(home).unwrap(), &wanted, rng).unwrap();
    let OfferLink::Value(offer) = OfferLink::parse(&made.link).unwrap() else { return String::new() };
    offer.grants.pre_authorized_code.unwrap().pre_authorized_code.as_str().to_owned()
}

/// An officer with every role, and the code that their second factor shows.
fn officer(home: &Home, rng: &mut ChaCha20Rng) -> String {
    let seal = home.keys.sectors.derive(SEALING);
    let accounts = Accounts { store: &*home.store, seal: &seal };
    let named = ("everything", "seven green umbrellas");
    let made = accounts.add(named, &Role::ALL, "Hati", (&Actor::officer("wanjiku"), now()), rng).unwrap();
    let secret = made.uri.split("secret=").nth(1).unwrap().split('&').next().unwrap();
    let secret: [u8; 20] = data_encoding::BASE32_NOPAD.decode(secret.as_bytes()).unwrap().try_into().unwrap();
    let totp = totp_rs::Builder::new().with_secret(totp_rs::Secret::new_stack(secret)).build().unwrap();
    totp.generate(now().seconds().unsigned_abs()).to_string()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Else only what stands before the parsers would be tried.
    #[test]
    fn good_input_comes_through() {
        let mut served = BTreeSet::new();
        for seed in seeds() {
            if ask(&seed).is_some_and(|status| status.is_success()) {
                served.insert(ROUTES[usize::from(seed[0])].1);
            }
        }
        assert!(served.len() >= 18, "{served:?}");
    }

    /// A path that is none is answered by what serves files; a method that a path does not have, by what stands before the path.
    #[test]
    fn every_route_is_one() {
        for (_, path) in ROUTES.iter().filter(|(_, path)| !path.starts_with("/status")) {
            let request = Request::trace(*path).body(Body::empty()).unwrap();
            assert_ne!(DESK.send(request).0, StatusCode::NOT_FOUND, "{path}");
        }
    }

    #[test]
    fn an_encrypted_request_is_served() {
        let seed = [&[number_of("/credential"), 6, 0][..], &encrypted(&credential_request())].concat();
        assert_eq!(ask(&seed), Some(StatusCode::OK));
    }
}
