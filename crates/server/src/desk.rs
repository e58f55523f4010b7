//! Where requests wait for the workspace: few blocking calls at once, so that a flood of questions neither takes all
//! memory nor starves the rest of the machine.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

use crate::house::{House, Refusal, RefusalKind};

/// The desk of one workspace.
pub(crate) struct Desk {
    house: Arc<dyn House>,
    seats: Arc<Semaphore>,
    patience: Duration,
}

impl Desk {
    pub fn new(house: Arc<dyn House>, seats: usize, patience: Duration) -> Desk {
        Desk { house, seats: Arc::new(Semaphore::new(seats)), patience }
    }

    /// Does blocking work when its turn comes.
    pub async fn call<T: Send + 'static>(
        &self,
        work: impl FnOnce(&dyn House) -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, Refusal> {
        let Ok(Ok(seat)) = tokio::time::timeout(self.patience, self.seats.clone().acquire_owned()).await else {
            return Err(busy(self.patience));
        };
        // The seat goes with the work, because the work goes on when the client has left.
        self.unqueued(move |house| {
            let _seat = seat;
            work(house)
        })
        .await?
    }

    /// Does quick work now.
    pub async fn unqueued<T: Send + 'static>(&self, work: impl FnOnce(&dyn House) -> T + Send + 'static) -> Result<T, Refusal> {
        let house = self.house.clone();
        spawn_blocking(move || work(house.as_ref())).await.map_err(|_| broken())
    }
}

fn busy(patience: Duration) -> Refusal {
    Refusal {
        kind: RefusalKind::Busy,
        code: "busy".into(),
        title: "Busy".into(),
        detail: format!("Other questions are being answered; this one waited {} s for its turn.", patience.as_secs_f64()),
        help: "Ask again in a few seconds.".into(),
    }
}

fn broken() -> Refusal {
    Refusal {
        kind: RefusalKind::Internal,
        code: "internal".into(),
        title: "Something broke".into(),
        detail: "The program failed while it worked on this request. Nothing was changed.".into(),
        help: "Please report it, with the question and the program's output.".into(),
    }
}
