//! How a synchronous call waits, in the model.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use winhttp_proto::clock::Moment;

use crate::model::world;
use crate::wire::Wire;

/// Wakes one thread that waits in [`wait`].
pub(crate) struct Wake(AtomicBool);

impl Wake {
    pub(crate) fn mine() -> std::io::Result<Arc<Wake>> {
        Ok(Arc::new(Wake(AtomicBool::new(false))))
    }

    pub(crate) fn keep(_wake: Arc<Wake>) {}

    pub(crate) fn wake(&self) {
        world().change(|_| self.0.store(true, Ordering::SeqCst));
    }
}

/// Waits until the connection is ready, somebody wakes, or the deadline has come.
pub(crate) fn wait(wire: Option<&Wire>, wake: &Wake, _now: Moment, deadline: Option<Moment>) {
    world().wait(|state| {
        if wake.0.swap(false, Ordering::SeqCst) {
            return Some(());
        }
        let bits = wire.map_or(0, |wire| wire.wants(state));
        if let Some(wire) = wire.filter(|_| bits != 0) {
            wire.note(bits);
            return Some(());
        }
        deadline.filter(|deadline| deadline.0 <= state.now).map(drop)
    });
}
