//! Cargo manifests, line by line.
//!
//! The rules ask about comments, which a parser of TOML would throw away, and our manifests keep one dependency on one
//! line.

/// The dependencies that a manifest declares.
pub struct Manifest<'a> {
    /// In the order of the file.
    pub dependencies: Vec<Dependency<'a>>,
}

/// A line such as `serde = { version = "1" } # why`.
pub struct Dependency<'a> {
    /// The table it stands in: `dependencies`, `dev-dependencies`, `workspace.dependencies`, ...
    pub table: &'a str,
    /// The crate's name.
    pub name: &'a str,
    /// What follows the name, without the comment.
    pub value: &'a str,
    /// The comment behind it.
    pub reason: Option<&'a str>,
}

impl Manifest<'_> {
    /// Reads a manifest.
    pub fn read(text: &str) -> Manifest<'_> {
        let mut table = "";
        let mut dependencies = Vec::new();
        for line in text.lines() {
            let line = line.trim();
            if let Some(header) = line.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
                table = header.0;
                continue;
            }
            if !table.ends_with("dependencies") || line.is_empty() || line.starts_with('#') {
                continue;
            }
            let (declaration, reason) = match line.split_once(" #") {
                Some((declaration, reason)) => (declaration.trim_end(), Some(reason.trim())),
                None => (line, None),
            };
            let end = declaration.find(|c: char| !(c.is_alphanumeric() || c == '-' || c == '_')).unwrap_or(declaration.len());
            let (name, value) = declaration.split_at(end);
            dependencies.push(Dependency { table, name, value, reason });
        }
        Manifest { dependencies }
    }
}

/// The folder of one of our own crates, by the name it has for cargo.
pub fn own(name: &str) -> Option<&str> {
    name.strip_prefix("periplus-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dependencies_are_read_with_their_tables_and_reasons() {
        let manifest = Manifest::read(
            "[package]\nname = \"x\"\n# no\n[dependencies]\na.workspace = true\nb = { version = \"1\", features = [\"x\"] } # why\n\n[lints]\nworkspace = true\n[target.'cfg(unix)'.dependencies]\nc = \"1\"\n",
        );
        let read: Vec<_> = manifest.dependencies.iter().map(|d| (d.table, d.name, d.value, d.reason)).collect();
        assert_eq!(
            read,
            [
                ("dependencies", "a", ".workspace = true", None),
                ("dependencies", "b", " = { version = \"1\", features = [\"x\"] }", Some("why")),
                ("target.'cfg(unix)'.dependencies", "c", " = \"1\"", None),
            ]
        );
    }
}
