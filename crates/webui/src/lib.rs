//! The built web app as bytes, and nothing else.
//!
//! `web/` has its source; `npm run build` there makes `web/dist`, and the build script of this crate lists what is in that folder. To
//! add to the app, add to `web/`; here there is only [`file`], by which the server finds what a browser asks for.

/// A file of the app.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct File {
    /// What it contains.
    pub bytes: &'static [u8],
    /// The same, compressed with brotli, where that is worth it.
    pub brotli: Option<&'static [u8]>,
    /// What it is, for the header Content-Type.
    pub media_type: &'static str,
    /// Whether its name changes with its content, so that it never has to be asked for again.
    pub is_immutable: bool,
}

struct Built {
    name: &'static str,
    bytes: &'static [u8],
    brotli: Option<&'static [u8]>,
}

include!(concat!(env!("OUT_DIR"), "/files.rs"));

/// The file of this name, such as `index.html` or `assets/index-4f2a.js`; none where the app has none, or the program was built
/// without the app.
pub fn file(name: &str) -> Option<File> {
    FILES.iter().find(|file| file.name == name).map(|file| File {
        bytes: file.bytes,
        brotli: file.brotli,
        media_type: media_type(name),
        is_immutable: name.starts_with("assets/"),
    })
}

fn media_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map_or("", |(_, end)| end) {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "woff2" => "font/woff2",
        "json" => "application/json",
        "webmanifest" => "application/manifest+json",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_has_a_type_that_browsers_know() {
        for built in FILES {
            assert_ne!(media_type(built.name), "application/octet-stream", "{}", built.name);
        }
        assert_eq!(file("no such file"), None);
        assert_eq!(file("index.html").is_some(), !FILES.is_empty());
    }
}
