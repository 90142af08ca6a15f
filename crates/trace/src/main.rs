//! `winhttp-trace`: performs a request through the C functions and shows every callback as it comes.
mod advice;
mod args;
mod body;
mod c;
mod demo;
mod exchange;
mod html;
mod human;
mod info;
mod json;
mod paint;
mod phases;
mod record;
mod recorder;
mod screen;
mod summary;
mod url;

use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};

use advice::Exit;
use args::{Command, Request};
use body::{Destination, Source};
use exchange::{Client, Plan, Trouble, perform};
use screen::{Screen, Stream};

fn main() -> ExitCode {
    let exit = match args::parse(std::env::args_os().skip(1)) {
        Ok(Command::Help) => say(args::HELP),
        Ok(Command::Version) => say(concat!("winhttp-trace ", env!("CARGO_PKG_VERSION"), "\n")),
        Ok(Command::Request(request)) => self::request(request),
        Ok(Command::Demo(names, look)) => demo::run(&names, &look),
        Err(text) => complain(Exit::Usage, &format!("{text} (winhttp-trace --help shows what there is)")),
    };
    ExitCode::from(exit as u8)
}

/// Writes to standard output.
fn say(text: &str) -> Exit {
    match io::stdout().lock().write_all(text.as_bytes()) {
        Ok(()) => Exit::Success,
        Err(_) => Exit::File,
    }
}

/// Says on standard error what went wrong.
pub(crate) fn complain(exit: Exit, text: &str) -> Exit {
    // There is no further place to say it.
    let _ = writeln!(io::stderr().lock(), "winhttp-trace: {text}");
    exit
}

fn request(request: Request) -> Exit {
    let url = match url::Url::parse(&request.url) {
        Ok(url) => url,
        Err(text) => return complain(Exit::Usage, &text),
    };
    let roots = match request.cacert.as_ref().map(|path| (path, std::fs::read(path))) {
        None => None,
        Some((_, Ok(pem))) => Some(pem),
        Some((path, Err(e))) => {
            return complain(Exit::File, &format!("cannot read {}: {e}", path.display()));
        }
    };
    let client = match request.cert.as_ref() {
        None => Client::Unsaid,
        Some(path) if path.as_os_str() == "none" => Client::Without,
        Some(path) => match std::fs::read(path) {
            Ok(pem) => Client::With(pem),
            Err(e) => return complain(Exit::File, &format!("cannot read {}: {e}", path.display())),
        },
    };
    let default = if request.look.json { Destination::Nowhere } else { Destination::Out };
    let destination = request.output.unwrap_or(default);
    let stream = if destination == Destination::Out { Stream::Err } else { Stream::Out };
    let method = if request.source == Source::None { "GET" } else { "POST" };
    if !request.messages.is_empty() && !url.socket {
        return complain(
            Exit::Usage,
            "--send is for ws:// and wss://; the body of a request is given with -d",
        );
    }
    let plan = Plan {
        messages: request.messages,
        name: request.url,
        url,
        method: request.method.unwrap_or_else(|| method.to_owned()),
        headers: request.headers,
        source: request.source,
        insecure: request.insecure,
        revocation: request.revocation,
        client,
        synchronous: request.synchronous,
        timeout: request.timeout,
        roots,
        destination,
    };
    // A bar between the lines of a body on the same terminal would only disturb.
    let bar = !(plan.destination == Destination::Out && Stream::Out.is_terminal());
    let screen = Screen::new(stream, request.look.json, request.look.verbose, bar);
    let screen = Arc::new(Mutex::new(screen));
    let keep = request.look.html.is_some();
    lock(&screen).title("");
    let done = match perform(&plan, &screen, keep) {
        Ok(done) => done,
        Err(trouble) => return self::trouble(trouble, &plan.url.server()),
    };
    let outcome = done.outcome.clone();
    lock(&screen).end(&plan.name, &outcome, &summary::line(&outcome));
    if let Some(path) = &request.look.html {
        let (title, about) = (plan.name.clone(), String::new());
        let section = html::Section { title, about, done, secure: plan.url.secure };
        if let Err(text) = draw(path, &[section]) {
            return complain(Exit::File, &text);
        }
    }
    if let Some(kind) = lock(&screen).broken()
        && kind != io::ErrorKind::BrokenPipe
    {
        return complain(Exit::File, &format!("the trace could not be written: {}", io::Error::from(kind)));
    }
    if let Some(failure) = &outcome.failure {
        return complain(advice::exit(failure.error), &advice::message(failure, &plan.url.server()));
    }
    match outcome.code {
        Some(code) if request.fail && code >= 400 => {
            complain(Exit::HttpError, &format!("the server answered {code} {}", paint::tame(&outcome.reason)))
        }
        Some(code) if plan.url.socket && code != 101 => complain(
            Exit::Other,
            &format!(
                "{} opened no WebSocket but answered {code} {}; nothing was sent",
                plan.url.server(),
                paint::tame(&outcome.reason)
            ),
        ),
        _ => Exit::Success,
    }
}

/// Why there is no outcome, and the exit code for it.
pub(crate) fn trouble(trouble: Trouble, server: &str) -> Exit {
    match trouble {
        Trouble::Library(failure) => {
            complain(advice::exit(failure.error), &advice::message(&failure, server))
        }
        Trouble::File(text) => complain(Exit::File, &text),
        Trouble::Silent(text) => complain(Exit::Other, &text),
    }
}

/// Writes the picture.
pub(crate) fn draw(path: &Path, sections: &[html::Section]) -> Result<(), String> {
    std::fs::write(path, html::page(sections)).map_err(|e| format!("cannot write {}: {e}", path.display()))
}

/// The screen; what it guards is whole after every statement.
pub(crate) fn lock(screen: &Mutex<Screen>) -> std::sync::MutexGuard<'_, Screen> {
    screen.lock().unwrap_or_else(PoisonError::into_inner)
}
