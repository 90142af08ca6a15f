//! Challenges: `scheme name=value, name="value", scheme2 ...` (RFC 9110 section 11.6.1).

use std::borrow::Cow;

use winhttp_abi as abi;

/// One challenge of a WWW-Authenticate or Proxy-Authenticate line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenge<'a> {
    name: &'a [u8],
    parameters: Vec<&'a [u8]>,
}

impl<'a> Challenge<'a> {
    /// The scheme's `WINHTTP_AUTH_SCHEME_*` bit; 0 for one that WinHTTP does not know.
    pub fn scheme(&self) -> u32 {
        const KNOWN: [(&[u8], u32); 5] = [
            (b"Basic", abi::WINHTTP_AUTH_SCHEME_BASIC),
            (b"NTLM", abi::WINHTTP_AUTH_SCHEME_NTLM),
            (b"Passport1.4", abi::WINHTTP_AUTH_SCHEME_PASSPORT),
            (b"Digest", abi::WINHTTP_AUTH_SCHEME_DIGEST),
            (b"Negotiate", abi::WINHTTP_AUTH_SCHEME_NEGOTIATE),
        ];
        KNOWN.iter().find(|(name, _)| self.name.eq_ignore_ascii_case(name)).map_or(0, |&(_, scheme)| scheme)
    }

    /// The token of a scheme that speaks in tokens instead of parameters (RFC 9110 section 11.2, token68).
    pub fn token(&self) -> Option<&'a [u8]> {
        self.parameters.first().copied().filter(|text| !text.contains(&b'"') && !text.contains(&b' '))
    }

    /// A parameter's value without its quotes.
    pub fn parameter(&self, wanted: &[u8]) -> Option<Cow<'a, [u8]>> {
        self.parameters.iter().find_map(|parameter| {
            let at = parameter.iter().position(|&byte| byte == b'=')?;
            let (name, value) = (parameter[..at].trim_ascii(), parameter[at + 1..].trim_ascii());
            name.eq_ignore_ascii_case(wanted).then(|| unquote(value))
        })
    }
}

fn unquote(value: &[u8]) -> Cow<'_, [u8]> {
    let Some(inner) = value.strip_prefix(b"\"").map(|rest| rest.strip_suffix(b"\"").unwrap_or(rest)) else {
        return Cow::Borrowed(value);
    };
    if !inner.contains(&b'\\') {
        return Cow::Borrowed(inner);
    }
    let mut plain = Vec::with_capacity(inner.len());
    let mut escaped = false;
    for &byte in inner {
        if byte == b'\\' && !escaped {
            escaped = true;
        } else {
            plain.push(byte);
            escaped = false;
        }
    }
    Cow::Owned(plain)
}

/// Takes a header's value apart. What fits no challenge is passed over.
pub fn challenges(value: &[u8]) -> Vec<Challenge<'_>> {
    let mut found: Vec<Challenge<'_>> = Vec::new();
    for element in elements(value) {
        let element = element.trim_ascii();
        let end =
            element.iter().position(|byte| matches!(byte, b' ' | b'\t' | b'=')).unwrap_or(element.len());
        let rest = element[end..].trim_ascii_start();
        // `name = value` belongs to the challenge before it; a token that stands alone or before one is a scheme.
        let parameter = rest.first() == Some(&b'=');
        if element.is_empty() {
            continue;
        }
        if parameter {
            if let Some(last) = found.last_mut() {
                last.parameters.push(element);
            }
        } else {
            let parameters = if rest.is_empty() { Vec::new() } else { vec![rest] };
            found.push(Challenge { name: &element[..end], parameters });
        }
    }
    found
}

/// The parts between commas that do not stand in quotes.
fn elements(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut quoted = false;
    let mut escaped = false;
    value.split(move |&byte| {
        if escaped {
            escaped = false;
            return false;
        }
        match byte {
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b',' => return !quoted,
            _ => {}
        }
        false
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_challenges_in_one_line() {
        let line = br#"Basic realm="a, \"b\"", Negotiate, Digest realm=x , nonce = "n=1",qop="auth,auth-int", Bearer"#;
        let found = challenges(line);
        let schemes: Vec<u32> = found.iter().map(Challenge::scheme).collect();
        let (basic, digest) = (abi::WINHTTP_AUTH_SCHEME_BASIC, abi::WINHTTP_AUTH_SCHEME_DIGEST);
        assert_eq!(schemes, [basic, abi::WINHTTP_AUTH_SCHEME_NEGOTIATE, digest, 0]);
        assert_eq!(found[0].parameter(b"REALM").as_deref(), Some(&br#"a, "b""#[..]));
        assert_eq!(found[2].parameter(b"nonce").as_deref(), Some(&b"n=1"[..]));
        assert_eq!(found[2].parameter(b"qop").as_deref(), Some(&b"auth,auth-int"[..]));
        assert_eq!(found[2].parameter(b"opaque"), None);
    }

    #[test]
    fn hostile_lines() {
        for line in [&b""[..], b",,,", b"=", b"a=b", b"\"", b"Basic realm=\"", b"Digest \\\"", b"\xFF\xFE="] {
            for challenge in challenges(line) {
                let _ = (challenge.scheme(), challenge.parameter(b"realm"));
            }
        }
    }
}
