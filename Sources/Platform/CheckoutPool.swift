import CacheModel

/// A bounded set of things that one caller uses at a time: connections. Waiting for one has a deadline.
///
/// The pool makes and uses nothing itself, so that no I/O happens under its lock: `checkOut` hands out an idle thing or
/// the permission to make one, and the caller gives back what it has with `giveBack` or `discard`. The thing used last
/// is handed out first.
public final class CheckoutPool<Element>: @unchecked Sendable {
    // Unchecked: every mutable property is used inside `locked`; an element belongs to who checked it out.
    private let condition = MonotonicCondition()
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
    }

    /// An idle thing, or the permission to make one, waited for until `deadline`.
    public func checkOut(by deadline: Deadline) -> Checkout {
        condition.locked {
            var isLate = false
            while true {
                if isClosed { return .closed }
                if let element = idle.popLast() { return .element(element) }
                if permits > 0 {
                    permits -= 1
                    return .permission
                }
                if isLate { return .timeout }
                // Looks once more after the deadline: what came just then is not lost.
                isLate = !condition.wait(until: deadline.nanoseconds)
            }
        }
    }

    /// Gives a thing back for others; `false` when the pool is closed and the thing is the caller's to end.
    public func giveBack(_ element: Element) -> Bool {
        condition.locked {
            if isClosed { return false }
            idle.append(element)
            condition.signal()
            return true
        }
    }

    /// Gives back a permission: its thing was not made or is no more.
    public func discard() {
        condition.locked {
            permits += 1
            condition.signal()
        }
    }

    /// Takes out all idle things, for the caller to end; their permissions are free again.
    public func takeIdle() -> [Element] { condition.locked { emptyIdle() } }

    /// Hands out nothing from now on; returns the idle things, for the caller to end.
    public func close() -> [Element] {
        condition.locked {
            isClosed = true
            return emptyIdle()
        }
    }

    private func emptyIdle() -> [Element] {
        defer { idle = [] }
        permits += idle.count
        condition.broadcast()
        return idle
    }
}
