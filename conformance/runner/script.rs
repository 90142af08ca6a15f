//! The origin's script in a case, made into what [`crate::origin`] plays.
use std::time::Duration;

use super::words;
use crate::origin::certificates::{Authority, ClientAuth, Kind};
use crate::origin::{Conn, Script, Step};

/// Reads a script. Connections are `conn` blocks in order, `conn *` is every further one; a step a line.
///
/// # Errors
/// The line and what is wrong with it.
pub fn parse(text: &str, authority: &Authority) -> Result<Script, String> {
    let mut script = Script::new();
    let mut current: Option<(bool, Conn)> = None;
    let close = |script: Script, current: Option<(bool, Conn)>| match current {
        Some((true, conn)) => script.every(conn),
        Some((false, conn)) => script.conn(conn),
        None => script,
    };
    for line in text.lines() {
        let cut = words::cut(line)?;
        let words: Vec<&str> = cut.iter().map(|w| w.text.as_str()).collect();
        let Some(verb) = words.first() else { continue };
        if *verb == "conn" {
            script = close(script, current.take());
            current = Some((words.get(1) == Some(&"*"), Conn::new()));
            continue;
        }
        let step = step(&words, authority).map_err(|e| format!("origin: {e} in: {}", line.trim()))?;
        let (_, conn) = current.get_or_insert((false, Conn::new()));
        *conn = std::mem::take(conn).step(step);
    }
    Ok(close(script, current))
}

fn number<T: std::str::FromStr>(word: Option<&&str>) -> Result<T, String> {
    word.and_then(|w| w.parse().ok()).ok_or_else(|| "a number is missing".to_owned())
}

fn step(words: &[&str], authority: &Authority) -> Result<Step, String> {
    let millis = |word| Ok::<_, String>(Duration::from_millis(number(word)?));
    Ok(match words[0] {
        "request" => Step::Request,
        "head" => Step::Head,
        "read-bytes" => Step::Read(number(words.get(1))?),
        "send" => Step::Send(words::bytes(words.get(1).ok_or("what is sent?")?)),
        "reply" => {
            let status = number(words.get(1))?;
            let body = words.get(2).copied().unwrap_or_default();
            let headers: Vec<&str> = words.iter().skip(3).copied().collect();
            Step::Send(crate::origin::reply(status, &headers, body))
        }
        "pieces" => Step::Pieces(
            words::bytes(words.get(3).ok_or("what is sent?")?),
            number(words.get(1))?,
            millis(words.get(2))?,
        ),
        "fill" => Step::Fill(number(words.get(1))?, b'x'),
        "delay" => Step::Delay(millis(words.get(1))?),
        "half-close" => Step::HalfClose,
        "close" => Step::Close,
        "reset" => Step::Reset,
        "hold" => Step::Hold,
        "hold-unread" => Step::Delay(Duration::from_secs(25)),
        "again" => Step::Again,
        "tls" => {
            let kind = Kind::parse(words.get(1).ok_or("which certificate?")?).ok_or("no such certificate")?;
            let client = match words.get(2) {
                Some(&"client") => ClientAuth::Required,
                Some(&"client?") => ClientAuth::Optional,
                _ => ClientAuth::None,
            };
            let old = words.contains(&"1.2");
            Step::Tls(authority.offer_with(kind, client, old).map_err(|e| e.to_string())?)
        }
        other => return Err(format!("the step \"{other}\" is not known")),
    })
}
