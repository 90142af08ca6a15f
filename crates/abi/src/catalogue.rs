//! Every constant of `winhttp.h` in one list, for checks that go through all of them.

use crate::{Constant, api, auth, error, feature, flag, handle, http_status, option, proxy, query};
use crate::{secure, setting, status, timing, url, websocket};

/// The tables of plain rows, family by family. Statuses, options and query levels have rows of
/// their own, see [`all`].
const PLAIN: &[&[Constant]] = &[
    api::TABLE,
    auth::TARGETS,
    auth::SCHEMES,
    auth::AUTOLOGON,
    auth::ALIASES,
    auth::PASSPORT,
    auth::PROXY_DISABLE,
    auth::SPN,
    error::ALIASES,
    error::TABLE,
    error::SOCKET,
    feature::TABLE,
    flag::OPEN,
    flag::OPEN_REQUEST,
    flag::ADDREQ,
    flag::NOTIFICATION,
    flag::OTHER,
    handle::TABLE,
    http_status::TABLE,
    http_status::ALIASES,
    option::ALIASES,
    proxy::ACCESS_TYPES,
    proxy::AUTOPROXY,
    proxy::AUTO_DETECT,
    proxy::RESET,
    proxy::TYPES,
    proxy::SETTINGS_TYPES,
    proxy::OTHER,
    query::ALIASES,
    query::MODIFIERS,
    secure::FAILURES,
    secure::FLAGS,
    secure::ALIASES,
    secure::PROTOCOLS,
    setting::REDIRECT_POLICY,
    setting::ALIASES,
    setting::DISABLE_FEATURE,
    setting::ENABLE_FEATURE,
    setting::DECOMPRESSION,
    setting::HTTP_PROTOCOL,
    setting::RETRY_CONDITIONS,
    setting::RESOLVER_CACHE,
    setting::SECURE_DNS,
    setting::CHAIN_BUILD,
    setting::FAST_FORWARDING,
    setting::OTHER,
    timing::TIMES,
    timing::STATS,
    timing::STAT_FLAGS,
    url::PORTS,
    url::SCHEMES,
    url::FLAGS,
    websocket::BUFFER_TYPES,
    websocket::OPERATIONS,
    websocket::CLOSE_STATUSES,
    websocket::LIMITS,
    websocket::PROTOCOL_OPERATIONS,
];

/// All constants as name and value. Names of C that stand for no number, such as
/// `WINHTTP_NO_REFERER`, are not among them, nor those of the COM object.
pub fn all() -> impl Iterator<Item = (&'static str, u64)> {
    let plain = PLAIN.iter().flat_map(|table| table.iter()).map(|row| (row.name, row.value));
    let statuses = status::TABLE.iter().map(|row| (row.name, u64::from(row.value)));
    let options = option::TABLE.iter().map(|row| (row.name, u64::from(row.id)));
    let queries = query::TABLE.iter().map(|row| (row.name, u64::from(row.id)));
    plain.chain(statuses).chain(options).chain(queries)
}
