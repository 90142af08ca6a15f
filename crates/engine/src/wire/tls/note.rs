//! What the shared verifier and certificate chooser have to say about *one* handshake.
//!
//! Resumption wants one verifier object for all connections of a policy, so neither it nor the
//! chooser can belong to a connection. Both run inside the handshake step of the connection, on its
//! thread: they leave a note there, and the step takes it.

use std::cell::RefCell;
use std::sync::Arc;

use crate::wire::verdict::{RevocationFetch, Verdict};

/// What one handshake step has learned.
#[derive(Debug, Default)]
pub(crate) struct Note {
    /// The peer's chain as sent, leaf first, when it was judged in this step.
    pub(crate) chain: Option<Arc<[Vec<u8>]>>,
    /// The verdict on that chain.
    pub(crate) verdict: Option<Verdict>,
    /// The peer asked for a client certificate, naming these issuers (DER names, possibly none).
    pub(crate) asked: Option<Vec<Vec<u8>>>,
    /// The verdict lacks these answers about revocation; and what was stapled.
    pub(crate) unsettled: Option<(Vec<RevocationFetch>, Vec<u8>)>,
    /// No session of this connection may be kept: its verdict is not settled.
    pub(crate) fleeting: bool,
}

thread_local! {
    static NOTE: RefCell<Note> = const {
        RefCell::new(Note { chain: None, verdict: None, asked: None, unsettled: None, fleeting: false })
    };
}

impl Note {
    /// Takes what was noted on this thread and leaves a blank note.
    pub(crate) fn take() -> Self {
        NOTE.with(|note| note.take())
    }

    /// Notes the judged chain and its verdict.
    pub(crate) fn judged(chain: Arc<[Vec<u8>]>, verdict: Verdict) {
        NOTE.with(|note| {
            let mut note = note.borrow_mut();
            note.chain = Some(chain);
            note.verdict = Some(verdict);
        });
    }

    /// Begins the step of a connection: a blank note, but that sessions of this connection may not be kept.
    pub(crate) fn begin(fleeting: bool) {
        NOTE.with(|note| *note.borrow_mut() = Note { fleeting, ..Note::default() });
    }

    /// Notes that the verdict is not the last word: what it lacks, and what the peer has stapled.
    pub(crate) fn unsettled(lacking: Vec<RevocationFetch>, ocsp: Vec<u8>) {
        NOTE.with(|note| {
            let mut note = note.borrow_mut();
            note.unsettled = Some((lacking, ocsp));
            note.fleeting = true;
        });
    }

    /// Whether sessions of the connection whose step this is may not be kept.
    pub(crate) fn is_fleeting() -> bool {
        NOTE.with(|note| note.borrow().fleeting)
    }

    /// Notes that the peer wants a certificate of the client.
    pub(crate) fn asked(issuers: Vec<Vec<u8>>) {
        NOTE.with(|note| note.borrow_mut().asked = Some(issuers));
    }
}
