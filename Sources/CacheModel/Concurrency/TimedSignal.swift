import Foundation

/// A counting semaphore whose timed wait goes by the clock that never steps.
///
/// `DispatchSemaphore` waits by the wall clock on Linux (`sem_timedwait`): when that is set back by an hour, a wait of a
/// tenth of a second takes an hour, and whatever the thread looks after stands still for so long.
public final class TimedSignal: @unchecked Sendable {
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var count = 0

    /// A semaphore at zero.
    public init() {
        mutex.initialize(to: pthread_mutex_t())
        pthread_mutex_init(mutex, nil)
        condition.initialize(to: pthread_cond_t())
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(condition, &attributes)
        pthread_condattr_destroy(&attributes)
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    /// Lets one who waits, or the next one, go on.
    public func signal() {
        pthread_mutex_lock(mutex)
        count += 1
        pthread_cond_signal(condition)
        pthread_mutex_unlock(mutex)
    }

    /// Waits for a signal, `seconds` at most. Returns whether one came.
    public func wait(seconds: Double) -> Bool {
        var deadline = timespec()
        clock_gettime(CLOCK_MONOTONIC, &deadline)
        let bounded = max(0, min(seconds, 1e9))
        deadline.tv_sec += Int(bounded)
        deadline.tv_nsec += Int((bounded - bounded.rounded(.down)) * 1e9)
        if deadline.tv_nsec >= 1_000_000_000 {
            deadline.tv_sec += 1
            deadline.tv_nsec -= 1_000_000_000
        }
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while count == 0 {
            guard pthread_cond_timedwait(condition, mutex, &deadline) == 0 else { break }
        }
        guard count > 0 else { return false }
        count -= 1
        return true
    }
}
