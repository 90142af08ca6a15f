//! One run of a script, in bounds: QuickJS on a thread of its own, which ends with it.
//!
//! * Memory: what the interpreter allocates is counted by it; beyond [`MEMORY`] it throws. Nothing aborts.
//! * Depth: its own count of stack bytes, half of what the thread has.
//! * Time: it asks while it loops, calls, matches and walks, and is told to stop at the limit, which no script can catch. A few
//!   operations do not ask; `functions.js` bounds them. Whoever waits is answered at the limit whatever happens.
//! * Number: at most [`AT_ONCE`] runs in the process; the next one waits for its turn.
//!
//! A script sees the language and the functions of `functions.js`, and nothing else: no files, no network, no module. Of the
//! language it has what scripts are made of ([`Parts`]): typed arrays, atomics and proxies are no part of that, and where most of
//! the interpreter's memory faults were found.

use std::sync::{Arc, Condvar, Mutex, PoisonError, mpsc};
use std::time::{Duration, Instant};

use rquickjs::context::{EvalOptions, intrinsic};
use rquickjs::prelude::Func;
use rquickjs::{Context, Ctx, Function, Runtime, Value};

use super::names::{self, Names};
use crate::threads;

/// The longest that a run takes.
pub(super) const LIMIT: Duration = Duration::from_secs(10);
/// What is added until nobody waits any more.
pub(super) const GRACE: Duration = Duration::from_secs(1);
/// Bytes that a run may allocate.
const MEMORY: usize = 16 << 20;
/// Stack of the thread, and the part of it that a script may fill, in bytes.
const STACK: usize = 1 << 20;
const DEPTH: usize = STACK / 2;
/// Runs at a time.
const AT_ONCE: usize = 4;
/// The longest answer that is looked at, in bytes.
const LONGEST_ANSWER: usize = 64 * 1024;

/// What there is of the language beside its base. Promises are among it because the interpreter loses what an asynchronous
/// function holds where they are not, and says so by ending the process.
type Parts = (
    intrinsic::Date,
    intrinsic::Eval,
    intrinsic::RegExpCompiler,
    intrinsic::RegExp,
    intrinsic::Json,
    intrinsic::MapSet,
    intrinsic::Promise,
);

const FUNCTIONS: &str = include_str!("functions.js");
/// The function to be called: the one for both kinds of addresses counts first, as on Windows.
const ENTRY: &str = "typeof FindProxyForURLEx === 'function' ? FindProxyForURLEx : \
                     typeof FindProxyForURL === 'function' ? FindProxyForURL : undefined";

/// Why a run gave no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// The script is wrong, throws, takes too much or gives something other than text.
    Script,
    /// No run could begin: no thread, no memory, or the others do not end.
    Host,
}

/// What a script is run for.
pub(super) struct Call {
    pub(super) script: Arc<str>,
    pub(super) url: String,
    pub(super) host: String,
}

/// How many runs there are.
#[derive(Default)]
pub(super) struct Turns {
    taken: Mutex<usize>,
    free: Condvar,
}

/// The right to one run, until it is dropped.
struct Turn(Arc<Turns>);

impl Turns {
    fn take(self: &Arc<Turns>, limit: Duration) -> Option<Turn> {
        let taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.free.wait_timeout_while(taken, limit, |taken| *taken >= AT_ONCE);
        let (mut taken, waited) = waited.unwrap_or_else(PoisonError::into_inner);
        if waited.timed_out() {
            return None;
        }
        *taken += 1;
        Some(Turn(self.clone()))
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        *self.0.taken.lock().unwrap_or_else(PoisonError::into_inner) -= 1;
        self.0.free.notify_one();
    }
}

/// Runs a script and waits for what it says: it is told to stop at `limit`, and given up `grace` later.
pub(super) fn run(
    turns: &Arc<Turns>,
    call: Call,
    names: Names,
    limit: Duration,
    grace: Duration,
) -> Result<String, Fault> {
    let turn = turns.take(limit).ok_or(Fault::Host)?;
    let (tell, told) = mpsc::sync_channel(1);
    let ends = Instant::now() + limit;
    let started = threads::start("winhttp-pac", STACK, move || {
        let said = evaluate(&call, names, ends);
        drop(turn);
        // Whoever waited longer than the limit has gone.
        let _ = tell.send(said);
    });
    started.map_err(|_| Fault::Host)?;
    told.recv_timeout(limit + grace).unwrap_or(Err(Fault::Script))
}

fn evaluate(call: &Call, names: Names, ends: Instant) -> Result<String, Fault> {
    let runtime = Runtime::new().map_err(|_| Fault::Host)?;
    runtime.set_memory_limit(MEMORY);
    runtime.set_max_stack_size(DEPTH);
    let context = Context::custom::<Parts>(&runtime).map_err(|_| Fault::Host)?;
    context.with(|context| functions(&context, names, ends)).map_err(|_| Fault::Host)?;
    // From here on it is the script that spends the time.
    runtime.set_interrupt_handler(Some(Box::new(move || Instant::now() >= ends)));
    context.with(|context| {
        // What the script throws is not told to anybody, but it must not stay pending either.
        let said = answer(&context, call).inspect_err(|_| drop(context.catch()));
        said.ok().filter(|said| said.len() <= LONGEST_ANSWER).ok_or(Fault::Script)
    })
}

/// Puts the functions that scripts call among the globals.
fn functions(context: &Ctx<'_>, names: Names, ends: Instant) -> rquickjs::Result<()> {
    let define: Function = context.eval(FUNCTIONS)?;
    let known = names::Known::new(names, ends);
    define.call((
        Func::from(move |host: String, only_v4: bool| known.addresses(&host, only_v4)),
        Func::from(names::own),
        Func::from(|address: String, network: String| names::within(&address, &network)),
        Func::from(|list: String| names::sorted(&list)),
    ))
}

fn answer(context: &Ctx<'_>, call: &Call) -> rquickjs::Result<String> {
    let mut options = EvalOptions::default();
    // Scripts of a web of long ago.
    options.strict = false;
    context.eval_with_options::<Value, _>(call.script.as_bytes(), options)?;
    let entry: Function = context.eval(ENTRY)?;
    let said: Value = entry.call((call.url.as_str(), call.host.as_str()))?;
    said.try_into_string().map_err(|_| rquickjs::Error::Unknown)?.to_string()
}

#[cfg(test)]
mod tests;
