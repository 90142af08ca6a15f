//! Whatever comes.

use shuttle::thread;

use super::laws::Laws;
use super::play::*;
use super::world::Script;
use crate::request::{self, Send};
use crate::{Error, Handle, connect};

/// Whatever comes: threads and callbacks that call, close and wait at random.
#[test]
fn monkeys() {
    use shuttle::rand::{Rng, thread_rng};
    fn throw(sides: u32) -> u32 {
        thread_rng().gen_range(0..sides)
    }
    fn any(laws: &'static Laws, handle: Handle) {
        match throw(7) {
            0 => drop(send(laws, handle, 0).map(drop)),
            1 | 2 => drop(receive(laws, handle).map(drop)),
            3 => drop(query(laws, handle).map(drop)),
            4 => drop(read(laws, handle, 1 + throw(3) as usize).0.map(drop)),
            5 => thread::yield_now(),
            _ => drop(laws.close(handle)),
        }
    }
    check(|| {
        let laws = Laws::new(|laws, heard| {
            if [CLOSING, CREATED].contains(&heard.status) || throw(3) > 0 {
                usual(laws, heard);
            } else {
                any(laws, heard.handle);
            }
        });
        let script =
            [Script::Prompt, Script::Slow, Script::Silent, Script::Rude, Script::Deaf][throw(5) as usize];
        let handles = open(laws, script);
        let second = request::open(handles.connect, &request::Config::default()).unwrap();
        let both = [handles.request, second];
        let session = handles.session;
        let threads: Vec<_> = (0..2)
            .map(|which| {
                thread::spawn(move || {
                    let _ = send(laws, both[which], 0);
                    for _ in 0..4 {
                        any(laws, both[throw(2) as usize]);
                    }
                    if throw(4) == 0 {
                        laws.close(session);
                    }
                })
            })
            .collect();
        for thread in threads {
            thread.join().unwrap();
        }
        laws.close(second);
        handles.close(laws);
        laws.settled(&[second, handles.request, handles.connect, handles.session]);
    });
}

/// As [`monkeys`], with synchronous calls.
#[test]
fn synchronous_monkeys() {
    use shuttle::rand::{Rng, thread_rng};
    check(|| {
        let laws = Laws::new(|laws, heard| {
            if heard.status != CLOSING && heard.status != CREATED && thread_rng().gen_range(0..8) == 0 {
                laws.close(heard.handle);
            }
        });
        let script =
            [Script::Prompt, Script::Slow, Script::Silent, Script::Deaf][thread_rng().gen_range(0..4)];
        let session = open_session(laws, false, 0);
        let connect = connect::connect(session, "127.0.0.1", script as u16).unwrap();
        let open = move || request::open(connect, &request::Config::default()).unwrap();
        let requests = [open(), open()];
        let call = |handle| {
            let plain = Send { headers: Vec::new(), optional: None, total: 0, context: 0 };
            request::send(handle, plain)?;
            request::receive(handle)?;
            request::read_owned(handle, vec![0; 2].into_boxed_slice())?;
            Ok::<_, Error>(())
        };
        let threads: Vec<_> = requests
            .into_iter()
            .map(|request| {
                thread::spawn(move || {
                    let _ = call(request);
                    let next = open();
                    laws.close(request);
                    next
                })
            })
            .collect();
        let closers: Vec<_> =
            requests.into_iter().map(|request| thread::spawn(move || laws.close(request))).collect();
        for closer in closers {
            closer.join().unwrap();
        }
        let mut all = requests.to_vec();
        for thread in threads {
            all.push(thread.join().unwrap());
        }
        all.extend([connect, session]);
        for &handle in &all {
            laws.close(handle);
        }
        laws.until_gone(&all);
    });
}
