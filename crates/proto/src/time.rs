//! Dates as WinHTTP reads and writes them: the pure part of WinHttpTimeFromSystemTime and
//! WinHttpTimeToSystemTime, and of `WINHTTP_QUERY_FLAG_SYSTEMTIME`.
//!
//! Writing gives one form, `Mon, 28 Jul 2008 10:05:52 GMT`. Reading is a lenient scanner: it looks at words and
//! numbers only, so commas, colons, dashes, blanks and line ends are all just separators
//! (contract: WinHttpTimeToSystemTime, api-behaviour section 7). It takes the three forms of RFC 9110
//! section 5.6.7:
//!
//! ```text
//!   Mon, 28 Jul 2008 10:05:52 GMT      day month year time
//!   Monday, 28-Jul-08 10:05:52 GMT     day month year time; two digits: below 70 is 20xx, else 19xx
//!   Mon Jul 28 10:05:52 2008           month day time year
//! ```
//!
//! Zones are not read: the time is taken as GMT.

use crate::unit::Unit;
use winhttp_abi::{ERROR_INVALID_PARAMETER, ERROR_WINHTTP_INTERNAL_ERROR};

/// The fields of a `SYSTEMTIME`, in its order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SystemTime {
    /// 1601 to 30827.
    pub year: u16,
    /// 1 to 12.
    pub month: u16,
    /// 0 (Sunday) to 6.
    pub day_of_week: u16,
    /// 1 to 31.
    pub day: u16,
    /// 0 to 23.
    pub hour: u16,
    /// 0 to 59.
    pub minute: u16,
    /// 0 to 59.
    pub second: u16,
    /// 0 to 999.
    pub milliseconds: u16,
}

/// Characters of the written form, without a NUL: with it and in 16-bit units they fit the
/// `WINHTTP_TIME_FORMAT_BUFSIZE` (62 bytes) of the caller's buffer, unless the year has five digits.
pub const TEXT_LENGTH: usize = 29;

const DAYS: [&[u8; 3]; 7] = [b"Sun", b"Mon", b"Tue", b"Wed", b"Thu", b"Fri", b"Sat"];
const MONTHS: [&[u8; 3]; 12] =
    [b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec"];
const FIRST_YEAR: u16 = 1601;
const LAST_YEAR: u16 = 30827;

impl SystemTime {
    /// The time as WinHttpTimeFromSystemTime writes it; the day of the week is taken as given.
    ///
    /// contract: WinHttpTimeFromSystemTime, api-behaviour section 7.
    ///
    /// # Errors
    /// `ERROR_INVALID_PARAMETER` if a field is out of its range or the year is above 9999, for which the
    /// documented buffer has no room (inferred).
    pub fn to_text(&self) -> Result<[u8; TEXT_LENGTH], u32> {
        if !self.is_date() || self.year > 9999 {
            return Err(ERROR_INVALID_PARAMETER);
        }
        let day_name = DAYS.get(usize::from(self.day_of_week)).ok_or(ERROR_INVALID_PARAMETER)?;
        let month = MONTHS.get(usize::from(self.month).wrapping_sub(1)).ok_or(ERROR_INVALID_PARAMETER)?;
        let mut text = *b"Xxx, 00 Xxx 0000 00:00:00 GMT";
        let mut put = |at: usize, from: &[u8]| {
            if let Some(place) = text.get_mut(at..at + from.len()) {
                place.copy_from_slice(from);
            }
        };
        put(0, *day_name);
        put(5, &two_digits(self.day));
        put(8, *month);
        put(12, &two_digits(self.year / 100));
        put(14, &two_digits(self.year % 100));
        put(17, &two_digits(self.hour));
        put(20, &two_digits(self.minute));
        put(23, &two_digits(self.second));
        Ok(text)
    }

    /// Reads a date out of application or server text. A missing time of day is midnight; a day of the week
    /// that the text does not name is computed; second 60 is read as 59.
    ///
    /// # Errors
    /// `ERROR_WINHTTP_INTERNAL_ERROR` if the text holds no date (inferred).
    pub fn from_text<U: Unit>(text: &[U]) -> Result<Self, u32> {
        scan(text).ok_or(ERROR_WINHTTP_INTERNAL_ERROR)
    }

    /// Seconds since 1970-01-01 00:00:00, negative before; milliseconds are dropped.
    pub fn to_unix_seconds(&self) -> i64 {
        let days = days_since_epoch(i64::from(self.year), i64::from(self.month), i64::from(self.day));
        let seconds = i64::from(self.hour) * 3600 + i64::from(self.minute) * 60 + i64::from(self.second);
        days * 86_400 + seconds
    }

    /// The time so many seconds after 1970-01-01 00:00:00, or `None` outside the years 1601 to 30827.
    pub fn from_unix_seconds(seconds: i64) -> Option<Self> {
        let days = seconds.div_euclid(86_400);
        let rest = seconds.rem_euclid(86_400);
        let (year, month, day) = date_of(days)?;
        Some(Self {
            year,
            month,
            day_of_week: week_day(days),
            day,
            hour: u16::try_from(rest / 3600).ok()?,
            minute: u16::try_from(rest / 60 % 60).ok()?,
            second: u16::try_from(rest % 60).ok()?,
            milliseconds: 0,
        })
    }

    fn is_date(&self) -> bool {
        (FIRST_YEAR..=LAST_YEAR).contains(&self.year)
            && (1..=12).contains(&self.month)
            && (1..=month_length(self.year, self.month)).contains(&self.day)
            && self.hour < 24
            && self.minute < 60
            && self.second < 60
    }
}

fn two_digits(number: u16) -> [u8; 2] {
    [b'0' + (number / 10 % 10) as u8, b'0' + (number % 10) as u8]
}

/// What the scanner has met so far.
#[derive(Default)]
struct Found {
    numbers: [u16; 6],
    count: usize,
    /// How many digits the year's number had decides about its century.
    digits: [usize; 6],
    before_month: usize,
    month: Option<u16>,
    day_of_week: Option<u16>,
}

fn scan<U: Unit>(text: &[U]) -> Option<SystemTime> {
    let mut found = Found::default();
    let mut rest = text;
    while let Some(first) = rest.first() {
        let class = |unit: &U| {
            unit.ascii().map_or(0, |b| u8::from(b.is_ascii_alphabetic()) + 2 * u8::from(b.is_ascii_digit()))
        };
        let kind = class(first);
        let length = rest.iter().take_while(|&unit| class(unit) == kind).count();
        let (token, behind) = rest.split_at_checked(length)?;
        rest = behind;
        match kind {
            1 => found.word(token),
            2 => found.number(token)?,
            _ => {}
        }
    }
    found.date()
}

impl Found {
    fn word<U: Unit>(&mut self, token: &[U]) {
        let mut key = [0u8; 3];
        for (place, unit) in key.iter_mut().zip(token) {
            *place = unit.ascii().unwrap_or_default().to_ascii_lowercase();
        }
        let among = |names: &[&[u8; 3]]| names.iter().position(|name| name.eq_ignore_ascii_case(&key));
        if let (None, Some(month)) = (self.month, among(&MONTHS)) {
            self.month = u16::try_from(month + 1).ok();
            self.before_month = self.count;
        } else if let (None, Some(day)) = (self.day_of_week, among(&DAYS)) {
            self.day_of_week = u16::try_from(day).ok();
        }
    }

    /// Takes a number; those behind the sixth do not belong to a date. `None` if it is too big for one.
    fn number<U: Unit>(&mut self, token: &[U]) -> Option<()> {
        let (Some(place), Some(digits)) = (self.numbers.get_mut(self.count), self.digits.get_mut(self.count))
        else {
            return Some(());
        };
        *place = token.iter().try_fold(0u16, |number, unit| {
            number.checked_mul(10)?.checked_add(u16::from(unit.ascii()?.wrapping_sub(b'0')))
        })?;
        *digits = token.len();
        self.count += 1;
        Some(())
    }

    fn date(&self) -> Option<SystemTime> {
        let [a, b, c, d, e, _] = self.numbers;
        // Only the third form names the month before the day, and it ends with the year.
        let (day, year, hour, minute, second) = match self.before_month {
            1 if self.count >= 2 => (a, 1, c, d, e),
            0 if self.count >= 5 => (a, 4, b, c, d),
            _ => return None,
        };
        let year = match (*self.numbers.get(year)?, *self.digits.get(year)?) {
            (short @ 0..70, ..=2) => 2000 + short,
            (short, ..=2) => 1900 + short,
            (full, _) => full,
        };
        let mut time = SystemTime {
            year,
            month: self.month?,
            day_of_week: 0,
            day,
            hour,
            minute,
            second: if second == 60 { 59 } else { second },
            milliseconds: 0,
        };
        if !time.is_date() {
            return None;
        }
        time.day_of_week = match self.day_of_week {
            Some(named) => named,
            None => week_day(days_since_epoch(i64::from(year), i64::from(time.month), i64::from(day))),
        };
        Some(time)
    }
}

fn is_leap(year: u16) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

fn month_length(year: u16, month: u16) -> u16 {
    match month {
        2 => 28 + u16::from(is_leap(year)),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 1970-01-01 in the proleptic Gregorian calendar: years are counted from March, so that the leap
/// day is the last of its year.
fn days_since_epoch(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let from_march = (month + 9) % 12;
    let day_of_year = (153 * from_march + 2) / 5 + day - 1;
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    year * 365 + leap_days + day_of_year - 719_468
}

/// 1970-01-01 was a Thursday.
fn week_day(days: i64) -> u16 {
    u16::try_from((days + 4).rem_euclid(7)).unwrap_or_default()
}

fn date_of(days: i64) -> Option<(u16, u16, u16)> {
    let first = days_since_epoch(i64::from(FIRST_YEAR), 1, 1);
    let last = days_since_epoch(i64::from(LAST_YEAR), 12, 31);
    if !(first..=last).contains(&days) {
        return None;
    }
    // 400 years have 146,097 days; the guess is off by one at most.
    let mut year = u16::try_from(1970 + (days * 400).div_euclid(146_097)).unwrap_or(LAST_YEAR);
    while days < days_since_epoch(i64::from(year), 1, 1) {
        year -= 1;
    }
    while days >= days_since_epoch(i64::from(year) + 1, 1, 1) {
        year += 1;
    }
    let mut left = u16::try_from(days - days_since_epoch(i64::from(year), 1, 1)).ok()?;
    let mut month = 1;
    while left >= month_length(year, month) {
        left -= month_length(year, month);
        month += 1;
    }
    Some((year, month, left + 1))
}
