//! Cutting a line of a case into words.

/// A word and whether any of it was quoted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Word {
    pub(crate) text: String,
    pub(crate) quoted: bool,
    /// Quoted from its first character: a text, whatever is in it.
    pub(crate) text_only: bool,
}

/// Cuts a line at blanks. Quotes keep blanks and know the escapes \r \n \t \0 \" \\ \xNN; braces and brackets keep
/// blanks too; `#` at the start of a word begins a comment.
///
/// # Errors
/// When a quote, brace or bracket is not closed, or an escape is unknown.
pub(crate) fn cut(line: &str) -> Result<Vec<Word>, String> {
    let mut words = Vec::new();
    let mut chars = line.chars().peekable();
    loop {
        while chars.next_if(|c| c.is_whitespace()).is_some() {}
        match chars.peek() {
            None | Some('#') => return Ok(words),
            Some(_) => {}
        }
        let mut word = Word { text: String::new(), quoted: false, text_only: false };
        let mut closing = None;
        while let Some(&c) = chars.peek() {
            if c.is_whitespace() && closing.is_none() {
                break;
            }
            chars.next();
            match c {
                '"' => {
                    word.text_only |= word.text.is_empty() && !word.quoted;
                    word.quoted = true;
                    quoted(&mut chars, &mut word.text)?;
                }
                '{' | '[' if word.text.is_empty() && !word.quoted => {
                    closing = Some(if c == '{' { '}' } else { ']' });
                    word.text.push(c);
                }
                _ => {
                    word.text.push(c);
                    if Some(c) == closing {
                        closing = None;
                    }
                }
            }
        }
        if let Some(c) = closing {
            return Err(format!("no {c} in: {line}"));
        }
        words.push(word);
    }
}

fn quoted(chars: &mut std::iter::Peekable<std::str::Chars<'_>>, into: &mut String) -> Result<(), String> {
    loop {
        match chars.next().ok_or("a quote is not closed")? {
            '"' => return Ok(()),
            '\\' => into.push(match chars.next().ok_or("an escape is cut off")? {
                'r' => '\r',
                'n' => '\n',
                't' => '\t',
                '0' => '\0',
                'x' => {
                    let hex: String = chars.by_ref().take(2).collect();
                    char::from(u8::from_str_radix(&hex, 16).map_err(|_| format!("\\x{hex}?"))?)
                }
                c @ ('"' | '\\') => c,
                c => return Err(format!("\\{c}?")),
            }),
            c => into.push(c),
        }
    }
}

/// The text of a word as bytes: each character is one byte when it can be (so that \xNN writes that byte).
pub(crate) fn bytes(text: &str) -> Vec<u8> {
    if text.chars().all(|c| u32::from(c) < 256) {
        text.chars().map(|c| c as u8).collect()
    } else {
        text.as_bytes().to_vec()
    }
}

/// Whether a pattern with `*` for any text fits.
pub fn fits(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let mut last = None;
    for part in parts {
        if let Some(before) = last.replace(part) {
            let Some(at) = rest.find(before) else { return false };
            rest = &rest[at + before.len()..];
        }
    }
    last.map_or(rest.is_empty(), |end: &str| rest.ends_with(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_quotes_braces_and_comments() {
        let words = cut(r#"send req body="a b\r\n" {5, 12029} [T S4] # no more"#).unwrap();
        let texts: Vec<&str> = words.iter().map(|w| w.text.as_str()).collect();
        assert_eq!(texts, ["send", "req", "body=a b\r\n", "{5, 12029}", "[T S4]"]);
        assert!(words[2].quoted && !words[0].quoted);
        assert!(cut("\"open").is_err());
        assert!(cut("{open").is_err());
    }

    #[test]
    fn patterns_fit() {
        assert!(fits("*", ""));
        assert!(fits("a*c", "abc") && fits("a*c*e", "abcde") && fits("abc", "abc"));
        assert!(!fits("a*c", "abd") && !fits("abc", "abcd") && !fits("*aa*a", "aa"));
    }
}
