import Foundation

/// Waits for the signals that a server is told things by: SIGTERM and SIGINT to stop, SIGHUP to read its tokens again.
/// They are blocked when the value is made, which must be before any thread is.
struct SignalWait {
    private var signals = sigset_t()

    init() {
        sigemptyset(&signals)
        for signal in [SIGTERM, SIGINT, SIGHUP] { sigaddset(&signals, signal) }
        pthread_sigmask(SIG_BLOCK, &signals, nil)
    }

    /// The signal that came.
    func wait() -> Int32 {
        var signals = signals
        var signal: Int32 = 0
        while sigwait(&signals, &signal) != 0 {}
        return signal
    }
}
