//! The document made from the code, and the pages that show it.

use serde_json::Value;

use super::Desk;

#[test]
fn the_document_is_openapi_3_1() {
    let desk = Desk::new();
    let document = desk.call("GET", "/openapi.json", None, &Value::Null).ok();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1."));
    let read = oas3::from_json(document.to_string()).unwrap();
    assert!(read.validate_version().is_ok());
    let operations: Vec<_> = read.operations().collect();
    assert_eq!(operations.len(), 23);
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

#[test]
fn the_viewer_is_in_the_program_and_loads_nothing_from_elsewhere() {
    let desk = Desk::new();
    let file = |path: &str| {
        let reply = desk.call("GET", path, None, &Value::Null);
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
