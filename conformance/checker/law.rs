//! The laws by name.

/// A law that every trace keeps, whatever its case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Law {
    /// Every call returns, every callback returns, in the order of a stack on each thread, and the trace has an end.
    Whole,
    /// An accepted asynchronous call gets exactly one completion before its handle is closed.
    OneCompletion,
    /// A call that was refused gets none.
    RefusedIsSilent,
    /// Informational notifications come only while a call of their request is pending.
    OnlyWhilePending,
    /// Pairs and phases come in their order.
    PhaseOrder,
    /// Nothing begins while an informational callback of the handle runs on another thread; while a completion callback
    /// runs, only what a call made after its entry brings about.
    Overlap,
    /// HANDLE_CLOSING begins when no callback of its handle runs.
    ClosingAlone,
    /// REQUEST_ERROR names the API of a pending call.
    ErrorId,
    /// HANDLE_CLOSING comes once, after the close was asked for, and nothing comes after it.
    ClosingLast,
    /// Payload pointer and length have the shape of their status.
    Payload,
    /// The context is the handle's own: set on it, or inherited when it was made.
    Context,
    /// HANDLE_CREATED comes once, inside the call that makes the handle.
    Created,
    /// A synchronous session tells nothing but informational notifications, on the calling thread.
    Synchronous,
    /// At most three callbacks of one handle are nested on a thread.
    Depth,
    /// Last error 0 means that the completion ran inside the call, 997 that it did not.
    LastError,
    /// A WebSocket handle hears of no request; its receives keep to one kind of data within a message, and none brings
    /// anything after the close.
    Socket,
}

impl Law {
    /// Every law.
    pub const ALL: [Law; 16] = [
        Law::Whole,
        Law::OneCompletion,
        Law::RefusedIsSilent,
        Law::OnlyWhilePending,
        Law::PhaseOrder,
        Law::Overlap,
        Law::ClosingAlone,
        Law::ErrorId,
        Law::ClosingLast,
        Law::Payload,
        Law::Context,
        Law::Created,
        Law::Synchronous,
        Law::Depth,
        Law::LastError,
        Law::Socket,
    ];

    /// Its name in ledgers and reports.
    pub fn name(self) -> &'static str {
        match self {
            Law::Whole => "whole",
            Law::OneCompletion => "one-completion",
            Law::RefusedIsSilent => "refused-is-silent",
            Law::OnlyWhilePending => "only-while-pending",
            Law::PhaseOrder => "phase-order",
            Law::Overlap => "overlap",
            Law::ClosingAlone => "closing-alone",
            Law::ErrorId => "error-id",
            Law::ClosingLast => "closing-last",
            Law::Payload => "payload",
            Law::Context => "context",
            Law::Created => "created",
            Law::Synchronous => "synchronous",
            Law::Depth => "depth",
            Law::LastError => "last-error",
            Law::Socket => "socket",
        }
    }
}

/// A law broken at a place of a trace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// Which.
    pub law: Law,
    /// How, in words.
    pub text: String,
    /// The sequence number of the event that broke it.
    pub seq: u32,
}
