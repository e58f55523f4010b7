//! What the log asks of a disk.

use std::fs::{self, File};
use std::io;
use std::path::PathBuf;

/// A folder of files, none of which lies deeper.
pub trait Disk: Send + Sync + 'static {
    /// An open file.
    type File: DiskFile;

    /// Makes a file that was not there.
    ///
    /// # Errors
    /// When it was there, or the disk refuses.
    fn create(&self, name: &str) -> io::Result<Self::File>;

    /// Opens a file to read and write.
    ///
    /// # Errors
    /// When it is not there, or the disk refuses.
    fn open(&self, name: &str) -> io::Result<Self::File>;

    /// The names of all files, in no order.
    ///
    /// # Errors
    /// When the disk refuses.
    fn names(&self) -> io::Result<Vec<String>>;

    /// Removes a file.
    ///
    /// # Errors
    /// When it is not there, or the disk refuses.
    fn remove(&self, name: &str) -> io::Result<()>;

    /// Returns when files that were made or removed stay so whatever happens.
    ///
    /// # Errors
    /// When the disk cannot promise that.
    fn sync_names(&self) -> io::Result<()>;
}

/// An open file.
pub trait DiskFile: Send {
    /// How many bytes it has.
    ///
    /// # Errors
    /// When the disk refuses.
    fn length(&self) -> io::Result<u64>;

    /// Reads bytes from a place on; fewer than asked for at the end of the file.
    ///
    /// # Errors
    /// When the disk refuses.
    fn read_at(&self, place: u64, into: &mut [u8]) -> io::Result<usize>;

    /// Writes bytes at a place.
    ///
    /// # Errors
    /// When the disk refuses; some of the bytes may be there then.
    fn write_at(&self, place: u64, bytes: &[u8]) -> io::Result<()>;

    /// Cuts everything off that is behind this length.
    ///
    /// # Errors
    /// When the disk refuses.
    fn cut(&self, length: u64) -> io::Result<()>;

    /// Returns when all that was written stays whatever happens.
    ///
    /// # Errors
    /// When the disk cannot promise that. Nobody knows then what is there, and asking again proves nothing.
    fn sync(&self) -> io::Result<()>;
}

/// A folder of the operating system.
#[derive(Clone, Debug)]
pub struct Folder {
    path: PathBuf,
}

impl Folder {
    /// Opens a folder, which is made when it is missing.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn open(path: impl Into<PathBuf>) -> io::Result<Folder> {
        let path = path.into();
        if !path.is_dir() {
            fs::create_dir_all(&path)?;
            if let Some(parent) = path.parent() {
                File::open(parent)?.sync_all()?;
            }
        }
        Ok(Folder { path })
    }
}

impl Disk for Folder {
    type File = File;

    fn create(&self, name: &str) -> io::Result<File> {
        File::options().create_new(true).read(true).write(true).open(self.path.join(name))
    }

    fn open(&self, name: &str) -> io::Result<File> {
        File::options().read(true).write(true).open(self.path.join(name))
    }

    fn names(&self) -> io::Result<Vec<String>> {
        fs::read_dir(&self.path)?.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned())).collect()
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        fs::remove_file(self.path.join(name))
    }

    fn sync_names(&self) -> io::Result<()> {
        File::open(&self.path)?.sync_all()
    }
}

impl DiskFile for File {
    fn length(&self) -> io::Result<u64> {
        Ok(self.metadata()?.len())
    }

    fn read_at(&self, place: u64, into: &mut [u8]) -> io::Result<usize> {
        let mut read = 0;
        while read < into.len() {
            match system::read_at(self, place + read as u64, &mut into[read..]) {
                Ok(0) => break,
                Ok(bytes) => read += bytes,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(read)
    }

    fn write_at(&self, place: u64, bytes: &[u8]) -> io::Result<()> {
        system::write_all_at(self, place, bytes)
    }

    fn cut(&self, length: u64) -> io::Result<()> {
        self.set_len(length)
    }

    fn sync(&self) -> io::Result<()> {
        self.sync_data()
    }
}

#[cfg(unix)]
mod system {
    use std::fs::File;
    use std::io;
    use std::os::unix::fs::FileExt;

    pub(super) fn read_at(file: &File, place: u64, into: &mut [u8]) -> io::Result<usize> {
        file.read_at(into, place)
    }

    pub(super) fn write_all_at(file: &File, place: u64, bytes: &[u8]) -> io::Result<()> {
        file.write_all_at(bytes, place)
    }
}

#[cfg(windows)]
mod system {
    use std::fs::File;
    use std::io;
    use std::os::windows::fs::FileExt;

    pub(super) fn read_at(file: &File, place: u64, into: &mut [u8]) -> io::Result<usize> {
        file.seek_read(into, place)
    }

    pub(super) fn write_all_at(file: &File, mut place: u64, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            let written = file.seek_write(bytes, place)?;
            if written == 0 {
                return Err(io::ErrorKind::WriteZero.into());
            }
            place += written as u64;
            bytes = &bytes[written..];
        }
        Ok(())
    }
}
