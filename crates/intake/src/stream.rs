//! Bytes on their way in: decompressed and recoded on a second thread, handed over in chunks through a bounded channel,
//! and looked at through a window that never holds more than it must.

use std::io::{self, BufRead, Cursor, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, sync_channel};

use crate::sniff::Compression;

const CHUNK: usize = 256 * 1024;

/// The plain bytes of a compressed stream.
///
/// Memory stays small whatever the stream claims: gzip needs 32 KiB, zstd at most the 128 MiB window of its `--long`.
///
/// # Errors
/// When a decoder cannot be set up.
pub fn decompress(reader: Box<dyn Read + Send>, compression: Compression) -> io::Result<Box<dyn Read + Send>> {
    Ok(match compression {
        Compression::None => reader,
        Compression::Gzip => Box::new(flate2::bufread::MultiGzDecoder::new(io::BufReader::with_capacity(CHUNK, reader))),
        Compression::Zstd => {
            let mut decoder = zstd::stream::read::Decoder::new(reader)?;
            decoder.window_log_max(27)?;
            Box::new(decoder)
        }
    })
}

/// The first bytes of a stream, and the stream with them put back. A read error after some bytes comes up again later.
pub fn head(mut reader: Box<dyn Read + Send>, length: usize) -> io::Result<(Vec<u8>, Box<dyn Read + Send>)> {
    let mut head = vec![0; length];
    let mut filled = 0;
    while filled < length {
        match reader.read(&mut head[filled..]) {
            Ok(0) => break,
            Ok(n) => filled += n,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if filled == 0 => return Err(error),
            Err(error) => {
                head.truncate(filled);
                return Ok((head.clone(), Box::new(Cursor::new(head).chain(Broken(Some(error))))));
            }
        }
    }
    head.truncate(filled);
    Ok((head.clone(), Box::new(Cursor::new(head).chain(reader))))
}

/// Gives one error, then nothing.
struct Broken(Option<io::Error>);

impl Read for Broken {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        self.0.take().map_or(Ok(0), Err)
    }
}

/// Counts the bytes that were read from the source, for progress.
pub struct Counted {
    inner: Box<dyn Read + Send>,
    count: Arc<AtomicU64>,
}

impl Counted {
    /// The reader, and its count.
    pub fn new(inner: Box<dyn Read + Send>) -> (Counted, Arc<AtomicU64>) {
        let count = Arc::new(AtomicU64::new(0));
        (Counted { inner, count: Arc::clone(&count) }, count)
    }
}

impl Read for Counted {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(out)?;
        self.count.fetch_add(n as u64, Ordering::Relaxed);
        Ok(n)
    }
}

/// Latin-1 (ISO 8859-1) as UTF-8.
pub struct FromLatin1<R>(pub R);

impl<R: Read> Read for FromLatin1<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if out.len() < 2 {
            // Every caller reads into a large buffer; two bytes are what one character may need.
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "a buffer of at least two bytes is needed"));
        }
        let half = out.len() / 2;
        let n = self.0.read(&mut out[..half])?;
        let mut wide: Vec<u8> = Vec::with_capacity(n * 2);
        for byte in &out[..n] {
            match *byte {
                ascii if ascii < 0x80 => wide.push(ascii),
                other => wide.extend([0xc0 | (other >> 6), 0x80 | (other & 0x3f)]),
            }
        }
        out[..wide.len()].copy_from_slice(&wide);
        Ok(wide.len())
    }
}

/// A window on a stream: the bytes that were read and not yet consumed.
pub struct Window {
    chunks: Receiver<io::Result<Vec<u8>>>,
    buffer: Vec<u8>,
    start: usize,
    ended: bool,
    error: Option<io::Error>,
}

impl Window {
    /// Starts reading on a thread of its own, which ends with the stream or when the window is dropped.
    pub fn open(mut reader: Box<dyn Read + Send>) -> Window {
        let (sender, chunks) = sync_channel::<io::Result<Vec<u8>>>(4);
        std::thread::spawn(move || {
            loop {
                let mut chunk = Vec::with_capacity(CHUNK);
                let read = reader.by_ref().take(CHUNK as u64).read_to_end(&mut chunk);
                let last = chunk.is_empty();
                if !last && sender.send(Ok(chunk)).is_err() {
                    return;
                }
                if let Err(error) = read {
                    let _ = sender.send(Err(error));
                    return;
                }
                if last {
                    return;
                }
            }
        });
        Window { chunks, buffer: Vec::new(), start: 0, ended: false, error: None }
    }

    /// What can be seen.
    pub fn data(&self) -> &[u8] {
        &self.buffer[self.start..]
    }

    /// Forgets the first `n` visible bytes.
    pub fn consume(&mut self, n: usize) {
        self.start = (self.start + n).min(self.buffer.len());
    }

    /// Reads more; false at the end of the stream, or where it breaks (see [`Window::error`]).
    pub fn more(&mut self) -> bool {
        if self.ended {
            return false;
        }
        match self.chunks.recv() {
            Ok(Ok(chunk)) if self.start == self.buffer.len() => {
                self.buffer = chunk;
                self.start = 0;
                true
            }
            Ok(Ok(chunk)) => {
                self.buffer.drain(..self.start);
                self.start = 0;
                self.buffer.extend_from_slice(&chunk);
                true
            }
            Ok(Err(error)) => {
                self.error = Some(error);
                self.ended = true;
                false
            }
            Err(_) => {
                self.ended = true;
                false
            }
        }
    }

    /// Why the stream ended before its end, if it did.
    pub fn error(&mut self) -> Option<io::Error> {
        self.error.take()
    }

    /// Whether the stream broke.
    pub fn is_broken(&self) -> bool {
        self.error.is_some()
    }

    /// The next line without its line feed (and carriage return), and the bytes to consume for it; `None` at the end.
    /// A last line without a line feed counts, unless the stream broke in it.
    pub fn line(&mut self, limit: usize) -> Option<Line> {
        let mut searched = 0;
        loop {
            if let Some(at) = memchr::memchr(b'\n', &self.data()[searched..]) {
                let end = searched + at;
                return Some(if end > limit { Line::TooLong { consume: end + 1 } } else { Line::Whole { length: end, consume: end + 1 } });
            }
            searched = self.data().len();
            if searched > limit {
                return Some(Line::TooLong { consume: searched });
            }
            if !self.more() {
                let length = self.data().len();
                return (length > 0 && !self.is_broken()).then_some(Line::Whole { length, consume: length });
            }
        }
    }

    /// Skips to behind the next line feed without keeping what lies before it.
    pub fn skip_line(&mut self) {
        loop {
            if let Some(at) = memchr::memchr(b'\n', self.data()) {
                return self.consume(at + 1);
            }
            self.consume(self.data().len());
            if !self.more() {
                return;
            }
        }
    }
}

impl Read for Window {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let available = self.fill_buf()?;
        let n = available.len().min(out.len());
        out[..n].copy_from_slice(&available[..n]);
        BufRead::consume(self, n);
        Ok(n)
    }
}

impl BufRead for Window {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.data().is_empty()
            && !self.more()
            && let Some(error) = self.error.take()
        {
            return Err(error);
        }
        Ok(self.data())
    }

    fn consume(&mut self, n: usize) {
        Window::consume(self, n);
    }
}

/// A line in the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line {
    /// `length` bytes of it are visible, the line feed not counted.
    Whole {
        /// Bytes of the line.
        length: usize,
        /// Bytes with the line feed.
        consume: usize,
    },
    /// It is longer than the limit. When the visible bytes do not end in a line feed, the rest is to be skipped.
    TooLong {
        /// The visible bytes of it.
        consume: usize,
    },
}

/// A line without the carriage return that Windows puts before the line feed.
pub fn trim_return(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\r").unwrap_or(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(bytes: &'static [u8], limit: usize) -> Vec<Option<String>> {
        let mut window = Window::open(Box::new(bytes));
        let mut found = Vec::new();
        while let Some(line) = window.line(limit) {
            match line {
                Line::Whole { length, consume } => {
                    found.push(Some(String::from_utf8(trim_return(&window.data()[..length]).to_vec()).unwrap()));
                    window.consume(consume);
                }
                Line::TooLong { .. } => {
                    found.push(None);
                    window.skip_line();
                }
            }
        }
        found
    }

    #[test]
    fn lines_end_where_they_should() {
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(lines(b"a\r\nb\n\nc", 10), [some("a"), some("b"), some(""), some("c")]);
        assert_eq!(lines(b"ab\nabc\nabcd\nx", 3), [some("ab"), some("abc"), None, some("x")]);
        assert!(lines(b"", 10).is_empty());
    }

    #[test]
    fn latin_1_becomes_utf_8() {
        let mut text = String::new();
        io::BufReader::new(FromLatin1(&b"M\xfcller, 5 \xa3"[..])).read_to_string(&mut text).unwrap();
        assert_eq!(text, "Müller, 5 £");
    }

    #[test]
    fn a_cut_stream_gives_what_came_before() {
        use std::io::Write as _;
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        for n in 0..200_000 {
            writeln!(encoder, "{n},{}", n * 7 % 1000).unwrap();
        }
        let bytes = encoder.finish().unwrap();
        let cut = bytes[..bytes.len() / 2].to_vec();
        let mut window = Window::open(decompress(Box::new(Cursor::new(cut)), Compression::Gzip).unwrap());
        let mut count = 0u64;
        while let Some(Line::Whole { length, consume }) = window.line(100) {
            assert!(window.data()[..length].starts_with(format!("{count},").as_bytes()));
            count += 1;
            window.consume(consume);
        }
        assert!(count > 10_000 && window.error().is_some());
    }
}
