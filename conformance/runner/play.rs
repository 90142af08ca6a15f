//! The calls of a case and the rows expected of each: the text of `play`.
use super::case::Mode;
use super::names;
use super::words::{self, Word};

/// On which thread a notification must come.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Thread {
    /// Any.
    #[default]
    Any,
    /// Not the main line's.
    Other,
    /// This one: `main` or a named second thread.
    Named(String),
}

/// What is demanded of one notification.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Row {
    /// Name of the status.
    pub status: String,
    /// May be missing.
    pub optional: bool,
    /// May come any number of times anywhere in its section.
    pub free: bool,
    /// Thread.
    pub thread: Thread,
    /// `hInternet` by name.
    pub handle: Option<String>,
    /// `dwContext` in hexadecimal.
    pub context: Option<String>,
    /// Demands on payload and place: key and value.
    pub demands: Vec<(String, String)>,
    /// Certainty mark.
    pub mark: Option<String>,
}

/// What is demanded of a call's return.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answer {
    /// Result; empty for any success.
    pub result: String,
    /// Last errors that are right; empty for the usual ones of a success.
    pub errors: Vec<u32>,
    /// Any last error will do.
    pub any_error: bool,
    /// Outputs by name.
    pub out: Vec<(String, String)>,
    /// Certainty mark.
    pub mark: Option<String>,
}

/// One call.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Step {
    /// Its name in the trace, unique in the case.
    pub label: String,
    /// Verb.
    pub verb: String,
    /// Arguments, constants replaced by numbers.
    pub args: Vec<String>,
    /// What it must return; nothing when it may return anything (`=> any`).
    pub answer: Option<Answer>,
    /// The rows until the main line's next call.
    pub rows: Vec<Row>,
    /// Rows may come in any order.
    pub any_order: bool,
    /// Longest wait for the last row, in milliseconds.
    pub within: u32,
    /// A step of a handler that need not be reached.
    pub maybe: bool,
}

/// What is done inside a callback.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Handler {
    /// Status.
    pub status: String,
    /// Handle or `*`.
    pub handle: String,
    /// Which occurrence; 0 for every one.
    pub nth: u32,
    /// Not when the count that the notification carries is 0.
    pub nonzero: bool,
    /// Calls.
    pub steps: Vec<Step>,
}

/// All calls of a case.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Play {
    /// The main line.
    pub main: Vec<Step>,
    /// Inside callbacks.
    pub handlers: Vec<Handler>,
    /// On second threads, by name.
    pub threads: Vec<(String, Vec<Step>)>,
}

impl Play {
    /// Every call, wherever it is made.
    pub fn steps(&self) -> impl Iterator<Item = &Step> {
        let handlers = self.handlers.iter().flat_map(|h| &h.steps);
        self.main.iter().chain(handlers).chain(self.threads.iter().flat_map(|(_, s)| s))
    }
}

const COMPLETIONS: [&str; 8] = [
    "SENDREQUEST_COMPLETE",
    "HEADERS_AVAILABLE",
    "DATA_AVAILABLE",
    "READ_COMPLETE",
    "WRITE_COMPLETE",
    "CLOSE_COMPLETE",
    "SHUTDOWN_COMPLETE",
    "GETPROXYFORURL_COMPLETE",
];

const VERBS: [&str; 44] = [
    "open",
    "connect",
    "request",
    "send",
    "receive",
    "query",
    "read",
    "readall",
    "write",
    "close",
    "header",
    "setdw",
    "setptr",
    "setnull",
    "setstr",
    "getdw",
    "getptr",
    "getstr",
    "getany",
    "callback",
    "addheaders",
    "timeouts",
    "credentials",
    "schemes",
    "sleep",
    "signal",
    "await",
    "unload",
    "event",
    "upgrade",
    "wssend",
    "wsreceive",
    "wsreceiveall",
    "wsshutdown",
    "wsclose",
    "wsstatus",
    "proxyfor",
    "proxydetect",
    "proxyuser",
    "proxydefault",
    "proxyset",
    "resolver",
    "proxyask",
    "proxyresult",
];

/// Verbs that call nothing.
pub(crate) fn is_quiet(verb: &str) -> bool {
    matches!(verb, "sleep" | "signal" | "await")
}

/// Reads the text of `play` for one mode.
///
/// # Errors
/// The line and what is wrong with it.
pub fn parse(text: &str, mode: Mode) -> Result<Play, String> {
    let mut reader = Reader { mode, play: Play::default(), place: Place::Main, labels: Vec::new() };
    let expanded = expand(&repeat(text)?, mode)?;
    for line in expanded.lines() {
        reader.line(line).map_err(|e| format!("{e} in: {}", line.trim()))?;
    }
    let mut play = reader.play;
    if mode == Mode::Sync {
        twin(&mut play);
    }
    Ok(play)
}

/// Writes the lines between `repeat N` and `done` N times, with `$i` counting from 1.
fn repeat(text: &str) -> Result<String, String> {
    let mut out = String::new();
    let mut block: Option<(u32, String)> = None;
    for line in text.lines() {
        let own = line.trim();
        match (own.strip_prefix("repeat "), &mut block) {
            (Some(n), None) => block = Some((n.parse().map_err(|_| format!("repeat {n}?"))?, String::new())),
            (Some(_), Some(_)) => return Err("a repeat inside a repeat".into()),
            (None, Some((count, lines))) if own == "done" => {
                for i in 1..=*count {
                    out.push_str(&lines.replace("$i", &i.to_string()));
                }
                block = None;
            }
            (None, Some((_, lines))) => {
                lines.push_str(line);
                lines.push('\n');
            }
            (None, None) => {
                out.push_str(line);
                out.push('\n');
            }
        }
    }
    if block.is_some() { Err("a repeat without done".into()) } else { Ok(out) }
}

/// Replaces the short forms `use`, `end` and the row groups, and picks the lines of the mode.
fn expand(text: &str, mode: Mode) -> Result<String, String> {
    let mut out = String::new();
    for line in text.lines() {
        let own = line.trim_start();
        let indent = &line[..line.len() - own.len()];
        let (rest, wanted) = match (own.strip_prefix("async:"), own.strip_prefix("sync:")) {
            (Some(rest), _) => (rest, mode == Mode::Async),
            (_, Some(rest)) => (rest, mode == Mode::Sync),
            _ => (own, true),
        };
        // Two blanks after the mode make a row of it, as an indent does.
        let indent = if rest.starts_with("  ") { "  " } else { indent };
        let own = rest.trim_start();
        if !wanted {
            continue;
        }
        let mut parts = own.split_whitespace();
        match parts.next() {
            Some("use") => {
                let rest: Vec<&str> = parts.collect();
                let (asynchronous, secure) =
                    (if mode == Mode::Async { "async" } else { "" }, rest.contains(&"secure"));
                let [verb, path, options @ ..] = rest.as_slice() else {
                    return Err(format!("use needs a verb and a path: {line}"));
                };
                let host = options.iter().find_map(|o| o.strip_prefix("host=")).unwrap_or("localhost");
                let port = options.iter().find_map(|o| o.strip_prefix("port=")).unwrap_or("$PORT");
                let flags = options.iter().find(|o| o.starts_with("flags=")).copied().unwrap_or_default();
                out.push_str(&format!(
                    "open ses {asynchronous}\ncallback ses all => NULL 0\nsetptr ses OPTION_CONTEXT_VALUE 0x51\n\
                     connect con ses {host} {port}\n  HANDLE_CREATED main target=con ctx=0x51\n\
                     request req con {verb} {path} {} {flags}\n  HANDLE_CREATED main target=req ctx=0x51\n",
                    if secure { "secure" } else { "" }
                ));
            }
            Some("websocket") => {
                let path = parts.next().ok_or("websocket needs a path")?;
                let rest: Vec<&str> = parts.collect();
                out.push_str(&expand(&websocket(path, &rest.join(" ")), mode)?);
            }
            Some("end-websocket") => {
                out.push_str("close ws\n  HANDLE_CLOSING target=ws ctx=0x52\n");
                out.push_str(&expand("end", mode)?);
            }
            Some("end") => {
                for handle in ["req", "con", "ses"] {
                    out.push_str(&format!("close {handle}\n  HANDLE_CLOSING target={handle} ctx=0x51\n"));
                }
            }
            Some(group @ ("@dial" | "@dial?" | "@send" | "@head" | "@net")) => {
                let rest: Vec<&str> = parts.collect();
                let rest = rest.join(" ");
                let rows: &[&str] = match group {
                    "@dial" => &[
                        "RESOLVING_NAME \"localhost\"",
                        "NAME_RESOLVED",
                        "? CONNECTING_TO_SERVER",
                        "CONNECTING_TO_SERVER",
                        "CONNECTED_TO_SERVER \"127.0.0.1\"",
                    ],
                    "@dial?" => &[
                        "? RESOLVING_NAME",
                        "? NAME_RESOLVED",
                        "? CONNECTING_TO_SERVER",
                        "? CONNECTING_TO_SERVER",
                        "? CONNECTED_TO_SERVER",
                    ],
                    "@send" => &["SENDING_REQUEST", "REQUEST_SENT"],
                    "@net" => &["* RECEIVING_RESPONSE", "* RESPONSE_RECEIVED"],
                    _ => &["RECEIVING_RESPONSE", "RESPONSE_RECEIVED"],
                };
                for row in rows {
                    out.push_str(&format!("{indent}{row} {rest}\n"));
                }
            }
            _ => out.push_str(&format!("{indent}{own}\n")),
        }
    }
    Ok(out)
}

/// A request that has become the WebSocket handle `ws`, with the context 0x52.
fn websocket(path: &str, options: &str) -> String {
    format!(
        "use GET {path} {options}\n\
         setnull req OPTION_UPGRADE_TO_WEB_SOCKET 0 => TRUE 0\n\
         send req => TRUE 0\n  @dial other\n  @send other\n  SENDREQUEST_COMPLETE other\n\
         receive req => TRUE 0\n  @head main\n  HEADERS_AVAILABLE main\n\
         upgrade ws req ctx=0x52 => handle 0\n  HANDLE_CREATED main target=ws\n"
    )
}

enum Place {
    Main,
    Handler(usize),
    Thread(usize),
}

struct Reader {
    mode: Mode,
    play: Play,
    place: Place,
    labels: Vec<String>,
}

impl Reader {
    fn line(&mut self, line: &str) -> Result<(), String> {
        let words = words::cut(line)?;
        let Some(first) = words.first() else { return Ok(()) };
        let indented = line.starts_with(char::is_whitespace);
        if !indented {
            self.place = Place::Main;
            match first.text.as_str() {
                "on" => return self.handler(&words),
                "thread" => {
                    let name =
                        words.get(1).ok_or("a thread needs a name")?.text.trim_end_matches(':').to_owned();
                    self.play.threads.push((name, Vec::new()));
                    self.place = Place::Thread(self.play.threads.len() - 1);
                    return Ok(());
                }
                _ => {}
            }
        } else if let Place::Main = self.place {
            let row = row(&words)?;
            self.play.main.last_mut().ok_or("a row before any call")?.rows.push(row);
            return Ok(());
        }
        let step = self.step(&words)?;
        match self.place {
            Place::Main => self.play.main.push(step),
            Place::Handler(i) => self.play.handlers[i].steps.push(step),
            Place::Thread(i) => self.play.threads[i].1.push(step),
        }
        Ok(())
    }

    fn handler(&mut self, words: &[Word]) -> Result<(), String> {
        let mut handler = Handler { handle: "*".into(), ..Handler::default() };
        for word in &words[1..] {
            let word = word.text.trim_end_matches(':');
            match word.strip_prefix("nth=") {
                Some(n) => handler.nth = n.parse().map_err(|_| "which occurrence?")?,
                None if word == "nonzero" => handler.nonzero = true,
                None if handler.status.is_empty() => handler.status = word.to_owned(),
                None if !word.is_empty() => handler.handle = word.to_owned(),
                None => {}
            }
        }
        check_status(&handler.status)?;
        self.play.handlers.push(handler);
        self.place = Place::Handler(self.play.handlers.len() - 1);
        Ok(())
    }

    fn step(&mut self, words: &[Word]) -> Result<Step, String> {
        let mut step = Step { verb: words[0].text.clone(), within: 2000, ..Step::default() };
        if !VERBS.contains(&step.verb.as_str()) {
            return Err(format!("the verb \"{}\" is not known", step.verb));
        }
        let arrow = words.iter().position(|w| w.text == "=>" && !w.quoted).unwrap_or(words.len());
        let mut answer = Answer::default();
        for word in &words[1..arrow] {
            match word.text.as_str() {
                "any-order" => step.any_order = true,
                "maybe" => step.maybe = true,
                t if t.starts_with("within=") => {
                    step.within = t[7..].parse().map_err(|_| "within how many milliseconds?")?;
                }
                t if t.starts_with('[') && !word.quoted => answer.mark = Some(mark(t)),
                t => step.args.push(names::resolve(t)),
            }
        }
        let mut free = false;
        for (i, word) in words.iter().skip(arrow + 1).enumerate() {
            match word.text.as_str() {
                "any" if i == 0 => free = true,
                t if i == 0 => answer.result = t.to_owned(),
                t if t.starts_with('[') && !word.quoted => answer.mark = Some(mark(t)),
                t => match t.split_once('=') {
                    Some((key, value)) => answer.out.push((key.to_owned(), value.to_owned())),
                    None if t == "any" => answer.any_error = true,
                    None => {
                        for error in t.split('|') {
                            answer.errors.push(names::number(error).ok_or(format!("the error {error}?"))?);
                        }
                    }
                },
            }
        }
        if !free && !is_quiet(&step.verb) {
            step.answer = Some(answer);
        }
        let base = match step.verb.as_str() {
            "open" | "connect" | "request" | "close" | "upgrade" | "resolver" => {
                format!("{} {}", step.verb, step.args.first().cloned().unwrap_or_default())
            }
            verb => verb.to_owned(),
        };
        let count = self.labels.iter().filter(|l| **l == base).count();
        self.labels.push(base.clone());
        step.label = if count == 0 { base } else { format!("{base} #{}", count + 1) };
        let _ = self.mode;
        Ok(step)
    }
}

fn mark(text: &str) -> String {
    text.trim_matches(['[', ']']).to_owned()
}

fn check_status(name: &str) -> Result<(), String> {
    if super::STATUSES.iter().any(|(n, _)| *n == name) {
        Ok(())
    } else {
        Err(format!("the status \"{name}\" is not known"))
    }
}

fn row(words: &[Word]) -> Result<Row, String> {
    let mut row = Row::default();
    let mut words = words.iter();
    let mut first = words.next().ok_or("an empty row")?;
    match first.text.as_str() {
        "?" => row.optional = true,
        "*" => (row.free, row.optional) = (true, true),
        _ => {}
    }
    if row.optional {
        first = words.next().ok_or("which status?")?;
    }
    row.status = first.text.clone();
    check_status(&row.status)?;
    for word in words {
        let text = word.text.as_str();
        let mut demand = |key: &str, value: &str| row.demands.push((key.to_owned(), value.to_owned()));
        if word.text_only {
            demand("text", text);
            continue;
        }
        match text {
            "any" => row.thread = Thread::Any,
            "other" => row.thread = Thread::Other,
            "null" | "lent" => demand("info", text),
            t if t.starts_with('[') => row.mark = Some(mark(t)),
            t if t.starts_with('{') => {
                let (api, error) =
                    t.trim_matches(['{', '}']).split_once(',').ok_or("an error is {api, code}")?;
                let number = |t: &str| names::number(t.trim()).ok_or(format!("{t}?"));
                for (key, list) in [("api", api), ("error", error)] {
                    let numbers: Result<Vec<String>, String> =
                        list.split('|').map(|e| Ok(number(e)?.to_string())).collect();
                    demand(key, &numbers?.join("|"));
                }
            }
            t if t.starts_with('=') => demand("number", &names::number(&t[1..]).ok_or("=?")?.to_string()),
            t if t.starts_with(">=") => demand("at-least", &t[2..]),
            t => match t.split_once('=') {
                Some(("handle", v)) => row.handle = Some(v.to_owned()),
                Some(("ctx", v)) => row.context = Some(v.to_owned()),
                Some((
                    key @ ("len" | "target" | "bytes" | "in" | "has" | "part" | "n" | "type" | "op"),
                    v,
                )) => demand(key, v),
                Some(_) => return Err(format!("the demand {t} is not known")),
                None => row.thread = Thread::Named(t.to_owned()),
            },
        }
    }
    Ok(row)
}

/// Makes an asynchronous play synchronous: what completions say becomes what calls return, and everything is told on
/// the calling thread (contract: rule R3, synchronous sessions have informational notifications only).
pub(crate) fn twin(play: &mut Play) {
    for step in &mut play.main {
        let mut rows = Vec::new();
        for row in std::mem::take(&mut step.rows) {
            let value = |key: &str| row.demands.iter().find(|(k, _)| k == key).map(|(_, v)| v.clone());
            if row.optional && (row.status == "REQUEST_ERROR" || COMPLETIONS.contains(&row.status.as_str())) {
                // What may or may not come says nothing about the return.
            } else if row.status == "REQUEST_ERROR" {
                if let Some(error) = value("error") {
                    let errors = error.split('|').filter_map(|e| e.parse().ok()).collect();
                    step.answer = Some(Answer {
                        result: "FALSE".into(),
                        errors,
                        mark: row.mark.clone(),
                        ..Answer::default()
                    });
                }
            } else if COMPLETIONS.contains(&row.status.as_str()) {
                if let Some(answer) = &mut step.answer {
                    answer.errors = vec![0];
                    // What a WebSocket send has sent is not returned, and a receive's length is its structure's.
                    let socket = step.verb.starts_with("ws");
                    let outputs: &[(&str, &str)] = match step.verb.as_str() {
                        "wsreceive" => &[("n", "n"), ("type", "type"), ("bytes", "bytes")],
                        _ if socket => &[],
                        _ => &[("len", "n"), ("number", "n"), ("bytes", "bytes")],
                    };
                    for &(key, out) in outputs {
                        if let Some(v) = value(key)
                            && row.status != "SENDREQUEST_COMPLETE"
                            && !(row.status == "WRITE_COMPLETE" && key == "len")
                        {
                            answer.out.push((out.to_owned(), v));
                        }
                    }
                }
            } else {
                let mut row = row;
                if row.thread != Thread::Any {
                    row.thread = Thread::Named("main".into());
                }
                rows.push(row);
            }
        }
        step.rows = rows;
    }
}
