//! Bodies: where the answer's goes, and where the request's comes from.
use std::fs::File;
use std::io::{self, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

/// Where the body of an answer goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Destination {
    /// It is only counted and hashed.
    Nowhere,
    /// Standard output.
    Out,
    /// A file.
    File(PathBuf),
}

enum Target {
    None,
    Out { terminal: bool, empty: bool },
    File(File, PathBuf),
}

/// Takes the body of an answer.
pub(crate) struct Sink {
    target: Target,
    hash: Sha256,
    count: u64,
}

impl Sink {
    /// Opens the destination; a file that exists is written over.
    ///
    /// # Errors
    /// A sentence, when the file cannot be made.
    pub(crate) fn open(destination: &Destination) -> Result<Sink, String> {
        let target = match destination {
            Destination::Nowhere => Target::None,
            Destination::Out => Target::Out { terminal: io::stdout().is_terminal(), empty: true },
            Destination::File(path) => match File::create(path) {
                Ok(file) => Target::File(file, path.clone()),
                Err(e) => return Err(format!("cannot write {}: {e}", path.display())),
            },
        };
        Ok(Sink { target, hash: Sha256::new(), count: 0 })
    }

    /// Takes the next piece.
    ///
    /// # Errors
    /// A sentence, when it cannot be written.
    pub(crate) fn take(&mut self, piece: &[u8]) -> Result<(), String> {
        self.hash.update(piece);
        self.count += piece.len() as u64;
        match &mut self.target {
            Target::None => Ok(()),
            Target::Out { terminal, empty } => {
                if *terminal && std::mem::take(empty) && piece.contains(&0) {
                    self.target = Target::None;
                    return Err("the body is binary and would upset the terminal: save it with -o FILE, \
                                or say -o - and redirect standard output"
                        .to_owned());
                }
                io::stdout().lock().write_all(piece).map_err(|e| format!("cannot write standard output: {e}"))
            }
            Target::File(file, path) => {
                file.write_all(piece).map_err(|e| format!("cannot write {}: {e}", path.display()))
            }
        }
    }

    /// Ends the body: its length and its SHA-256 in hexadecimal.
    ///
    /// # Errors
    /// A sentence, when what was written cannot be flushed.
    pub(crate) fn finish(&mut self) -> Result<(u64, String), String> {
        if let Target::Out { terminal, .. } = self.target {
            let end: &[u8] = if terminal && self.count > 0 { b"\n" } else { b"" };
            let mut out = io::stdout().lock();
            out.write_all(end)
                .and_then(|()| out.flush())
                .map_err(|e| format!("cannot write standard output: {e}"))?;
        }
        let digest = std::mem::take(&mut self.hash).finalize();
        Ok((self.count, digest.iter().map(|byte| format!("{byte:02x}")).collect()))
    }
}

/// The body of a request.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) enum Source {
    /// None.
    #[default]
    None,
    /// These bytes.
    Bytes(Vec<u8>),
    /// A file, read while it is sent.
    File(PathBuf),
}

/// Bodies up to this size go with WinHttpSendRequest; longer ones, and files, with WinHttpWriteData.
pub(crate) const WITH_SEND: usize = 64 * 1024;

/// A request's body, opened.
pub(crate) enum Supply {
    /// Goes with WinHttpSendRequest; may be empty.
    Whole(Vec<u8>),
    /// Goes with WinHttpWriteData, piece by piece: so many bytes.
    Pieces(Box<dyn Read>, u64, String),
}

impl Source {
    /// Opens it.
    ///
    /// # Errors
    /// A sentence, when the file cannot be read.
    pub(crate) fn open(&self) -> Result<Supply, String> {
        match self {
            Source::None => Ok(Supply::Whole(Vec::new())),
            Source::Bytes(bytes) if bytes.len() <= WITH_SEND => Ok(Supply::Whole(bytes.clone())),
            Source::Bytes(bytes) => {
                let length = bytes.len() as u64;
                Ok(Supply::Pieces(Box::new(io::Cursor::new(bytes.clone())), length, "the data".to_owned()))
            }
            Source::File(path) => open(path).map_err(|e| format!("cannot read {}: {e}", path.display())),
        }
    }
}

fn open(path: &Path) -> io::Result<Supply> {
    let file = File::open(path)?;
    let metadata = file.metadata()?;
    if metadata.is_file() {
        let name = path.display().to_string();
        return Ok(Supply::Pieces(Box::new(file.take(metadata.len())), metadata.len(), name));
    }
    // A pipe does not tell its length in advance; its bytes are taken first.
    let mut bytes = Vec::new();
    (&file).read_to_end(&mut bytes)?;
    let length = bytes.len() as u64;
    Ok(Supply::Pieces(Box::new(io::Cursor::new(bytes)), length, path.display().to_string()))
}

/// Fills a buffer as far as the reader goes: only the last piece is short.
///
/// # Errors
/// As the reader.
pub(crate) fn fill(reader: &mut dyn Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut full = 0;
    while full < buffer.len() {
        match reader.read(&mut buffer[full..]) {
            Ok(0) => break,
            Ok(n) => full += n,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    Ok(full)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_counted_and_hashed() {
        let mut sink = Sink::open(&Destination::Nowhere).unwrap();
        sink.take(b"a").unwrap();
        sink.take(b"bc").unwrap();
        let (count, sha) = sink.finish().unwrap();
        assert_eq!(count, 3);
        assert_eq!(sha, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }

    #[test]
    fn long_data_goes_in_pieces() {
        assert!(matches!(Source::None.open(), Ok(Supply::Whole(b)) if b.is_empty()));
        assert!(matches!(Source::Bytes(vec![1; WITH_SEND]).open(), Ok(Supply::Whole(_))));
        let Ok(Supply::Pieces(mut reader, length, _)) = Source::Bytes(vec![1; WITH_SEND + 1]).open() else {
            panic!("not in pieces");
        };
        assert_eq!(length, WITH_SEND as u64 + 1);
        let mut buffer = [0; WITH_SEND];
        assert_eq!(fill(&mut *reader, &mut buffer).unwrap(), WITH_SEND);
        assert_eq!(fill(&mut *reader, &mut buffer).unwrap(), 1);
    }

    #[test]
    fn a_missing_file_is_named() {
        let Err(text) = Source::File("/nowhere/at/all".into()).open() else { panic!("was opened") };
        assert!(text.starts_with("cannot read /nowhere/at/all"), "{text}");
        let Err(text) = Sink::open(&Destination::File("/nowhere/at/all".into())) else { panic!("opened") };
        assert!(text.starts_with("cannot write /nowhere/at/all"), "{text}");
    }
}
