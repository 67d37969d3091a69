//! Being told to end.

/// Waits until the process is told to end, by `SIGTERM` or Ctrl-C. A signal that comes while nobody polls is not lost,
/// once this has been polled.
pub async fn told_to_end() {
    let terminated = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => drop(signal.recv().await),
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        () = terminated => {}
        _ = tokio::signal::ctrl_c() => {}
    }
}
