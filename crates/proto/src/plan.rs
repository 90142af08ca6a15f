//! What a request is going to say, fixed when its leg begins.

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

use winhttp_abi as abi;

use crate::auth::{Bond, Identity, Mechanisms, Party};
use crate::http::decode::ResponseHead;
use crate::http::encode::{HeadParts, TargetForm, Version, encode_head};
use crate::http::ending::Ending;
use crate::http::headers::{HeaderList, Known};
use crate::http::location::Target;
use crate::http::unpack;
use crate::{Refusal, Terms, Total};

/// Through whom a request goes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Route {
    /// To the server itself.
    #[default]
    Direct,
    /// Through a proxy that is asked for absolute URLs.
    Proxy {
        /// Host of the proxy.
        host: Arc<str>,
        /// Port of the proxy.
        port: u16,
    },
}

/// A list that names several proxies: which of them this send has not reached.
#[derive(Debug, Default)]
pub struct Detour {
    /// Those that could not be reached since SendRequest.
    pub failed: Vec<Route>,
    /// How many there are besides these and the one that is taken.
    pub left: usize,
    /// The next leg is the first of a SendRequest: any of them may be taken.
    pub fresh: bool,
}

/// The body that a request announces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BodyLength {
    /// Bytes given to SendRequest itself.
    pub optional: u32,
    /// All of it.
    pub total: Total,
}

impl BodyLength {
    /// No body.
    pub const NONE: BodyLength = BodyLength { optional: 0, total: Total::Bytes(0) };

    /// The lengths of a SendRequest call, or why they are refused.
    ///
    /// * `dwTotalLength` 0 with a Content-Length header takes the header's length (`WINHTTP_IGNORE_REQUEST_TOTAL_LENGTH`).
    /// * With a Transfer-Encoding header the application frames the body itself, optional data included
    ///   (contract: api-behaviour section 15).
    /// * Optional data beyond the total is `ERROR_INVALID_PARAMETER` (contract: evidence Q15).
    pub fn of(
        optional: u32,
        total: u32,
        headers: &HeaderList,
        automatic: bool,
    ) -> Result<BodyLength, Refusal> {
        let announced = match headers.get(b"Content-Length") {
            Some(text) => Some(decimal(text).ok_or(Refusal::INVALID_PARAMETER)?),
            None => None,
        };
        let framed = headers.get(b"Transfer-Encoding").is_some();
        if framed {
            // contract: WinHttpSendRequest, api-behaviour section 32 (Content-Length together with Transfer-Encoding)
            if announced.is_some() {
                return Err(Refusal::INVALID_PARAMETER);
            }
            // A body whose bytes are all given at once needs no further write to end.
            let total =
                if total != 0 && total == optional { Total::Bytes(u64::from(total)) } else { Total::Framed };
            return Ok(BodyLength { optional, total });
        }
        if automatic && total == abi::WINHTTP_IGNORE_REQUEST_TOTAL_LENGTH && announced.is_none() {
            return Ok(BodyLength { optional, total: Total::Chunked });
        }
        let total = match (total, announced) {
            (0, Some(length)) => length,
            (total, Some(length)) if u64::from(total) != length => return Err(Refusal::INVALID_PARAMETER),
            (total, _) => u64::from(total),
        };
        if u64::from(optional) > total {
            return Err(Refusal::INVALID_PARAMETER);
        }
        Ok(BodyLength { optional, total: Total::Bytes(total) })
    }

    /// Whether SendRequest carries everything.
    pub fn complete(&self) -> bool {
        self.total == Total::Bytes(u64::from(self.optional))
    }
}

fn decimal(text: &[u8]) -> Option<u64> {
    std::str::from_utf8(text).ok()?.trim().parse().ok()
}

/// A request, as it stands before its next leg.
#[derive(Debug)]
pub struct Plan {
    /// The method, as it goes on the wire.
    pub method: Cow<'static, [u8]>,
    /// Where to, escaped.
    pub target: Target,
    /// Through whom.
    pub route: Route,
    /// Through whom else.
    pub detour: Option<Box<Detour>>,
    /// `HTTP/1.0` instead of 1.1.
    pub http10: bool,
    /// The application's headers.
    pub headers: HeaderList,
    /// The jar's cookies for this leg, `name=value; name2=value2`.
    pub cookies: Vec<u8>,
    /// The server's challenges and the credentials for them.
    pub server: Party,
    /// The proxy's challenges and the credentials for them.
    pub proxy: Party,
    /// What makes the tokens of NTLM and Negotiate, where there is something.
    pub mechanisms: Option<Mechanisms>,
    /// A number that nobody can guess, for the client's part of a digest.
    pub entropy: u64,
    /// A SendRequest was made.
    pub(crate) begun: bool,
    /// The server that SendRequest named, where a redirect has led away from it: its credentials go to no other.
    home: Option<Box<(Arc<str>, u16, bool)>>,
    /// `User-Agent`; none is sent when empty.
    pub agent: Arc<str>,
    /// How its head probably ends. Whether it does is looked at when it is encoded.
    pub ending: Option<Arc<Ending>>,
    /// `WINHTTP_FLAG_REFRESH`: caches on the way are told to ask again.
    pub refresh: bool,
    /// `WINHTTP_OPTION_UPGRADE_TO_WEB_SOCKET`.
    pub upgrade: bool,
    /// What follows the head.
    pub body: BodyLength,
    /// The absolute URL of the current leg, with the fragment of a redirect.
    pub url: Option<Arc<str>>,
    /// Redirects followed by this ReceiveResponse.
    pub redirects: u32,
    /// `WINHTTP_OPTION_RESOLUTION_HOSTNAME`: looked up in place of the server's own name.
    pub resolve_as: Option<Arc<str>>,
}

impl Default for Plan {
    fn default() -> Self {
        Plan {
            method: Cow::Borrowed(b"GET"),
            target: Target::default(),
            route: Route::Direct,
            detour: None,
            http10: false,
            headers: HeaderList::default(),
            cookies: Vec::new(),
            server: Party::default(),
            proxy: Party::default(),
            mechanisms: None,
            entropy: 0,
            begun: false,
            home: None,
            agent: Arc::from(""),
            ending: None,
            refresh: false,
            upgrade: false,
            body: BodyLength::NONE,
            url: None,
            redirects: 0,
            resolve_as: None,
        }
    }
}

impl Plan {
    /// A SendRequest begins: challenges may be answered afresh.
    pub(crate) fn begin(&mut self) {
        self.redirects = 0;
        self.server.begin();
        self.proxy.begin();
        self.begun = true;
        self.home = None;
        if let Some(detour) = &mut self.detour {
            detour.failed.clear();
            detour.fresh = true;
        }
    }

    /// The proxy cannot be reached. True where another one is left to be tried.
    ///
    /// contract: options, PROXY is a list; a comment in dotnet/corefx pull request 40082 says what the WinHTTP team answered:
    /// the next one is tried, and the session remembers the failing one for 30 minutes
    pub(crate) fn leave_proxy(&mut self) -> bool {
        let proxied = self.proxied();
        let Some(detour) = self.detour.as_deref_mut().filter(|detour| proxied && detour.left > 0) else {
            return false;
        };
        detour.left -= 1;
        detour.failed.push(self.route.clone());
        true
    }

    /// No SendRequest was made.
    pub(crate) fn unsent(&mut self) {
        self.begun = false;
        self.home = None;
    }

    /// A redirect leads to another target.
    pub(crate) fn go_to(&mut self, target: Target) {
        let left = std::mem::replace(&mut self.target, target);
        self.home.get_or_insert_with(|| Box::new((left.host, left.port, left.secure)));
    }

    /// The next leg goes on another connection than the last one did.
    pub(crate) fn moved(&mut self) {
        let server = self.server.moved(self.mechanisms, &self.target.host);
        let proxy = match &self.route {
            Route::Proxy { host, .. } => self.proxy.moved(self.mechanisms, host),
            _ => false,
        };
        if server || proxy {
            self.authorize();
        }
    }

    /// To whom the connection belongs, as far as NTLM and Negotiate are concerned.
    #[inline]
    pub fn bond(&self) -> Bond {
        if self.binds() { self.bond_of_both() } else { Bond::None }
    }

    fn bond_of_both(&self) -> Bond {
        match (self.server.bond(), self.proxy.bond()) {
            (Bond::None, bond) | (bond, Bond::None) => bond,
            (Bond::Of(server), Bond::Of(proxy)) => Bond::Of(std::array::from_fn(|at| server[at] ^ proxy[at])),
            (Bond::Spoiled, _) | (_, Bond::Spoiled) => Bond::Spoiled,
            _ => Bond::UnderWay,
        }
    }

    /// Whether a login may belong to a connection: somebody has logged in, or may.
    #[inline]
    fn binds(&self) -> bool {
        !(self.server.idle() && self.proxy.idle())
    }

    /// Whether the last leg's way, or the next one's where it has been chosen, leads past every proxy.
    #[inline]
    pub fn goes_direct(&self) -> bool {
        matches!(self.route, Route::Direct)
    }

    /// The logins whose connections may carry the next leg, beside those of nobody. Most requests have none.
    #[inline]
    pub fn identities(&self) -> Vec<Identity> {
        if self.binds() { self.identities_of_both() } else { Vec::new() }
    }

    fn identities_of_both(&self) -> Vec<Identity> {
        let mut found: Vec<Identity> = Vec::new();
        if self.mechanisms.is_some() && (self.server.binding_likely() || self.proxy.binding_likely()) {
            if self.at_home() {
                found.extend(self.server.identities());
            }
            if self.route != Route::Direct {
                found.extend(self.proxy.identities());
            }
        }
        found
    }

    /// Whether the next leg goes to the server that SendRequest named.
    fn at_home(&self) -> bool {
        let target = &self.target;
        self.home.as_deref().is_none_or(|(host, port, secure)| {
            target.host.eq_ignore_ascii_case(host) && target.port == *port && target.secure == *secure
        })
    }

    /// Whether a 407 can be answered.
    pub(crate) fn answer_proxy(&mut self, head: &ResponseHead) -> bool {
        match &self.route {
            Route::Proxy { host, .. } => {
                self.proxy.answer(head, b"Proxy-Authenticate", self.mechanisms, host)
            }
            Route::Direct => false,
        }
    }

    /// Goes another way. What was meant for a proxy goes to no server, and the other way round.
    pub fn take_route(&mut self, route: Route) {
        if self.route != route {
            self.route = route;
            self.authorize_proxy();
        }
    }

    /// Works out what goes with the next leg.
    ///
    /// A redirect to another server does not take the first one's credentials along.
    pub(crate) fn authorize(&mut self) {
        self.stir();
        if self.server.idle() && self.proxy.idle() {
            return;
        }
        let absolute = self.proxied() && !self.tunnels();
        let url;
        let uri: &[u8] = if absolute {
            url = self.target.url();
            url.as_bytes()
        } else {
            &self.target.path
        };
        if self.at_home() {
            self.server.authorize(&self.method, uri, self.entropy);
        } else {
            self.server.silence();
        }
        self.authorize_proxy();
    }

    /// A proxy that is asked for absolute URLs reads the head of the request; one that gives a tunnel does not.
    fn authorize_proxy(&mut self) {
        if self.proxied() && !self.tunnels() && !self.proxy.idle() {
            let url = self.target.url();
            self.proxy.authorize(&self.method, url.as_bytes(), self.entropy);
        } else {
            self.proxy.silence();
        }
    }

    /// The next number that nobody can guess.
    pub(crate) fn stir(&mut self) {
        self.entropy =
            self.entropy.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    }

    /// Whether a proxy lies between.
    pub(crate) fn proxied(&self) -> bool {
        matches!(self.route, Route::Proxy { .. })
    }

    /// The head of the current leg as it stands on the wire, once a request has been sent.
    pub fn head(&self, terms: &Terms) -> Option<Vec<u8>> {
        if !self.begun {
            return None;
        }
        let mut head = Vec::new();
        self.encode(terms, &mut head);
        Some(head)
    }

    /// Takes the ending that other requests to this server have, or gives them one.
    #[inline]
    pub fn share_ending(&mut self, kept: &OnceLock<Arc<Ending>>) {
        let kept = kept.get_or_init(|| Arc::new(Ending::new(&self.agent, &self.target)));
        // Mostly that of the request before: a count that stays as it is costs nothing.
        if !self.ending.as_ref().is_some_and(|own| Arc::ptr_eq(own, kept)) {
            self.ending = Some(kept.clone());
        }
    }

    /// The ending of the head, where the head is one that [`Ending::push_head`] writes: everything else that takes part in
    /// a head is as it is by default.
    #[inline]
    fn plain_ending(&self, terms: &Terms) -> Option<&Ending> {
        let ending = self.ending.as_deref()?;
        let plain = self.route == Route::Direct
            && !self.http10
            && !self.refresh
            && !self.headers.has_known()
            && self.body.total == Total::Bytes(0)
            && terms.decompression == 0
            && !terms.without(abi::WINHTTP_DISABLE_KEEP_ALIVE)
            && self.cookies.is_empty()
            && self.server.value().is_empty()
            && self.proxy.value().is_empty()
            && !matches!(&self.method[..], b"PUT" | b"POST");
        (plain && ending.fits(&self.agent, &self.target)).then_some(ending)
    }

    /// Appends the head of the next leg to `out`.
    pub(crate) fn encode(&self, terms: &Terms, out: &mut Vec<u8>) {
        match self.plain_ending(terms) {
            Some(ending) => {
                ending.push_head(&self.method, &self.target.path, self.headers.as_bytes(), out);
            }
            None => self.encode_all(terms, out),
        }
    }

    #[inline(never)]
    fn encode_all(&self, terms: &Terms, out: &mut Vec<u8>) {
        // What the application has to say to the proxy went with CONNECT; inside the tunnel the server would read it.
        let hides = self.tunnels()
            && (self.headers.has(Known::ProxyAuthorization) || self.headers.has(Known::ProxyConnection));
        // contract: WINHTTP_OPTION_DECOMPRESSION, api-behaviour section 35 (it beats the caller's own header)
        let accept_encoding = unpack::accepted(terms.decompression);
        let replaces = !accept_encoding.is_empty() && self.headers.has(Known::AcceptEncoding);
        let mut servers;
        let headers = if hides || replaces {
            servers = self.headers.clone();
            if hides {
                servers.remove(b"Proxy-Authorization");
                servers.remove(b"Proxy-Connection");
            }
            if replaces {
                servers.remove(b"Accept-Encoding");
            }
            &servers
        } else {
            &self.headers
        };
        encode_head(
            out,
            &HeadParts {
                method: &self.method,
                form: match self.route {
                    Route::Proxy { .. } if !self.tunnels() => TargetForm::Absolute,
                    _ => TargetForm::Origin,
                },
                secure: self.target.secure,
                host: self.target.host.as_bytes(),
                port: self.target.port,
                path: &self.target.path,
                version: if self.http10 { Version::Http10 } else { Version::Http11 },
                headers,
                accept_encoding,
                user_agent: self.agent.as_bytes(),
                keep_alive: !terms.without(abi::WINHTTP_DISABLE_KEEP_ALIVE),
                refresh: self.refresh,
                body: match self.body.total {
                    Total::Bytes(total) => Some(total),
                    Total::Framed | Total::Chunked => None,
                },
                extra: if self.body.total == Total::Chunked {
                    b"Transfer-Encoding: chunked\r\n"
                } else {
                    b""
                },
                cookies: &self.cookies,
                authorization: self.server.value(),
                proxy_authorization: self.proxy.value(),
            },
        );
    }

    /// The name that is resolved and connected to.
    pub fn peer_host(&self) -> &str {
        match &self.route {
            Route::Direct => &self.target.host,
            Route::Proxy { host, .. } => host,
        }
    }

    /// The name that is looked up: the peer's, or what the application named for the server.
    pub fn lookup_host(&self) -> &str {
        match (&self.route, &self.resolve_as) {
            (Route::Direct, Some(name)) => name,
            _ => self.peer_host(),
        }
    }

    /// The port that is connected to.
    pub fn peer_port(&self) -> u16 {
        match &self.route {
            Route::Direct => self.target.port,
            Route::Proxy { port, .. } => *port,
        }
    }

    /// Whether the request itself asks for the connection to end with it.
    pub fn asks_to_close(&self, disabled: u32) -> bool {
        disabled & abi::WINHTTP_DISABLE_KEEP_ALIVE != 0
            || self.headers.get(b"Connection").is_some_and(|value| {
                value.split(|&b| b == b',').any(|token| token.trim_ascii().eq_ignore_ascii_case(b"close"))
            })
    }
}
