//! The document made from the code, and the pages that show it.

use axum::body::Body;
use axum::http::Request;
use hati_store::Role;
use serde_json::Value;

use super::{ACHIENG, Desk, Reply, Session};

#[test]
fn the_document_is_openapi_3_1() {
    let desk = Desk::new();
    let document = desk.document();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1."));
    let read = oas3::from_json(document.to_string()).unwrap();
    assert!(read.validate_version().is_ok());
    let operations: Vec<_> = read.operations().collect();
    assert_eq!(operations.len(), 28);
    for (path, method, operation) in operations {
        assert!(operation.summary.is_some(), "{method} {path}");
        // Whatever a path names is described.
        for name in path.split(['{', '}']).skip(1).step_by(2) {
            let parameters = operation.parameters(&read).unwrap();
            assert!(parameters.iter().any(|it| it.name == name), "{method} {path}: {name}");
        }
    }
    // Every reference leads somewhere.
    let text = document.to_string();
    for reference in text.split("\"$ref\":\"").skip(1).map(|it| it.split('"').next().unwrap()) {
        assert!(document.pointer(reference.strip_prefix('#').unwrap()).is_some(), "{reference}");
    }
}

/// The statuses of an operation's refusals that depend on what it does, and not on its form.
fn decides(method: &str, path: &str) -> &'static [u16] {
    match (method, path.rsplit('/').next().unwrap()) {
        ("post", "amend" | "death" | "withdraw" | "corrections" | "offer" | "{id}") => &[409, 422],
        ("post", "credentials") => &[409, 422],
        ("post", "{change}" | "unlock" | "second-factor") => &[409],
        ("post", "activation" | "offers" | "verifiers") => &[422],
        _ => &[],
    }
}

#[test]
fn every_refusal_of_an_operation_is_described() {
    let document = Desk::new().document();
    for (path, operations) in document["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            let is_open = path.ends_with("/session");
            let takes_body = operation["requestBody"].is_object();
            let in_query = |it: &Value| it["in"] == "query";
            let has_query = operation["parameters"].as_array().is_some_and(|all| all.iter().any(in_query));
            let mut expected: Vec<u16> = vec![401, 408, 429, 500];
            expected.extend(decides(method, path));
            expected.extend((takes_body || has_query).then_some(400));
            expected.extend(takes_body.then_some([413, 415]).into_iter().flatten());
            expected.extend((!is_open || method == "delete").then_some(403));
            expected.extend(path.contains('{').then_some(404));
            expected.sort_unstable();
            let responses = operation["responses"].as_object().unwrap();
            let mut told: Vec<u16> = responses.keys().map(|status| status.parse().unwrap()).collect();
            told.retain(|status| *status >= 400);
            told.sort_unstable();
            assert_eq!(told, expected, "{method} {path}");
            for status in told {
                // Described once, and as a problem document.
                let reference = responses[&status.to_string()]["$ref"].as_str().unwrap();
                let response = document.pointer(reference.strip_prefix('#').unwrap()).unwrap();
                let schema = &response["content"]["application/problem+json"]["schema"]["$ref"];
                assert_eq!(schema, "#/components/schemas/ProblemDocument", "{method} {path} {status}");
            }
            let said = operation["description"].as_str().unwrap_or_default();
            assert_eq!(said.contains("Takes the role "), !is_open, "{method} {path}: {said}");
        }
    }
}

/// Whatever goes wrong, the document has said so.
#[test]
fn what_is_answered_is_described() {
    let desk = Desk::new();
    let sessions = Role::ALL.map(|role| desk.sign_in(role));
    let document = desk.get("/openapi.json", &sessions[0]).ok();
    let send = |method: &str, path: &str, session: Option<&Session>, media_type: &str, body: &str| -> Reply {
        let mut request = Request::builder().method(method).uri(format!("/admin/v1{path}"));
        if let Some(session) = session {
            request = request.header("cookie", &session.cookie).header("x-csrf-token", &session.csrf);
        }
        request = request.header("content-type", media_type);
        desk.send(request.body(Body::from(body.to_owned())).unwrap())
    };
    let json = "application/json";
    let long = format!("\"{}\"", "x".repeat(2 << 20));
    for (path, operations) in document["paths"].as_object().unwrap() {
        let path = path.strip_prefix("/admin/v1").unwrap();
        let nobody = path.replace("{upi}", "20480163920099").replace("{id}", "x").replace("{serial}", "x");
        let somebody = path.replace("{upi}", ACHIENG).replace("{change}", "burn");
        for (method, operation) in operations.as_object().unwrap() {
            // Each session ends when it is closed.
            if (method.as_str(), path) == ("delete", "/session") {
                continue;
            }
            let method = method.to_uppercase();
            let mut replies = vec![send(&method, path, None, json, "{}")];
            for session in &sessions {
                let forged = Session { csrf: "x".to_owned(), ..session.clone() };
                replies.push(send(&method, &somebody, Some(&forged), json, "{}"));
                for (path, media_type, body) in [
                    (somebody.clone(), json, "{}"),
                    (somebody.clone(), json, "{"),
                    (somebody.clone(), json, &long),
                    (somebody.clone(), "text/plain", "{}"),
                    (nobody.clone(), json, "{\"revision\":0,\"date\":\"2026-11-01\"}"),
                    (format!("{somebody}?after=x&q=&from=-1"), json, "{}"),
                ] {
                    replies.push(send(&method, &path, Some(session), media_type, body));
                }
            }
            for reply in replies {
                let status = reply.status.as_u16().to_string();
                assert!(
                    operation["responses"][&status].is_object(),
                    "{method} {path}: {status} {}",
                    reply.body
                );
            }
        }
    }
    let place = Role::ALL.iter().position(|it| *it == Role::Registering).unwrap();
    let registering = &sessions[place];
    for path in ["/quarantine?after=x", "/corrections?after=x"] {
        let said = desk.get(path, registering).problem(400, "query_malformed");
        assert!(said.starts_with("after: expected the id"), "{said}");
    }
}

#[test]
fn the_viewer_is_in_the_program_and_loads_nothing_from_elsewhere() {
    let desk = Desk::new();
    // Whatever the role.
    let session = desk.sign_in(Role::Issuing);
    let file = |path: &str| {
        let reply = desk.get(path, &session);
        assert_eq!(reply.headers["cache-control"], "no-store", "{path}");
        assert_eq!(reply.status.as_u16(), 200, "{path}");
        reply.body.as_str().unwrap().to_owned()
    };
    let page = file("/docs/");
    let named = page.split(['"', '\'']).filter(|it| it.ends_with(".js") || it.ends_with(".css"));
    let named: Vec<_> = named.collect();
    assert!(named.len() >= 3 && named.iter().all(|it| !it.starts_with('/')), "{named:?}");
    assert!(!page.contains("http://") && !page.contains("https://"), "{page}");
    for path in named {
        let path = path.trim_start_matches("./");
        assert!(!file(&format!("/docs/{path}")).is_empty());
    }
    let setup = file("/docs/swagger-initializer.js");
    assert!(
        setup.contains("/admin/v1/openapi.json") && setup.contains(r#""validatorUrl": "none""#),
        "{setup}"
    );
}
