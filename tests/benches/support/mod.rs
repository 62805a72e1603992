//! What the benchmarks of the path share: things to measure, in this process and in those of peers, and measuring them.

#[path = "../../tests/peers/client.rs"]
#[expect(dead_code, reason = "the tests of peers talk to one more of them")]
mod client;
mod compare;
mod peers;

pub(crate) use compare::{Case, compare};
pub(crate) use peers::Peers;
