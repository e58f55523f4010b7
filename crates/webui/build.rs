//! Lists the files of the built web app, `web/dist`, so that they become part of the program. Without that folder the program has no
//! app, and says so where it would be: whoever builds without Node gets everything else.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let here = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let dist = here.join("../../web/dist");
    println!("cargo::rerun-if-changed={}", dist.display());
    let mut files = Vec::new();
    collect(&dist, &mut files)?;
    files.sort();
    let mut code = String::from("static FILES: &[Built] = &[\n");
    for path in files.iter().filter(|path| path.extension().is_none_or(|extension| extension != "br")) {
        let name = path.strip_prefix(&dist).unwrap_or(path).to_string_lossy().replace('\\', "/");
        let packed = PathBuf::from(format!("{}.br", path.display()));
        let bytes = |path: &Path| format!("include_bytes!({:?})", path.display().to_string());
        let brotli = if files.contains(&packed) { format!("Some({})", bytes(&packed)) } else { "None".to_owned() };
        let _ = writeln!(code, "    Built {{ name: {name:?}, bytes: {}, brotli: {brotli} }},", bytes(path));
    }
    code.push_str("];\n");
    fs::write(PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default()).join("files.rs"), code)
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    let Ok(entries) = fs::read_dir(folder) else { return Ok(()) };
    for entry in entries {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}
