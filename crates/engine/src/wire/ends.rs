//! Both ends of a connection, in little room: every request keeps those of its last one.

use std::net::{SocketAddr, SocketAddrV4};
use std::sync::Arc;

/// This end and the other one.
#[derive(Clone)]
pub(crate) enum Ends {
    V4(SocketAddrV4, SocketAddrV4),
    V6(Arc<(SocketAddr, SocketAddr)>),
}

impl Ends {
    pub(crate) fn of(local: SocketAddr, peer: SocketAddr) -> Ends {
        match (local, peer) {
            (SocketAddr::V4(local), SocketAddr::V4(peer)) => Ends::V4(local, peer),
            ends => Ends::V6(Arc::new(ends)),
        }
    }

    pub(crate) fn addresses(&self) -> (SocketAddr, SocketAddr) {
        match self {
            Ends::V4(local, peer) => ((*local).into(), (*peer).into()),
            Ends::V6(ends) => **ends,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_those_that_were_given() {
        assert!(size_of::<Option<Ends>>() <= 16);
        for ends in
            [("127.0.0.1:5", "10.1.2.3:80"), ("[::1]:5", "[fe80::1%7]:80"), ("[::1]:9", "10.1.2.3:443")]
        {
            let ends: (SocketAddr, SocketAddr) = (ends.0.parse().unwrap(), ends.1.parse().unwrap());
            assert_eq!(Ends::of(ends.0, ends.1).addresses(), ends);
        }
    }
}
