//! What kind of file it is, from its name and its first bytes.

use crate::IntakeError;

/// How the rows are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Delimiter-separated values with a header line.
    Csv {
        /// The separator.
        delimiter: u8,
    },
    /// One JSON object (or an array of them) a line.
    JsonLines,
    /// Apache Parquet.
    Parquet,
    /// An event log in XML, IEEE 1849.
    Xes,
}

/// How the file is compressed as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// Not at all.
    None,
    /// gzip, of one or more members.
    Gzip,
    /// Zstandard.
    Zstd,
}

/// Decides compression and format from the file's name and its first bytes (a few hundred are enough; more make the guess
/// of a delimiter better).
///
/// The bytes win over the name. The format of a compressed file is known from the name only (`orders.csv.gz`), else it
/// is `None` until the first bytes are decompressed and given to this function in turn.
///
/// # Errors
/// When the file is empty, or is of a kind that cannot be read; the message says what to do.
pub fn sniff(name: &str, head: &[u8]) -> Result<(Compression, Option<Format>), IntakeError> {
    let compression = match head {
        [] => return Err(IntakeError::Empty),
        [0x1f, 0x8b, ..] => Compression::Gzip,
        [0x28, 0xb5, 0x2f, 0xfd, ..] => Compression::Zstd,
        _ => Compression::None,
    };
    let name = name.to_ascii_lowercase();
    if compression == Compression::None {
        return format(&name, head).map(|format| (compression, Some(format)));
    }
    let inner = name.trim_end_matches(".gz").trim_end_matches(".gzip").trim_end_matches(".zst").trim_end_matches(".zstd");
    let by_name = match inner.rsplit_once('.').map(|(_, extension)| extension) {
        Some("parquet" | "pq") => Some(Format::Parquet),
        Some("xes") => Some(Format::Xes),
        Some("jsonl" | "ndjson" | "json") => Some(Format::JsonLines),
        _ => None,
    };
    Ok((compression, by_name))
}

fn format(name: &str, head: &[u8]) -> Result<Format, IntakeError> {
    let refuse = |message: &str| Err(IntakeError::Unreadable(message.to_owned()));
    match head {
        [b'P', b'A', b'R', b'1', ..] => return Ok(Format::Parquet),
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => {
            return refuse("the file is UTF-16; convert it first: iconv -f UTF-16 -t UTF-8 FILE > NEW");
        }
        [b'P', b'K', 3, 4, ..] if name.ends_with(".xlsx") => {
            return refuse("this is an Excel workbook; save the sheet as CSV (UTF-8) and import that");
        }
        [b'P', b'K', 3, 4, ..] => return refuse("this is a zip archive; unpack it and import the files in it"),
        [b'B', b'Z', b'h', ..] => return refuse("the file is compressed with bzip2; decompress it first: bunzip2 FILE"),
        [0xfd, b'7', b'z', b'X', b'Z', ..] => return refuse("the file is compressed with xz; decompress it first: unxz FILE"),
        _ => {}
    }
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    // UTF-16 without a byte order mark has a zero in every other byte of Western text.
    let zeros_at = |side: usize| head.iter().take(512).skip(side).step_by(2).filter(|b| **b == 0).count();
    let (even, odd) = (zeros_at(0), zeros_at(1));
    let zeros = even + odd;
    if zeros * 3 > head.len().min(512) && even.min(odd) * 4 < even.max(odd) {
        return refuse("the file looks like UTF-16; convert it first: iconv -f UTF-16LE -t UTF-8 FILE > NEW");
    }
    let control = |b: &&u8| **b < 0x20 && !matches!(**b, b'\t' | b'\n' | b'\r' | 0x0c | 0x1b | 0);
    if zeros > 8 || head.iter().take(512).filter(control).count() * 10 > head.len().min(512) {
        return refuse("the file is binary, and none of CSV, JSON Lines, Parquet or XES (each also as gzip or zstd)");
    }
    let start = head.trim_ascii_start();
    if start.starts_with(b"<?xml") || start.starts_with(b"<log") || start.starts_with(b"<!--") {
        return Ok(Format::Xes);
    }
    if name.ends_with(".csv") || name.ends_with(".tsv") {
        return Ok(Format::Csv { delimiter: delimiter(head) });
    }
    match start.first() {
        Some(b'{' | b'[') => Ok(Format::JsonLines),
        _ => Ok(Format::Csv { delimiter: delimiter(head) }),
    }
}

/// The separator that occurs in the header, outside quotes, most often.
fn delimiter(head: &[u8]) -> u8 {
    let mut counts = [0usize; 4];
    const CANDIDATES: [u8; 4] = [b',', b';', b'\t', b'|'];
    let mut quoted = false;
    for byte in head {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' if !quoted => break,
            _ if quoted => {}
            byte => {
                if let Some(at) = CANDIDATES.iter().position(|candidate| candidate == byte) {
                    counts[at] += 1;
                }
            }
        }
    }
    let most = counts.iter().copied().max().unwrap_or(0);
    CANDIDATES[counts.iter().position(|count| *count == most).unwrap_or(0)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_known_by_their_bytes_first() {
        let plain = |name: &str, head: &[u8]| sniff(name, head).unwrap().1.unwrap();
        assert_eq!(plain("a.csv", b"PAR1xxxx"), Format::Parquet);
        assert_eq!(plain("a.txt", b"a;b;c\n1;2,5;3"), Format::Csv { delimiter: b';' });
        assert_eq!(plain("a.txt", b"\"a,x\"|b|c\n"), Format::Csv { delimiter: b'|' });
        assert_eq!(plain("a", b"a\tb\n"), Format::Csv { delimiter: b'\t' });
        assert_eq!(plain("a", b"\xef\xbb\xbf {\"a\":1}"), Format::JsonLines);
        assert_eq!(plain("a", b"<?xml version='1.0'?><log/>"), Format::Xes);
        assert_eq!(sniff("a.parquet.gz", b"\x1f\x8b\x08\0").unwrap(), (Compression::Gzip, Some(Format::Parquet)));
        assert_eq!(sniff("a.csv.zst", b"\x28\xb5\x2f\xfd").unwrap(), (Compression::Zstd, None));
    }

    #[test]
    fn what_cannot_be_read_says_what_to_do() {
        for (head, part) in [
            (&b"\xff\xfea\0b\0"[..], "iconv"),
            (b"a\0,\0b\0\n\0", "iconv"),
            (b"PK\x03\x04....", "unpack"),
            (b"BZh91AY", "bunzip2"),
            (b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x03\0\x3e\0\x01\0\0\0", "binary"),
            (b"", "empty"),
        ] {
            let error = sniff("file", head).unwrap_err().to_string();
            assert!(error.contains(part), "{error}");
        }
    }
}
