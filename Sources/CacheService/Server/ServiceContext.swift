import CacheEngine
import CacheModel

/// What handlers of routes and commands work with. Owned by the loop's thread: what goes to a worker is taken out of
/// it first.
final class ServiceContext {
    private let base: any CacheServing
    let clock: any WallClock
    let access: AccessControl
    let tracer: RequestTracer
    private let startTime: UInt64
    /// Who the request that is being served is of.
    private(set) var caller = Caller.owner
    /// The cache as that caller may use it.
    private(set) var cache: CallerCache
    /// Counters, kept by the loop.
    var counters = ServerStatistics()

    init(
        cache: any CacheServing, clock: any WallClock, access: AccessControl? = nil, tracer: RequestTracer? = nil
    ) {
        base = cache
        self.tracer = tracer ?? RequestTracer(exporter: nil, logger: .silent, clock: clock)
        self.clock = clock
        self.access = access ?? AccessControl(clock: clock)
        self.cache = CallerCache(cache, for: .owner)
        startTime = clock.monotonicNanoseconds()
    }

    /// What happens in the cache.
    var events: EventHub? { base.events }

    /// Says who the next request is of.
    func serve(_ caller: Caller) {
        guard caller != self.caller else { return }
        self.caller = caller
        cache = CallerCache(base, for: caller)
    }

    /// The counters now.
    var statistics: ServerStatistics {
        var all = counters
        all.spans = tracer.counts
        all.uptime = Double(clock.monotonicNanoseconds() &- startTime) / 1e9
        return all
    }
}
