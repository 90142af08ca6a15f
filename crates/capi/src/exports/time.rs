//! HTTP dates.

use winhttp_abi::SYSTEMTIME;
use winhttp_engine::Error;
use winhttp_proto::time::SystemTime;
use winhttp_proto::unit::Unit;

use super::headers::system_time;
use crate::door::Bool;
use crate::raise;

exports! {
    /// Writes a time as an HTTP date and a NUL, 30 units in all.
    Bool, [WinHttpTimeFromSystemTime WinHttpTimeFromSystemTime_w32] (
        time: *const SYSTEMTIME, text: *mut U
    ) => from_system_time::<U>;

    /// Reads an HTTP date.
    Bool, [WinHttpTimeToSystemTime WinHttpTimeToSystemTime_w32] (
        text: *const U, time: *mut SYSTEMTIME
    ) => to_system_time::<U>;
}

unsafe fn from_system_time<U: Unit>(time: *const SYSTEMTIME, text: *mut U) -> Result<(), Error> {
    if time.is_null() || text.is_null() {
        return Err(Error::INVALID_PARAMETER);
    }
    // SAFETY: not null, and the caller vouches for the rest.
    let given = unsafe { time.read_unaligned() };
    let time = SystemTime {
        year: given.wYear,
        month: given.wMonth,
        day_of_week: given.wDayOfWeek,
        day: given.wDay,
        hour: given.wHour,
        minute: given.wMinute,
        second: given.wSecond,
        milliseconds: given.wMilliseconds,
    };
    let written = time.to_text().map_err(Error)?;
    let units = written.iter().map(|&byte| U::from_ascii(byte)).chain(std::iter::once(U::default()));
    for (at, unit) in units.enumerate() {
        // SAFETY: the caller's buffer has room for WINHTTP_TIME_FORMAT_BUFSIZE, 31 units; 30 are written.
        let place = unsafe { text.add(at) };
        // SAFETY: as above.
        unsafe { place.write_unaligned(unit) };
    }
    Ok(())
}

unsafe fn to_system_time<U: Unit>(text: *const U, time: *mut SYSTEMTIME) -> Result<(), Error> {
    // SAFETY: the caller's promise for the text.
    let text = unsafe { raise::text(text) }.ok_or(Error::INVALID_PARAMETER)?;
    if time.is_null() {
        return Err(Error::INVALID_PARAMETER);
    }
    let found = SystemTime::from_text(text).map_err(Error)?;
    // SAFETY: not null, and the caller vouches for the rest.
    unsafe { time.write_unaligned(system_time(&found)) };
    Ok(())
}
