//! The DCQL queries that OpenID4VP 1.0 publishes: each is read, and written back as it came.

use std::path::{Path, PathBuf};

use crate::dcql::Query;
use serde_json::Value;

fn vectors() -> PathBuf {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/vectors");
    std::env::var_os("HATI_VECTORS").map_or(beside, PathBuf::from).join("openid4vp")
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the published vectors are files")]
fn published_queries_are_read_and_written_back() {
    let queries = [
        "query_lang/claims_alternatives.json",
        "query_lang/complex_mdoc.json",
        "query_lang/credentials_alternatives.json",
        "query_lang/multi_credentials.json",
        "query_lang/simple.json",
        "query_lang/simple_mdoc.json",
        "query_lang/value_matching_simple.json",
        "request/dcql_jwt_vc.json",
        "request/dcql_ldp_vc.json",
    ];
    let mut skipped = 0;
    for name in queries {
        let Ok(text) = std::fs::read(vectors().join(name)) else {
            skipped += 1;
            continue;
        };
        let query = Query::parse(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(query.to_json(), serde_json::from_slice::<Value>(&text).unwrap(), "{name}");
    }
    if skipped > 0 {
        eprintln!("SKIPPED {skipped} of {} published queries: no vectors (set HATI_VECTORS)", queries.len());
    }
}
