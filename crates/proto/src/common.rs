//! Values that one gives to many, and that hardly anybody changes.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;

/// A value that its holders have in common until one of them changes it: who does has his own from then on.
#[derive(Debug, Default)]
pub struct Common<T>(Arc<T>);

impl<T> Common<T> {
    /// Shares what another one holds. Mostly it is held already: a count that stays as it is costs nothing.
    #[inline]
    pub fn share(&mut self, of: &Common<T>) {
        if !Arc::ptr_eq(&self.0, &of.0) {
            self.0 = of.0.clone();
        }
    }
}

impl<T> Clone for Common<T> {
    fn clone(&self) -> Self {
        Common(self.0.clone())
    }
}

impl<T> From<T> for Common<T> {
    fn from(value: T) -> Self {
        Common(Arc::new(value))
    }
}

impl<T> Deref for Common<T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        &self.0
    }
}

/// To be changed: a copy, where others hold it too.
impl<T: Clone> DerefMut for Common<T> {
    fn deref_mut(&mut self) -> &mut T {
        Arc::make_mut(&mut self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_one_holder_changes_stays_as_it_was_for_the_others() {
        let mut first = Common::from(vec![1]);
        let mut second = Common::<Vec<u8>>::default();
        second.share(&first);
        second.push(2);
        assert_eq!((&*first, &*second), (&vec![1], &vec![1, 2]));
        first.push(3);
        second.share(&first);
        first.clear();
        assert_eq!((&*first, &*second), (&vec![], &vec![1, 3]));
    }
}
