import Foundation

/// A bounded set of things that one caller uses at a time: connections. Waiting for one has a deadline.
///
/// The pool makes and uses nothing itself, so that no I/O happens under its lock: `checkOut` hands out an idle thing or
/// the permission to make one, and the caller gives back what it has with `giveBack` or `discard`. The thing used last
/// is handed out first.
public final class CheckoutPool<Element>: @unchecked Sendable {
    // Unchecked: every mutable property is used with `mutex` held; an element belongs to who checked it out.
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let condition: UnsafeMutablePointer<pthread_cond_t>
    private var idle: [Element] = []
    private var permits: Int
    private var isClosed = false

    /// What was handed out, or why nothing was.
    public enum Checkout {
        /// An idle thing.
        case element(Element)
        /// Nothing is idle, but one more may be made.
        case permission
        /// Everything stayed in use until the deadline.
        case timeout
        /// The pool is closed.
        case closed
    }

    /// A pool of at most `capacity` things.
    public init(capacity: Int) {
        precondition(capacity > 0, "a pool holds something")
        permits = capacity
        mutex = .allocate(capacity: 1)
        mutex.initialize(to: pthread_mutex_t())
        pthread_mutex_init(mutex, nil)
        condition = .allocate(capacity: 1)
        condition.initialize(to: pthread_cond_t())
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(condition, &attributes)
        pthread_condattr_destroy(&attributes)
    }

    deinit {
        pthread_cond_destroy(condition)
        condition.deallocate()
        pthread_mutex_destroy(mutex)
        mutex.deallocate()
    }

    /// An idle thing, or the permission to make one, waited for until `deadline`.
    public func checkOut(by deadline: Deadline) -> Checkout {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        var isLate = false
        while true {
            if isClosed { return .closed }
            if let element = idle.popLast() { return .element(element) }
            if permits > 0 {
                permits -= 1
                return .permission
            }
            if isLate { return .timeout }
            var moment = timespec(
                tv_sec: Int(deadline.nanoseconds / 1_000_000_000), tv_nsec: Int(deadline.nanoseconds % 1_000_000_000))
            // Looks once more after the deadline: what came just then is not lost.
            isLate = pthread_cond_timedwait(condition, mutex, &moment) == ETIMEDOUT
        }
    }

    /// Gives a thing back for others; `false` when the pool is closed and the thing is the caller's to end.
    public func giveBack(_ element: Element) -> Bool {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        if isClosed { return false }
        idle.append(element)
        pthread_cond_signal(condition)
        return true
    }

    /// Gives back a permission: its thing was not made or is no more.
    public func discard() {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        permits += 1
        pthread_cond_signal(condition)
    }

    /// Takes out all idle things, for the caller to end; their permissions are free again.
    public func takeIdle() -> [Element] {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return emptyIdle()
    }

    /// Hands out nothing from now on; returns the idle things, for the caller to end.
    public func close() -> [Element] {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        isClosed = true
        pthread_cond_broadcast(condition)
        return emptyIdle()
    }

    private func emptyIdle() -> [Element] {
        defer { idle = [] }
        permits += idle.count
        pthread_cond_broadcast(condition)
        return idle
    }
}
