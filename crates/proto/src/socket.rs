//! The upgrade of an exchange, and an exchange that is a WebSocket.

use crate::exchange::{Exchange, Life};
use crate::phase::{Down, Phase, Socket};
use crate::reply::Seal;
use crate::websocket::{self, Close, Key, Mismatch, Offer};
use crate::{CallId, Mode, Refusal, SocketCommand, SocketTerms};

/// The smallest `WINHTTP_OPTION_WEB_SOCKET_SEND_BUFFER_SIZE` that an upgrade can be sent with.
pub(crate) const SMALLEST_SEND_BUFFER: u32 = 16;

impl Exchange {
    /// Takes the connection out of an exchange whose upgrade the server has agreed to. The reply stays readable.
    ///
    /// # Errors
    /// * `ERROR_WINHTTP_INCORRECT_HANDLE_STATE`: nothing was sent, no reply was received, or a call is outstanding
    /// * `ERROR_INVALID_OPERATION`: the server has not switched protocols (contract: evidence L1), or the connection
    ///   has been taken
    /// * `ERROR_WINHTTP_INVALID_SERVER_RESPONSE`: the server has switched and its reply does not prove that it has read
    ///   the key (RFC 6455 section 4.1)
    pub fn upgrade(&mut self, key: Option<&Key>) -> Result<(), Refusal> {
        let received = match self.reply.seal {
            Seal::Delivered => true,
            // contract: api-behaviour section 27a, in synchronous mode the reply is in when SendRequest returns, and
            // an upgrade needs no ReceiveResponse
            Seal::Sealed(None) => self.mode() == Mode::Synchronous,
            _ => false,
        };
        if !received || self.life != Life::Open || self.owed.write.is_some() || self.owed.read.is_some() {
            return Err(Refusal::INCORRECT_STATE);
        }
        let switched = matches!(&self.phase, Phase::Live(live) if matches!(live.down, Down::Upgraded));
        let Some(key) = key.filter(|_| switched && self.wired()) else {
            return Err(Refusal::INVALID_OPERATION);
        };
        let offer = Offer { protocols: self.plan.headers.get(b"Sec-WebSocket-Protocol") };
        websocket::check_response(&self.reply.head, key, offer).map_err(|mismatch| match mismatch {
            Mismatch::Status => Refusal::INVALID_OPERATION,
            _ => Refusal::INVALID_RESPONSE,
        })?;
        self.reply.seal = Seal::Delivered;
        self.phase = Phase::Idle;
        self.unwire();
        Ok(())
    }

    /// Makes this a fresh exchange that is a WebSocket on a connection of its own. `secret` is 32 bytes that nobody
    /// can guess.
    pub fn open_socket(&mut self, mode: Mode, secret: [u8; 32]) {
        self.reset(mode);
        self.phase = Phase::Socket(Box::new(Socket::enter(secret)));
        self.wire();
    }

    /// Takes a call on a WebSocket.
    ///
    /// # Errors
    /// `ERROR_INVALID_HANDLE` while the handle is closed; `ERROR_WINHTTP_OPERATION_CANCELLED` once the session is
    /// closed; `ERROR_INVALID_OPERATION` and `ERROR_INVALID_PARAMETER` as WinHTTP's WebSocket functions answer.
    pub fn socket(&mut self, command: SocketCommand<'_>, call: CallId) -> Result<(), Refusal> {
        match self.life {
            Life::Closing => return Err(Refusal::INVALID_HANDLE),
            Life::Ended(failure) => return Err(Refusal(failure.0)),
            Life::Open => {}
        }
        match &mut self.phase {
            Phase::Socket(socket) => socket.command(command, call, &mut self.owed, &mut self.says),
            _ => Err(Refusal::INVALID_OPERATION),
        }
    }

    /// Takes the next part of the application's bytes before a write: a client's frames are masked.
    pub fn stage(&mut self, payload: &[u8]) {
        let (phase, out) = self.phase_and_out();
        if let Phase::Socket(socket) = phase {
            socket.stage(payload, out);
        }
    }

    /// The server's close frame: status (1005 for a frame without one) and reason.
    pub fn close_status(&self) -> Option<Close<'_>> {
        match &self.phase {
            Phase::Socket(socket) => socket.close_status(),
            _ => None,
        }
    }

    /// The options of the WebSocket, if this is one.
    pub fn socket_terms(&mut self) -> Option<&mut SocketTerms> {
        match &mut self.phase {
            Phase::Socket(socket) => Some(&mut socket.terms),
            _ => None,
        }
    }
}
