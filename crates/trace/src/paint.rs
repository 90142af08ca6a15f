//! Colours, for terminals only.

/// What a piece of text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ink {
    /// Calls, returns, column heads.
    Quiet,
    /// Progress.
    Progress,
    /// A completed operation.
    Good,
    /// A failure.
    Bad,
    /// Handles' births and ends.
    Handle,
    /// Titles.
    Title,
}

/// Whether text is coloured.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Paint(pub(crate) bool);

impl Paint {
    /// Colours where the stream is a terminal, unless `NO_COLOR` is set to anything or `TERM` is `dumb`.
    pub(crate) fn for_stream(terminal: bool) -> Paint {
        let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        Paint(terminal && !refused && !dumb)
    }

    /// The text in its colour.
    pub(crate) fn ink(self, ink: Ink, text: &str) -> String {
        if !self.0 || text.is_empty() {
            return text.to_owned();
        }
        let code = match ink {
            Ink::Quiet => "2",
            Ink::Progress => "36",
            Ink::Good => "32",
            Ink::Bad => "1;31",
            Ink::Handle => "35",
            Ink::Title => "1",
        };
        format!("\x1b[{code}m{text}\x1b[0m")
    }
}

/// A number with commas between its thousands.
pub(crate) fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A size in bytes as people read it.
pub(crate) fn size(bytes: u64) -> String {
    let mut value = bytes as f64;
    for unit in ["B", "KiB", "MiB", "GiB"] {
        if value < 1024.0 {
            return if unit == "B" { format!("{bytes} B") } else { format!("{value:.1} {unit}") };
        }
        value /= 1024.0;
    }
    format!("{value:.1} TiB")
}

/// Text from a server or a URL with what could steer a terminal made visible.
pub(crate) fn tame(text: &str) -> String {
    text.chars().flat_map(|c| if c.is_control() { c.escape_default().collect() } else { vec![c] }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_for_people() {
        assert_eq!(thousands(0), "0");
        assert_eq!(thousands(1_073_741_824), "1,073,741,824");
        assert_eq!(thousands(999), "999");
        assert_eq!(size(999), "999 B");
        assert_eq!(size(1 << 30), "1.0 GiB");
        assert_eq!(size(1536), "1.5 KiB");
    }

    #[test]
    fn no_escape_reaches_the_terminal() {
        assert_eq!(tame("a\x1b[31mb\r"), "a\\u{1b}[31mb\\r");
        assert_eq!(Paint(false).ink(Ink::Bad, "x"), "x");
        assert_eq!(Paint(true).ink(Ink::Bad, "x"), "\x1b[1;31mx\x1b[0m");
    }
}
