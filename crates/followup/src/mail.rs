//! Through whom letters go.

use serde::{Deserialize, Serialize};

/// Through whom letters go, in `settings.toml`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MailSettings {
    /// The server that takes letters.
    pub server: String,
    /// Its port; the usual one of the way of hiding when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// How what is said to it is hidden.
    #[serde(default)]
    pub hidden_by: Hiding,
    /// Who letters are from: `Periplus <journeys@example.org>`.
    pub from: String,
    /// As whom this machine logs in; not at all when absent. The password is not in the file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
}

/// How what is said to a server is hidden from others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Hiding {
    /// From the second word on, on port 587.
    #[default]
    Starttls,
    /// From the first word on, on port 465.
    Tls,
    /// Not at all, on port 25: only for a server on this machine.
    Nothing,
}
