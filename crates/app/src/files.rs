//! Reading what people write, and writing files that are whole or not there.

use std::fs;
use std::io::{self, Read, Write};
use std::path::Path;

use anyhow::{Context, bail};
use periplus_maps::JourneyMap;

/// Maps and questions are written by people; a larger file is something else.
const TEXT_MAX: u64 = 4 << 20;

/// Writes a file beside its place and puts it there when it is complete.
pub fn write(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    write_with(path, |out| out.write_all(bytes))
}

/// The same, for what is written piece by piece.
pub fn write_with(path: &Path, fill: impl FnOnce(&mut (dyn Write + Send)) -> io::Result<()>) -> anyhow::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let write = || -> io::Result<()> {
        let mut file = tempfile::Builder::new().prefix(".periplus-").tempfile_in(folder)?;
        {
            let mut out = io::BufWriter::new(file.as_file_mut());
            fill(&mut out)?;
            out.flush()?;
        }
        readable(file.as_file())?;
        file.persist(path).map_err(|error| error.error)?;
        Ok(())
    };
    write().with_context(|| format!("{} cannot be written", path.display()))
}

/// Temporary files are for their owner alone; a picture that somebody asked for is like any other file.
#[cfg(unix)]
fn readable(file: &fs::File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn readable(_: &fs::File) -> io::Result<()> {
    Ok(())
}

/// Reads a text that a person wrote; `-` is what is piped in.
pub fn text(path: &Path) -> anyhow::Result<String> {
    let mut text = String::new();
    let read = if path == Path::new("-") {
        io::stdin().lock().take(TEXT_MAX + 1).read_to_string(&mut text)
    } else {
        fs::File::open(path).and_then(|file| file.take(TEXT_MAX + 1).read_to_string(&mut text))
    };
    read.with_context(|| format!("{} cannot be read", path.display()))?;
    if text.len() as u64 > TEXT_MAX {
        bail!("{} is longer than 4 MiB, which no map, mapping or question is", path.display());
    }
    Ok(text)
}

/// Reads a journey map; all its problems are told at once.
pub fn journey_map(path: &Path) -> anyhow::Result<JourneyMap> {
    periplus_maps::parse(&text(path)?).map_err(|problems| {
        let lines: Vec<String> = problems.iter().map(|problem| format!("{}:{problem}", path.display())).collect();
        anyhow::anyhow!("the journey map has problems\n{}", lines.join("\n"))
    })
}
