//! Work that takes its time is announced, and only such work.

use std::time::Duration;

/// Work that lasts longer than this shows as Reconciling.
pub const LONG: Duration = Duration::from_secs(5);

/// Does the work; calls `announce` once when it lasts longer than [`LONG`].
pub async fn announced<T>(work: impl Future<Output = T>, announce: impl AsyncFnOnce()) -> T {
    announced_after(tokio::time::sleep(LONG), work, announce).await
}

async fn announced_after<T>(
    patience: impl Future<Output = ()>,
    work: impl Future<Output = T>,
    announce: impl AsyncFnOnce(),
) -> T {
    tokio::pin!(work);
    tokio::select! {
        biased;
        done = &mut work => return done,
        () = patience => {}
    }
    tokio::join!(work, announce()).0
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::future::{pending, ready};

    use tokio::sync::oneshot;

    use super::*;

    #[tokio::test]
    async fn work_that_is_done_in_time_is_not_announced() {
        let count = Cell::new(0);
        let announce = async || count.set(count.get() + 1);
        assert_eq!(announced_after(pending(), ready("done"), announce).await, "done");
        assert_eq!(announced_after(ready(()), ready("done"), announce).await, "done");
        assert_eq!(count.get(), 0);
    }

    #[tokio::test]
    async fn longer_work_is_announced_once_while_it_goes_on() {
        let (announced, goes_on) = oneshot::channel();
        let announce = async || announced.send("announced").unwrap();
        assert_eq!(announced_after(ready(()), goes_on, announce).await, Ok("announced"));
    }
}
