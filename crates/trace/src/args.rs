//! The command line.
use std::ffi::OsString;
use std::path::PathBuf;

use lexopt::prelude::*;

use crate::body::{Destination, Source};

/// What `--help` says.
pub(crate) const HELP: &str = "\
winhttp-trace: performs a request through libwinhttp's C functions and shows every callback as it comes

usage:
  winhttp-trace [options] URL
  winhttp-trace demo [options] [NAME...]

options:
  -X, --method METHOD    method (GET; POST with -d)
  -H, --header LINE      request header 'Name: value'; may be repeated
  -d, --data DATA        request body; @FILE takes a file, @- standard input. No Content-Type is added
      --send TEXT        ws:// and wss://: send TEXT as a message and receive one; may be repeated. Without it,
                         receive until the server closes. A server that opens no WebSocket: exit code 7
  -o, --output FILE      write the body of the answer to FILE; - is standard output
  -k, --insecure         ignore certificate faults, revocation excepted; they are not even shown
      --cacert FILE      trust the authorities in FILE (PEM) beside the machine's
      --revocation       ask whether certificates are revoked: by lists and responders, fetched over http
      --cert FILE        offer the client certificate in FILE (PEM, with its key); none: go on without one
      --sync             synchronous session: callbacks come inside the calls
      --timeout MS       limit for each step: resolve, connect, send, receive. An open WebSocket has none
      --fail             exit with 1 when the answer's status is 400 or more
      --json             one JSON object per line instead of text
      --html FILE        also draw the phases as bars into FILE
  -v, --verbose          show handle values and every read
  -h, --help             show this
  -V, --version          show the version

demo needs no network: it plays against a server of its own. Names: get, tls, certificate, redirect,
chunked, upload, refused, timeout, sync; all of them without a name.

streams:
  The body goes to standard output and the trace to standard error. When the body goes elsewhere (-o FILE)
  the trace takes standard output. With --json and without -o the body is only counted and hashed.
  Colours appear on terminals only, and not when NO_COLOR is set.

a line of the trace:
  milliseconds since the start, thread (caller: the one that makes the calls; other N), handle, status,
  dwStatusInformationLength, decoded payload; -> is a call, <- its return with the last error.
  JSON: event (notification, call, return, end), exchange, t_ms, thread, handle, status, length, info, and
  status_value, thread_number, handle_value, inside, function, result, last_error where they apply.

exit codes:
  0  an answer came, whatever its status       5  time-out
  1  with --fail: status 400 or more           6  TLS or certificate
  2  command line not understood               7  another error, or a demo that went wrong
  3  name not resolved                         8  a local file could not be read or written
  4  no connection
";

/// What the command line asks for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Command {
    /// `--help`.
    Help,
    /// `--version`.
    Version,
    /// A request.
    Request(Request),
    /// Demonstrations, by name; all of them when the list is empty.
    Demo(Vec<String>, Look),
}

/// How a trace is shown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Look {
    /// JSON lines.
    pub(crate) json: bool,
    /// The picture's file.
    pub(crate) html: Option<PathBuf>,
    /// Everything.
    pub(crate) verbose: bool,
}

/// A request.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Request {
    pub(crate) url: String,
    pub(crate) method: Option<String>,
    pub(crate) headers: Vec<String>,
    pub(crate) source: Source,
    pub(crate) output: Option<Destination>,
    pub(crate) insecure: bool,
    pub(crate) cacert: Option<PathBuf>,
    pub(crate) revocation: bool,
    pub(crate) cert: Option<PathBuf>,
    pub(crate) synchronous: bool,
    pub(crate) timeout: Option<i32>,
    pub(crate) fail: bool,
    pub(crate) messages: Vec<String>,
    pub(crate) look: Look,
}

/// Reads a command line without the program's name.
///
/// # Errors
/// A sentence that says what is not understood.
pub(crate) fn parse(args: impl IntoIterator<Item = OsString>) -> Result<Command, String> {
    read(lexopt::Parser::from_args(args)).map_err(|e| e.to_string())
}

fn read(mut parser: lexopt::Parser) -> Result<Command, lexopt::Error> {
    let mut request = Request::default();
    let mut words: Vec<String> = Vec::new();
    // The first option that a demo has no use for.
    let mut of_requests: Option<&str> = None;
    while let Some(argument) = parser.next()? {
        let option = match argument {
            Short('h') | Long("help") => return Ok(Command::Help),
            Short('V') | Long("version") => return Ok(Command::Version),
            Short('v') | Long("verbose") => {
                request.look.verbose = true;
                continue;
            }
            Long("json") => {
                request.look.json = true;
                continue;
            }
            Long("html") => {
                request.look.html = Some(parser.value()?.into());
                continue;
            }
            Value(word) => {
                words.push(word.string()?);
                continue;
            }
            Short('X') | Long("method") => {
                request.method = Some(parser.value()?.string()?);
                "-X"
            }
            Short('H') | Long("header") => {
                request.headers.push(header(parser.value()?.string()?)?);
                "-H"
            }
            Short('d') | Long("data") => {
                request.source = source(parser.value()?)?;
                "-d"
            }
            Short('o') | Long("output") => {
                let file = parser.value()?;
                let out = file == "-";
                request.output = Some(if out { Destination::Out } else { Destination::File(file.into()) });
                "-o"
            }
            Short('k') | Long("insecure") => {
                request.insecure = true;
                "-k"
            }
            Long("cacert") => {
                request.cacert = Some(parser.value()?.into());
                "--cacert"
            }
            Long("revocation") => {
                request.revocation = true;
                "--revocation"
            }
            Long("cert") => {
                request.cert = Some(parser.value()?.into());
                "--cert"
            }
            Long("send") => {
                request.messages.push(parser.value()?.string()?);
                "--send"
            }
            Long("sync") => {
                request.synchronous = true;
                "--sync"
            }
            Long("fail") => {
                request.fail = true;
                "--fail"
            }
            Long("timeout") => {
                let text = parser.value()?.string()?;
                let ms: Option<i32> = text.parse().ok().filter(|ms| *ms >= 0);
                request.timeout =
                    Some(ms.ok_or(format!("--timeout takes milliseconds (0: no limit), not {text:?}"))?);
                "--timeout"
            }
            other => return Err(other.unexpected()),
        };
        of_requests = of_requests.or(Some(option));
    }
    if words.first().is_some_and(|word| word == "demo") {
        if let Some(option) = of_requests {
            return Err(format!("{option} belongs to a URL, not to demo").into());
        }
        words.remove(0);
        return Ok(Command::Demo(words, request.look));
    }
    let mut words = words.into_iter();
    match (words.next(), words.next()) {
        (Some(url), None) => request.url = url,
        (None, _) => return Err("a URL or the word demo is missing".into()),
        (Some(_), Some(second)) => {
            return Err(format!("one URL at a time: {second:?} is too much").into());
        }
    }
    Ok(Command::Request(request))
}

fn header(line: String) -> Result<String, String> {
    match line.split_once(':') {
        Some((name, _)) if !name.trim().is_empty() && !line.contains(['\r', '\n', '\0']) => Ok(line),
        _ => Err(format!("-H takes one line 'Name: value', not {line:?}")),
    }
}

fn source(value: OsString) -> Result<Source, lexopt::Error> {
    let bytes = value.as_encoded_bytes();
    match bytes.strip_prefix(b"@") {
        Some(b"-") => Ok(Source::File("/dev/stdin".into())),
        Some(b"") => Err("-d @ lacks the name of a file".into()),
        Some(_) => match value.to_str().and_then(|text| text.strip_prefix('@')) {
            Some(path) => Ok(Source::File(path.into())),
            None => Err(lexopt::Error::NonUnicodeValue(value)),
        },
        None => Ok(Source::Bytes(bytes.to_vec())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &[&str]) -> Result<Command, String> {
        parse(line.iter().map(OsString::from))
    }

    #[test]
    fn a_request_with_everything() {
        let Ok(Command::Request(r)) = read(&[
            "-X",
            "PUT",
            "-H",
            "A: 1",
            "-HB: 2",
            "--data=x=1",
            "-o",
            "out",
            "-k",
            "--revocation",
            "--cert=me.pem",
            "--sync",
            "--json",
            "--html",
            "t.html",
            "--timeout",
            "500",
            "--fail",
            "-v",
            "http://h/",
        ]) else {
            panic!("not a request")
        };
        assert_eq!(r.method.as_deref(), Some("PUT"));
        assert_eq!(r.headers, ["A: 1", "B: 2"]);
        assert_eq!(r.source, Source::Bytes(b"x=1".to_vec()));
        assert_eq!(r.output, Some(Destination::File("out".into())));
        assert!(r.insecure && r.synchronous && r.fail && r.look.json && r.look.verbose);
        assert!(r.revocation);
        assert_eq!(r.cert, Some("me.pem".into()));
        assert_eq!(r.timeout, Some(500));
        assert_eq!(r.url, "http://h/");
    }

    #[test]
    fn demo_takes_names_and_its_own_options_only() {
        let look = Look { json: true, ..Look::default() };
        assert_eq!(read(&["demo", "get", "--json"]), Ok(Command::Demo(vec!["get".into()], look)));
        assert!(read(&["demo", "-k"]).unwrap_err().contains("-k belongs to a URL"));
    }

    #[test]
    fn mistakes_are_named() {
        assert!(read(&[]).unwrap_err().contains("URL"));
        assert!(read(&["http://a/", "http://b/"]).unwrap_err().contains("http://b/"));
        assert!(read(&["--bogus"]).unwrap_err().contains("--bogus"));
        assert!(read(&["-H", "no colon", "http://a/"]).unwrap_err().contains("Name: value"));
        assert!(read(&["-H", "A: 1\r\nB: 2", "http://a/"]).unwrap_err().contains("one line"));
        assert!(read(&["--timeout", "-5", "http://a/"]).unwrap_err().contains("milliseconds"));
        assert!(read(&["-d", "@", "http://a/"]).unwrap_err().contains("file"));
    }

    #[test]
    fn bodies_come_from_the_line_or_a_file() {
        let source = |text: &str| super::source(text.into()).unwrap();
        assert_eq!(source("@a.bin"), Source::File("a.bin".into()));
        assert_eq!(source("@-"), Source::File("/dev/stdin".into()));
        assert_eq!(source(""), Source::Bytes(Vec::new()));
    }
}
