import CacheModel

/// Work that may have to block, or to wait for another request, before it has its reply.
///
/// The event loop runs the first step itself; only when memory cannot answer does it hand `blocking` to a worker
/// thread, so that a slow store never delays another connection and a hit in memory never changes threads. Who waits
/// takes no thread at all.
public enum Step<Reply: Sendable>: Sendable {
    /// The reply is there.
    case done(Reply)
    /// The reply needs a worker: run this on a thread that may block.
    case blocking(@Sendable () -> Step<Reply>)
    /// The reply needs what another request brings.
    case waiting(Waiting<Reply>)

    /// Runs to the end on the calling thread, which sleeps through a wait.
    public func finish() -> Reply {
        var step = self
        while true {
            switch step {
            case .done(let reply): return reply
            case .blocking(let work): step = work()
            case .waiting(let waiting):
                let woken = TimedSignal()
                waiting.subscribe { woken.signal() }
                _ = woken.wait(seconds: Double(waiting.nanoseconds) / 1e9)
                step = waiting.resume()
            }
        }
    }

    /// The step whose reply is `transform` of this one's.
    public func map<Other: Sendable>(_ transform: @escaping @Sendable (Reply) -> Other) -> Step<Other> {
        then { .done(transform($0)) }
    }

    /// This step and then the one that `next` makes of its reply.
    public func then<Other: Sendable>(_ next: @escaping @Sendable (Reply) -> Step<Other>) -> Step<Other> {
        switch self {
        case .done(let reply): next(reply)
        case .blocking(let work): .blocking { work().then(next) }
        case .waiting(let waiting):
            .waiting(
                Waiting(nanoseconds: waiting.nanoseconds, subscribe: waiting.subscribe) { waiting.resume().then(next) })
        }
    }
}

/// A wait for what another request brings.
public struct Waiting<Reply: Sendable>: Sendable {
    /// The longest wait; then `resume` is called all the same.
    public let nanoseconds: UInt64
    /// Asks to be woken: the argument is called once, on any thread, maybe before this returns.
    public let subscribe: @Sendable (@escaping @Sendable () -> Void) -> Void
    /// Goes on, woken or not.
    public let resume: @Sendable () -> Step<Reply>

    /// A wait.
    public init(
        nanoseconds: UInt64, subscribe: @escaping @Sendable (@escaping @Sendable () -> Void) -> Void,
        resume: @escaping @Sendable () -> Step<Reply>
    ) {
        (self.nanoseconds, self.subscribe, self.resume) = (nanoseconds, subscribe, resume)
    }
}
