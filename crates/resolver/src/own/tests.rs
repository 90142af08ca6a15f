//! The own resolver against a name server on loopback.

use std::fs;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use super::super::flights::Flights;
use super::super::scratch::Folder;
use super::super::{Outcome, Trouble};
use super::server::{A, AAAA, NameServer, Question, Reply, Via};
use super::{MOST, Own, Settings};

/// Far longer than anything here takes: only a hang reaches it.
const HANG: Duration = Duration::from_secs(30);

/// An own resolver with its own files, asking `server`.
struct Bench {
    folder: Folder,
    flights: Arc<Flights>,
    own: Arc<Own>,
}

impl Bench {
    fn new(port: u16, change: impl FnOnce(&mut Settings)) -> Self {
        let folder = Folder::new();
        let mut settings = Settings {
            resolv_conf: folder.path("resolv.conf"),
            hosts: folder.path("hosts"),
            port,
            timeout: Some(Duration::from_secs(10)),
            ..Settings::machine()
        };
        change(&mut settings);
        let bench = Self { folder, flights: Arc::default(), own: Own::new(settings) };
        bench.write("resolv.conf", "nameserver 127.0.0.1\nsearch .\noptions attempts:1\n");
        bench
    }

    fn of(server: &NameServer) -> Self {
        Self::new(server.port, |_| ())
    }

    fn write(&self, file: &str, text: &str) {
        // Renamed into place, so that no half-written file is ever read.
        fs::write(self.folder.path("next"), text).unwrap();
        fs::rename(self.folder.path("next"), self.folder.path(file)).unwrap();
    }

    fn start(&self, host: &str) -> Receiver<Outcome> {
        let (sender, receiver) = channel();
        let answer = Box::new(move |outcome| {
            // The test may have gone away on purpose.
            let _gone = sender.send(outcome);
        });
        if let Some(pending) = self.flights.join(host, answer) {
            self.own.start(pending);
        }
        receiver
    }

    fn ask(&self, host: &str) -> Outcome {
        self.start(host).recv_timeout(HANG).unwrap()
    }

    fn wait_until_ended(&self) {
        let start = Instant::now();
        while self.own.is_running() {
            assert!(start.elapsed() < HANG, "the thread does not end");
            thread::sleep(Duration::from_millis(2));
        }
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        self.own.close();
    }
}

fn addresses(texts: &[&str]) -> Vec<IpAddr> {
    texts.iter().map(|text| text.parse().unwrap()).collect()
}

fn found(texts: &[&str]) -> Outcome {
    Outcome::Found(addresses(texts).into())
}

fn fixed(texts: &[&str]) -> impl Fn(&Question) -> Reply + Send + use<> {
    let addresses = addresses(texts);
    move |_| Reply::Addresses(addresses.clone())
}

#[test]
fn asks_for_both_kinds() {
    let server = NameServer::start(fixed(&["127.0.0.9", "::1"]));
    let bench = Bench::of(&server);
    let Outcome::Found(answer) = bench.ask("host.example") else { panic!() };
    let mut answer = answer.to_vec();
    answer.sort();
    assert_eq!(answer, addresses(&["127.0.0.9", "::1"]));
    let mut kinds: Vec<u16> = server.asked().iter().map(|question| question.kind).collect();
    kinds.sort();
    assert_eq!(kinds, [A, AAAA]);
}

#[test]
fn one_kind_is_enough() {
    let server = NameServer::start(fixed(&["127.0.0.9", "127.0.0.8"]));
    assert_eq!(Bench::of(&server).ask("four.example"), found(&["127.0.0.9", "127.0.0.8"]));
    let server = NameServer::start(fixed(&["::1"]));
    assert_eq!(Bench::of(&server).ask("six.example"), found(&["::1"]));
}

#[test]
fn no_such_name() {
    let server = NameServer::start(|_| Reply::Code(3));
    assert_eq!(Bench::of(&server).ask("missing.example"), Outcome::NotFound);
}

#[test]
fn a_name_without_addresses() {
    let server = NameServer::start(|_| Reply::Code(0));
    assert_eq!(Bench::of(&server).ask("empty.example"), Outcome::NotFound);
}

#[test]
fn server_trouble() {
    const SERVFAIL: u8 = 2;
    const REFUSED: u8 = 5;
    for code in [SERVFAIL, REFUSED] {
        let server = NameServer::start(move |_| Reply::Code(code));
        let outcome = Bench::of(&server).ask("broken.example");
        assert_eq!(outcome, Outcome::Failed(Trouble::Server), "code {code}");
    }
}

#[test]
fn silence_times_out() {
    let server = NameServer::start(|_| Reply::Silence);
    let bench = Bench::new(server.port, |settings| settings.timeout = Some(Duration::from_millis(50)));
    assert_eq!(bench.ask("silent.example"), Outcome::Failed(Trouble::Server));
    assert!(server.asked_for("silent.example") >= 2);
}

#[test]
fn a_server_that_is_not_there_is_noticed_at_once() {
    let port = NameServer::start(|_| Reply::Silence).port;
    // The time-out would be a hang.
    let bench = Bench::new(port, |settings| settings.timeout = Some(HANG * 2));
    assert_eq!(bench.ask("host.example"), Outcome::Failed(Trouble::Server));
}

#[cfg(target_os = "linux")]
#[test]
fn the_second_server_is_asked_where_the_first_is_not_there() {
    let server = NameServer::start(fixed(&["127.0.0.9"]));
    let bench = Bench::of(&server);
    bench.write("resolv.conf", "nameserver 127.0.0.53\nnameserver 127.0.0.1\nsearch .\n");
    assert_eq!(bench.ask("host.example"), found(&["127.0.0.9"]));
}

#[test]
fn a_truncated_answer_is_asked_for_again_over_tcp() {
    let many: Vec<IpAddr> = (0..100).map(|last| IpAddr::from([127, 0, 1, last])).collect();
    let all = many.clone();
    let server = NameServer::start(move |question| match question.via {
        Via::Udp => Reply::Truncated,
        Via::Tcp => Reply::Addresses(all.clone()),
    });
    let Outcome::Found(answer) = Bench::of(&server).ask("large.example") else { panic!() };
    assert_eq!(*answer, *many);
    let over = |via| server.asked().iter().filter(|question| question.via == via).count();
    assert_eq!((over(Via::Udp), over(Via::Tcp)), (2, 2));
}

#[test]
fn truncated_over_tcp_too_is_trouble() {
    let server = NameServer::start(|_| Reply::Truncated);
    assert_eq!(Bench::of(&server).ask("large.example"), Outcome::Failed(Trouble::Server));
}

#[test]
fn forged_answers_are_passed_over() {
    let right = addresses(&["127.0.0.9"]);
    let server = NameServer::start(move |_| Reply::Forged(right.clone()));
    assert_eq!(Bench::of(&server).ask("host.example"), found(&["127.0.0.9"]));
}

#[test]
fn garbage_is_no_answer() {
    let server = NameServer::start(|_| Reply::Garbage);
    let bench = Bench::new(server.port, |settings| settings.timeout = Some(Duration::from_millis(50)));
    assert!(!matches!(bench.ask("host.example"), Outcome::Found(_)));
}

#[test]
fn the_search_list_is_followed() {
    let server = NameServer::start(|question| match question.name.as_str() {
        "printer.two.example" => Reply::Addresses(addresses(&["127.0.0.9"])),
        _ => Reply::Code(3),
    });
    let bench = Bench::of(&server);
    bench.write("resolv.conf", "nameserver 127.0.0.1\nsearch one.example two.example\noptions attempts:1\n");
    assert_eq!(bench.ask("printer"), found(&["127.0.0.9"]));
    let names: Vec<String> = server.asked().into_iter().map(|question| question.name).collect();
    assert_eq!(names[0], "printer.one.example");
    assert!(!names.contains(&"printer".to_owned()));
    // A final dot makes a name complete.
    assert_eq!(bench.ask("printer."), Outcome::NotFound);
    assert_eq!(server.asked_for("printer"), 2);
}

#[test]
fn the_hosts_file_comes_first() {
    let server = NameServer::start(|_| Reply::Code(3));
    let bench = Bench::of(&server);
    bench.write("hosts", "# nothing\n127.0.0.7 known.example Alias\n::1 known.example\n");
    assert_eq!(bench.ask("alias"), found(&["127.0.0.7"]));
    let Outcome::Found(answer) = bench.ask("KNOWN.example") else { panic!() };
    assert_eq!(answer.len(), 2);
    assert_eq!(server.asked_for("known.example"), 0);
}

#[test]
fn changed_files_are_read_again() {
    let server = NameServer::start(|question| match question.name.as_str() {
        "host.b.example" => Reply::Addresses(addresses(&["127.0.0.2"])),
        _ => Reply::Code(3),
    });
    let bench = Bench::new(server.port, |settings| settings.fresh = Duration::ZERO);
    assert_eq!(bench.ask("host"), Outcome::NotFound);
    bench.write("resolv.conf", "nameserver 127.0.0.1\nsearch b.example\noptions attempts:1\n");
    assert_eq!(bench.ask("host"), found(&["127.0.0.2"]));
    bench.write("hosts", "127.0.0.3 host\n");
    assert_eq!(bench.ask("host"), found(&["127.0.0.3"]));
}

#[test]
fn localhost_is_asked_of_nobody() {
    let server = NameServer::start(|_| Reply::Addresses(addresses(&["192.0.2.1"])));
    let bench = Bench::of(&server);
    bench.write("resolv.conf", "nameserver 127.0.0.1\nsearch evil.example\noptions ndots:9\n");
    for host in ["localhost", "localhost.", "a.localhost", "LOCALHOST"] {
        let Outcome::Found(answer) = bench.ask(host) else { panic!("{host}") };
        assert!(answer.iter().all(IpAddr::is_loopback), "{host}: {answer:?}");
        assert_eq!(answer.len(), 2, "{host}");
    }
    assert_eq!(server.asked(), []);
}

#[test]
fn answers_are_kept() {
    let server = NameServer::start(fixed(&["127.0.0.9"]));
    let bench = Bench::of(&server);
    for _ in 0..5 {
        assert_eq!(bench.ask("kept.example"), found(&["127.0.0.9"]));
    }
    assert_eq!(server.asked().iter().filter(|question| question.kind == A).count(), 1);
}

#[test]
fn many_lookups_at_once() {
    let server = NameServer::start(|question| {
        let last: u8 = question.name.split('.').next().unwrap()[1..].parse().unwrap();
        Reply::Addresses(vec![[127, 0, 0, last].into()])
    });
    let bench = Bench::of(&server);
    let lookups: Vec<_> = (0..200u8).map(|n| (n, bench.start(&format!("n{n}.example")))).collect();
    assert!(lookups.len() > MOST);
    for (n, lookup) in lookups {
        let address: IpAddr = [127, 0, 0, n].into();
        assert_eq!(lookup.recv_timeout(HANG).unwrap(), Outcome::Found([address].into()));
    }
}

#[test]
fn lookups_of_one_name_are_one() {
    let server = NameServer::start(|_| {
        thread::sleep(Duration::from_millis(100));
        Reply::Addresses(addresses(&["127.0.0.9"]))
    });
    let bench = Bench::of(&server);
    let lookups: Vec<_> = (0..50).map(|_| bench.start("same.example")).collect();
    for lookup in lookups {
        assert_eq!(lookup.recv_timeout(HANG).unwrap(), found(&["127.0.0.9"]));
    }
    assert_eq!(server.asked_for("same.example"), 2);
}

#[test]
fn the_thread_ends_without_work_and_comes_back() {
    let server = NameServer::start(fixed(&["127.0.0.9"]));
    let bench = Bench::new(server.port, |settings| settings.idle = Duration::from_millis(20));
    assert!(!bench.own.is_running());
    for _ in 0..3 {
        assert_eq!(bench.ask("host.example"), found(&["127.0.0.9"]));
        bench.wait_until_ended();
    }
}

#[test]
fn no_lookup_is_lost_while_the_thread_ends() {
    let bench = Bench::new(1, |settings| settings.idle = Duration::ZERO);
    bench.write("hosts", "127.0.0.7 known\n");
    for _ in 0..300 {
        assert_eq!(bench.ask("known"), found(&["127.0.0.7"]));
    }
    bench.wait_until_ended();
}

#[test]
fn closing_answers_those_who_wait() {
    let server = NameServer::start(|_| {
        thread::sleep(Duration::from_millis(50));
        Reply::Addresses(addresses(&["127.0.0.9"]))
    });
    let bench = Bench::of(&server);
    let lookup = bench.start("host.example");
    bench.own.close();
    assert_eq!(lookup.recv_timeout(HANG).unwrap(), found(&["127.0.0.9"]));
    bench.wait_until_ended();
}

#[test]
fn an_answer_nobody_wants_harms_nobody() {
    let server = NameServer::start(fixed(&["127.0.0.9"]));
    let bench = Bench::of(&server);
    drop(bench.start("unwanted.example"));
    assert_eq!(bench.ask("wanted.example"), found(&["127.0.0.9"]));
}

#[cfg(target_os = "linux")]
#[test]
fn the_thread_blocks_every_signal() {
    let server = NameServer::start(fixed(&["127.0.0.9"]));
    let bench = Bench::of(&server);
    let (sender, receiver) = channel();
    let answer = Box::new(move |_| sender.send(fs::read_to_string("/proc/thread-self/status")).unwrap());
    bench.own.start(bench.flights.join("host.example", answer).unwrap());
    let status = receiver.recv_timeout(HANG).unwrap().unwrap();
    assert!(status.contains("Name:\twinhttp-dns-own\n"), "{status}");
    // All but SIGKILL and SIGSTOP, which cannot be blocked, and the two the C library keeps to itself.
    assert!(status.contains("SigBlk:\tfffffffe7ffbfeff\n"), "{status}");
}
