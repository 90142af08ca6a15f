//! Playing the steps of one connection.
use std::io;
use std::net::TcpStream;

use super::script::{Conn, Step};
use super::stream::Stream;
use super::{PATIENCE, Shared, http, serve, websocket};

/// How the steps of a connection ended.
enum End {
    /// All played: read until the peer ends.
    Played,
    /// Closed, reset, or the peer went away.
    Over,
}

/// Plays a connection to its end. What goes wrong on the wire is the test's own doing and ends the connection.
pub(crate) fn play(shared: &Shared, connection: usize, socket: TcpStream, conn: &Conn) {
    let Ok(mut stream) = Stream::new(shared, connection, socket) else { return };
    if let Ok(End::Played) = steps(&mut stream, conn) {
        let mut rest = [0u8; 4096];
        while matches!(stream.read(&mut rest), Ok(n) if n > 0) {}
    }
}

fn steps(stream: &mut Stream<'_>, conn: &Conn) -> io::Result<End> {
    let mut at = 0;
    // Only a TLS handshake moves it.
    #[cfg_attr(not(feature = "tls"), allow(unused_mut))]
    let mut begin = 0;
    while let Some(step) = conn.steps.get(at) {
        at += 1;
        match step {
            Step::Request | Step::Head => {
                let Some(mut request) = http::read_head(stream)? else { return Ok(End::Over) };
                let body = match step {
                    Step::Request => http::read_body(stream, &mut request),
                    _ => Ok(()),
                };
                stream.shared().record(request);
                body?;
            }
            Step::Read(count) => {
                let mut left = *count;
                let mut block = [0u8; 4096];
                while left > 0 {
                    let want = block.len().min(left);
                    match stream.read(&mut block[..want])? {
                        0 => break,
                        n => left -= n,
                    }
                }
            }
            Step::Send(bytes) => stream.write(bytes)?,
            Step::Pieces(bytes, size, every) => serve::pieces(stream, bytes, *size, *every)?,
            Step::Fill(count, value) => {
                let block = vec![*value; 64 * 1024];
                let mut left = *count;
                while left > 0 {
                    let n = block.len().min(usize::try_from(left).unwrap_or(block.len()));
                    stream.write(&block[..n])?;
                    left -= n as u64;
                }
            }
            Step::Delay(time) => {
                if !stream.shared().pause(*time) {
                    return Ok(End::Over);
                }
            }
            Step::HalfClose => stream.half_close()?,
            Step::Close => {
                stream.close();
                return Ok(End::Over);
            }
            Step::Reset => {
                stream.reset()?;
                return Ok(End::Over);
            }
            Step::Hold => {
                let mut rest = [0u8; 4096];
                while matches!(stream.read(&mut rest), Ok(n) if n > 0) {}
                // The peer ended its direction; silence is still what was asked for.
                stream.shared().pause(PATIENCE);
                return Ok(End::Over);
            }
            Step::Again => at = begin,
            Step::Serve(routes) => {
                serve::serve(stream, routes)?;
                return Ok(End::Over);
            }
            Step::Upgrade(proof, headers) => {
                if !websocket::upgrade(stream, *proof, headers)? {
                    return Ok(End::Over);
                }
            }
            Step::AwaitFrame(opcode, within) => {
                stream.be_patient(*within);
                let came = websocket::await_frame(stream, *opcode);
                stream.be_patient(PATIENCE);
                match came {
                    Ok(true) => {}
                    Err(error) if error.kind() == io::ErrorKind::TimedOut && !stream.shared().stopping() => {}
                    Ok(false) => return Ok(End::Over),
                    Err(error) => return Err(error),
                }
            }
            Step::AnswerClose(bytes) => {
                if !websocket::answer_close(stream, bytes.as_deref())? {
                    return Ok(End::Over);
                }
            }
            Step::Echo(frames) => {
                if !websocket::echo(stream, *frames)? {
                    stream.close();
                    return Ok(End::Over);
                }
            }
            #[cfg(feature = "tls")]
            Step::Tls(offer) => {
                stream.handshake(offer.config())?;
                begin = at;
            }
        }
    }
    Ok(End::Played)
}
