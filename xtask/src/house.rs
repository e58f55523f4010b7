//! Where things are: the clone, the cache beside it, and how cargo is started.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, bail};

/// The clone and its cache.
pub struct House {
    /// The root of the clone.
    pub root: PathBuf,
    /// A folder outside of the clone for what can be made again: build outputs, benchmark data.
    pub cache: PathBuf,
    /// Where cargo builds: `CARGO_TARGET_DIR` if it is set, else in the cache.
    pub target: PathBuf,
}

impl House {
    /// Finds the clone that this program was started in.
    pub fn find() -> anyhow::Result<House> {
        // Cargo says where xtask's sources are now; the folder it was compiled in may have moved.
        let manifest = std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        let root = manifest.parent().context("xtask lies in no folder")?.to_path_buf();
        if !root.join("Cargo.lock").is_file() {
            bail!("{} is no clone of Periplus: start this with `cargo xtask` inside of one", root.display());
        }
        let cache = std::env::var_os("XDG_CACHE_HOME")
            .map(PathBuf::from)
            .filter(|folder| folder.is_absolute())
            .or_else(|| std::env::home_dir().map(|home| home.join(".cache")))
            .context("neither XDG_CACHE_HOME nor HOME is set: set one, build outputs go there")?
            .join("periplus");
        let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| cache.join("target"), |folder| root.join(folder));
        Ok(House { root, cache, target })
    }

    /// Makes the target folder this clone's.
    ///
    /// Cargo knows our crates by their place within the clone, and looks at nothing but times: of two clones that share a
    /// target folder, the one with the older files would be given what was built of the other's, and tests would look for
    /// their files there. So what was built of ours for another clone is forgotten; the dependencies stay.
    pub fn claim(&self) -> anyhow::Result<()> {
        let (mark, root) = (self.target.join("clone"), self.root.to_string_lossy().into_owned());
        if std::fs::read_to_string(&mark).is_ok_and(|whose| whose == root) {
            return Ok(());
        }
        let folders = |path: &std::path::Path| std::fs::read_dir(path).into_iter().flatten().flatten();
        for profile in folders(&self.target) {
            let ours = |name: &str| name.starts_with("periplus-");
            for built in folders(&profile.path().join(".fingerprint")).filter(|entry| entry.file_name().to_str().is_some_and(ours)) {
                std::fs::remove_dir_all(built.path()).with_context(|| format!("cannot forget {}", built.path().display()))?;
            }
        }
        std::fs::create_dir_all(&self.target)?;
        std::fs::write(&mark, root).with_context(|| format!("cannot write {}", mark.display()))
    }

    /// Cargo, at the root of the clone and building into the cache.
    pub fn cargo(&self, arguments: &[&str]) -> Command {
        let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo.args(arguments).current_dir(&self.root).env("CARGO_TARGET_DIR", &self.target);
        // What cargo tells this program about itself is not for the cargo that it starts: build scripts look at such variables
        // (ring's does), and half of everything would be built anew whenever cargo is called the one way and then the other.
        for (name, _) in std::env::vars_os() {
            let told = name.to_string_lossy();
            if ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_CRATE_", "CARGO_BIN_", "CARGO_PRIMARY_"].iter().any(|start| told.starts_with(start))
            {
                cargo.env_remove(&name);
            }
        }
        cargo
    }

    /// A finished program of a build profile.
    pub fn program(&self, profile: &str, name: &str) -> PathBuf {
        self.target.join(profile).join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
    }
}
