use super::*;

fn credential() -> String {
    let claims = json!({
        "iss": "i", "name": "Amina",
        "address": {"locality": "Kisumu", "country": "KE"},
        "ages": {"18": true, "21": true},
        "n": ["KE", "UG", "TZ"],
        "degrees": [{"type": "BSc", "year": 1}, {"year": 2}, {"type": "MSc"}],
    });
    let mut frame = frame(&["name", "address", "ages", "n.*", "degrees", "degrees.*"]);
    frame.conceal(&ClaimPath::names(["ages", "18"]));
    frame.conceal(&ClaimPath::names(["ages", "21"]));
    frame.decoys(&path("n"), 2);
    issue(claims, &frame, 3)
}

fn shown(paths: &[ClaimPath]) -> Value {
    let credential = credential();
    let selected = Held::parse(&credential).unwrap().select(paths).unwrap();
    Value::Object(verify(selected.as_str()).unwrap().into_claims())
}

#[test]
fn no_path_shows_what_is_always_visible() {
    assert_eq!(shown(&[]), json!({"iss": "i", "n": []}));
}

#[test]
fn the_empty_path_shows_everything() {
    let credential = credential();
    let held = Held::parse(&credential).unwrap();
    assert_eq!(held.select(&[ClaimPath::default()]).unwrap().as_str(), credential);
    assert_eq!(held.header().typ.as_deref(), Some("example+sd-jwt"));
    assert_eq!(held.disclosable().len(), 12);
    assert_eq!(held.claims()["n"], json!(["KE", "UG", "TZ"]));
}

#[test]
fn a_child_brings_its_parent_and_not_its_sibling() {
    let ages = shown(&[ClaimPath::names(["ages", "18"])]);
    assert_eq!(ages, json!({"iss": "i", "n": [], "ages": {"18": true}}));
    // Inside what is one disclosure nothing can be withheld.
    let address = shown(&[path("address.country")]);
    assert_eq!(address["address"], json!({"locality": "Kisumu", "country": "KE"}));
}

#[test]
fn a_parent_brings_its_children() {
    assert_eq!(shown(&[path("ages")])["ages"], json!({"18": true, "21": true}));
}

#[test]
fn positions_do_not_count_decoys() {
    assert_eq!(shown(&[path("n.1")])["n"], json!(["UG"]));
    assert_eq!(shown(&[path("n.0"), path("n.2")])["n"], json!(["KE", "TZ"]));
    assert_eq!(shown(&[path("n.*")])["n"], json!(["KE", "UG", "TZ"]));
}

#[test]
fn null_shows_only_the_elements_that_have_the_claim() {
    assert_eq!(
        shown(&[path("degrees.*.type")])["degrees"],
        json!([{"type": "BSc", "year": 1}, {"type": "MSc"}])
    );
}

#[test]
fn what_is_selected_twice_is_sent_once() {
    let twice = [path("name"), path("name"), path("iss")];
    assert_eq!(shown(&twice), json!({"iss": "i", "n": [], "name": "Amina"}));
}

#[test]
fn a_claim_that_is_not_there_cannot_be_selected() {
    let credential = credential();
    let held = Held::parse(&credential).unwrap();
    for missing in ["upi", "n.3", "name.x", "address.0", "degrees.*.grade", "*", "0", "ages.*"] {
        let error = held.select(&[path("name"), path(missing)]).unwrap_err();
        assert_eq!(error, SdJwtError::NoSuchClaim { path: path(missing) });
    }
}

#[test]
fn a_holder_refuses_a_presentation() {
    let bound = format!("{}a.b.c", credential());
    assert_eq!(Held::parse(&bound).unwrap_err(), SdJwtError::UnexpectedKeyBinding);
}

#[test]
fn a_holder_refuses_what_a_verifier_would() {
    let (loose, _) = disclosure(r#"["s","a",1]"#);
    let text = sign(&json!({}), &[&loose]);
    assert_eq!(Held::parse(&text).unwrap_err(), SdJwtError::UnreferencedDisclosure { position: 0 });
}

#[test]
fn a_path_is_written_as_dcql_writes_it() {
    let text = r#"["degrees",null,"type",0]"#;
    let read: ClaimPath = serde_json::from_str(text).unwrap();
    assert_eq!(read, path("degrees.*.type.0"));
    assert_eq!(serde_json::to_string(&read).unwrap(), text);
    assert_eq!(read.to_string(), "degrees.*.type.0");
    for bad in ["[-1]", "[1.5]", "[true]", "[[]]", "\"a\"", "{}"] {
        assert!(serde_json::from_str::<ClaimPath>(bad).is_err(), "{bad}");
    }
}

#[test]
fn a_path_covers_what_lies_below() {
    assert!(path("a").covers(&path("a")) && path("a").covers(&path("a.b.0")));
    assert!(path("a.*").covers(&path("a.3.b")) && ClaimPath::default().covers(&path("a")));
    assert!(
        !path("a.b").covers(&path("a"))
            && !path("a").covers(&path("ab"))
            && !path("a.0").covers(&path("a.1"))
    );
}
