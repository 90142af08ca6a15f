//! The lines that end most heads: what the session and the server are called, made once and shared by their requests.

use std::sync::Arc;

use super::encode::{HeadParts, encode_head};
use super::location::Target;

/// `User-Agent`, `Host` and the empty line, for requests of one agent to one server.
#[derive(Debug)]
pub struct Ending {
    agent: Arc<str>,
    host: Arc<str>,
    port: u16,
    secure: bool,
    lines: Box<[u8]>,
}

/// What stands before it where the application has no lines: request line and `Connection`.
const OPENING: &[u8] = b" HTTP/1.1\r\nConnection: Keep-Alive\r\n";

impl Ending {
    /// The ending for this agent and the server of this target.
    pub fn new(agent: &Arc<str>, target: &Target) -> Ending {
        let mut whole = Vec::new();
        encode_head(
            &mut whole,
            &HeadParts {
                host: target.host.as_bytes(),
                port: target.port,
                secure: target.secure,
                user_agent: agent.as_bytes(),
                ..HeadParts::new()
            },
        );
        Ending {
            agent: agent.clone(),
            host: target.host.clone(),
            port: target.port,
            secure: target.secure,
            // `encode_head` wrote the rest of such a head before it.
            lines: whole.split_off(b"GET /".len() + OPENING.len()).into_boxed_slice(),
        }
    }

    /// Whether a request of this agent to the server of this target ends so.
    pub(crate) fn fits(&self, agent: &Arc<str>, target: &Target) -> bool {
        Arc::ptr_eq(&self.agent, agent)
            && self.port == target.port
            && self.secure == target.secure
            && self.host == target.host
    }

    /// Appends the head of a request to the server itself without a body, without options that show, and with none but
    /// these lines of the application's own, none of which takes the place of another.
    pub(crate) fn push_head(&self, method: &[u8], path: &[u8], lines: &[u8], out: &mut Vec<u8>) {
        out.reserve(method.len() + 1 + path.len() + OPENING.len() + lines.len() + self.lines.len());
        out.extend_from_slice(method);
        out.push(b' ');
        out.extend_from_slice(path);
        out.extend_from_slice(OPENING);
        out.extend_from_slice(lines);
        out.extend_from_slice(&self.lines);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::Login;
    use crate::{Plan, Route, Terms, Total};
    use winhttp_abi as abi;

    type Change = fn(&mut Plan, &mut Terms);

    /// Everything that takes part in a head, each changed once; true for what the ending may stay with.
    const CHANGES: [(bool, Change); 25] = [
        (true, |plan, _| plan.method = b"DELETE".into()),
        (true, |plan, _| plan.target.path = b"/else?where".to_vec()),
        (true, |plan, _| add(plan, "X-Own: 1\r\nAccept: */*")),
        (false, |plan, _| plan.method = b"PUT".into()),
        (false, |plan, _| plan.method = b"POST".into()),
        (false, |plan, _| plan.target.host = "other.test".into()),
        (false, |plan, _| plan.target.port = 8080),
        (false, |plan, _| plan.target.secure = true),
        (false, |plan, _| plan.route = Route::Proxy { host: Arc::from("proxy.test"), port: 3128 }),
        (false, |plan, _| plan.http10 = true),
        (false, |plan, _| plan.refresh = true),
        (false, |plan, _| plan.agent = Arc::from("another/2")),
        (false, |plan, _| plan.agent = Arc::from("")),
        (false, |plan, _| plan.body.total = Total::Bytes(5)),
        (false, |plan, _| plan.body.total = Total::Chunked),
        (false, |plan, _| plan.body.total = Total::Framed),
        (false, |plan, _| plan.cookies = b"a=b".to_vec()),
        (false, |plan, _| login(plan.server.option_mut())),
        (false, |plan, _| add(plan, "Connection: close")),
        (false, |plan, _| add(plan, "user-agent: own")),
        (false, |plan, _| add(plan, "Host: own")),
        (false, |plan, _| add(plan, "Cookie: own=1")),
        (false, |plan, _| add(plan, "Content-Length: 0\r\nAuthorization: own\r\nUpgrade: own")),
        (false, |_, terms| terms.disabled |= abi::WINHTTP_DISABLE_KEEP_ALIVE),
        (false, |_, terms| terms.decompression = abi::WINHTTP_DECOMPRESSION_FLAG_ALL),
    ];

    fn add(plan: &mut Plan, lines: &str) {
        plan.headers.apply(lines.as_bytes(), abi::WINHTTP_ADDREQ_FLAG_ADD).unwrap();
    }

    fn login(of: &mut Login) {
        of.user = "me".to_owned();
        of.password = "secret".to_owned();
    }

    fn plan(ending: Option<Arc<Ending>>, agent: &Arc<str>, target: Target) -> Plan {
        let mut plan = Plan::default();
        plan.ending = ending;
        plan.agent = agent.clone();
        plan.target = target;
        plan
    }

    fn encoded(plan: &mut Plan, terms: &Terms) -> Vec<u8> {
        plan.authorize();
        let mut out = Vec::new();
        plan.encode(terms, &mut out);
        out
    }

    /// A head of the changes given, with the ending that its connect handle keeps and without.
    fn both(ending: &Arc<Ending>, agent: &Arc<str>, changes: &[Change]) -> [Vec<u8>; 2] {
        [Some(ending.clone()), None].map(|ending| {
            let target =
                Target { secure: false, host: "server.test".into(), port: 80, path: b"/small".to_vec() };
            let mut plan = plan(ending, agent, target);
            let mut terms = Terms::default();
            for change in changes {
                change(&mut plan, &mut terms);
            }
            encoded(&mut plan, &terms)
        })
    }

    #[test]
    fn a_head_with_its_kept_ending_is_the_head_that_is_made_afresh() {
        let agent: Arc<str> = Arc::from("agent/1");
        let target = Target { secure: false, host: "server.test".into(), port: 80, path: b"/first".to_vec() };
        let ending = Arc::new(Ending::new(&agent, &target));
        let [plain, fresh] = both(&ending, &agent, &[]);
        assert_eq!(plain, fresh);
        assert!(plain.ends_with(&ending.lines) && ending.lines.starts_with(b"User-Agent: agent/1\r\nHost: "));
        for (at, (_, first)) in CHANGES.iter().enumerate() {
            let [kept, fresh] = both(&ending, &agent, &[*first]);
            assert_eq!(kept, fresh, "change {at}");
            for (other, (_, second)) in CHANGES.iter().enumerate() {
                let [kept, fresh] = both(&ending, &agent, &[*first, *second]);
                assert_eq!(kept, fresh, "changes {at} and {other}");
            }
        }
    }

    /// The comparison above would also hold if no head ended so.
    #[test]
    fn the_kept_ending_is_used_where_nothing_else_shows_and_nowhere_else() {
        let agent: Arc<str> = Arc::from("agent/1");
        let target = Target { secure: false, host: "h".into(), port: 80, path: b"/".to_vec() };
        // Lines that no head has tell where they come from.
        let marked = Ending { lines: Box::from(&b"kept"[..]), ..Ending::new(&agent, &target) };
        let marked = Arc::new(marked);
        let base = || plan(Some(marked.clone()), &agent, target.clone());
        assert!(encoded(&mut base(), &Terms::default()).ends_with(b"kept"));
        for (at, (stays, change)) in CHANGES.iter().enumerate() {
            let (mut plan, mut terms) = (base(), Terms::default());
            change(&mut plan, &mut terms);
            // Credentials show once a challenge is answered, unless they are sent at once.
            let shows = !plan.server.idle() && {
                plan.authorize();
                plan.server.value().is_empty()
            };
            assert_eq!(encoded(&mut plan, &terms).ends_with(b"kept"), *stays || shows, "change {at}");
        }
    }
}
