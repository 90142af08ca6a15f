//! The system's proxy settings, as System Settings keeps them.
#![allow(unsafe_code)]

use std::sync::Arc;

use system_configuration::core_foundation::array::CFArray;
use system_configuration::core_foundation::base::{CFType, TCFType};
use system_configuration::core_foundation::dictionary::CFDictionary;
use system_configuration::core_foundation::number::CFNumber;
use system_configuration::core_foundation::string::CFString;
use system_configuration::dynamic_store::SCDynamicStoreBuilder;

use super::NamedProxy;
use super::settings::Settings;

type Dictionary = CFDictionary<CFString, CFType>;

fn entry(proxies: &Dictionary, key: &'static str) -> Option<CFType> {
    proxies.find(CFString::from_static_string(key)).map(|value| value.clone())
}

fn text(proxies: &Dictionary, key: &'static str) -> Option<String> {
    let text = entry(proxies, key)?.downcast::<CFString>()?.to_string();
    (!text.is_empty()).then_some(text)
}

fn number(proxies: &Dictionary, key: &'static str) -> Option<i64> {
    entry(proxies, key)?.downcast::<CFNumber>()?.to_i64()
}

fn on(proxies: &Dictionary, key: &'static str) -> bool {
    number(proxies, key).is_some_and(|number| number != 0)
}

/// `scheme=host:port`, where it is switched on.
fn place(proxies: &Dictionary, scheme: &str, [enabled, host, port]: [&'static str; 3]) -> Option<String> {
    if !on(proxies, enabled) {
        return None;
    }
    let host = text(proxies, host)?;
    let host = if host.contains(':') && !host.starts_with('[') { format!("[{host}]") } else { host };
    let port = number(proxies, port).and_then(|port| u16::try_from(port).ok()).filter(|&port| port != 0);
    Some(format!("{scheme}={host}:{}", port.unwrap_or(80)))
}

/// Hosts that are reached past the proxies, in the form of the contract's lists.
fn bypass(proxies: &Dictionary) -> String {
    let mut list = Vec::new();
    if on(proxies, "ExcludeSimpleHostnames") {
        list.push("<local>".to_owned());
    }
    let hosts = entry(proxies, "ExceptionsList").and_then(|hosts| hosts.downcast::<CFArray>());
    for host in hosts.iter().flat_map(|hosts| hosts.get_all_values()) {
        // SAFETY: the system's array holds objects of its own kind, and lives while this runs.
        let host = unsafe { CFType::wrap_under_get_rule(host.cast()) };
        if let Some(host) = host.downcast::<CFString>().map(|host| host.to_string())
            && !host.contains([';', '<', '>'])
        {
            list.push(host);
        }
    }
    list.join(";")
}

/// What the system is set to; nothing where it does not say.
pub(super) fn of_system() -> Settings {
    let Some(proxies) = SCDynamicStoreBuilder::new("winhttp").build().and_then(|store| store.get_proxies())
    else {
        return Settings::default();
    };
    let places = [
        place(&proxies, "http", ["HTTPEnable", "HTTPProxy", "HTTPPort"]),
        place(&proxies, "https", ["HTTPSEnable", "HTTPSProxy", "HTTPSPort"]),
    ];
    let list = places.into_iter().flatten().collect::<Vec<_>>().join(";");
    let script = on(&proxies, "ProxyAutoConfigEnable").then(|| text(&proxies, "ProxyAutoConfigURLString"));
    Settings {
        proxy: NamedProxy::new(&list, &bypass(&proxies)).ok().map(Arc::new),
        script: script.flatten(),
        detects: on(&proxies, "ProxyAutoDiscoveryEnable"),
    }
}
