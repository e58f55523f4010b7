//! Surveys to begin with: files with remarks, to be changed and put into the folder `surveys`.

/// A survey to begin with.
#[derive(Clone, Copy, Debug)]
pub struct Template {
    /// Its name, which is also the id to keep it under.
    pub id: &'static str,
    /// What it asks, in a few words.
    pub about: &'static str,
    /// The file.
    pub toml: &'static str,
}

/// Every template.
pub static TEMPLATES: &[Template] = &[
    Template { id: "nps", about: "How likely people are to recommend you (NPS), and why", toml: include_str!("templates/nps.toml") },
    Template {
        id: "csat",
        about: "How satisfied people are with a service (CSAT), and what was wrong",
        toml: include_str!("templates/csat.toml"),
    },
    Template { id: "ces", about: "How easy something was (CES), and what made it hard", toml: include_str!("templates/ces.toml") },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::definition::{Channel, Survey};

    #[test]
    fn every_template_is_a_survey() {
        for template in TEMPLATES {
            let survey = Survey::parse(template.toml).unwrap_or_else(|problems| panic!("{}: {problems:?}", template.id));
            assert_eq!(survey.scored().map(|question| question.kind.name()), Some(template.id));
            assert!(survey.channels.contains(&Channel::Email) && crate::check::is_survey_id(template.id));
            assert_eq!(toml::from_str::<Survey>(&toml::to_string(&survey).unwrap()).unwrap(), survey, "written and read again");
        }
    }
}
