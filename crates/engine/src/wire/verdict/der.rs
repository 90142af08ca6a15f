//! Reading DER: tag, length, value, nothing more.
//!
//! The verification library tells one fault at a time and keeps dates and usages to itself; the verdict needs them all,
//! so it reads them here. Every function takes any bytes, never panics and allocates nothing.

/// The bytes are not the DER that was expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Malformed;

/// Tags that certificates, revocation lists and OCSP responses use.
pub(crate) mod tag {
    pub(crate) const BOOLEAN: u8 = 0x01;
    pub(crate) const INTEGER: u8 = 0x02;
    pub(crate) const BIT_STRING: u8 = 0x03;
    pub(crate) const OCTET_STRING: u8 = 0x04;
    pub(crate) const OID: u8 = 0x06;
    pub(crate) const ENUMERATED: u8 = 0x0a;
    pub(crate) const UTF8_STRING: u8 = 0x0c;
    pub(crate) const SEQUENCE: u8 = 0x30;
    pub(crate) const SET: u8 = 0x31;
    pub(crate) const NUMERIC_STRING: u8 = 0x12;
    pub(crate) const PRINTABLE_STRING: u8 = 0x13;
    pub(crate) const TELETEX_STRING: u8 = 0x14;
    pub(crate) const IA5_STRING: u8 = 0x16;
    pub(crate) const UTC_TIME: u8 = 0x17;
    pub(crate) const GENERALIZED_TIME: u8 = 0x18;
    pub(crate) const BMP_STRING: u8 = 0x1e;

    /// A constructed context-specific tag.
    pub(crate) const fn context(number: u8) -> u8 {
        0xa0 | number
    }

    /// A primitive context-specific tag.
    pub(crate) const fn primitive(number: u8) -> u8 {
        0x80 | number
    }
}

/// One element: its tag, its value, and all its bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Element<'a> {
    pub(crate) tag: u8,
    pub(crate) value: &'a [u8],
    pub(crate) whole: &'a [u8],
}

/// Reads elements from the front of its bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// The next element, whatever it is.
    pub(crate) fn any(&mut self) -> Result<Element<'a>, Malformed> {
        let (&tag, after) = self.rest.split_first().ok_or(Malformed)?;
        // High tag numbers do not occur in what is read here.
        if tag & 0x1f == 0x1f {
            return Err(Malformed);
        }
        let (&first, after) = after.split_first().ok_or(Malformed)?;
        let (length, after) = if first < 0x80 {
            (usize::from(first), after)
        } else {
            let octets = usize::from(first & 0x7f);
            if octets == 0 || octets > 4 || after.len() < octets {
                return Err(Malformed);
            }
            let (digits, after) = after.split_at(octets);
            let length = digits.iter().fold(0u64, |sum, digit| sum << 8 | u64::from(*digit));
            // The shortest form only (X.690 section 10.1).
            if length < 0x80 || digits[0] == 0 {
                return Err(Malformed);
            }
            (usize::try_from(length).map_err(|_| Malformed)?, after)
        };
        if after.len() < length {
            return Err(Malformed);
        }
        let (value, rest) = after.split_at(length);
        let whole = &self.rest[..self.rest.len() - rest.len()];
        self.rest = rest;
        Ok(Element { tag, value, whole })
    }

    /// The next element, which must have this tag.
    pub(crate) fn expect(&mut self, tag: u8) -> Result<Element<'a>, Malformed> {
        let element = self.any()?;
        if element.tag == tag { Ok(element) } else { Err(Malformed) }
    }

    /// The next element if it has this tag; else nothing is read.
    pub(crate) fn optional(&mut self, tag: u8) -> Result<Option<Element<'a>>, Malformed> {
        if self.rest.first() == Some(&tag) { self.any().map(Some) } else { Ok(None) }
    }

    /// Nothing must be left.
    pub(crate) fn end(&self) -> Result<(), Malformed> {
        if self.rest.is_empty() { Ok(()) } else { Err(Malformed) }
    }
}

/// The one element with this tag that `bytes` consist of; its value.
pub(crate) fn only(bytes: &[u8], tag: u8) -> Result<&[u8], Malformed> {
    let mut reader = Reader::new(bytes);
    let element = reader.expect(tag)?;
    reader.end()?;
    Ok(element.value)
}

/// The bytes of a bit string that has no unused bits.
pub(crate) fn whole_bits(element: Element<'_>) -> Result<&[u8], Malformed> {
    match element.value.split_first() {
        Some((0, bytes)) => Ok(bytes),
        _ => Err(Malformed),
    }
}

/// A UTCTime or GeneralizedTime in seconds since 1970, in the forms that RFC 5280 section 4.1.2.5 allows: UTC, with seconds.
/// Years from 0 to 9999; two-digit years from 1950 to 2049.
pub(crate) fn time(element: Element<'_>) -> Result<i64, Malformed> {
    let text = element.value.strip_suffix(b"Z").ok_or(Malformed)?;
    if !text.iter().all(u8::is_ascii_digit) {
        return Err(Malformed);
    }
    let number = |digits: &[u8]| digits.iter().fold(0i64, |sum, digit| sum * 10 + i64::from(digit - b'0'));
    let (year, rest) = match (element.tag, text.len()) {
        (tag::UTC_TIME, 12) => {
            let short = number(&text[..2]);
            (if short < 50 { 2000 + short } else { 1900 + short }, &text[2..])
        }
        (tag::GENERALIZED_TIME, 14) => (number(&text[..4]), &text[4..]),
        _ => return Err(Malformed),
    };
    let [month, day, hour, minute, second] = [0, 2, 4, 6, 8].map(|at| number(&rest[at..at + 2]));
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => return Err(Malformed),
    };
    if day < 1 || day > days || hour > 23 || minute > 59 || second > 59 {
        return Err(Malformed);
    }
    Ok(days_since_1970(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second)
}

/// Days of the Gregorian calendar, counted in eras of 400 years that begin in March.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// Takes structures in DER apart that stand one after the other.
///
/// # Errors
/// [`Malformed`] when something else stands there.
pub fn elements(der: &[u8]) -> Result<Vec<Vec<u8>>, Malformed> {
    let mut reader = Reader::new(der);
    let mut found = Vec::new();
    while !reader.is_empty() {
        found.push(reader.expect(tag::SEQUENCE)?.whole.to_vec());
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(tag: u8, text: &str) -> Result<i64, Malformed> {
        time(Element { tag, value: text.as_bytes(), whole: &[] })
    }

    #[test]
    fn times() {
        assert_eq!(at(tag::UTC_TIME, "700101000000Z"), Ok(0));
        assert_eq!(at(tag::UTC_TIME, "500101000000Z"), Ok(-631_152_000));
        assert_eq!(at(tag::UTC_TIME, "491231235959Z"), Ok(2_524_607_999));
        assert_eq!(at(tag::GENERALIZED_TIME, "20240229120000Z"), Ok(1_709_208_000));
        assert_eq!(at(tag::GENERALIZED_TIME, "99991231235959Z"), Ok(253_402_300_799));
        assert_eq!(at(tag::GENERALIZED_TIME, "00000101000000Z"), Ok(-62_167_219_200));
        for bad in [
            "20230229120000Z",
            "20241301000000Z",
            "20240100000000Z",
            "20240101240000Z",
            "20240101006000Z",
            "20240101000060Z",
            "20240101000000",
            "2024010100000Z",
            "2024010100000aZ",
        ] {
            assert_eq!(at(tag::GENERALIZED_TIME, bad), Err(Malformed), "{bad}");
        }
    }

    #[test]
    fn lengths_in_shortest_form_only() {
        assert!(Reader::new(&[0x30, 0x00]).any().is_ok());
        assert!(Reader::new(&[0x30, 0x81, 0x01, 0x00]).any().is_err());
        assert!(Reader::new(&[0x30, 0x80, 0x00, 0x00]).any().is_err());
        assert!(Reader::new(&[0x30, 0x82, 0x00, 0x80]).any().is_err());
        assert!(Reader::new(&[0x30, 0x85, 1, 0, 0, 0, 0]).any().is_err());
        assert!(Reader::new(&[0x30, 0x84, 0xff, 0xff, 0xff, 0xff]).any().is_err());
        assert!(Reader::new(&[0x30, 0x01]).any().is_err());
        assert!(Reader::new(&[0x1f, 0x01, 0x00]).any().is_err());
        let mut long = vec![0x04, 0x81, 0x80];
        long.extend([7; 128]);
        assert_eq!(Reader::new(&long).any().map(|element| element.value.len()), Ok(128));
    }
}
