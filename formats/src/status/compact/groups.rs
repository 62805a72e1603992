//! The indices of a list or a delta, one coded set for each status.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use minicbor::{Decode, Decoder, Encode};

use super::MAX_SIZE;
use super::index_set::{GapsError, IndexSet, Indices, MAX_GROUP_BYTES};
use crate::cbor::CborError;
use crate::status::{IndexOutOfRange, Status};

/// Why a compact list or delta cannot be built or is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CompactError {
    /// Not the deterministic CBOR of the format.
    #[error(transparent)]
    Cbor(#[from] CborError),
    /// More entries than a list may have.
    #[error("a list of {size} entries is larger than the {max} allowed; use several lists")]
    Size {
        /// The size given.
        size: u64,
        /// [`MAX_SIZE`].
        max: u64,
    },
    /// An index lies outside the list.
    #[error(transparent)]
    Index(#[from] IndexOutOfRange),
    /// An index comes twice.
    #[error("index {index} is listed twice, which would give it two statuses")]
    Repeated {
        /// That index.
        index: u64,
    },
    /// A list names valid entries.
    #[error("the list names valid entries; only those that are not valid belong in it")]
    ValidListed,
    /// A group without indices.
    #[error("the group of status {status} is empty; it must be left out")]
    EmptyGroup {
        /// Its status.
        status: Status,
    },
    /// Groups are not in ascending order of their status.
    #[error("the group of status {status} comes after that of {previous}; groups ascend strictly")]
    GroupOrder {
        /// The status before.
        previous: Status,
        /// The status that is out of order.
        status: Status,
    },
    /// The coded gaps end before the count is reached.
    #[error("the group of status {status} ends after {got} of its {expected} indices; fetch it again")]
    CutShort {
        /// Its status.
        status: Status,
        /// The count it declares.
        expected: u64,
        /// How many came.
        got: u64,
    },
    /// Bits are set, or bytes come, after the last gap.
    #[error("the group of status {status} has bits after its last index; one list has one encoding")]
    Padding {
        /// Its status.
        status: Status,
    },
    /// More coded bytes than one group may have.
    #[error("the group of status {status} has {bytes} bytes, more than the {max} allowed; use several lists")]
    TooLong {
        /// Its status.
        status: Status,
        /// The bytes it has.
        bytes: usize,
        /// [`MAX_GROUP_BYTES`].
        max: usize,
    },
}

/// Disjoint sets of indices below a size, by ascending status.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Groups {
    size: u64,
    groups: Vec<(Status, IndexSet)>,
}

/// `group = [ status, count, gaps ]`.
#[derive(Encode, Decode)]
#[cbor(array)]
pub(super) struct WireGroup<'b> {
    #[n(0)]
    status: u8,
    #[n(1)]
    count: u64,
    #[cbor(b(2), with = "minicbor::bytes")]
    gaps: &'b [u8],
}

/// There are no more groups than statuses, and none are read, so that a hostile list of empty groups does
/// not grow in memory.
const MAX_GROUPS: usize = 256;

/// `groups = [ * group ]`.
pub(super) fn decode_groups<'b, C>(
    d: &mut Decoder<'b>,
    ctx: &mut C,
) -> Result<Vec<WireGroup<'b>>, minicbor::decode::Error> {
    let mut groups = Vec::new();
    for group in d.array_iter_with(ctx)? {
        if groups.len() == MAX_GROUPS {
            return Err(minicbor::decode::Error::message("more groups than there are statuses"));
        }
        groups.push(group?);
    }
    Ok(groups)
}

impl Groups {
    /// Sorts entries, given in any order, into groups.
    pub(super) fn collect(
        size: u64,
        entries: impl IntoIterator<Item = (u64, Status)>,
    ) -> Result<Self, CompactError> {
        refuse_size(size)?;
        let mut by_status: BTreeMap<u8, Vec<u32>> = BTreeMap::new();
        for (index, status) in entries {
            let small = u32::try_from(index).ok().filter(|_| index < size);
            by_status.entry(status.value()).or_default().push(small.ok_or(IndexOutOfRange { index, size })?);
        }
        let mut groups = Vec::with_capacity(by_status.len());
        for (status, mut indices) in by_status {
            let status = Status::from(status);
            indices.sort_unstable();
            if let Some(index) = indices.windows(2).find_map(|pair| match pair {
                [a, b] if a == b => Some(u64::from(*a)),
                _ => None,
            }) {
                return Err(CompactError::Repeated { index });
            }
            let count = indices.len() as u64;
            groups.push((status, IndexSet::encode(size, &indices).map_err(named(size, status, count))?));
        }
        Self { size, groups }.disjoint()
    }

    /// Reads groups, all in the one order and encoding.
    pub(super) fn from_wire(size: u64, wire: &[WireGroup<'_>]) -> Result<Self, CompactError> {
        refuse_size(size)?;
        let mut groups: Vec<(Status, IndexSet)> = Vec::new();
        for group in wire {
            let status = Status::from(group.status);
            if let Some((previous, _)) = groups.last()
                && previous.value() >= group.status
            {
                return Err(CompactError::GroupOrder { previous: *previous, status });
            }
            if group.count == 0 {
                return Err(CompactError::EmptyGroup { status });
            }
            let set = IndexSet::decode(size, group.count, group.gaps.to_vec());
            groups.push((status, set.map_err(named(size, status, group.count))?));
        }
        Self { size, groups }.disjoint()
    }

    pub(super) fn to_wire(&self) -> Vec<WireGroup<'_>> {
        self.groups
            .iter()
            .map(|(status, set)| WireGroup { status: status.value(), count: set.count(), gaps: set.gaps() })
            .collect()
    }

    pub(super) const fn size(&self) -> u64 {
        self.size
    }

    /// How many indices each status has.
    pub(super) fn counts(&self) -> impl Iterator<Item = (Status, u64)> + '_ {
        self.groups.iter().map(|(status, set)| (*status, set.count()))
    }

    /// The status of the group that holds `index`.
    pub(super) fn find(&self, index: u64) -> Option<Status> {
        self.groups.iter().find(|(_, set)| set.contains(index)).map(|(status, _)| *status)
    }

    /// Every index with its status, by ascending index.
    pub(super) fn iter(&self) -> Entries<'_> {
        let mut sources: Vec<_> = self.groups.iter().map(|(status, set)| (*status, set.iter())).collect();
        let heads = sources
            .iter_mut()
            .enumerate()
            .filter_map(|(at, (_, source))| source.next().map(|index| Reverse((index, at))))
            .collect();
        Entries { heads, sources }
    }

    fn disjoint(self) -> Result<Self, CompactError> {
        if self.groups.len() > 1 {
            let mut previous = None;
            for (index, _) in self.iter() {
                if previous.replace(index) == Some(index) {
                    return Err(CompactError::Repeated { index });
                }
            }
        }
        Ok(self)
    }
}

impl core::fmt::Debug for Groups {
    /// Without the indices, which may be millions.
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Groups")
            .field("size", &self.size)
            .field("counts", &self.counts().collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}

/// See [`Groups::iter`]: a merge of the groups' ascending indices.
pub(super) struct Entries<'g> {
    heads: BinaryHeap<Reverse<(u64, usize)>>,
    sources: Vec<(Status, Indices<'g>)>,
}

impl Iterator for Entries<'_> {
    type Item = (u64, Status);

    fn next(&mut self) -> Option<(u64, Status)> {
        let Reverse((index, at)) = self.heads.pop()?;
        let (status, source) = self.sources.get_mut(at)?;
        if let Some(next) = source.next() {
            self.heads.push(Reverse((next, at)));
        }
        Some((index, *status))
    }
}

const fn refuse_size(size: u64) -> Result<(), CompactError> {
    if size > MAX_SIZE { Err(CompactError::Size { size, max: MAX_SIZE }) } else { Ok(()) }
}

fn named(size: u64, status: Status, expected: u64) -> impl Fn(GapsError) -> CompactError {
    move |error| match error {
        GapsError::TooLong { bytes } => CompactError::TooLong { status, bytes, max: MAX_GROUP_BYTES },
        GapsError::CutShort { read } => CompactError::CutShort { status, expected, got: read },
        GapsError::OutOfRange { index } => IndexOutOfRange { index, size }.into(),
        GapsError::Padding => CompactError::Padding { status },
    }
}
