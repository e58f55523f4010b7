//! What a question may take, whoever asks it.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use periplus_engine::Watch;

use crate::here::Here;

/// What a question may take.
#[derive(Clone, Copy, Debug, clap::Args)]
pub struct AskLimits {
    /// The longest time that a question may take, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = AskLimits::default().ask_seconds)]
    pub ask_seconds: f64,
    /// The most memory that a question's partial results may take, in MiB
    #[arg(long, value_name = "MIB", default_value_t = AskLimits::default().ask_memory)]
    pub ask_memory: u64,
}

impl Default for AskLimits {
    fn default() -> AskLimits {
        AskLimits { ask_seconds: 120.0, ask_memory: 2_048 }
    }
}

impl AskLimits {
    /// A watch over a question that is asked now.
    pub fn watch(&self, here: &Here, gone: &Arc<AtomicBool>) -> Watch {
        Watch::new(gone.clone(), Some((here.stopwatch())() + self.ask_seconds * 1e3), Some(self.ask_memory << 20))
    }
}
