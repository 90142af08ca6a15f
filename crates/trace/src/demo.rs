//! Demonstrations against a server of their own on the loopback interface.
use std::net::ToSocketAddrs;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use winhttp_abi::{ERROR_WINHTTP_CANNOT_CONNECT, ERROR_WINHTTP_SECURE_FAILURE, ERROR_WINHTTP_TIMEOUT};
use winhttp_conformance::origin::certificates::{Authority, Kind};
use winhttp_conformance::origin::{Answer, Body, Conn, Origin, Routes, Script};

use crate::advice::Exit;
use crate::args::Look;
use crate::body::{Destination, Source, WITH_SEND};
use crate::exchange::{Client, Plan, perform};
use crate::html::Section;
use crate::record::Outcome;
use crate::screen::{Screen, Stream};
use crate::url::Url;
use crate::{complain, draw, lock, summary, trouble};

/// What a demonstration must come to.
#[derive(Debug, Clone, Copy)]
enum Due {
    /// 200 and a body of this length.
    Answer(u64),
    /// This error.
    Error(u32),
}

impl Due {
    fn is(self, outcome: &Outcome) -> bool {
        match self {
            Due::Answer(bytes) => {
                outcome.failure.is_none() && outcome.code == Some(200) && outcome.bytes == bytes
            }
            Due::Error(error) => outcome.failure.is_some_and(|failure| failure.error == error),
        }
    }
}

struct Demo {
    name: &'static str,
    about: &'static str,
    due: Due,
    plan: fn(&Places) -> Plan,
}

/// What the plain origin answers at `/hello`.
const HELLO: &str = "Hello from the embedded origin.\n";
const CHUNKS: [&str; 4] = ["one ", "two ", "three ", "four\n"];
/// More than goes with WinHttpSendRequest.
const UPLOAD: usize = 3 * WITH_SEND + 1000;
const TLS: &str = "Hello over TLS.\n";

const DEMOS: [Demo; 9] = [
    Demo {
        name: "get",
        about: "a plain asynchronous GET",
        due: Due::Answer(HELLO.len() as u64),
        plan: |p| p.plan(p.first, "/hello"),
    },
    Demo {
        name: "tls",
        about: "a GET over TLS; the session trusts the origin's authority",
        due: Due::Answer(TLS.len() as u64),
        plan: |p| Plan { roots: Some(p.roots.clone()), ..p.plan(p.trusted, "/hello") },
    },
    Demo {
        name: "certificate",
        about: "a certificate that is expired, for another host, for clients, of an unknown authority",
        due: Due::Error(ERROR_WINHTTP_SECURE_FAILURE),
        plan: |p| p.plan(p.faulty, "/hello"),
    },
    Demo {
        name: "redirect",
        about: "a redirect that the library follows",
        due: Due::Answer(HELLO.len() as u64),
        plan: |p| p.plan(p.plain, "/moved"),
    },
    Demo {
        name: "chunked",
        about: "a body of unknown length, in four chunks",
        due: Due::Answer(chunks_length()),
        plan: |p| p.plan(p.plain, "/chunked"),
    },
    Demo {
        name: "upload",
        about: "a POST whose body goes out with WinHttpWriteData",
        due: Due::Answer(6),
        plan: |p| {
            let body = (0..UPLOAD).map(|i| b'a' + (i % 26) as u8).collect();
            let headers = vec!["Content-Type: text/plain".to_owned()];
            let plan = p.plan(p.plain, "/upload");
            Plan { method: "POST".to_owned(), headers, source: Source::Bytes(body), ..plan }
        },
    },
    Demo {
        name: "refused",
        about: "nobody listens at the port",
        due: Due::Error(ERROR_WINHTTP_CANNOT_CONNECT),
        plan: |p| p.plan((false, p.closed), "/"),
    },
    Demo {
        name: "timeout",
        about: "a server that takes longer than the 300 ms it is given",
        due: Due::Error(ERROR_WINHTTP_TIMEOUT),
        plan: |p| Plan { timeout: Some(300), ..p.plan(p.plain, "/slow") },
    },
    Demo {
        name: "sync",
        about: "a synchronous GET: every callback comes inside a call",
        due: Due::Answer(HELLO.len() as u64),
        plan: |p| Plan { synchronous: true, ..p.plan(p.last, "/hello") },
    },
];

const fn chunks_length() -> u64 {
    (CHUNKS[0].len() + CHUNKS[1].len() + CHUNKS[2].len() + CHUNKS[3].len()) as u64
}

/// Whether a place speaks TLS, and its port.
type Place = (bool, u16);

/// Where the demonstrations go. The origins live as long.
struct Places {
    host: &'static str,
    first: Place,
    last: Place,
    plain: Place,
    trusted: Place,
    faulty: Place,
    closed: u16,
    roots: Vec<u8>,
    _origins: [Origin; 5],
    _authority: Authority,
}

impl Places {
    fn open() -> std::io::Result<Places> {
        let authority = Authority::new()?;
        let chunks = Answer::new(200, "").header("Content-Type: text/plain");
        let pieces = CHUNKS.iter().map(|piece| piece.as_bytes().to_vec()).collect();
        let body = Body::Chunked(pieces);
        let plain = Origin::serve(
            Routes::new()
                .fixed("/hello", HELLO)
                .redirect("/moved", 302, "/hello")
                .answer("/chunked", Answer { body, ..chunks })
                .on("/upload", |request| Answer::new(200, format!("{}", request.body_len)))
                .answer("/slow", Answer::new(200, HELLO).after(Duration::from_secs(20))),
        )?;
        // Head and body in one piece, and a connection of their own: these two show every status, and each once.
        let whole = || Origin::start(Script::new().every(Conn::new().request().reply(200, HELLO).again()));
        let (first, last) = (whole()?, whole()?);
        let tls = || Routes::new().fixed("/hello", TLS);
        let trusted = Origin::serve_tls(tls(), authority.offer(Kind::Good)?)?;
        let faulty = Origin::serve_tls(tls(), authority.offer(Kind::AllFaults)?)?;
        Ok(Places {
            host: host(),
            first: (false, first.port()),
            last: (false, last.port()),
            plain: (false, plain.port()),
            trusted: (true, trusted.port()),
            faulty: (true, faulty.port()),
            closed: Origin::closed_port()?,
            roots: authority.ca_pem().as_bytes().to_vec(),
            _origins: [first, last, plain, trusted, faulty],
            _authority: authority,
        })
    }

    fn plan(&self, (secure, port): Place, object: &str) -> Plan {
        Plan {
            messages: Vec::new(),
            name: String::new(),
            url: Url { secure, socket: false, host: self.host.to_owned(), port, object: object.to_owned() },
            method: "GET".to_owned(),
            headers: Vec::new(),
            source: Source::None,
            destination: Destination::Nowhere,
            insecure: false,
            revocation: false,
            client: Client::Unsaid,
            synchronous: false,
            timeout: None,
            roots: None,
        }
    }
}

/// The origin listens on 127.0.0.1 alone: where `localhost` means ::1 first, or nothing, the address is used, so that
/// every machine shows the same lines.
fn host() -> &'static str {
    let first = ("localhost", 0).to_socket_addrs().ok().and_then(|mut all| all.next());
    if first.is_some_and(|address| address.is_ipv4()) { "localhost" } else { "127.0.0.1" }
}

/// Plays the demonstrations of these names, or all.
pub(crate) fn run(names: &[String], look: &Look) -> Exit {
    if let Some(unknown) = names.iter().find(|name| DEMOS.iter().all(|demo| demo.name != name.as_str())) {
        let known: Vec<&str> = DEMOS.iter().map(|demo| demo.name).collect();
        let text = format!("there is no demo {unknown:?}; there are {}", known.join(", "));
        return complain(Exit::Usage, &text);
    }
    let places = match Places::open() {
        Ok(places) => places,
        Err(e) => return complain(Exit::Other, &format!("the embedded origin could not be started: {e}")),
    };
    let screen = Arc::new(Mutex::new(Screen::new(Stream::Out, look.json, look.verbose, false)));
    let chosen: Vec<&Demo> =
        DEMOS.iter().filter(|demo| names.is_empty() || names.iter().any(|name| name == demo.name)).collect();
    let mut sections = Vec::new();
    let mut wrong = Vec::new();
    for (i, demo) in chosen.iter().enumerate() {
        let plan = Plan { name: demo.name.to_owned(), ..(demo.plan)(&places) };
        if i > 0 {
            lock(&screen).gap();
        }
        lock(&screen).title(&format!("{}: {}", demo.name, demo.about));
        let done = match perform(&plan, &screen, look.html.is_some()) {
            Ok(done) => done,
            Err(e) => return trouble(e, &plan.url.server()),
        };
        lock(&screen).end(&plan.name, &done.outcome, &summary::line(&done.outcome));
        if !demo.due.is(&done.outcome) {
            wrong.push(demo.name);
        }
        let (title, about) = (demo.name.to_owned(), demo.about.to_owned());
        sections.push(Section { title, about, done, secure: plan.url.secure });
        if lock(&screen).broken().is_some() {
            // Whoever read the output has gone.
            return Exit::Success;
        }
    }
    if let Some(path) = &look.html
        && let Err(text) = draw(path, &sections)
    {
        return complain(Exit::File, &text);
    }
    if wrong.is_empty() {
        return Exit::Success;
    }
    complain(Exit::Other, &format!("not as it should be: {}", wrong.join(", ")))
}
