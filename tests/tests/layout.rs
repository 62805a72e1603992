//! The rules of `ARCHITECTURE.md`, "The rooms", checked against what cargo and the manifests say.
#![expect(clippy::expect_used, reason = "a test stops at the first surprise")]

use std::collections::{BTreeSet, HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

use cargo_metadata::{CargoOpt, DependencyKind, Metadata, MetadataCommand, Package, PackageId};

/// Each room and the rooms it may depend on. A room that is not named here may depend on none, and
/// none may depend on `hati-tests`, which alone sees them all.
const ARROWS: [(&str, &[&str]); 11] = [
    ("hati-formats", &[]),
    ("hati-protocol", &["hati-formats"]),
    ("hati-test-postgres", &[]),
    ("hati-store", &["hati-test-postgres"]),
    ("hati-program", &["hati-formats"]),
    ("hati-issuer", &["hati-formats", "hati-protocol", "hati-store", "hati-program", "hati-test-postgres"]),
    ("hati-wallet-core", &["hati-formats", "hati-protocol"]),
    ("hati-wallet", &["hati-formats", "hati-protocol", "hati-program", "hati-wallet-core"]),
    ("hati-verifier", &["hati-formats", "hati-protocol"]),
    (
        "hati-verifier-service",
        &["hati-formats", "hati-protocol", "hati-store", "hati-program", "hati-verifier"],
    ),
    (
        "hati-tests",
        &[
            "hati-formats",
            "hati-protocol",
            "hati-store",
            "hati-program",
            "hati-test-postgres",
            "hati-issuer",
            "hati-wallet-core",
            "hati-wallet",
            "hati-verifier",
            "hati-verifier-service",
        ],
    ),
];

const PURE: [&str; 4] = ["hati-formats", "hati-protocol", "hati-wallet-core", "hati-verifier"];

/// What no pure room may reach in a browser, by any path: I/O, async, ambient randomness, OpenSSL.
const NEVER_REACHED: [&str; 15] = [
    "async-std",
    "axum",
    "getrandom",
    "hati-store",
    "hyper",
    "josekit",
    "mio",
    "openssl",
    "openssl-sys",
    "reqwest",
    "sled",
    "smol",
    "socket2",
    "tokio",
    "ureq",
];

/// What no pure room may name itself: ambient randomness and clocks. Crates below offer them, and
/// stay without a source of either as long as nobody above asks.
const NEVER_NAMED: [&str; 3] = ["chrono", "rand", "wasm-bindgen"];

/// What the feature `rdfc` brings, which no page asks for: it labels nodes at random (ARCHITECTURE.md, "Purity").
const OPTIONAL: [&str; 2] = ["oxjsonld", "oxrdf"];

/// The calls that compile for wasm32 and then panic, so that each pure room's lints refuse them.
const BANNED_CALLS: [&str; 2] = ["std::time::SystemTime::now", "std::time::Instant::now"];

#[test]
fn dependencies_between_rooms_point_one_way() {
    let metadata = metadata(&[]);
    let rooms: HashSet<&str> = metadata.workspace_packages().iter().map(|room| room.name.as_str()).collect();
    let allowed = HashMap::from(ARROWS);
    assert_eq!(rooms, allowed.keys().copied().collect(), "a room is missing from ARROWS, or gone");

    for room in metadata.workspace_packages() {
        for dependency in room.dependencies.iter().filter(|it| rooms.contains(it.name.as_str())) {
            assert!(
                allowed.get(room.name.as_str()).is_some_and(|it| it.contains(&dependency.name.as_str())),
                "{} must not depend on {}: see ARCHITECTURE.md, \"The rooms\"",
                room.name,
                dependency.name
            );
        }
    }
}

#[test]
fn pure_rooms_reach_no_io_and_name_no_clock_and_no_randomness() {
    let metadata = metadata(&["--filter-platform", "wasm32-unknown-unknown"]);
    for room in pure_rooms(&metadata) {
        let reached = reached_from(&metadata, &room.id);
        assert!(reached.contains(if room.name == "hati-formats" { "sha2" } else { "hati-formats" }));
        for name in NEVER_REACHED {
            assert!(!reached.contains(name), "{} is pure, and reaches {name}", room.name);
        }
        for dependency in room.dependencies.iter().filter(|it| it.kind == DependencyKind::Normal) {
            assert!(dependency.optional || !OPTIONAL.contains(&dependency.name.as_str()), "{}", room.name);
            assert!(
                !NEVER_NAMED.contains(&dependency.name.as_str()),
                "{} is pure, and names {}: take time and randomness as arguments",
                room.name,
                dependency.name
            );
        }
    }
}

/// Clippy takes the nearest `clippy.toml` on the way up, so a room inside a pure room's folder needs
/// one of its own.
#[test]
fn pure_rooms_and_no_others_refuse_ambient_calls() {
    let metadata = metadata(&[]);
    for room in metadata.workspace_packages() {
        let path = nearest_clippy_toml(folder(room));
        let text = read(&path);
        let pure = PURE.contains(&room.name.as_str());
        for call in BANNED_CALLS {
            assert_eq!(text.contains(call), pure, "{}: {} and {call}", room.name, path.display());
        }
        if pure {
            assert_eq!(path.parent(), Some(folder(room)), "{} needs a clippy.toml of its own", room.name);
            assert_eq!(text, read(&root().join("formats/clippy.toml")), "pure rooms share one rule");
        }
    }
}

#[test]
fn every_room_has_the_workspace_lints_and_versions() {
    for room in metadata(&[]).workspace_packages() {
        let manifest = read(room.manifest_path.as_std_path());
        assert!(
            manifest.contains("\n[lints]\nworkspace = true\n"),
            "{} does not take the workspace's lints",
            room.name
        );
        for line in manifest.lines().filter(|line| line.contains("version = ") || line.contains("path = ")) {
            assert!(
                line.starts_with("path = ") || line.starts_with("name = "),
                "{}: `{line}`: a dependency's version stands in the workspace's Cargo.toml",
                room.name
            );
        }
    }
}

fn metadata(options: &[&str]) -> Metadata {
    let mut command = MetadataCommand::new();
    command.manifest_path(root().join("Cargo.toml")).features(CargoOpt::AllFeatures);
    command.other_options(["--locked"].iter().chain(options).map(|it| (*it).to_owned()).collect::<Vec<_>>());
    command.exec().expect("cargo metadata reads the workspace")
}

fn pure_rooms(metadata: &Metadata) -> Vec<&Package> {
    let rooms: Vec<_> =
        metadata.workspace_packages().into_iter().filter(|it| PURE.contains(&it.name.as_str())).collect();
    assert_eq!(rooms.len(), PURE.len(), "a pure room is missing from the workspace");
    rooms
}

/// The names of all that is linked into `start`; tests, build scripts and what is [`OPTIONAL`] left out.
fn reached_from<'a>(metadata: &'a Metadata, start: &'a PackageId) -> BTreeSet<&'a str> {
    let nodes: HashMap<_, _> =
        metadata.resolve.iter().flat_map(|it| &it.nodes).map(|node| (&node.id, node)).collect();
    let mut seen = HashSet::new();
    let mut open = vec![start];
    while let Some(id) = open.pop() {
        for dependency in nodes.get(id).iter().flat_map(|node| &node.deps) {
            let linked = dependency.dep_kinds.iter().any(|it| it.kind == DependencyKind::Normal);
            let optional = OPTIONAL.contains(&dependency.name.as_str());
            if linked && !optional && seen.insert(&dependency.pkg) {
                open.push(&dependency.pkg);
            }
        }
    }
    metadata.packages.iter().filter(|it| seen.contains(&it.id)).map(|it| it.name.as_str()).collect()
}

fn nearest_clippy_toml(folder: &Path) -> PathBuf {
    folder
        .ancestors()
        .map(|it| it.join("clippy.toml"))
        .find(|it| it.exists())
        .expect("the workspace has a clippy.toml")
}

fn folder(room: &Package) -> &Path {
    room.manifest_path.parent().expect("a manifest has a folder").as_std_path()
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).expect("the workspace can be read")
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests stand in the workspace").to_owned()
}
