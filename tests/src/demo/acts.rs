//! The acts of the journey, in order.

use std::fs;

use serde_json::Value;

use super::{Scale, Stage};
use crate::country::Result;

const ISSUER: &str = "hati-issuer";
const WALLET: &str = "hati-wallet";
const VERIFIER: &str = "hati-verifier";

/// Whom the journey is about.
pub(super) struct Person {
    upi: String,
}

/// The issuer is set up, and imports a register in which some rows are wrong.
pub(super) fn register(stage: &mut Stage<'_>, scale: Scale) -> Result<()> {
    stage.act("The issuer is set up and imports the register")?;
    stage.run(ISSUER, &["init", "--dir", "issuer", "--issuer-url", "https://id.maisha.go.ke"])?;
    stage.tell("keys      root, issuer and registrar made; first trust list signed")?;
    let (people, seed) = (scale.people.to_string(), scale.seed.to_string());
    let sample =
        ["sample-register", "--people", &people, "--seed", &seed, "--out", "people.csv", "--portraits", "40"];
    stage.run(ISSUER, &sample)?;
    spoil(stage)?;
    let (report, took) = stage.run(ISSUER, &["import", "--dir", "issuer", "people.csv"])?;
    let counts = report.get("counts").ok_or("a report without counts")?;
    let count = |name: &str| counts.get(name).and_then(Value::as_u64).unwrap_or_default();
    stage.tell(&format!(
        "register  {} people admitted, {} rows in quarantine, {} refused with reasons, in {took}",
        count("added"),
        count("quarantined"),
        count("refused"),
    ))?;
    if count("added") != scale.people || count("quarantined") != 2 || count("refused") != 1 {
        return Err(format!("the import counted wrongly: {report}").into());
    }
    Ok(())
}

/// Adds a UPI that is taken, a person who is there already under another UPI, and a date that is none.
fn spoil(stage: &Stage<'_>) -> Result<()> {
    let path = stage.path("people.csv");
    let mut text = fs::read_to_string(&path)?;
    let mut rows = csv::Reader::from_reader(text.as_bytes());
    let columns = rows.headers()?.clone();
    let first = rows.records().next().ok_or("an empty register")??;
    let with = |changes: &[(&str, &str)]| {
        let fields = columns.iter().zip(&first).map(|(column, field)| {
            let change = changes.iter().find(|(name, _)| *name == column).map(|(_, value)| *value);
            format!("\"{}\"", change.unwrap_or(field))
        });
        fields.collect::<Vec<_>>().join(",")
    };
    let spoilt = [
        with(&[("given_name", "Somebody"), ("family_name", "Else"), ("birthdate", "1950-01-01")]),
        with(&[("upi", "99999999999999"), ("id_number", "99999999")]),
        with(&[("upi", "99999999999998"), ("birthdate", "1990-02-30")]),
    ];
    for row in spoilt {
        text.push_str(&row);
        text.push('\n');
    }
    Ok(fs::write(path, text)?)
}

/// An adult with a portrait; not the first person, who waits for an officer as another row has the same UPI.
pub(super) fn choose_person(stage: &Stage<'_>) -> Result<Person> {
    let mut rows = csv::Reader::from_path(stage.path("people.csv"))?;
    let columns = rows.headers()?.clone();
    let at = |name: &str| columns.iter().position(|column| column == name).ok_or("a column is missing");
    let (upi, birthdate, portrait, id) = (at("upi")?, at("birthdate")?, at("portrait")?, at("id_number")?);
    for row in rows.records().skip(1) {
        let row = row?;
        let field = |index: usize| row.get(index).unwrap_or_default();
        let adult = field(birthdate) < "2000" && field(birthdate) > "1930";
        if adult && !field(portrait).is_empty() && !field(id).is_empty() {
            return Ok(Person { upi: field(upi).to_owned() });
        }
    }
    Err("no adult with a portrait in the register".into())
}

/// A shop, an office and a border post make their keys and are registered; the bundle goes out.
pub(super) fn relying_parties(stage: &mut Stage<'_>) -> Result<()> {
    stage.act("Relying parties are registered, and the bundle goes out")?;
    for (dir, name, sw, place, claims) in [
        ("office", "Lodwar Service Centre", "Kituo cha Huduma Lodwar", "Lodwar, Turkana", OFFICE),
        ("border", "Lokichoggio Border Post", "Kituo cha Mpaka Lokichoggio", "Lokichoggio, Turkana", BORDER),
    ] {
        let key = format!("{dir}/key.pub.jwk");
        let file = format!("{dir}.registration");
        stage.run(VERIFIER, &["init", "--dir", dir])?;
        let register = [
            "register-verifier",
            "--dir",
            "issuer",
            "--name",
            name,
            "--name-sw",
            sw,
            "--place",
            place,
            "--key",
            &key,
            "--claims",
            claims,
            "--out",
            &file,
        ];
        stage.run(ISSUER, &register)?;
        stage.run(VERIFIER, &["register", "--dir", dir, &file])?;
        let bytes = fs::metadata(stage.path(&file))?.len();
        stage.tell(&format!("register  {name}: a registration of {bytes} bytes"))?;
    }
    stage.run(VERIFIER, &["init", "--dir", "shop"])?;
    stage.tell("register  a shop in Kakuma stays unregistered: it may ask for proof of age only")?;
    bundle(stage, "bundle-1")
}

const OFFICE: &str = "given_name,family_name,birthdate,sex,id_number";
const BORDER: &str = "given_name,family_name,birthdate,sex,id_number,origin.nationalities,portrait";

fn bundle(stage: &mut Stage<'_>, file: &str) -> Result<()> {
    let (_, took) = stage.run(ISSUER, &["bundle", "--dir", "issuer", "--out", file])?;
    let bytes = fs::metadata(stage.path(file))?.len();
    stage.tell(&format!("bundle    {bytes} bytes: trust list, status lists, types; in {took}"))
}

/// The wallet makes keys, the issuer issues a copy for each, the wallet takes them in.
pub(super) fn issue(stage: &mut Stage<'_>, person: &Person) -> Result<()> {
    stage.act("A citizen gets the ID: a pool of copies, each with its own key")?;
    stage.run(WALLET, &["--vault", "wallet", "init", "--root", "issuer/root.jwk"])?;
    stage.run(WALLET, &["--vault", "wallet", "trust", "bundle-1"])?;
    for (type_id, count) in [("maisha-id", "6"), ("proof-of-age", "4")] {
        let (keys, file) = (format!("{type_id}.jwks"), format!("{type_id}.json"));
        stage.run(WALLET, &["--vault", "wallet", "keys", "--count", count, "--out", &keys])?;
        let issue = [
            "issue",
            "--dir",
            "issuer",
            "--upi",
            &person.upi,
            "--type",
            type_id,
            "--format",
            "vc+sd-jwt",
            "--holder-keys",
            &keys,
            "--out",
            &file,
        ];
        let (_, took) = stage.run(ISSUER, &issue)?;
        stage.run(WALLET, &["--vault", "wallet", "add", &file])?;
        let bytes = fs::metadata(stage.path(&file))?.len();
        stage.tell(&format!("issue     {count} copies of {type_id}, {bytes} bytes, in {took}"))?;
    }
    // The status of what was just issued goes out with the next bundle.
    bundle(stage, "bundle-2")?;
    stage.run(WALLET, &["--vault", "wallet", "trust", "bundle-2"])?;
    Ok(())
}

/// Request, answer and verdict, each through a picture.
fn exchange(stage: &mut Stage<'_>, dir: &str, bundle: &str, profile: &str, name: &str) -> Result<Exchange> {
    let (request_png, state) = (format!("codes/{name}-request.png"), format!("{name}.state"));
    let request = [
        "request",
        "--dir",
        dir,
        "--bundle",
        bundle,
        "--profile",
        profile,
        "--out",
        &request_png,
        "--state",
        &state,
    ];
    let (made, took) = stage.run(VERIFIER, &request)?;
    tell_code(stage, "request ", &made, &took)?;
    let answer_png = format!("codes/{name}-answer.png");
    let answer = ["--vault", "wallet", "answer", &request_png, "--out", &answer_png, "--approve"];
    let (made, took) = stage.run(WALLET, &answer)?;
    tell_code(stage, "answer  ", &made, &took)?;
    let images = match made.get("files").and_then(Value::as_array) {
        Some(files) => files.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        None => vec![answer_png],
    };
    Ok(Exchange { dir: dir.to_owned(), bundle: bundle.to_owned(), state, images })
}

struct Exchange {
    dir: String,
    bundle: String,
    state: String,
    images: Vec<String>,
}

impl Exchange {
    fn check(&self, stage: &mut Stage<'_>, file: &str, code: &str) -> Result<Value> {
        let mut arguments =
            vec!["check", "--dir", &self.dir, "--bundle", &self.bundle, "--state", &self.state, "--image"];
        arguments.extend(self.images.iter().map(String::as_str));
        stage.verdict(file, code, &arguments)
    }
}

fn tell_code(stage: &mut Stage<'_>, what: &str, made: &Value, took: &str) -> Result<()> {
    let number = |name: &str| made.get(name).and_then(Value::as_u64);
    let line = match (number("frames"), number("characters"), number("version")) {
        (Some(frames), Some(characters), _) if frames > 1 => {
            format!("{frames} frames of at most {characters} characters")
        }
        (_, Some(characters), Some(version)) => format!("{characters} characters, QR version {version}"),
        _ => return Err(format!("no size in {made}").into()),
    };
    stage.tell(&format!("{what}  {line}, in {took}"))
}

fn tell_claims(stage: &mut Stage<'_>, verdict: &Value) -> Result<()> {
    let claims = verdict.get("claims").and_then(Value::as_object).ok_or("no claims")?;
    let names: Vec<&str> = claims.keys().map(String::as_str).collect();
    stage.tell(&format!("claims    {}", names.join(", ")))?;
    let as_of = verdict.get("status_as_of").and_then(Value::as_str).unwrap_or("unknown");
    stage.tell(&format!("status    known as of {as_of}"))
}

/// An unregistered shop asks for proof of age.
pub(super) fn proof_of_age(stage: &mut Stage<'_>) -> Result<()> {
    stage.act("A shop asks: 18 or over?")?;
    let exchange = exchange(stage, "shop", "bundle-2", "merchant-age", "age")?;
    let verdict = exchange.check(stage, "age", "ok")?;
    tell_claims(stage, &verdict)?;
    stage.tell("replay    the same answer is shown once more")?;
    exchange.check(stage, "age-replayed", "replayed")?;
    Ok(())
}

/// An officer asks for the identity without a portrait, and a code is opened for any SD-JWT library.
pub(super) fn identity(stage: &mut Stage<'_>) -> Result<()> {
    stage.act("An officer asks who it is")?;
    let exchange = exchange(stage, "office", "bundle-2", "officer-identity", "identity")?;
    let verdict = exchange.check(stage, "identity", "ok")?;
    tell_claims(stage, &verdict)?;
    let image = exchange.images.first().ok_or("no picture")?.clone();
    let (expanded, _) = stage.run(VERIFIER, &["expand", "--image", &image])?;
    let text = expanded.get("sd_jwt").and_then(Value::as_str).ok_or("no SD-JWT in the code")?;
    fs::write(stage.path("codes/identity-answer.sd-jwt"), text)?;
    stage.tell(&format!("expand    the code holds an SD-JWT+KB of {} characters", text.len()))
}

/// A border post asks for the portrait too, which takes a sequence of codes.
pub(super) fn border(stage: &mut Stage<'_>) -> Result<()> {
    stage.act("A border post asks for the portrait too")?;
    let mut exchange = exchange(stage, "border", "bundle-2", "border", "border")?;
    // A camera misses frames; any few more than the least are enough.
    if exchange.images.len() > 2 {
        let missed = exchange.images.remove(0);
        stage.tell(&format!("scan      {missed} is missed; {} frames are seen", exchange.images.len()))?;
    }
    let verdict = exchange.check(stage, "border", "ok")?;
    tell_claims(stage, &verdict)
}

/// A code that renews itself, for whoever only scans.
pub(super) fn single_scan(stage: &mut Stage<'_>) -> Result<()> {
    stage.act("A kiosk that only scans: single scan of a proof of age")?;
    let show = ["--vault", "wallet", "show-code", "--type", "proof-of-age", "--out", "codes/single-scan.png"];
    let (made, took) = stage.run(WALLET, &show)?;
    tell_code(stage, "code    ", &made, &took)?;
    let check = [
        "check",
        "--dir",
        "shop",
        "--bundle",
        "bundle-2",
        "--profile",
        "merchant-age",
        "--image",
        "codes/single-scan.png",
    ];
    stage.verdict("single-scan", "ok", &check)?;
    stage.tell("replay    a screenshot of it is shown")?;
    stage.verdict("single-scan-replayed", "replayed", &check)?;
    Ok(())
}

/// The shop asks for more than it may.
pub(super) fn over_asking(stage: &mut Stage<'_>) -> Result<()> {
    stage.act("The shop, which is not registered, asks for the name")?;
    let request = [
        "request",
        "--dir",
        "shop",
        "--bundle",
        "bundle-2",
        "--profile",
        "merchant-name",
        "--out",
        "codes/over-asking.png",
        "--state",
        "over.state",
    ];
    let (code, message) = stage.refused(VERIFIER, &request)?;
    stage.tell(&format!("refused   ({code}) {message}"))
}

/// The phone is lost: suspended, then revoked; shops learn by a delta.
pub(super) fn revocation(stage: &mut Stage<'_>, person: &Person) -> Result<()> {
    stage.act("The phone is lost: the ID is suspended, then revoked")?;
    for (command, old, new, code) in
        [("suspend", "bundle-2", "bundle-3", "suspended"), ("revoke", "bundle-3", "bundle-4", "revoked")]
    {
        stage.run(ISSUER, &[command, "--dir", "issuer", "--upi", &person.upi])?;
        let delta = format!("{new}.delta");
        stage.run(ISSUER, &["bundle", "--dir", "issuer", "--out", &delta, "--since", old])?;
        let update = ["update", "--dir", "office", "--bundle", old, "--delta", &delta, "--out", new];
        let (_, took) = stage.run(VERIFIER, &update)?;
        let bytes = fs::metadata(stage.path(&delta))?.len();
        stage.tell(&format!("delta     {bytes} bytes, applied in {took}"))?;
        let exchange = exchange(stage, "office", new, "officer-identity", code)?;
        exchange.check(stage, code, code)?;
    }
    Ok(())
}
