//! What a wallet reads first: the metadata of the issuer (OpenID4VCI 1.0 section 12.2) and of its authorization server
//! (RFC 8414). Both are made with each edition of what is published.

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, Method, Uri, header};
use axum::response::{IntoResponse, Response};
use hati_formats::credential::short_kid;
use hati_formats::keys::Algorithm;
use hati_formats::time::Timestamp;
use hati_protocol::oauth::pkce::S256;
use hati_protocol::oauth::{GrantType, OPENID_CREDENTIAL, RESPONSE_MODE, SERVER_METADATA, ServerMetadata};
use hati_protocol::openid4vci::{BatchIssuance, Display, ISSUER_METADATA, IssuerMetadata};
use serde_json::{Map, Value};

use super::super::{Service, site};
use super::{CREDENTIAL, DEFERRED, NONCE, NOTIFICATION, TOKEN, encryption};
use crate::catalogue::Catalogue;
use crate::keys::SignError;
use crate::publish::SiteFile;

/// The metadata of one edition.
pub(in super::super) struct Metadata {
    /// As files that are served.
    pub(in super::super) files: [SiteFile; 2],
    /// Those of the issuer, signed (section 12.2.3).
    pub(in super::super) signed: String,
}

impl Service {
    /// The metadata for a catalogue, signed until `expires`.
    ///
    /// # Errors
    ///
    /// If the issuer's key does not sign.
    pub(in super::super) fn metadata(
        &self,
        catalogue: &Catalogue,
        expires: Timestamp,
    ) -> Result<Metadata, SignError> {
        let (issuer, server) = (self.issuer_metadata(catalogue), self.server_metadata(catalogue));
        let key = &self.0.home.keys.issuer;
        let unsigned =
            issuer.prepare_signed(key.public().algorithm(), &short_kid(key.public()), self.now(), expires);
        let signature = key.sign(unsigned.signing_input())?;
        Ok(Metadata {
            files: [file(ISSUER_METADATA, issuer.to_json()), file(SERVER_METADATA, server.to_json())],
            signed: unsigned.finish(&signature),
        })
    }

    fn issuer_metadata(&self, catalogue: &Catalogue) -> IssuerMetadata {
        let home = &self.0.home;
        let url = home.config.issuer_url();
        let (english, swahili) = home.config.names();
        let display = |(name, locale): (&str, &str)| Display {
            name: Some(name.to_owned()),
            locale: Some(locale.to_owned()),
            ..Display::default()
        };
        IssuerMetadata {
            credential_issuer: url.to_owned(),
            authorization_servers: Vec::new(),
            credential_endpoint: self.endpoint(CREDENTIAL),
            nonce_endpoint: Some(self.endpoint(NONCE)),
            deferred_credential_endpoint: Some(self.endpoint(DEFERRED)),
            notification_endpoint: Some(self.endpoint(NOTIFICATION)),
            credential_request_encryption: self.0.vci.encryption.of_requests(),
            credential_response_encryption: Some(encryption::of_responses()),
            batch_credential_issuance: Some(BatchIssuance { batch_size: self.0.settings.batch_size.size() }),
            display: [(english, "en"), (swahili, "sw")].map(display).to_vec(),
            credential_configurations_supported: catalogue
                .configurations(home.keys.issuer.public().algorithm(), url),
        }
    }

    fn server_metadata(&self, catalogue: &Catalogue) -> ServerMetadata {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        ServerMetadata {
            issuer: self.0.home.config.issuer_url().to_owned(),
            authorization_endpoint: Some(self.endpoint("/authorize")),
            token_endpoint: Some(self.endpoint(TOKEN)),
            pushed_authorization_request_endpoint: Some(self.endpoint("/par")),
            require_pushed_authorization_requests: true,
            jwks_uri: None,
            response_types_supported: names(&["code"]),
            response_modes_supported: names(&[RESPONSE_MODE]),
            grant_types_supported: names(&GrantType::ALL.map(GrantType::name)),
            token_endpoint_auth_methods_supported: names(&["none"]),
            code_challenge_methods_supported: names(&[S256]),
            dpop_signing_alg_values_supported: names(
                &[Algorithm::EdDsa, Algorithm::Es256].map(Algorithm::name),
            ),
            scopes_supported: catalogue.ids().map(str::to_owned).collect(),
            authorization_details_types_supported: names(&[OPENID_CREDENTIAL]),
            authorization_response_iss_parameter_supported: true,
            pre_authorized_grant_anonymous_access_supported: true,
        }
    }
}

/// The issuer's metadata, signed for whoever prefers that (section 12.2.2).
pub(super) async fn issuer(
    State(service): State<Service>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    let signed = service.site().signed_metadata();
    let prefers_signed = quality(&headers, "application/jwt") > quality(&headers, "application/json");
    let mut response = match signed.filter(|_| prefers_signed) {
        Some(jwt) => {
            let media_type = (header::CONTENT_TYPE, HeaderValue::from_static("application/jwt"));
            let cached = (header::CACHE_CONTROL, HeaderValue::from_static(site::CACHE_CONTROL));
            ([media_type, cached], jwt).into_response()
        }
        None => site::serve(State(service), method, uri, headers).await,
    };
    // RFC 9110 section 12.5.5.
    response.headers_mut().insert(header::VARY, HeaderValue::from_static("accept"));
    response
}

/// How much a media type is wanted, in thousandths (RFC 9110 sections 12.4.2 and 12.5.1): by its name, else by a star.
fn quality(headers: &HeaderMap, wanted: &str) -> u16 {
    let all = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let ranges: Vec<_> = all.flat_map(|value| value.split(',')).map(range).collect();
    let of = |name: &str| ranges.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, q)| *q);
    // A JWT is for who asks for it by name: a star is in what every client sends.
    let star = if wanted == "application/jwt" { None } else { of("application/*").or_else(|| of("*/*")) };
    of(wanted).or(star).unwrap_or(0)
}

fn range(text: &str) -> (&str, u16) {
    let mut parts = text.split(';').map(str::trim);
    let name = parts.next().unwrap_or_default();
    let q = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
    let q = q.and_then(|q| q.parse::<f32>().ok()).unwrap_or(1.0).clamp(0.0, 1.0);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 1000")]
    let thousandths = (q * 1000.0) as u16;
    (name, thousandths)
}

fn file(name: &str, document: Map<String, Value>) -> SiteFile {
    let url = format!(".well-known/{name}");
    let bytes = Value::Object(document).to_string().into_bytes();
    SiteFile { path: url.clone(), url, media_type: "application/json", bytes }
}
