//! A list that grows in segments and never moves what stands in it.

use std::sync::OnceLock;

const PER_SEGMENT: usize = if cfg!(shuttle) { 8 } else { 256 };

/// So many segments are found at once; the others, behind one step more, cost nothing until they are needed. As
/// part of a static each would take 24 bytes of the library's file.
const NEAR: usize = if cfg!(shuttle) { 2 } else { 16 };
const FAR: usize = if cfg!(shuttle) { 2 } else { 4080 };

type Segment<T> = OnceLock<Box<[T]>>;

/// Up to [`LENGTH`](Self::LENGTH) values, each made with its segment and kept as long as the list.
pub(crate) struct Segments<T> {
    near: [Segment<T>; NEAR],
    far: OnceLock<Box<[Segment<T>]>>,
}

impl<T> Segments<T> {
    /// One million at the same time.
    pub(crate) const LENGTH: usize = (NEAR + FAR) * PER_SEGMENT;

    pub(crate) const fn new() -> Self {
        Segments { near: [const { OnceLock::new() }; NEAR], far: OnceLock::new() }
    }

    /// The value at this place, if its segment has been made.
    #[inline]
    pub(crate) fn get(&self, index: usize) -> Option<&T> {
        match self.near.get(index / PER_SEGMENT) {
            Some(segment) => segment.get()?.get(index % PER_SEGMENT),
            None => self.get_far(index),
        }
    }

    #[cold]
    fn get_far(&self, index: usize) -> Option<&T> {
        self.far.get()?.get(index / PER_SEGMENT - NEAR)?.get()?.get(index % PER_SEGMENT)
    }

    /// The value at this place, whose segment is made if need be by asking for one value after the other; `None` beyond
    /// the last place.
    pub(crate) fn get_or_make(&self, index: usize, make: impl Fn(usize) -> T) -> Option<&T> {
        let at = index / PER_SEGMENT;
        let segment = match self.near.get(at) {
            Some(segment) => segment,
            None => {
                let far = self.far.get_or_init(|| std::iter::repeat_with(OnceLock::new).take(FAR).collect());
                far.get(at - NEAR)?
            }
        };
        let first = at * PER_SEGMENT;
        segment.get_or_init(|| (first..first + PER_SEGMENT).map(make).collect()).get(index % PER_SEGMENT)
    }

    /// Every value made so far, in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        let far = self.far.get().into_iter().flat_map(|far| far.iter());
        self.near.iter().chain(far).filter_map(OnceLock::get).flat_map(|segment| segment.iter())
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
        let border = NEAR * PER_SEGMENT;
        for index in [0, 1, PER_SEGMENT, border - 1, border, border + 1, last] {
            assert_eq!(list.get_or_make(index, |index| index), Some(&index));
        }
        let before: *const usize = list.get(border).unwrap();
        assert_eq!(list.get(border), Some(&border));
        assert!(std::ptr::eq(before, list.get_or_make(border, |_| 0).unwrap()));
        assert_eq!(list.get(last), Some(&last));
        assert_eq!(list.get(last - PER_SEGMENT), None, "its segment was never asked for");
        assert_eq!(list.get(last + 1), None);
        assert_eq!(list.get_or_make(last + 1, |index| index), None);
        // Five segments, in order.
        assert_eq!(list.iter().count(), 5 * PER_SEGMENT);
        assert!(list.iter().is_sorted());
    }
}
