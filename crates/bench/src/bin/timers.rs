//! Many GETs through the engine's own API, sixteen at once, and what the library keeps afterwards: deadlines and
//! connections, which no program on `winhttp.h` can see.
//!
//! usage: timers PORT COUNT. Prints one line of JSON.
#![allow(clippy::print_stdout)] // The line is what this program is for.

use std::error::Error;
use std::sync::mpsc::{Sender, channel};

use winhttp_engine::api::{Connect, Event, Notification, Request, Session};

/// Requests at once.
const ABREAST: usize = 16;

/// What the main line does next with a request.
enum News {
    Receive(usize),
    Read(usize),
    Done(usize),
    Failed(String),
}

fn tell(news: &Sender<News>, heard: &Notification<'_>) {
    let at = heard.context.wrapping_sub(1);
    let next = match &heard.event {
        Event::SendRequestComplete => News::Receive(at),
        Event::HeadersAvailable => News::Read(at),
        Event::ReadComplete { length: 0, .. } => News::Done(at),
        Event::ReadComplete { .. } => News::Read(at),
        Event::RequestError { .. } => News::Failed(format!("{:?}", heard.event)),
        _ => return,
    };
    // The main line is gone only when it has failed.
    let _ = news.send(next);
}

fn start(server: &Connect, at: usize) -> Result<Request, Box<dyn Error>> {
    let request = server.get("/small")?;
    request.set_context(at + 1)?;
    request.send()?;
    Ok(request)
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut words = std::env::args().skip(1);
    let port: u16 = words.next().ok_or("which port?")?.parse()?;
    let count: usize = words.next().ok_or("how many?")?.parse()?;
    let (news, heard) = channel();
    let session = Session::asynchronous("timers")?;
    session.on_notification(move |notification| tell(&news, &notification))?;
    let server = session.connect("127.0.0.1", port)?;
    let mut requests: Vec<Option<Request>> =
        (0..ABREAST).map(|at| start(&server, at).map(Some)).collect::<Result<_, _>>()?;
    let (mut begun, mut done) = (ABREAST, 0);
    while done < count {
        match heard.recv()? {
            News::Receive(at) => drop(requests[at].as_ref().map(Request::receive_response).transpose()?),
            News::Read(at) => drop(requests[at].as_ref().map(|r| r.read(512)).transpose()?),
            News::Done(at) => {
                requests[at] = None;
                done += 1;
                if begun < count {
                    requests[at] = Some(start(&server, at)?);
                    begun += 1;
                }
            }
            News::Failed(why) => return Err(why.into()),
        }
    }
    let (timers, connections) = winhttp_engine::kept();
    println!(
        "{{\"client\":\"engine\",\"done\":{done},\"timers\":{timers},\"connections\":{connections},\"promotions\":{},\"errors\":0}}",
        winhttp_engine::promotions()
    );
    Ok(())
}
