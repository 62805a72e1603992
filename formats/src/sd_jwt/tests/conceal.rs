use super::*;

/// A copy, read again.
struct Made {
    payload: Map<String, Value>,
    disclosures: Vec<Disclosure>,
}

fn read(concealed: &Concealed) -> Made {
    let texts = concealed.disclosures.as_str().split_terminator('~').enumerate();
    Made {
        payload: crate::json::parse_object(concealed.payload.as_bytes()).unwrap(),
        disclosures: texts.map(|(position, text)| Disclosure::parse(text, position).unwrap()).collect(),
    }
}

fn concealed(claims: Value, frame: &Frame) -> Made {
    read(&Template::new(&object(claims), frame).unwrap().conceal(&mut rng(7)))
}

fn refused(claims: Value, frame: &Frame) -> SdJwtError {
    Template::new(&object(claims), frame).unwrap_err()
}

#[test]
fn members_become_sorted_digests_behind_what_stays_visible() {
    let claims = json!({"z": 1, "b": 2, "a": 3, "y": 4});
    let made = concealed(claims, &frame(&["a", "b"]));
    assert_eq!(made.payload.keys().collect::<Vec<_>>(), ["z", "y", "_sd", "_sd_alg"]);
    let mut digests: Vec<String> =
        made.disclosures.iter().map(|one| one.digest().as_str().to_owned()).collect();
    digests.sort();
    assert_eq!(made.payload["_sd"], json!(digests));
    assert_eq!(made.payload["_sd_alg"], "sha-256");
}

#[test]
fn nothing_to_conceal_leaves_the_claims_alone() {
    let claims = json!({"age_equal_or_over": {"18": true}});
    let made = concealed(claims.clone(), &frame(&["portrait", "origin.country"]));
    assert_eq!(Value::Object(made.payload), claims);
    assert!(made.disclosures.is_empty());
}

#[test]
fn an_envelope_that_names_the_hash_gets_the_claims_without_it() {
    let claims = object(json!({"b": 1, "a": 2}));
    let frame = frame(&["a"]);
    let [whole, subject] = [Template::new, Template::of_subject]
        .map(|template| template(&claims, &frame).unwrap().conceal(&mut rng(7)));
    assert_eq!(whole.disclosures, subject.disclosures);
    assert_eq!(whole.payload, subject.payload.replace("]}", "],\"_sd_alg\":\"sha-256\"}"));
}

#[test]
fn what_needs_escaping_is_escaped() {
    let claims = json!({"\"a\\": "\u{1}\"", "b\n": {"c\"": ["\\", {"é": "\t"}]}});
    let frame = frame(&["\"a\\", "b\n.c\".0", "b\n.c\".1.é"]);
    let text = issue(claims.clone(), &frame, 7);
    let held = Held::parse(&text).unwrap();
    let all = [path("\"a\\"), path("b\n.c\".0"), path("b\n.c\".1.é")];
    let presented = held.select(&all).unwrap();
    assert_eq!(Value::Object(verify(presented.as_str()).unwrap().claims().clone()), claims);
}

#[test]
fn a_parent_holds_the_digests_of_its_children() {
    let made = concealed(json!({"a": {"b": {"c": 1}}}), &frame(&["a", "a.b", "a.b.c"]));
    let [c, b, a] = made.disclosures.as_slice() else { panic!("three disclosures") };
    assert_eq!(c.value(), &json!(1));
    assert_eq!(b.value(), &json!({"_sd": [c.digest().as_str()]}));
    assert_eq!(a.value(), &json!({"_sd": [b.digest().as_str()]}));
    assert_eq!(made.payload["_sd"], json!([a.digest().as_str()]));
}

#[test]
fn an_element_is_replaced_where_it_stands() {
    let made = concealed(json!({"n": ["DE", "FR", "US"]}), &frame(&["n.1"]));
    let [element] = made.disclosures.as_slice() else { panic!("one disclosure") };
    assert_eq!(made.payload["n"], json!(["DE", {"...": element.digest().as_str()}, "US"]));
    assert_eq!(concealed(json!({"n": ["DE", "FR"]}), &frame(&["n.*"])).disclosures.len(), 2);
    // What is said of one element goes before what is said of all.
    let only_inside = concealed(json!({"n": [{"a": 1}, {"a": 2}]}), &frame(&["n.*", "n.0.a"]));
    assert!(only_inside.payload["n"][0]["_sd"].is_array());
}

#[test]
fn decoys_look_like_digests_and_stand_anywhere() {
    let mut frame = frame(&["a"]);
    frame.decoys(&ClaimPath::default(), 2);
    frame.decoys(&path("n"), 1);
    let claims = json!({"a": 1, "n": ["x", "y"]});
    let mut places = std::collections::BTreeSet::new();
    let template = Template::new(&object(claims), &frame).unwrap();
    for seed in 0..64 {
        let made = read(&template.conceal(&mut rng(seed)));
        assert_eq!(made.disclosures.len(), 1);
        let digests = made.payload["_sd"].as_array().unwrap();
        assert_eq!(digests.len(), 3);
        assert!(digests.iter().all(|digest| digest.as_str().unwrap().len() == 43));
        assert!(digests.is_sorted_by_key(|digest| digest.as_str().unwrap()));
        places.insert(made.payload["n"].as_array().unwrap().iter().position(Value::is_object).unwrap());
    }
    assert_eq!(Vec::from_iter(places), [0, 1, 2]);
}

#[test]
fn two_credentials_share_no_salt_and_no_digest() {
    let mut frame = frame(&["a", "b", "n.*"]);
    frame.decoys(&ClaimPath::default(), 1);
    let mut rng = rng(7);
    let claims = object(json!({"a": 1, "b": 1, "n": [1, 1]}));
    let template = Template::new(&claims, &frame).unwrap();
    let made = [(); 2].map(|()| read(&template.conceal(&mut rng)));
    let mut salts: Vec<&str> = made.iter().flat_map(|one| &one.disclosures).map(Disclosure::salt).collect();
    assert!(salts.iter().all(|salt| crate::encoding::b64url_decode(salt).unwrap().len() == SALT_BYTES));
    salts.sort_unstable();
    salts.dedup();
    assert_eq!(salts.len(), 8);
    let digests = made.each_ref().map(|one| one.payload["_sd"].as_array().unwrap());
    assert!(digests[0].iter().all(|digest| !digests[1].contains(digest)));
}

#[test]
fn claims_that_decide_on_validity_stay_visible() {
    for (bad, place) in [
        ("iss", "iss"),
        ("exp", "exp"),
        ("nbf", "nbf"),
        ("cnf", "cnf"),
        ("cnf.jwk", "cnf"),
        ("aud", "aud"),
        ("", ""),
    ] {
        let error = refused(json!({}), &frame(&["a", bad]));
        assert_eq!(error, SdJwtError::AlwaysVisible { path: path(place) }, "{bad}");
    }
    assert_eq!(concealed(json!({"aud": ["x"]}), &frame(&["aud.0"])).disclosures.len(), 1);
}

#[test]
fn names_that_convey_digests_are_no_claims() {
    for (claims, name, place) in [
        (json!({"_sd": []}), "_sd", ""),
        (json!({"a": [{"...": 1}]}), "...", "a.0"),
        (json!({"a": {"_sd_alg": "sha-256"}}), "_sd_alg", "a"),
    ] {
        let expected = SdJwtError::ReservedName { name: name.to_owned(), path: path(place) };
        assert_eq!(refused(claims, &Frame::default()), expected);
    }
}

#[test]
fn a_frame_of_another_shape_is_refused() {
    let mismatch = |place, expected| SdJwtError::FrameMismatch { path: path(place), expected };
    assert_eq!(refused(json!({"a": [1]}), &frame(&["a.b"])), mismatch("a", "an object"));
    assert_eq!(refused(json!({"a": {"b": 1}}), &frame(&["a.*"])), mismatch("a", "an array"));
    assert_eq!(refused(json!({"a": 1}), &frame(&["a.b"])), mismatch("a", "an object or an array"));
    let mut decoys = Frame::default();
    decoys.decoys(&path("a"), 1);
    assert_eq!(refused(json!({"a": 1}), &decoys), mismatch("a", "an object or an array"));
}

#[test]
fn claims_nested_too_deep_are_refused() {
    let nest = |depth: usize| (0..depth).fold(json!(1), |value, _| json!({"a": value}));
    assert!(Template::new(&object(nest(MAX_DEPTH)), &Frame::default()).is_ok());
    assert!(matches!(refused(nest(MAX_DEPTH + 1), &Frame::default()), SdJwtError::TooDeep { .. }));
}
