//! The body of a request, with its deadlines and its largest size.

use std::io::Read;

use axum::body::Body;
use axum::http::{HeaderMap, header};
use http_body_util::BodyExt;
use tokio::time::timeout;

use crate::accept::Limits;

/// Why a body was not received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unreceived {
    /// It paused for too long, or took too long in all.
    TooSlow,
    /// It is larger than allowed, as it was sent or decompressed.
    TooLarge,
    /// It broke off.
    Broken,
    /// It is compressed in a way that is not understood.
    Encoding,
    /// It cannot be decompressed.
    Compression,
}

/// How many bytes the headers say a body has.
pub(crate) fn length(headers: &HeaderMap) -> Option<u64> {
    headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok())
}

/// Reads a body of so many bytes at most.
pub(crate) async fn receive(headers: &HeaderMap, body: Body, limits: &Limits, bytes_max: usize) -> Result<Vec<u8>, Unreceived> {
    if length(headers).is_some_and(|length| length > bytes_max as u64) {
        return Err(Unreceived::TooLarge);
    }
    timeout(limits.body_total, frames(body, limits, bytes_max)).await.unwrap_or(Err(Unreceived::TooSlow))
}

async fn frames(mut body: Body, limits: &Limits, bytes_max: usize) -> Result<Vec<u8>, Unreceived> {
    let mut bytes = Vec::new();
    loop {
        let frame = match timeout(limits.body_idle, body.frame()).await.map_err(|_| Unreceived::TooSlow)? {
            Some(frame) => frame.map_err(|_| Unreceived::Broken)?,
            None => return Ok(bytes),
        };
        if let Some(piece) = frame.data_ref() {
            if bytes.len() + piece.len() > bytes_max {
                return Err(Unreceived::TooLarge);
            }
            bytes.extend_from_slice(piece);
        }
    }
}

/// How a body is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Packing {
    None,
    Gzip,
    Zstd,
}

impl Packing {
    /// As the headers say.
    pub fn of(headers: &HeaderMap) -> Result<Packing, Unreceived> {
        let mut named = headers.get_all(header::CONTENT_ENCODING).iter();
        let (encoding, second) = (named.next(), named.next());
        if second.is_some() {
            // One layer is enough for everybody who means well.
            return Err(Unreceived::Encoding);
        }
        match encoding.map(|value| value.as_bytes().trim_ascii().to_ascii_lowercase()).as_deref() {
            None | Some(b"" | b"identity") => Ok(Packing::None),
            Some(b"gzip" | b"x-gzip") => Ok(Packing::Gzip),
            Some(b"zstd") => Ok(Packing::Zstd),
            Some(_) => Err(Unreceived::Encoding),
        }
    }

    /// Decompresses to so many bytes at most.
    pub fn unpack(self, bytes: Vec<u8>, bytes_max: usize) -> Result<Vec<u8>, Unreceived> {
        match self {
            Packing::None => Ok(bytes),
            Packing::Gzip => read(flate2::read::MultiGzDecoder::new(&bytes[..]), bytes_max),
            Packing::Zstd => {
                let mut decoder = zstd::Decoder::with_buffer(&bytes[..]).map_err(|_| Unreceived::Compression)?;
                // 8 MiB, which is what browsers and proxies allow; a sender must not choose how much memory we take.
                decoder.window_log_max(23).map_err(|_| Unreceived::Compression)?;
                read(decoder, bytes_max)
            }
        }
    }
}

fn read(from: impl Read, bytes_max: usize) -> Result<Vec<u8>, Unreceived> {
    let mut unpacked = Vec::new();
    from.take(bytes_max as u64 + 1).read_to_end(&mut unpacked).map_err(|_| Unreceived::Compression)?;
    if unpacked.len() > bytes_max { Err(Unreceived::TooLarge) } else { Ok(unpacked) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn what_is_packed_small_and_unpacks_large_is_refused_before_it_is_there() {
        let zeros = vec![0u8; 5_000_000];
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        gzip.write_all(&zeros).unwrap();
        let gzip = gzip.finish().unwrap();
        let zstd = zstd::encode_all(&zeros[..], 19).unwrap();
        for (packing, packed) in [(Packing::Gzip, gzip), (Packing::Zstd, zstd)] {
            assert!(packed.len() < 10_000);
            assert_eq!(packing.unpack(packed.clone(), 4_999_999), Err(Unreceived::TooLarge));
            assert_eq!(packing.unpack(packed.clone(), 5_000_000), Ok(zeros.clone()));
            assert_eq!(packing.unpack(packed[..packed.len() / 2].to_vec(), 5_000_000), Err(Unreceived::Compression));
            assert_eq!(packing.unpack(b"nothing of the kind".to_vec(), 100), Err(Unreceived::Compression));
        }
        let headers = |value: &'static str| HeaderMap::from_iter([(header::CONTENT_ENCODING, value.parse().unwrap())]);
        assert_eq!(Packing::of(&headers("GZIP")), Ok(Packing::Gzip));
        assert_eq!(Packing::of(&headers("gzip, zstd")), Err(Unreceived::Encoding));
        assert_eq!(Packing::of(&HeaderMap::new()), Ok(Packing::None));
    }
}
