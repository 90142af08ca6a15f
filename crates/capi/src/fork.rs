//! A child made by fork starts afresh: it has none of the parent's threads, and its handles are not valid there.

#[cfg(unix)]
use std::sync::Once;

#[cfg(unix)]
unsafe extern "C" {
    fn pthread_atfork(
        prepare: Option<unsafe extern "C" fn()>,
        parent: Option<unsafe extern "C" fn()>,
        child: Option<unsafe extern "C" fn()>,
    ) -> i32;
}

#[cfg(unix)]
unsafe extern "C" fn child() {
    winhttp_engine::forked();
}

/// Sees to it that children are told. Called when the first session is opened: before that there is nothing to forget.
pub(crate) fn prepare() {
    // Windows does not fork.
    #[cfg(unix)]
    register();
}

#[cfg(unix)]
fn register() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // SAFETY: the handler is a function of this library, which is never unloaded; it only changes one number.
        // Without memory for the registration children cannot use the library, which is no reason to fail here.
        let _ = unsafe { pthread_atfork(None, None, Some(child)) };
    });
}
