//! The tables hold together: order, uniqueness, texts, lookups.

use std::collections::{BTreeMap, BTreeSet};
use winhttp_abi::handle::Kinds;
use winhttp_abi::option::{Access, Tier, Value};
use winhttp_abi::status::{Payload, Role};
use winhttp_abi::{api, catalogue, error, feature, flag, function, option, query, secure, status};
use winhttp_abi::{http_status, timing, websocket};

#[test]
fn every_name_stands_once_and_has_one_value() {
    let mut values = BTreeMap::new();
    for (name, value) in catalogue::all() {
        assert_eq!(values.insert(name, value), None, "{name} stands in two tables");
    }
    // contract: constants of winhttp.h; the lists of names are compared with the oracle elsewhere.
    assert!(values.len() > 700, "{} constants", values.len());
}

#[test]
fn lookup_tables_are_sorted_and_have_no_duplicates() {
    let increasing = |ids: Vec<u64>, what: &str| {
        assert!(ids.windows(2).all(|pair| pair[0] < pair[1]), "{what} is out of order or repeats a number");
    };
    increasing(option::TABLE.iter().map(|row| row.id.into()).collect(), "option");
    increasing(query::TABLE.iter().map(|row| row.id.into()).collect(), "query");
    increasing(status::TABLE.iter().map(|row| row.value.into()).collect(), "status");
    for (table, what) in [
        (error::TABLE, "error"),
        (error::WIN32, "Win32 error"),
        (error::SOCKET, "socket error"),
        (error::SECURITY, "security error"),
        (api::TABLE, "api"),
        (feature::TABLE, "feature"),
        (http_status::TABLE, "http status"),
        (timing::TIMES, "times"),
        (timing::STATS, "stats"),
        (secure::FAILURES, "failures"),
        (secure::PROTOCOLS, "protocols"),
        (websocket::CLOSE_STATUSES, "close statuses"),
    ] {
        increasing(table.iter().map(|row| row.value).collect(), what);
    }
}

#[test]
fn every_error_has_a_name_and_a_sentence() {
    let mut texts = BTreeSet::new();
    for row in [error::TABLE, error::WIN32, error::SOCKET, error::SECURITY].into_iter().flatten() {
        let code = u32::try_from(row.value).expect("errors have 32 bits");
        assert_eq!(error::name(code), Some(row.name));
        let text = error::text(code).expect("a text");
        assert!(text.ends_with('.') && text.len() > 8, "{}: {text}", row.name);
        assert!(texts.insert((text, row.name)), "{} twice", row.name);
    }
    assert_eq!(error::TABLE.len(), 56);
    assert_eq!(error::text(12003), None);
    assert_eq!(error::name(u32::MAX), None);
}

#[test]
fn statuses_are_single_bits_with_the_documented_payloads() {
    for row in status::TABLE {
        assert!(row.value.is_power_of_two(), "{}", row.name);
        assert_eq!(status::name(row.value), Some(row.name));
        assert!(!row.short_name().starts_with("WINHTTP"), "{}", row.name);
    }
    // contract: notifications.h values 0x2000, 0x800000 and the two highest bits are not given out.
    let given = status::TABLE.iter().fold(0, |bits, row| bits | row.value);
    assert_eq!(given, !(0x2000 | 0x80_0000 | 0xc000_0000));
    let find = |value| status::find(value).expect("a status");
    assert_eq!(find(winhttp_abi::WINHTTP_CALLBACK_STATUS_READ_COMPLETE).payload, Payload::Buffer);
    assert_eq!(find(winhttp_abi::WINHTTP_CALLBACK_STATUS_READ_COMPLETE).socket_payload(), Payload::Frame);
    assert_eq!(find(winhttp_abi::WINHTTP_CALLBACK_STATUS_SECURE_FAILURE).payload, Payload::Faults);
    assert_eq!(find(winhttp_abi::WINHTTP_CALLBACK_STATUS_HANDLE_CLOSING).role, Role::Handle);
    assert_eq!(status::find(0x3), None);
}

#[test]
fn masks_are_made_of_statuses() {
    for row in flag::NOTIFICATION {
        if row.value == 0xffff_ffff {
            continue;
        }
        let mut bits = row.value;
        for status in status::TABLE {
            bits &= !u64::from(status.value);
        }
        assert_eq!(bits, 0, "{} has a bit without a status", row.name);
    }
    // contract: ALL_COMPLETIONS, its value since GETPROXYSETTINGS_COMPLETE; WebSocket ends are not in it.
    let all = winhttp_abi::WINHTTP_CALLBACK_FLAG_ALL_COMPLETIONS;
    for status in status::TABLE.iter().filter(|row| row.role == Role::Completion) {
        let outside = winhttp_abi::WINHTTP_CALLBACK_STATUS_CLOSE_COMPLETE
            | winhttp_abi::WINHTTP_CALLBACK_STATUS_SHUTDOWN_COMPLETE
            | winhttp_abi::WINHTTP_CALLBACK_STATUS_SETTINGS_READ_COMPLETE
            | winhttp_abi::WINHTTP_CALLBACK_STATUS_SETTINGS_WRITE_COMPLETE;
        assert_eq!(all & status.value == 0, outside & status.value != 0, "{}", status.name);
    }
}

#[test]
fn bits_decode_to_names_once_each() {
    let names: Vec<_> = secure::names(0x8000_0038).collect();
    assert_eq!(
        names,
        [
            "WINHTTP_CALLBACK_STATUS_FLAG_INVALID_CA",
            "WINHTTP_CALLBACK_STATUS_FLAG_CERT_CN_INVALID",
            "WINHTTP_CALLBACK_STATUS_FLAG_CERT_DATE_INVALID",
            "WINHTTP_CALLBACK_STATUS_FLAG_SECURITY_CHANNEL_ERROR",
        ]
    );
    let mut unknown = secure::names(0x101);
    assert_eq!(unknown.by_ref().count(), 1);
    let mut names = secure::names(0x101);
    while names.next().is_some() {}
    assert_eq!(names.unnamed(), 0x100);
    assert_eq!(secure::protocol_names(0xa8).count(), 3);
}

#[test]
fn options_carry_the_tiers_and_rights_of_the_contract() {
    let tier = |tier| option::TABLE.iter().filter(|row| row.tier == tier).count();
    // contract: options by tier; the two that keep chain building to what is stored, and that of Passport
    // (api-behaviour section 24), are taken beyond it.
    assert_eq!([Tier::Must, Tier::Should, Tier::Accept, Tier::Refuse].map(tier), [23, 34, 41, 38]);
    let find = |id| option::find(id).expect("an option");
    let context = find(winhttp_abi::WINHTTP_OPTION_CONTEXT_VALUE);
    assert_eq!(context.value.size(), Some(size_of::<usize>()));
    assert!(context.handles.has(Kinds::SESSION) && context.handles.has(Kinds::REQUEST));
    let disable = find(winhttp_abi::WINHTTP_OPTION_DISABLE_FEATURE);
    assert_eq!((disable.access, disable.handles), (Access::Write, Kinds::REQUEST));
    assert!(!disable.access.readable() && disable.access.settable());
    assert_eq!(find(winhttp_abi::WINHTTP_OPTION_URL).value, Value::Text);
    assert_eq!(
        find(winhttp_abi::WINHTTP_OPTION_PROXY).value.size(),
        Some(24).filter(|_| size_of::<usize>() == 8).or(Some(12))
    );
    for row in option::TABLE {
        if row.tier <= Tier::Should && row.access != Access::Unstated {
            assert_ne!(row.handles, Kinds::UNSTATED, "{}", row.name);
            assert_ne!(row.value, Value::Unstated, "{}", row.name);
        }
    }
    assert_eq!(option::find(0), None);
    assert!(!Kinds::UNSTATED.has(Kinds::UNSTATED));
}

#[test]
fn query_levels_name_their_headers() {
    let header = |id| query::find(id).and_then(|row| row.header());
    assert_eq!(header(winhttp_abi::WINHTTP_QUERY_CONTENT_TYPE), Some("Content-Type"));
    assert_eq!(header(winhttp_abi::WINHTTP_QUERY_ETAG), Some("ETag"));
    assert_eq!(header(winhttp_abi::WINHTTP_QUERY_WWW_AUTHENTICATE), Some("WWW-Authenticate"));
    assert_eq!(header(winhttp_abi::WINHTTP_QUERY_STATUS_CODE), None);
    assert_eq!(query::find(72), None);
    // 0 to 78 without 71 to 74, and CUSTOM.
    assert_eq!(query::TABLE.len(), 79 - 4 + 1);
    let query = winhttp_abi::WINHTTP_QUERY_STATUS_CODE | winhttp_abi::WINHTTP_QUERY_FLAG_NUMBER;
    assert_eq!(query::level(query), winhttp_abi::WINHTTP_QUERY_STATUS_CODE);
    assert_eq!(query::modifier_names(query).collect::<Vec<_>>(), ["WINHTTP_QUERY_FLAG_NUMBER"]);
}

#[test]
fn functions_are_the_public_ones() {
    // contract: 61 public functions.
    assert_eq!(function::TABLE.len(), 61);
    let names: BTreeSet<_> = function::TABLE.iter().map(|row| row.name).collect();
    assert_eq!(names.len(), 61);
    assert_eq!(function::find("WinHttpOpen").and_then(|row| row.wide_symbol), Some("WinHttpOpen_w32"));
    assert_eq!(function::find("WinHttpReadData").and_then(|row| row.wide_symbol), None);
    assert_eq!(function::find("WinHttpGetProxyForUrlHvsi"), None);
}
