//! Lines of a file, each of a bounded size, and how far they were read.

use std::io::{self, BufRead};

use hati_formats::encoding::b64url;
use sha2::{Digest, Sha256};

use super::FileFormat;
use crate::register::ImportError;
use crate::register::record::FieldError;

/// What some editors put before text in UTF-8.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Lines that are not empty. They end in LF, CRLF or CR.
pub(super) struct Lines<R> {
    file: R,
    format: FileFormat,
    /// The line that was read last; of one that is too long its beginning, as long as the longest.
    pub(super) line: Vec<u8>,
    /// Bytes of that line in the file.
    length: u64,
    pub(super) number: u64,
    /// Byte of the file at which the line begins.
    pub(super) start: u64,
    /// Byte of the file that is read next.
    pub(super) next: u64,
    /// Whether the last line ended in CR, to which an LF may belong.
    after_cr: bool,
    /// SHA-256 of what was read.
    digest: Sha256,
}

impl<R: BufRead> Lines<R> {
    pub(super) fn new(file: R, format: FileFormat) -> Self {
        let (line, digest) = (Vec::new(), Sha256::new());
        Self { file, format, line, length: 0, number: 0, start: 0, next: 0, after_cr: false, digest }
    }

    /// Reads the next line that is not empty; whether there is one.
    pub(super) fn next_line(&mut self) -> Result<bool, ImportError> {
        loop {
            self.number += 1;
            self.line.clear();
            self.length = 0;
            self.start = self.next;
            let more = self.read_line()?;
            if self.start == 0 && self.line.starts_with(BYTE_ORDER_MARK) {
                self.line.drain(..BYTE_ORDER_MARK.len());
            }
            if !self.line.is_empty() || !more {
                return Ok(!self.line.is_empty());
            }
        }
    }

    /// What is wrong with the line that was read last, if it is longer than a row may be. Those after it are read all the same.
    pub(super) fn too_long(&self) -> Option<FieldError> {
        let longest = self.format.max_row_bytes();
        (self.length > longest).then(|| FieldError {
            field: "row",
            expected: format!("at most {longest} bytes"),
            got: format!("{} bytes", self.length),
            advice: "Look for a line break that is missing, or for a quote or text that goes on for ever.",
        })
    }

    /// The first byte of the file that is no white space, as far as a look ahead shows one.
    pub(super) fn first_byte(&mut self) -> Result<Option<u8>, ImportError> {
        let bytes = look(&mut self.file, self.number)?;
        let text = bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes);
        Ok(text.iter().copied().find(|byte| !byte.is_ascii_whitespace()))
    }

    /// Reads up to a byte without looking for lines; `number` is the line that ends there.
    pub(super) fn skip_to(&mut self, offset: u64, number: u64) -> Result<(), ImportError> {
        while self.next < offset {
            let bytes = look(&mut self.file, self.number)?;
            let left = usize::try_from(offset - self.next).unwrap_or(usize::MAX);
            let skipped = bytes.get(..left).unwrap_or(bytes);
            let Some(last) = skipped.last() else { return Err(ImportError::FileChanged { line: number }) };
            let (after_cr, used) = (*last == b'\r', skipped.len());
            self.digest.update(skipped);
            self.take(used);
            self.after_cr = after_cr;
        }
        self.number = number;
        Ok(())
    }

    /// The digest of what was read so far.
    pub(super) fn digest(&self) -> String {
        b64url(&self.digest.clone().finalize())
    }

    /// Reads up to the end of a line; whether there is one before the end of the file.
    fn read_line(&mut self) -> Result<bool, ImportError> {
        loop {
            let after_cr = std::mem::take(&mut self.after_cr);
            let bytes = look(&mut self.file, self.number)?;
            if bytes.is_empty() {
                return Ok(false);
            }
            let skipped = usize::from(after_cr && bytes.first() == Some(&b'\n'));
            let rest = bytes.get(skipped..).unwrap_or_default();
            let end = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r'));
            let content = rest.get(..end.unwrap_or(rest.len())).unwrap_or_default();
            let left = self.format.max_row_bytes().saturating_sub(self.length);
            let kept = content.get(..usize::try_from(left).unwrap_or(usize::MAX)).unwrap_or(content);
            self.line.extend_from_slice(kept);
            self.length += content.len() as u64;
            self.after_cr = end.is_some_and(|end| rest.get(end) == Some(&b'\r'));
            let used = skipped + content.len() + usize::from(end.is_some());
            self.digest.update(bytes.get(..used).unwrap_or_default());
            self.take(used);
            if end.is_some() {
                return Ok(true);
            }
        }
    }

    fn take(&mut self, used: usize) {
        self.file.consume(used);
        self.next += used as u64;
    }
}

/// What can be read without waiting twice; nothing at the end of the file.
fn look(file: &mut impl BufRead, line: u64) -> Result<&[u8], ImportError> {
    loop {
        match file.fill_buf() {
            Ok(_) => break,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(source) => return Err(ImportError::Read { line, source }),
        }
    }
    // What is there already: the first call cannot be given back from inside the loop.
    file.fill_buf().map_err(|source| ImportError::Read { line, source })
}

#[cfg(test)]
mod tests {
    use std::io::{BufReader, Read};

    use super::*;

    #[test]
    fn of_a_line_that_is_too_long_no_more_is_kept_than_of_the_longest() {
        let longest = FileFormat::Csv.max_row_bytes();
        let file = io::repeat(b'a').take(9 * longest).chain(b"\nb\n".as_slice());
        let mut lines = Lines::new(BufReader::new(file), FileFormat::Csv);
        assert!(lines.next_line().unwrap());
        assert_eq!((lines.line.len() as u64, lines.next), (longest, 9 * longest + 1));
        assert_eq!(lines.too_long().unwrap().got, "589824 bytes");
        assert!(lines.next_line().unwrap());
        assert_eq!((lines.line.as_slice(), lines.number, lines.too_long()), (b"b".as_slice(), 2, None));
    }
}
