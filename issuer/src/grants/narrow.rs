//! A token may be asked for less than what was granted, never for more.

use hati_protocol::oauth::{AuthorizationDetail, ErrorResponse, Scope, TokenErrorCode};

use super::Granted;

type Refused = ErrorResponse<TokenErrorCode>;

/// What is asked for by `authorization_details` (RFC 9396 section 6) of what was granted.
pub(super) fn by_details(
    granted: Granted,
    wanted: &[AuthorizationDetail],
    issuer: &str,
) -> Result<Granted, Refused> {
    if wanted.is_empty() {
        return Ok(granted);
    }
    let has = |id: &String| granted.configurations.contains(id);
    if !wanted.iter().all(|it| it.is_for(issuer) && has(&it.credential_configuration_id)) {
        let reason = "authorization_details ask for more than was granted: name configurations of the grant";
        return Err(Refused::new(TokenErrorCode::InvalidAuthorizationDetails, reason));
    }
    let asked = |id: &String| wanted.iter().any(|it| it.credential_configuration_id == *id);
    let configurations = granted.configurations.iter().filter(|id| asked(id)).cloned().collect();
    Ok(Granted { configurations, by_identifier: true, ..granted })
}

/// What is asked for by `scope` (RFC 6749 section 6) of what was granted; the scope of a configuration is its id.
pub(super) fn by_scope(granted: Granted, wanted: Option<&Scope>) -> Result<Granted, Refused> {
    let Some(wanted) = wanted else { return Ok(granted) };
    if !wanted.names().all(|name| granted.configurations.iter().any(|id| id == name)) {
        let reason = "scope asks for more than was granted: leave it out, or name less";
        return Err(Refused::new(TokenErrorCode::InvalidScope, reason));
    }
    let asked = |id: &String| wanted.names().any(|name| name == id);
    let configurations = granted.configurations.iter().filter(|id| asked(id)).cloned().collect();
    Ok(Granted { configurations, ..granted })
}
