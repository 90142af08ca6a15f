//! A list that grows in segments and never moves what stands in it.

use std::sync::OnceLock;

const PER_SEGMENT: usize = if cfg!(shuttle) { 8 } else { 256 };

/// What would be the first segment is several smaller ones: most programs need no more, and a value that is made is
/// memory.
const PER_FIRST: usize = if cfg!(shuttle) { 4 } else { 32 };
const FIRST: usize = PER_SEGMENT / PER_FIRST;

/// So many segments are found at once; the others, behind two steps more, cost nothing until they are needed. As
/// part of a static each would take 24 bytes of the library's file.
const NEAR: usize = FIRST + if cfg!(shuttle) { 1 } else { 15 };
const PER_GROUP: usize = if cfg!(shuttle) { 2 } else { 60 };
const GROUPS: usize = if cfg!(shuttle) { 1 } else { 68 };

type Segment<T> = OnceLock<Box<[T]>>;
type Group<T> = OnceLock<Box<[Segment<T>; PER_GROUP]>>;

/// Up to [`LENGTH`](Self::LENGTH) values, each made with its segment and kept as long as the list.
pub(crate) struct Segments<T> {
    near: [Segment<T>; NEAR],
    far: OnceLock<Box<[Group<T>; GROUPS]>>,
}

/// The segment of a value behind the first ones.
fn segment(index: usize) -> usize {
    index / PER_SEGMENT + FIRST - 1
}

/// The group of a far segment, and which it is there.
fn far(segment: usize) -> (usize, usize) {
    ((segment - NEAR) / PER_GROUP, (segment - NEAR) % PER_GROUP)
}

impl<T> Segments<T> {
    /// One million at the same time.
    pub(crate) const LENGTH: usize = (NEAR - FIRST + 1 + GROUPS * PER_GROUP) * PER_SEGMENT;

    pub(crate) const fn new() -> Self {
        Segments { near: [const { OnceLock::new() }; NEAR], far: OnceLock::new() }
    }

    /// The value at this place, if its segment has been made.
    #[inline]
    pub(crate) fn get(&self, index: usize) -> Option<&T> {
        if index >= PER_SEGMENT {
            return self.get_behind(index);
        }
        self.near.get(index / PER_FIRST)?.get()?.get(index % PER_FIRST)
    }

    #[inline(never)]
    fn get_behind(&self, index: usize) -> Option<&T> {
        let at = segment(index);
        let segment = match self.near.get(at) {
            Some(segment) => segment,
            None => {
                let (group, at) = far(at);
                self.far.get()?.get(group)?.get()?.get(at)?
            }
        };
        segment.get()?.get(index % PER_SEGMENT)
    }

    /// The value at this place, whose segment is made if need be by asking for one value after the other; `None` beyond
    /// the last place.
    pub(crate) fn get_or_make(&self, index: usize, make: impl Fn(usize) -> T) -> Option<&T> {
        let (at, length) =
            if index < PER_SEGMENT { (index / PER_FIRST, PER_FIRST) } else { (segment(index), PER_SEGMENT) };
        let segment = match self.near.get(at) {
            Some(segment) => segment,
            None => {
                let (group, at) = far(at);
                let group =
                    self.far.get_or_init(|| Box::new([const { OnceLock::new() }; GROUPS])).get(group)?;
                group.get_or_init(|| Box::new([const { OnceLock::new() }; PER_GROUP])).get(at)?
            }
        };
        let first = index - index % length;
        segment.get_or_init(|| (first..first + length).map(make).collect()).get(index % length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_stay_where_they_are_near_and_far() {
        let list = Segments::<usize>::new();
        assert_eq!(list.get(0), None);
        let last = Segments::<usize>::LENGTH - 1;
        let border = (1 + NEAR - FIRST) * PER_SEGMENT;
        let places = [0, 1, PER_FIRST, PER_SEGMENT - 1, PER_SEGMENT, border - 1, border, border + 1, last];
        for index in places {
            assert_eq!(list.get_or_make(index, |index| index), Some(&index));
            assert_eq!(list.get(index), Some(&index));
        }
        let before: *const usize = list.get(border).unwrap();
        assert_eq!(list.get(border), Some(&border));
        assert!(std::ptr::eq(before, list.get_or_make(border, |_| 0).unwrap()));
        assert_eq!(list.get(last), Some(&last));
        assert_eq!(list.get(last - PER_SEGMENT), None, "its segment was never asked for");
        assert_eq!(list.get(last + 1), None);
        assert_eq!(list.get_or_make(last + 1, |index| index), None);
        // Three small segments and four others, each value in its place.
        let made: Vec<usize> = (0..=last).filter(|&index| list.get(index) == Some(&index)).collect();
        assert_eq!(made.len(), 3 * PER_FIRST + 4 * PER_SEGMENT);
        assert_eq!((0..=last).filter(|&index| list.get(index).is_some()).count(), made.len());
    }
}
