//! Peers that time themselves (`time` in tests/peers/README.md). Which are there is said by `make bench`.

use std::cell::RefCell;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use super::client::Peer;
use super::compare::Case;

/// The peers that are installed; none where the benchmark was not started by `make bench`.
pub(crate) struct Peers(Vec<RefCell<Peer>>);

impl Peers {
    pub(crate) fn start() -> Self {
        let Some(program) = std::env::var_os("HATI_PEER_RUST") else {
            println!("no peers are measured: `make bench` builds and starts them");
            return Self(Vec::new());
        };
        let program = Path::new(&program);
        let rust = |name| Peer::start(name, program, Command::new(program).arg(name));
        let peers = [rust("sd-jwt-payload"), rust("sd-jwt-rs"), Peer::node()];
        Self(peers.map(RefCell::new).into())
    }

    /// A case for each peer that carries out `command`.
    pub(crate) fn cases(&self, command: &Value) -> Vec<Case<'_>> {
        let does = |peer: &&RefCell<Peer>| {
            let refused = peer.borrow_mut().ask(command).err();
            refused.iter().for_each(|why| println!("{} is left out: {why}", peer.borrow().name));
            refused.is_none()
        };
        self.0.iter().filter(does).map(|peer| case(peer, command.clone())).collect()
    }
}

fn case(peer: &RefCell<Peer>, command: Value) -> Case<'_> {
    let name = match peer.borrow().name {
        "npm" => "npm's `@sd-jwt/sd-jwt-vc`".to_owned(),
        rust => format!("`{rust}`"),
    };
    Case::timed(name, move |times| {
        let answer = peer.borrow_mut().ask(&json!({"op": "time", "times": times, "command": command}));
        answer.expect("it did so before").as_u64().expect("nanoseconds")
    })
}
