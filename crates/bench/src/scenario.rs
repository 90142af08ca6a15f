//! What is measured, between whom, and what the figures should be.

use crate::peers::Peer;

/// Which origin a scenario talks to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Site {
    Plain,
    Tls,
    /// Never resumes a session.
    TlsForgetful,
    /// Drips a body for ever; swallows uploads.
    Slow,
    SlowTls,
    /// Sends WebSocket frames back.
    Echo,
}

impl Site {
    pub(crate) fn encrypted(self) -> bool {
        matches!(self, Site::Tls | Site::TlsForgetful | Site::SlowTls)
    }
}

/// What a ratio or a figure should stay under, or above.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Limit {
    AtMost(f64),
    /// Wished for and reported, never missed.
    AtLeast(f64),
}

/// One figure of a scenario.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Measure {
    pub(crate) what: &'static str,
    pub(crate) field: &'static str,
    pub(crate) own: Option<Limit>,
    pub(crate) to_curl: Option<Limit>,
    pub(crate) to_raw: Option<Limit>,
    /// Whether the larger figure is the better one.
    pub(crate) rising: bool,
}

impl Measure {
    const fn new(what: &'static str, field: &'static str) -> Measure {
        Measure { what, field, own: None, to_curl: None, to_raw: None, rising: false }
    }

    const fn own(mut self, most: f64) -> Measure {
        self.own = Some(Limit::AtMost(most));
        self
    }

    fn curl(mut self, most: Option<f64>) -> Measure {
        self.to_curl = most.map(Limit::AtMost);
        self
    }

    fn raw(mut self, most: Option<f64>) -> Measure {
        self.to_raw = most.map(Limit::AtMost);
        self
    }

    fn faster(mut self, least: Option<f64>) -> Measure {
        self.to_curl = least.map(Limit::AtLeast);
        self.rising = true;
        self
    }
}

const CPU: Measure = Measure::new("CPU, us a request", "cpu_us");
const CPU_GB: Measure = Measure::new("CPU, s a GB", "cpu_s_gb");
const RATE: Measure = Measure::new("requests a second", "rps");
const SPEED: Measure = Measure::new("MB a second", "mb_s");
const MIDDLE: Measure = Measure::new("median latency, us", "p50_us");

/// One line of work, the same for every client.
pub(crate) struct Scenario {
    pub(crate) name: String,
    pub(crate) site: Site,
    pub(crate) path: &'static str,
    /// Everything but the count and the address.
    pub(crate) flags: Vec<String>,
    pub(crate) count: u64,
    pub(crate) peers: &'static [Peer],
    pub(crate) measures: Vec<Measure>,
    /// How often it is run in a round.
    pub(crate) times: usize,
    /// Verify against the machine's authorities and ours instead of ours alone.
    pub(crate) many_roots: bool,
}

use Peer::{CurlPoll, CurlSocket, Mio, Ours, Raw};

const ALL: &[Peer] = &[Ours, CurlSocket, CurlPoll, Mio, Raw];
const NO_MIO: &[Peer] = &[Ours, CurlSocket, CurlPoll, Raw];
const WITH_FLOOR: &[Peer] = &[Ours, Raw];
const ALONE: &[Peer] = &[Ours];

fn scenario(name: String, site: Site, flags: &str, count: u64) -> Scenario {
    let flags = flags.split(' ').map(str::to_owned).collect();
    let path = "/small";
    Scenario { name, site, path, flags, count, peers: ALL, measures: vec![], times: 1, many_roots: false }
}

impl Scenario {
    /// For a short run: enough to see that it works and roughly where it stands.
    pub(crate) fn fewer(&self) -> u64 {
        // What is open at once, and what is a handful anyway, stays.
        let open = self.flags.iter().any(|flag| flag == "open");
        if open || self.count < 100 { self.count } else { (self.count / 4).max(100) }
    }
}

/// Everything there is, in the order in which it is run and printed.
pub(crate) fn all() -> Vec<Scenario> {
    let mut list = Vec::new();
    small(&mut list);
    large(&mut list);
    connections(&mut list);
    open(&mut list);
    rest(&mut list);
    websocket(&mut list);
    list
}

fn small(list: &mut Vec<Scenario>) {
    for (conc, curl, raw, rate) in [
        (1, Some(0.45), Some(1.2), None),
        (16, Some(0.48), Some(1.15), Some(2.0)),
        (64, None, None, None),
        (256, Some(0.34), Some(1.15), Some(2.4)),
    ] {
        let count = if conc == 1 { 6000 } else { 16000 };
        let mut s = scenario(format!("get-{conc}"), Site::Plain, &format!("-s get -c {conc}"), count);
        let middle = MIDDLE.raw((conc == 1).then_some(1.10));
        let handoffs = Measure::new("hand-offs a GET", "handoffs_per").own(0.01);
        s.measures = vec![CPU.curl(curl).raw(raw), RATE.faster(rate), middle, handoffs];
        list.push(s);
    }
    let mut s = scenario("get-1-app".into(), Site::Plain, "-s get -c 1 --app", 6000);
    s.peers = WITH_FLOOR;
    s.measures = vec![MIDDLE.raw(Some(1.25)), CPU];
    list.push(s);
    for conc in [1, 16, 64, 256] {
        let count = if conc == 1 { 3000 } else { 8000 };
        let mut s = scenario(format!("get-tls-{conc}"), Site::Tls, &format!("-s get -c {conc}"), count);
        s.measures = vec![CPU, RATE.faster(None), MIDDLE];
        list.push(s);
    }
}

fn large(list: &mut Vec<Scenario>) {
    for (site, word) in [(Site::Plain, "plain"), (Site::Tls, "tls")] {
        for kb in [8, 64, 256] {
            let flags = format!("-s down -c 1 --buf {}", kb * 1024);
            let mut s = scenario(format!("down-{word}-{kb}k"), site, &flags, 2);
            s.path = "/big";
            s.peers = NO_MIO;
            let raw = (site == Site::Plain && kb == 64).then_some(1.05);
            let curl = (site == Site::Tls && kb == 64).then_some(0.95);
            s.measures = vec![CPU_GB.curl(curl).raw(raw), SPEED.faster(None)];
            list.push(s);
        }
    }
    for (site, word) in [(Site::Slow, "plain"), (Site::SlowTls, "tls")] {
        for kb in [8, 64, 256] {
            let flags = format!("-s up -c 1 --size {} --buf {}", 128 << 20, kb * 1024);
            let mut s = scenario(format!("up-{word}-{kb}k"), site, &flags, 2);
            s.peers = NO_MIO;
            s.measures = vec![CPU_GB, SPEED.faster(None)];
            list.push(s);
        }
    }
}

fn connections(list: &mut Vec<Scenario>) {
    for conc in [1, 16] {
        let mut s = scenario(format!("fresh-{conc}"), Site::Plain, &format!("-s fresh -c {conc}"), 1500);
        s.measures = vec![CPU, RATE.faster(None)];
        list.push(s);
    }
    let mut full = scenario("handshake-full".into(), Site::TlsForgetful, "-s fresh -c 1", 200);
    full.measures = vec![CPU.curl(Some(0.32)), MIDDLE];
    let mut resumed = scenario("handshake-resumed".into(), Site::Tls, "-s fresh -c 1 --resume", 300);
    resumed.measures = vec![CPU.curl(Some(0.25)), MIDDLE];
    list.extend([full, resumed]);
}

fn open(list: &mut Vec<Scenario>) {
    for (site, word, most) in [(Site::Slow, "plain", 2.0), (Site::SlowTls, "tls", 11.0)] {
        for conc in [1000, 10_000] {
            let flags = format!("-s open -c {conc} --buf 64 --hold 1500");
            let mut s = scenario(format!("open-{word}-{conc}"), site, &flags, conc);
            let cpu = CPU.raw((conc == 10_000).then_some(1.5));
            s.peers = NO_MIO;
            let memory = Measure::new("KB an open request", "kb_per_open").own(most);
            s.measures = vec![memory, Measure::new("threads", "threads").own(4.0), cpu];
            list.push(s);
        }
    }
}

fn rest(list: &mut Vec<Scenario>) {
    for (site, word, most) in [(Site::Plain, "plain", 0.2), (Site::Tls, "tls", 0.15)] {
        let mut s = scenario(format!("start-{word}"), site, "-s get -c 1", 1);
        s.times = 5;
        s.many_roots = site.encrypted();
        let memory = Measure::new("resident, KB", "rss_after_kb");
        s.measures = vec![
            Measure::new("process start to first byte, us", "first_us").curl(Some(most)),
            if site.encrypted() { memory.own(4.5 * 1024.0) } else { memory },
        ];
        list.push(s);
    }
    let mut s = scenario("sync".into(), Site::Plain, "-s sync -c 1", 8000);
    s.peers = WITH_FLOOR;
    s.measures = vec![CPU.raw(Some(1.15)), MIDDLE];
    list.push(s);
    let mut s = scenario("block".into(), Site::Plain, "-s block -c 16 --hold 20", 60_000);
    s.peers = ALONE;
    s.measures = vec![
        Measure::new("p90 of the others / quiet p90", "p90_ratio").own(1.5),
        Measure::new("changes of the leading thread, 14 blockings", "leads_per_14").own(2.0),
        Measure::new("blockings", "blockings"),
    ];
    list.push(s);
}

fn websocket(list: &mut Vec<Scenario>) {
    for (name, conc, size, count) in [
        ("ws-1", 1, 32, 20_000),
        ("ws-16", 16, 32, 60_000),
        ("ws-1-16k", 1, 16 * 1024, 6000),
        ("ws-1-64k", 1, 64 * 1024, 3000),
    ] {
        let mut s = scenario(name.into(), Site::Echo, &format!("-s ws -c {conc} --size {size}"), count);
        s.path = "/echo";
        s.peers = WITH_FLOOR;
        let cpu = Measure::new("CPU, us a message", "cpu_us");
        let mut rate = Measure::new("messages a second", "rps");
        rate.rising = true;
        s.measures = vec![cpu, rate, MIDDLE];
        list.push(s);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_every_scenario_measures_something() {
        let all = all();
        let names: std::collections::HashSet<_> = all.iter().map(|s| s.name.as_str()).collect();
        assert_eq!(names.len(), all.len());
        assert!(all.iter().all(|s| !s.measures.is_empty() && s.peers.contains(&Peer::Ours)));
    }
}
