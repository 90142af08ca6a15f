//! The origin's script in a case, made into what [`crate::origin`] plays.
use std::time::Duration;

use super::words;
use crate::origin::certificates::{Authority, ClientAuth, Kind};
use crate::origin::websocket::{self, Accept};
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

/// `frame OPCODE[+] "payload" [times=N]`: `+` says that more of the message follows.
fn frame(words: &[&str]) -> Result<Vec<u8>, String> {
    let name = words.get(1).ok_or("which frame?")?;
    let opcode = websocket::opcode(name.trim_end_matches('+')).ok_or("which frame?")?;
    let payload = words::bytes(words.get(2).copied().unwrap_or_default());
    let payload = payload.repeat(times(words.get(3))?);
    Ok(websocket::frame(opcode | if name.ends_with('+') { 0 } else { 0x80 }, &payload))
}

/// `[times=N]`
fn times(word: Option<&&str>) -> Result<usize, String> {
    match word.and_then(|word| word.strip_prefix("times=")) {
        Some(times) => times.parse().map_err(|_| "how many times?".to_owned()),
        None => Ok(1),
    }
}

/// `[STATUS ["reason"]]`; without a status the frame is empty.
fn close_frame(words: &[&str]) -> Result<Vec<u8>, String> {
    if words.is_empty() {
        return Ok(websocket::frame(0x88, b""));
    }
    let reason = words::bytes(words.get(1).copied().unwrap_or_default());
    Ok(websocket::close_frame(number(words.first())?, &reason))
}

fn step(words: &[&str], authority: &Authority) -> Result<Step, String> {
    let millis = |word| Ok::<_, String>(Duration::from_millis(number(word)?));
    Ok(match words[0] {
        "request" => Step::Request,
        "head" => Step::Head,
        "read-bytes" => Step::Read(number(words.get(1))?),
        "send" => {
            let bytes = words::bytes(words.get(1).ok_or("what is sent?")?);
            Step::Send(bytes.repeat(times(words.get(2))?))
        }
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
        "upgrade" => {
            let (proof, lines) = match words.get(1) {
                Some(&"wrong-key") => (Accept::Wrong, &words[2..]),
                Some(&"no-key") => (Accept::Missing, &words[2..]),
                _ => (Accept::Right, &words[1..]),
            };
            Step::Upgrade(proof, lines.iter().map(|line| (*line).to_owned()).collect())
        }
        "frame" => Step::Send(frame(words)?),
        "close-frame" => Step::Send(close_frame(&words[1..])?),
        "await-frame" => {
            let (mut opcode, mut within) = (None, crate::origin::PATIENCE);
            for word in &words[1..] {
                match word.strip_prefix("within=") {
                    Some(time) => {
                        within =
                            Duration::from_millis(time.parse().map_err(|_| "within how many milliseconds?")?);
                    }
                    None => opcode = Some(websocket::opcode(word).ok_or("which frame?")?),
                }
            }
            Step::AwaitFrame(opcode, within)
        }
        "answer-close" => Step::AnswerClose(match words.get(1) {
            Some(_) => Some(close_frame(&words[1..])?),
            None => None,
        }),
        "echo" => Step::Echo(if words.len() > 1 { number(words.get(1))? } else { u32::MAX }),
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
