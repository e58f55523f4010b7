//! Answers as files: a drawing, a page, a table.

use std::path::PathBuf;

use periplus_model::Answer;
use periplus_picture::{Form, Look, render_scaled};

use crate::files;
use crate::here::Here;

/// Files that an answer can be written to.
#[derive(clap::Args)]
#[group(id = "forms", multiple = true)]
pub struct Drawn {
    /// A page with everything, one file, works offline
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
    /// A drawing
    #[arg(long, value_name = "FILE")]
    pub svg: Option<PathBuf>,
    /// A drawing in pixels
    #[arg(long, value_name = "FILE")]
    pub png: Option<PathBuf>,
    /// A drawing to print
    #[arg(long, value_name = "FILE")]
    pub pdf: Option<PathBuf>,
    /// All figures, for spreadsheets
    #[arg(long, value_name = "FILE")]
    pub csv: Option<PathBuf>,
    /// Draw light on dark
    #[arg(long)]
    pub dark: bool,
    /// How many pixels of a PNG per pixel of the drawing
    #[arg(long, value_name = "FACTOR", default_value_t = 2.0)]
    pub scale: f32,
}

impl Drawn {
    /// Writes the files that were asked for, and answers what they are called.
    pub fn write(&self, answer: &Answer, look: &Look) -> anyhow::Result<Vec<String>> {
        let wanted =
            [(Form::Html, &self.html), (Form::Svg, &self.svg), (Form::Png, &self.png), (Form::Pdf, &self.pdf), (Form::Csv, &self.csv)];
        let mut written = Vec::new();
        for (form, path) in wanted {
            if let Some(path) = path {
                files::write(path, &render_scaled(answer, form, look, self.scale)?)?;
                written.push(path.display().to_string());
            }
        }
        Ok(written)
    }

    /// The same, telling each file's name as a remark.
    pub fn write_beside(&self, here: &Here, answer: &Answer, look: &Look) -> anyhow::Result<()> {
        for path in self.write(answer, look)? {
            here.remark(format!("{path} is written."));
        }
        Ok(())
    }
}
