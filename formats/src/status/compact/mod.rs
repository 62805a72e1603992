//! Status lists as they travel in the offline bundle: the gaps between the entries that are not valid.
//!
//! A list of 50 million credentials of which 1 % are revoked is 12.5 MB of bits and has 505 kB of
//! information. This form takes that and 0.4 % more, and answers from those bytes.
//!
//! # The format
//!
//! Deterministic CBOR (RFC 8949 section 4.2):
//!
//! ```cddl
//! compact-list  = [ size: uint, groups ]
//! compact-delta = [ size-before: uint, size: uint, groups ]
//! groups        = [ * group ]
//! group         = [ status: 0..255, count: 1..4294967296, gaps: bstr ]
//! size          = 0..4294967296
//! ```
//!
//! A group names a status and the `count` indices that have it (in a list) or get it (in a delta). Groups
//! come in strictly ascending order of `status`; no index is in two groups; every index is below `size`. A
//! list has no group for status 0, which every other index has. So a list where all that is not valid is
//! revoked spends nothing on saying so.
//!
//! The indices of a group, ascending, are i(1) < i(2) < … They are coded as the gaps g(1) = i(1) and
//! g(k) = i(k) − i(k−1) − 1, each in the Golomb code of parameter m, bits filling each byte from the most
//! significant:
//!
//! 1. ⌊g / m⌋ ones, then a zero;
//! 2. r = g mod m in truncated binary: with w = ⌈log2 m⌉ and s = 2^w − m, the w − 1 bits of r where r < s,
//!    else the w bits of r + s.
//!
//! m is not sent. It is max(1, ⌊(⌊45426 · size / count⌋ + 11797) / 65536⌋), that is ln 2 · size / count
//! rounded so that the expected length is least (45426 / 65536 is ln 2, 11797 / 65536 is 0.18). After
//! the last gap, zeros fill the byte, and nothing follows.
//!
//! So one list has one encoding. Every other is refused: a count that the bits do not fill or overfill, a
//! set bit in the padding, another order, an empty group.
//!
//! A delta also says which size the list had before. It never shrinks a list, and never names an index
//! whose status it would not change: indices from `size-before` on are valid until a group says otherwise.
//!
//! # Bounds
//!
//! A gap takes at least one bit and the table for looking up is made while reading, so whatever counts and
//! sizes are declared, reading takes less than ten times the memory of the input. The bytes of one group
//! are at most [`MAX_GROUP_BYTES`].

mod bits;
mod delta;
mod golomb;
mod groups;
mod index_set;
mod list;

pub use delta::{Delta, DeltaError};
pub use groups::CompactError;
pub use index_set::MAX_GROUP_BYTES;
pub use list::CompactList;

/// The most entries a list may have: an index then fits 32 bits, and 50 million people have 85 single-use
/// copies each in one list.
pub const MAX_SIZE: u64 = 1 << 32;
