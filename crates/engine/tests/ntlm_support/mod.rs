//! A server that wants NTLM on each connection and checks the messages itself: MS-NLMP with the hashes alone.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use md4::{Digest, Md4};
use md5::Md5;
use sspi::{
    AuthIdentity, BufferType, CredentialUse, Credentials, DataRepresentation, Negotiate, NegotiateConfig,
    SecurityBuffer, ServerRequestFlags, Sspi, SspiImpl, Username, ntlm::NtlmConfig,
};

/// Who may come in.
#[derive(Clone)]
pub(crate) struct Account {
    pub(crate) domain: String,
    pub(crate) user: String,
    pub(crate) password: String,
}

/// How the server asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    Ntlm,
    /// `Negotiate`, where the client's first token may be wrapped in SPNEGO.
    Spnego,
    /// The same, with the server's answers by the other implementation too.
    RawNegotiate,
    ClosesAfterOffer,
    ClosesAfterChallengeOnce,
    ClosesAfterChallenge,
    Garbage,
    Truncated,
    /// 407 instead of 401.
    Proxy,
}

pub(crate) struct Server {
    pub(crate) port: u16,
    shared: Arc<Shared>,
}

struct Shared {
    account: Account,
    style: Style,
    heard: Mutex<Vec<String>>,
    bodies: Mutex<Vec<String>>,
    closed: AtomicBool,
}

const CHALLENGE: [u8; 8] = *b"\x01\x23\x45\x67\x89\xab\xcd\xef";

impl Server {
    pub(crate) fn start(account: Account, style: Style) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Arc::new(Shared {
            account,
            style,
            heard: Mutex::default(),
            bodies: Mutex::default(),
            closed: AtomicBool::new(false),
        });
        let own = shared.clone();
        std::thread::spawn(move || {
            for (number, stream) in listener.incoming().enumerate() {
                let shared = own.clone();
                std::thread::spawn(move || shared.talk(number, stream.unwrap()));
            }
        });
        Server { port, shared }
    }

    /// A line for each request: the number of its connection, its target, and which message came with it.
    pub(crate) fn heard(&self) -> Vec<String> {
        self.shared.heard.lock().unwrap().clone()
    }

    pub(crate) fn bodies(&self) -> Vec<String> {
        self.shared.bodies.lock().unwrap().clone()
    }
}

/// What one connection has come to.
#[derive(Default)]
struct Connection {
    logged_in: bool,
    asked: bool,
    peer: Option<Box<Negotiate>>,
}

impl Shared {
    fn talk(&self, number: usize, mut stream: TcpStream) {
        let mut connection = Connection::default();
        while let Some((head, body)) = read(&mut stream) {
            let target = head.split(' ').nth(1).unwrap().to_owned();
            let field = if self.style == Style::Proxy { "proxy-authorization: " } else { "authorization: " };
            let message = head.lines().find_map(|line| {
                line.to_ascii_lowercase().starts_with(field).then(|| line[field.len()..].to_owned())
            });
            let (said, reply) = self.judge(&mut connection, message.as_deref());
            self.heard.lock().unwrap().push(format!("{number} {target} {said}"));
            if !body.is_empty() {
                self.bodies.lock().unwrap().push(String::from_utf8(body).unwrap());
            }
            let closes = reply.contains("Connection: close");
            if stream.write_all(reply.as_bytes()).is_err() || closes {
                return;
            }
        }
    }

    fn scheme(&self) -> &'static str {
        if matches!(self.style, Style::Spnego | Style::RawNegotiate) { "Negotiate" } else { "NTLM" }
    }

    fn ask(&self, token: &[u8], more: &str) -> String {
        let (status, field) = match self.style {
            Style::Proxy => ("407 Proxy", "Proxy-Authenticate"),
            _ => ("401 Denied", "WWW-Authenticate"),
        };
        let scheme = self.scheme();
        let token = if token.is_empty() { String::new() } else { format!(" {}", STANDARD.encode(token)) };
        format!("HTTP/1.1 {status}\r\n{field}: {scheme}{token}\r\n{more}Content-Length: 6\r\n\r\ndenied")
    }

    fn judge(&self, connection: &mut Connection, message: Option<&str>) -> (String, String) {
        let Some(message) = message else {
            if connection.logged_in {
                return ("-".into(), "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok".into());
            }
            let more = if self.style == Style::ClosesAfterOffer { "Connection: close\r\n" } else { "" };
            return ("-".into(), self.ask(&[], more));
        };
        let (scheme, token) = message.split_once(' ').unwrap();
        assert_eq!(scheme, self.scheme());
        let token = STANDARD.decode(token).unwrap();
        if self.style == Style::Spnego {
            return self.by_the_other(connection, &token);
        }
        // A mechanism inside SPNEGO is taken out as it stands, and answered bare.
        let at = token.windows(8).position(|window| window == b"NTLMSSP\0").expect("an NTLM message");
        let ntlm = &token[at..];
        match u32_at(ntlm, 8) {
            1 => {
                connection.asked = true;
                let challenge = match self.style {
                    Style::Garbage => b"not a message".to_vec(),
                    Style::Truncated => challenge()[..40].to_vec(),
                    Style::RawNegotiate => wrapped(&challenge()),
                    _ => challenge(),
                };
                let closes = match self.style {
                    Style::ClosesAfterChallenge => true,
                    Style::ClosesAfterChallengeOnce => !self.closed.swap(true, Ordering::SeqCst),
                    _ => false,
                };
                ("1".into(), self.ask(&challenge, if closes { "Connection: close\r\n" } else { "" }))
            }
            3 => {
                assert!(connection.asked, "an answer on the connection of its challenge");
                connection.asked = false;
                match check(ntlm, &self.account) {
                    Some(who) => {
                        connection.logged_in = true;
                        (format!("3 {who}"), "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok".into())
                    }
                    None => ("3 refused".into(), self.ask(&[], "")),
                }
            }
            other => panic!("message {other}"),
        }
    }

    /// The server's half of SPNEGO by the crate that the library uses.
    fn by_the_other(&self, connection: &mut Connection, token: &[u8]) -> (String, String) {
        let first = connection.peer.is_none();
        let identity = AuthIdentity {
            username: Username::new(&self.account.user, Some(&self.account.domain)).unwrap(),
            password: self.account.password.clone().into(),
        };
        let mut peer = connection.peer.take().unwrap_or_else(|| {
            let config = NegotiateConfig::new(
                Box::new(NtlmConfig::new("SERVER".into())),
                Some("ntlm,!kerberos,!pku2u".into()),
                "SERVER".into(),
            );
            Box::new(Negotiate::new_server(config, vec![identity.clone()]).unwrap())
        });
        let identity = Credentials::AuthIdentity(identity);
        let mut credentials = peer
            .acquire_credentials_handle()
            .with_credential_use(CredentialUse::Inbound)
            .with_auth_data(&identity)
            .execute(&mut *peer)
            .unwrap()
            .credentials_handle;
        let mut input = [SecurityBuffer::new(token.to_vec(), BufferType::Token)];
        let mut output = [SecurityBuffer::new(Vec::new(), BufferType::Token)];
        let context = peer
            .accept_security_context()
            .with_credentials_handle(&mut credentials)
            .with_context_requirements(ServerRequestFlags::ALLOCATE_MEMORY)
            .with_target_data_representation(DataRepresentation::Native)
            .with_input(&mut input)
            .with_output(&mut output);
        let result = peer.accept_security_context_impl(context).unwrap().resolve_to_result();
        let [answer] = output;
        match result {
            Ok(_) if first => {
                connection.peer = Some(peer);
                ("1".into(), self.ask(&answer.buffer, ""))
            }
            Ok(_) => {
                connection.logged_in = true;
                let who = format!("3 {}\\{}", self.account.domain, self.account.user);
                let done = STANDARD.encode(&answer.buffer);
                let info = format!("WWW-Authenticate: Negotiate {done}\r\n");
                (who, format!("HTTP/1.1 200 OK\r\n{info}Content-Length: 2\r\n\r\nok"))
            }
            Err(_) => ("3 refused".into(), self.ask(&[], "")),
        }
    }
}

fn read(stream: &mut TcpStream) -> Option<(String, Vec<u8>)> {
    let head = crate::delivery_support::head(stream)?;
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("Content-Length: "))
        .map_or(0, |length| length.trim().parse().unwrap());
    let mut body = vec![0; length];
    stream.read_exact(&mut body).ok()?;
    Some((head, body))
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap())
}

/// A buffer of a message: length, room, offset.
fn part(message: &[u8], at: usize) -> &[u8] {
    let length = usize::from(u16::from_le_bytes(message[at..at + 2].try_into().unwrap()));
    let offset = u32_at(message, at + 4) as usize;
    &message[offset..offset + length]
}

fn wide(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// MS-NLMP 2.2.1.2, with the target's names and no time.
fn challenge() -> Vec<u8> {
    let target = wide("DOM");
    let mut info = Vec::new();
    for (kind, text) in [(2u16, "DOM"), (1, "SERVER"), (4, "dom.example"), (3, "server.dom.example")] {
        let text = wide(text);
        info.extend(kind.to_le_bytes());
        info.extend((text.len() as u16).to_le_bytes());
        info.extend(text);
    }
    info.extend([0; 4]);
    let flags: u32 = 0x0000_0001
        | 0x0000_0004
        | 0x0000_0200
        | 0x0001_0000
        | 0x0008_0000
        | 0x0080_0000
        | 0x0200_0000
        | 0x2000_0000
        | 0x8000_0000
        | 0x8000
        | 0x10
        | 0x20
        | 0x4000_0000;
    let mut message = b"NTLMSSP\0\x02\0\0\0".to_vec();
    for (bytes, before) in [(&target, 56), (&info, 56 + target.len())] {
        if before != 56 {
            message.extend(flags.to_le_bytes());
            message.extend(CHALLENGE);
            message.extend([0; 8]);
        }
        message.extend((bytes.len() as u16).to_le_bytes());
        message.extend((bytes.len() as u16).to_le_bytes());
        message.extend((before as u32).to_le_bytes());
    }
    message.extend([10, 0, 0x61, 0x4A, 0, 0, 0, 15]);
    assert_eq!(message.len(), 56);
    message.extend(target);
    message.extend(info);
    message
}

/// SPNEGO's answer with a challenge in it (RFC 4178 section 4.2.2), as IIS sends it: accept-incomplete, NTLM, token.
fn wrapped(token: &[u8]) -> Vec<u8> {
    let der = |tag: u8, content: &[u8]| {
        let length = content.len();
        let mut out = vec![tag];
        match length {
            0..128 => out.push(length as u8),
            128..256 => out.extend([0x81, length as u8]),
            _ => out.extend([0x82, (length >> 8) as u8, length as u8]),
        }
        out.extend(content);
        out
    };
    let ntlm = der(0x06, &[0x2B, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x02, 0x02, 0x0A]);
    let fields = [der(0xA0, &der(0x0A, &[1])), der(0xA1, &ntlm), der(0xA2, &der(0x04, token))].concat();
    der(0xA1, &der(0x30, &fields))
}

fn hmac(key: &[u8], data: &[u8]) -> Vec<u8> {
    let mut hmac = <Hmac<Md5> as KeyInit>::new_from_slice(key).unwrap();
    hmac.update(data);
    hmac.finalize().into_bytes().to_vec()
}

/// MS-NLMP 3.3.2: the response to the challenge, version 2. Who came in.
fn check(message: &[u8], account: &Account) -> Option<String> {
    let response = part(message, 20);
    let text = |bytes: &[u8]| {
        let units: Vec<u16> =
            bytes.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
        String::from_utf16(&units).unwrap()
    };
    let (domain, user) = (text(part(message, 28)), text(part(message, 36)));
    let password = Md4::digest(wide(&account.password));
    let key = hmac(&password, &wide(&format!("{}{domain}", user.to_uppercase())));
    let (proof, blob) = response.split_at(16);
    assert_eq!(blob[..2], [1, 1], "version 2 of the response");
    let expected = hmac(&key, &[&CHALLENGE[..], blob].concat());
    let known = domain == account.domain && user == account.user;
    (known && expected == proof).then(|| format!("{domain}\\{user}"))
}
