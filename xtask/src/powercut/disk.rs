//! A disk whose power can be cut, without a device for it.
//!
//! An ext4 file system lies in a file, `device`, and that file on an XFS file system in another one. XFS copies a file by sharing its
//! blocks, at one moment and at once; the copy is what the device had received by then. What the upper file system still held in memory is
//! not in it, as if the power had gone. It does not model that a disk with a cache of its own writes in any order.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context;

use super::must;

/// The disk, mounted.
pub struct Disk {
    host: PathBuf,
    mounted: PathBuf,
    notes: PathBuf,
}

impl Disk {
    /// Makes an empty disk in a folder. Nothing of it is left there when this process' namespace ends.
    pub fn make(folder: &Path) -> anyhow::Result<Disk> {
        let (image, memory) = (folder.join("disk.img"), folder.join("mounted"));
        let _ = std::fs::remove_file(&image);
        std::fs::create_dir_all(&memory)?;
        must(Command::new("mount").args(["-t", "tmpfs", "none"]).arg(&memory), "no memory to mount")?;
        let [host, mounted, notes] = ["host", "data", "notes"].map(|name| memory.join(name));
        for folder in [&host, &mounted, &notes] {
            std::fs::create_dir(folder)?;
        }
        let blank = |file: &Path, bytes: u64| std::fs::File::create(file).and_then(|file| file.set_len(bytes));
        blank(&image, 6 << 30)?;
        must(Command::new("mkfs.xfs").args(["-q", "-m", "reflink=1"]).arg(&image), "XFS that shares blocks cannot be made")?;
        must(Command::new("mount").args(["-o", "loop"]).arg(&image).arg(&host), "this kernel mounts no XFS from a file")?;
        // Whoever has it mounted has it still.
        std::fs::remove_file(&image)?;
        let disk = Disk { host, mounted, notes };
        blank(&disk.device(), 2 << 30)?;
        must(
            Command::new("mkfs.ext4").args(["-q", "-E", "lazy_itable_init=0,lazy_journal_init=0"]).arg(disk.device()),
            "ext4 cannot be made",
        )?;
        disk.mount()?;
        Ok(disk)
    }

    fn device(&self) -> PathBuf {
        self.host.join("device")
    }

    fn mount(&self) -> anyhow::Result<()> {
        must(Command::new("mount").args(["-o", "loop"]).arg(self.device()).arg(&self.mounted), "the disk cannot be mounted").map(drop)
    }

    /// Where the disk's files are.
    pub fn files(&self) -> &Path {
        &self.mounted
    }

    /// A folder that no cut touches.
    pub fn notes(&self) -> &Path {
        &self.notes
    }

    /// Keeps everything that was written until now.
    pub fn keep(&self) -> anyhow::Result<()> {
        must(Command::new("sync").arg("-f").arg(&self.mounted), "the disk does not keep").map(drop)
    }

    /// The power goes: what the device has received by now is what it will have.
    pub fn cut(&self) -> anyhow::Result<Cut<'_>> {
        let kept = self.host.join("kept");
        must(Command::new("cp").arg("--reflink=always").arg(self.device()).arg(&kept), "XFS does not share blocks")?;
        Ok(Cut { disk: self, kept })
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // What cannot be unmounted here goes with the namespace.
        for folder in [&self.mounted, &self.host].into_iter().chain(self.notes.parent().map(Path::to_path_buf).as_ref()) {
            let _ = Command::new("umount").arg(folder).status();
        }
    }
}

/// What was on a disk when the power went.
#[must_use]
pub struct Cut<'a> {
    disk: &'a Disk,
    kept: PathBuf,
}

impl Cut<'_> {
    /// The power is back. Whoever wrote to the disk must have ended.
    pub fn over(self) -> anyhow::Result<()> {
        must(Command::new("umount").arg(&self.disk.mounted), "somebody still writes to the disk")?;
        std::fs::rename(&self.kept, self.disk.device()).context("the disk cannot be exchanged")?;
        self.disk.mount()
    }
}
