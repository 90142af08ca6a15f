//! Which calls are illegal in which state, in one place.

use crate::exchange::{Exchange, Life};
use crate::phase::{Phase, Up};
use crate::reply::Seal;
use crate::{Command, Failure, Lane, Mode, Refusal, Total};

/// What becomes of a command before it does anything.
pub(crate) enum Verdict {
    /// It is carried out.
    Accept,
    /// `FALSE` and this last error; no callback.
    Refuse(Refusal),
    /// Accepted, and fails at once on the caller's thread with `ERROR_WINHTTP_INCORRECT_HANDLE_STATE`.
    Misuse,
    /// Accepted, and fails at once with what has ended the request.
    Ended(Failure),
}

pub(crate) fn judge(exchange: &Exchange, command: Command) -> Verdict {
    match exchange.life {
        Life::Closing => return Verdict::Refuse(Refusal::INVALID_HANDLE),
        // contract: evidence table A, closing the session cancels later I/O of its requests with 12017
        Life::Ended(failure) if !matches!(command, Command::Close | Command::Cancel | Command::Abandon) => {
            return match exchange.mode() {
                Mode::Asynchronous if lane_free(exchange, command) => Verdict::Ended(failure),
                Mode::Asynchronous => Verdict::Refuse(Refusal::INCORRECT_STATE),
                Mode::Synchronous => Verdict::Refuse(Refusal(failure.0)),
            };
        }
        _ => {}
    }
    let state = Verdict::Refuse(Refusal::INCORRECT_STATE);
    match command {
        Command::Close | Command::Cancel | Command::Abandon => Verdict::Accept,
        Command::Send => match exchange.phase {
            _ if !lane_free(exchange, command) || exchange.owed.read.is_some() => state,
            Phase::Idle => Verdict::Accept,
            // contract: clients P6, a request may be sent again once its reply is there; the rest is drained
            Phase::Live(_) if exchange.reply.seal != Seal::Empty || exchange.resend => Verdict::Accept,
            _ => state,
        },
        Command::Write(length) => match &exchange.phase {
            _ if !lane_free(exchange, command) => state,
            Phase::Live(live) => match live.up {
                // contract: api-behaviour section 5, a write beyond dwTotalLength is ERROR_INVALID_PARAMETER
                Up::Feed(ref feed) => match feed.left {
                    Total::Bytes(left) if u64::from(length) > left => {
                        Verdict::Refuse(Refusal::INVALID_PARAMETER)
                    }
                    _ => Verdict::Accept,
                },
                Up::Broken(_) => Verdict::Accept,
                Up::Ended if length > 0 => Verdict::Refuse(Refusal::INVALID_PARAMETER),
                Up::Ended => Verdict::Accept,
                Up::Head(_) => state,
            },
            // A connection that was lost answers the call; after a whole exchange the body is at its end.
            Phase::Idle if exchange.broken.is_some() => Verdict::Accept,
            Phase::Idle if exchange.reply.seal == Seal::Empty => state,
            Phase::Idle if length > 0 => Verdict::Refuse(Refusal::INVALID_PARAMETER),
            Phase::Idle => Verdict::Accept,
            _ => state,
        },
        // contract: notifications R9, ReceiveResponse out of turn is accepted and fails by callback; in
        // synchronous mode it is refused
        Command::Receive => {
            let sent =
                !matches!(exchange.phase, Phase::Idle) || matches!(exchange.reply.seal, Seal::Sealed(_));
            let inside_send = exchange.owed.sending();
            let fits = lane_free(exchange, command) && sent && !exchange.reply.readable() && !exchange.resend;
            match exchange.mode() {
                Mode::Asynchronous if fits => Verdict::Accept,
                Mode::Asynchronous => Verdict::Misuse,
                Mode::Synchronous if fits && !inside_send => Verdict::Accept,
                Mode::Synchronous => state,
            }
        }
        // contract: api-behaviour section 19, before SendRequest: FALSE, ERROR_WINHTTP_INCORRECT_HANDLE_STATE
        Command::Query | Command::Read(_) | Command::ReadSome(_) => match exchange.reply.seal {
            Seal::Delivered if lane_free(exchange, command) => Verdict::Accept,
            _ => state,
        },
    }
}

fn lane_free(exchange: &Exchange, command: Command) -> bool {
    match command.lane() {
        Some(Lane::Write) => exchange.owed.write.is_none(),
        Some(Lane::Read) => exchange.owed.read.is_none(),
        None => true,
    }
}
