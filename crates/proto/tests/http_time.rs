//! WinHttpTimeFromSystemTime and WinHttpTimeToSystemTime: api-behaviour section 7.
use proptest::prelude::*;
use winhttp_proto::time::SystemTime;

const SAMPLE: SystemTime = SystemTime {
    year: 2008,
    month: 7,
    day_of_week: 1,
    day: 28,
    hour: 10,
    minute: 5,
    second: 52,
    milliseconds: 0,
};

fn read(text: &str) -> Result<SystemTime, u32> {
    let wide: Vec<u16> = text.encode_utf16().collect();
    let answer = SystemTime::from_text(&wide);
    assert_eq!(answer, SystemTime::from_text(text.as_bytes()));
    answer
}

#[test]
fn section_7_time_from() {
    assert_eq!(SAMPLE.to_text().as_ref().map(|text| &text[..]), Ok(&b"Mon, 28 Jul 2008 10:05:52 GMT"[..]));
}

#[test]
fn section_7_time_to() {
    assert_eq!(read("Mon, 28 Jul 2008 10:05:52 GMT\n"), Ok(SAMPLE), "a trailing newline is tolerated");
    assert_eq!(read(" mon 28 jul 2008 10 05 52\n"), Ok(SAMPLE), "a lenient scanner");
}

#[test]
fn rfc_9110_section_5_6_7_forms() {
    assert_eq!(read("Mon, 28 Jul 2008 10:05:52 GMT"), Ok(SAMPLE));
    assert_eq!(read("Monday, 28-Jul-08 10:05:52 GMT"), Ok(SAMPLE));
    assert_eq!(read("Mon Jul 28 10:05:52 2008"), Ok(SAMPLE));
    assert_eq!(
        read("Sun Nov  6 08:49:37 1994").map(|time| (time.year, time.day, time.day_of_week)),
        Ok((1994, 6, 0))
    );
    assert_eq!(read("Sunday, 06-Nov-94 08:49:37 GMT").map(|time| time.year), Ok(1994));
}

#[test]
fn what_dates_look_like_in_the_field() {
    assert_eq!(read("28 Jul 2008 10:05:52"), Ok(SAMPLE), "no day of the week");
    assert_eq!(read("Mon, 28-Jul-2008 10:05:52 GMT; path=/"), Ok(SAMPLE));
    assert_eq!(read("28 July 2008").map(|time| (time.hour, time.minute, time.second)), Ok((0, 0, 0)));
    assert_eq!(read("Mon, 28 Jul 2008 10:05:52 +0100"), Ok(SAMPLE), "zones are not read");
    assert_eq!(read("Sat, 31 Dec 2016 23:59:60 GMT").map(|time| time.second), Ok(59), "a leap second");
}

#[test]
fn what_is_no_date() {
    for text in [
        "",
        "0",
        "-1",
        "now",
        "Jul",
        "28 Jul",
        "2008-07-28",
        "31 Feb 2008 0:0:0",
        "28 Jul 2008 24:00:00",
        "28 Jul 1600",
        "28 Jul 99999 10:05:52",
        "0 Jul 2008 1:1:1",
        "Jul 28 10:05 2008",
    ] {
        assert_eq!(read(text), Err(12004), "{text:?}");
    }
}

#[test]
fn fields_out_of_range_are_not_written() {
    for wrong in [
        SystemTime { month: 0, ..SAMPLE },
        SystemTime { month: 13, ..SAMPLE },
        SystemTime { day: 0, ..SAMPLE },
        SystemTime { day: 32, ..SAMPLE },
        SystemTime { day_of_week: 7, ..SAMPLE },
        SystemTime { hour: 24, ..SAMPLE },
        SystemTime { minute: 60, ..SAMPLE },
        SystemTime { second: 60, ..SAMPLE },
        SystemTime { year: 1600, ..SAMPLE },
        SystemTime { year: 10000, ..SAMPLE },
        SystemTime { year: 2007, month: 2, day: 29, ..SAMPLE },
    ] {
        assert_eq!(wrong.to_text(), Err(87), "{wrong:?}");
    }
}

#[test]
fn unix_seconds() {
    assert_eq!(SAMPLE.to_unix_seconds(), 1_217_239_552);
    assert_eq!(SystemTime::from_unix_seconds(1_217_239_552), Some(SAMPLE));
    assert_eq!(SystemTime::from_unix_seconds(0).map(|time| (time.year, time.day_of_week)), Some((1970, 4)));
    assert_eq!(SystemTime::from_unix_seconds(-1).map(|time| (time.year, time.second)), Some((1969, 59)));
    assert_eq!(SystemTime::from_unix_seconds(i64::MAX), None);
    assert_eq!(SystemTime::from_unix_seconds(i64::MIN), None);
    assert_eq!(
        SystemTime::from_unix_seconds(-11_644_473_600).map(|time| (time.year, time.month, time.day)),
        Some((1601, 1, 1))
    );
    assert_eq!(SystemTime::from_unix_seconds(-11_644_473_601), None);
}

proptest! {
    #[test]
    fn every_second_survives_writing_and_reading(seconds in -11_644_473_600i64..253_402_300_800) {
        let time = SystemTime::from_unix_seconds(seconds).unwrap();
        prop_assert_eq!(time.to_unix_seconds(), seconds);
        prop_assert_eq!(SystemTime::from_text(&time.to_text().unwrap()), Ok(time));
    }

    #[test]
    fn any_text_is_answered(text in "[a-zA-Z0-9 :,-]{0,60}", units in prop::collection::vec(any::<u16>(), 0..40)) {
        let _ = SystemTime::from_text(text.as_bytes());
        let _ = SystemTime::from_text(&units);
    }

    #[test]
    fn any_fields_are_answered(fields in any::<[u16; 8]>(), seconds in any::<i64>()) {
        let [year, month, day_of_week, day, hour, minute, second, milliseconds] = fields;
        let time = SystemTime { year, month, day_of_week, day, hour, minute, second, milliseconds };
        let _ = (time.to_text(), time.to_unix_seconds(), SystemTime::from_unix_seconds(seconds));
    }
}
