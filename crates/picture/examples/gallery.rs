//! Draws every kind of picture into a folder, for looking at: `cargo run -p periplus-picture --example gallery -- FOLDER`.
#![allow(clippy::print_stdout)]

#[path = "../tests/fixture/mod.rs"]
mod fixture;

use std::error::Error;
use std::path::PathBuf;

use periplus_picture::{Form, Look, Theme, answer_scene, map_html, map_scene, pdf, png, render, svg_with_fonts, terminal};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(std::env::args().nth(1).ok_or("say which folder to draw into")?);
    std::fs::create_dir_all(&folder)?;
    let dark = Look { theme: Theme::Dark, ..Look::default() };
    let compare = Look { compare: Some(2), ..Look::default() };
    let mut hollow = fixture::map(3);
    hollow.groups.clear();
    let five = fixture::map(5);
    for (name, map, look) in [
        ("map-5", &five, &Look::default()),
        ("map-5-dark", &five, &dark),
        ("map-5-compare", &five, &compare),
        ("map-5-small", &five, &Look { group: 2, ..Look::default() }),
        ("map-1", &fixture::map(1), &Look::default()),
        ("map-3", &fixture::map(3), &Look::default()),
        ("map-9", &fixture::map(9), &dark),
        ("map-9-compare", &fixture::map(9), &Look { compare: Some(1), ..Look::default() }),
        ("map-hollow", &hollow, &Look::default()),
        ("map-none", &Default::default(), &Look::default()),
    ] {
        let scene = map_scene(map, look);
        std::fs::write(folder.join(format!("{name}.svg")), svg_with_fonts(&scene))?;
        std::fs::write(folder.join(format!("{name}.png")), png(&scene, 1.0)?)?;
        std::fs::write(folder.join(format!("{name}.pdf")), pdf(&scene)?)?;
    }
    let usual = fixture::answers().into_iter().chain(fixture::shapes::usual());
    for answer in usual.chain(fixture::shapes::extreme()) {
        let scene = answer_scene(&answer, &Look::default());
        std::fs::write(folder.join(format!("{}.png", answer.analysis)), png(&scene, 1.0)?)?;
        std::fs::write(folder.join(format!("{}-dark.png", answer.analysis)), png(&answer_scene(&answer, &dark), 1.0)?)?;
        std::fs::write(folder.join(format!("{}.txt", answer.analysis)), terminal(&answer, 140, false))?;
        std::fs::write(folder.join(format!("{}-narrow.txt", answer.analysis)), terminal(&answer, 60, true))?;
        for form in [Form::Csv, Form::Html] {
            std::fs::write(folder.join(format!("{}.{}", answer.analysis, form.name())), render(&answer, form, &Look::default())?)?;
        }
    }
    std::fs::write(folder.join("map.html"), map_html(&five)?)?;
    println!("drawn into {}", folder.display());
    Ok(())
}
