//! The types of answers as the web app sees them: `web/src/api/model.ts` is written from them, and must not differ.
//! `UPDATE=1` rewrites it.
#![cfg(feature = "typescript")]

use std::collections::BTreeMap;
use std::path::Path;

use periplus_model::answer::{Answer, People};
use ts_rs::{Config, TS, TypeVisitor};

const HEAD: &str = "// Written by `UPDATE=1 cargo nextest run --workspace --all-features -E 'test(web_apps_types)'` from the types in crates/model: do not edit.\n";

/// Every type that is reached, declared, by its name.
struct Declared<'c>(&'c Config, BTreeMap<String, String>);

impl TypeVisitor for Declared<'_> {
    fn visit<T: TS + 'static + ?Sized>(&mut self) {
        let Declared(config, all) = self;
        // What has no file of its own (numbers, lists) is not declared.
        if T::output_path().is_none() || all.contains_key(&T::ident(config)) {
            return;
        }
        let docs = T::docs().unwrap_or_default();
        all.insert(T::ident(config), format!("{docs}export {}\n", T::decl(config)));
        T::visit_dependencies(self);
        T::visit_generics(self);
    }
}

#[test]
fn the_web_apps_types_are_ours() {
    let config = Config::new().with_large_int("number");
    let mut declared = Declared(&config, BTreeMap::new());
    declared.visit::<Answer>();
    declared.visit::<People>();
    let text = declared.1.into_values().fold(HEAD.to_owned(), |text, declaration| text + "\n" + &declaration);
    let text: String = text.lines().map(|line| line.trim_end().to_owned() + "\n").collect();
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../web/src/api/model.ts");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, &text).unwrap();
    }
    let there = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(there == text, "web/src/api/model.ts is not what the types say; UPDATE=1 rewrites it");
}
