//! Where the own resolver takes its servers and hosts from.

use std::fs::{self, File};
use std::io::BufReader;
use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use hickory_resolver::Hosts;
use hickory_resolver::config::{
    ConnectionConfig, NameServerConfig, ResolveHosts, ResolverConfig, ResolverOpts, ServerOrderingStrategy,
};
use hickory_resolver::net::NetError;
use hickory_resolver::proto::rr::Name;

use super::super::stamp::Stamp;
use super::{Hickory, Reactor};

/// Answers kept, at most.
const CACHE: u64 = 256;

/// Where the configuration is and how the thread behaves.
#[derive(Clone, Debug)]
pub(in super::super) struct Settings {
    /// Name servers and options (resolv.conf(5)).
    pub(in super::super) resolv_conf: PathBuf,
    /// Names known without asking (hosts(5)).
    pub(in super::super) hosts: PathBuf,
    /// The port name servers listen on.
    pub(in super::super) port: u16,
    /// How long the thread stays without a lookup.
    pub(in super::super) idle: Duration,
    /// How long the files are taken as unchanged.
    pub(in super::super) fresh: Duration,
    /// Replaces the time-out of resolv.conf, which counts in seconds, for tests.
    pub(in super::super) timeout: Option<Duration>,
}

impl Settings {
    /// The machine's files.
    pub(in super::super) fn machine() -> Self {
        Self {
            resolv_conf: "/etc/resolv.conf".into(),
            hosts: "/etc/hosts".into(),
            port: 53,
            idle: Duration::from_secs(30),
            fresh: Duration::from_secs(5),
            timeout: None,
        }
    }
}

/// What answers: the hosts file first, then name servers.
#[derive(Clone)]
pub(super) struct Source {
    pub(super) hosts: Arc<Hosts>,
    pub(super) hickory: Hickory,
}

/// A source made from the files as they were.
pub(super) struct Loaded {
    source: Source,
    stamps: [Option<Stamp>; 2],
    checked: Instant,
}

impl Loaded {
    /// The source for the configuration as it is now: the one in `loaded`, or a new one, left there, if the
    /// files have changed.
    pub(super) fn current(
        loaded: &mut Option<Self>,
        settings: &Settings,
        reactor: &Reactor,
    ) -> Result<Source, NetError> {
        let now = Instant::now();
        if let Some(known) = loaded {
            if now.duration_since(known.checked) < settings.fresh {
                return Ok(known.source.clone());
            }
            known.checked = now;
            if known.stamps == stamps(settings) {
                return Ok(known.source.clone());
            }
        }
        // Stamped before reading: a change in between is seen the next time.
        let stamps = stamps(settings);
        let source = load(settings, reactor)?;
        *loaded = Some(Self { source: source.clone(), stamps, checked: now });
        Ok(source)
    }
}

fn stamps(settings: &Settings) -> [Option<Stamp>; 2] {
    [Stamp::of(&settings.resolv_conf), Stamp::of(&settings.hosts)]
}

fn load(settings: &Settings, reactor: &Reactor) -> Result<Source, NetError> {
    // A missing file is an empty one (resolv.conf(5)): a server on this machine.
    let text = fs::read(&settings.resolv_conf).unwrap_or_default();
    let (conf, _ignored_lines) = resolv_conf::Config::parse_with_errors(&text);

    let mut servers: Vec<IpAddr> = conf.nameservers.iter().map(IpAddr::from).collect();
    // As many as the C library looks at (MAXNS).
    servers.truncate(3);
    if servers.is_empty() {
        servers.push(Ipv4Addr::LOCALHOST.into());
    }
    let servers = servers.into_iter().map(|ip| server(ip, settings.port)).collect();
    let config = ResolverConfig::from_parts(None, search(&conf), servers);

    let mut builder = Hickory::builder_with_config(config, reactor.clone());
    options(builder.options_mut(), &conf, settings);
    let hickory = builder.build()?;
    let mut hosts = Hosts::default();
    if let Ok(file) = File::open(&settings.hosts) {
        // A file that ends badly counts as far as it could be read.
        let _as_far_as_read = hosts.read_hosts_conf(BufReader::new(file));
    }
    Ok(Source { hosts: Arc::new(hosts), hickory })
}

/// The bounds are the C library's (resolv.conf(5)).
fn options(options: &mut ResolverOpts, conf: &resolv_conf::Config, settings: &Settings) {
    options.ndots = conf.ndots.min(15) as usize;
    options.timeout = settings.timeout.unwrap_or(Duration::from_secs(u64::from(conf.timeout.clamp(1, 30))));
    // There the number of tries, here that of further ones.
    options.attempts = conf.attempts.clamp(1, 5) as usize - 1;
    options.edns0 = conf.edns0;
    options.cache_size = CACHE;
    // hickory would look into it only with each search domain in turn, after servers have been asked.
    options.use_hosts_file = ResolveHosts::Never;
    options.server_ordering_strategy = ServerOrderingStrategy::UserProvidedOrder;
    options.num_concurrent_reqs = 1;
    options.try_tcp_on_error = false;
}

fn server(ip: IpAddr, port: u16) -> NameServerConfig {
    let mut connections = vec![ConnectionConfig::udp(), ConnectionConfig::tcp()];
    for connection in &mut connections {
        connection.port = port;
    }
    NameServerConfig::new(ip, true, connections)
}

/// The search list; without one, the domain of this machine's name (resolv.conf(5)).
fn search(conf: &resolv_conf::Config) -> Vec<Name> {
    let name = |text: &str| Name::from_str_relaxed(text).ok().filter(|name| !name.is_root());
    if conf.get_search().is_some() || conf.get_domain().is_some() {
        return conf.get_last_search_or_domain().filter_map(|text| name(text)).collect();
    }
    let host = nix::unistd::gethostname().ok().and_then(|host| host.into_string().ok());
    let domain = host.as_deref().and_then(|host| host.split_once('.')).map(|(_, domain)| domain);
    domain.and_then(name).into_iter().collect()
}
