//! What options say of the course of a request: times and counts.

use winhttp_abi as abi;
use winhttp_engine::{Error, Handle, times};

use crate::lower::Room;

/// `WINHTTP_OPTION_REQUEST_TIMES`: as many slots as `cTimes` asks for.
pub(super) fn request_times(handle: Handle, room: &Room) -> Result<(), Error> {
    let slots = times::times(handle)?;
    room.need(size_of::<abi::WINHTTP_REQUEST_TIMES>())?;
    // SAFETY: there is room for the structure, which begins with the number.
    let asked = unsafe { room.buffer.cast::<u32>().read_unaligned() };
    let count = asked.min(abi::WinHttpRequestTimeMax);
    let mut answer = abi::WINHTTP_REQUEST_TIMES { cTimes: count, ..Default::default() };
    answer.rgullTimes = std::array::from_fn(|slot| if slot < count as usize { slots[slot] } else { 0 });
    room.put(&answer)
}

/// `WINHTTP_OPTION_REQUEST_STATS`: as many slots as `cStats` asks for.
pub(super) fn request_stats(handle: Handle, room: &Room) -> Result<(), Error> {
    let stats = times::stats(handle)?;
    room.need(size_of::<abi::WINHTTP_REQUEST_STATS>())?;
    // Flags and index stand before the number.
    // SAFETY: there is room for the structure, whose first 16 bytes these are.
    let [.., asked] = unsafe { room.buffer.cast::<[u32; 4]>().read_unaligned() };
    let count = asked.min(abi::WinHttpRequestStatMax);
    room.put(&abi::WINHTTP_REQUEST_STATS {
        ullFlags: stats.flags,
        ulIndex: stats.index,
        cStats: count,
        rgullStats: std::array::from_fn(|slot| if slot < count as usize { stats.slots[slot] } else { 0 }),
    })
}
