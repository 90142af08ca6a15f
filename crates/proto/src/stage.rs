//! How far a leg has come: what WINHTTP_OPTION_REQUEST_TIMES is made of.

use crate::exchange::Exchange;
use crate::phase::{Down, Phase, Up};

/// Points of a leg, as bits. One that ends something stands only for a leg on which the something was begun.
pub mod point {
    /// A connection is wanted.
    pub const ACQUIRE: u16 = 1 << 0;
    /// The right to one is there, or one is.
    pub const ACQUIRED: u16 = 1 << 1;
    /// The name is looked up.
    pub const RESOLVE: u16 = 1 << 2;
    /// It is known.
    pub const RESOLVED: u16 = 1 << 3;
    /// A connection is being established.
    pub const CONNECT: u16 = 1 << 4;
    /// It is.
    pub const CONNECTED: u16 = 1 << 5;
    /// A proxy is asked for a tunnel.
    pub const TUNNEL: u16 = 1 << 6;
    /// It has granted it.
    pub const TUNNELLED: u16 = 1 << 7;
    /// The TLS handshake goes on.
    pub const SECURE: u16 = 1 << 8;
    /// It is done.
    pub const SECURED: u16 = 1 << 9;
    /// The request goes out.
    pub const SEND: u16 = 1 << 10;
    /// Its head has gone.
    pub const HEAD_SENT: u16 = 1 << 11;
    /// All of it has.
    pub const SENT: u16 = 1 << 12;
    /// The reply is awaited.
    pub const RECEIVE: u16 = 1 << 13;
    /// Its head is in.
    pub const HEAD_RECEIVED: u16 = 1 << 14;
    /// All of it is.
    pub const RECEIVED: u16 = 1 << 15;
}

impl Exchange {
    /// The points that this leg has reached. What comes before the first byte is told by its phase alone, so a point
    /// that was passed without a look in between shows with the next one.
    pub fn reached(&self) -> u16 {
        use point::*;
        const AT_HAND: u16 = ACQUIRE | ACQUIRED;
        const BEFORE: u16 = AT_HAND | RESOLVED | CONNECTED | TUNNELLED | SECURED | SEND;
        // A reply that came before anybody had to wait for it has passed them all between two looks.
        const CUT: u16 = BEFORE | HEAD_SENT | SENT | RECEIVE | HEAD_RECEIVED;
        let over = matches!(self.phase, Phase::Idle | Phase::Socket(_) | Phase::Drain(_));
        match &self.phase {
            // Whatever failed has ended nothing.
            _ if over && !self.reply.readable() => 0,
            _ if over && self.broken.is_some() => CUT,
            Phase::Idle | Phase::Socket(_) | Phase::Drain(_) => CUT | RECEIVED,
            Phase::Lease(_) => ACQUIRE,
            Phase::Resolve(_) => AT_HAND | RESOLVE,
            Phase::Dial(_) => AT_HAND | RESOLVED | CONNECT,
            Phase::Tunnel(_) => AT_HAND | RESOLVED | CONNECTED | TUNNEL,
            Phase::Secure(_) => AT_HAND | RESOLVED | CONNECTED | TUNNELLED | SECURE,
            Phase::Live(live) => {
                let up = match live.up {
                    Up::Head(_) => 0,
                    Up::Feed(_) => HEAD_SENT,
                    Up::Ended | Up::Broken(_) => HEAD_SENT | SENT,
                };
                let down = match live.down {
                    Down::Quiet => 0,
                    Down::Head(_) => RECEIVE,
                    Down::Body(_) | Down::Upgraded => RECEIVE | HEAD_RECEIVED,
                    Down::Ended { .. } => RECEIVE | HEAD_RECEIVED | RECEIVED,
                };
                BEFORE | up | down
            }
        }
    }
}
