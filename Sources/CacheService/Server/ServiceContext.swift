import CacheEngine
import CacheModel

/// What handlers of routes and commands work with. Owned by the loop's thread: what goes to a worker is taken out of
/// it first.
final class ServiceContext {
    let cache: any CacheServing
    let clock: any WallClock
    let token: [UInt8]?
    private let startTime: UInt64
    /// Counters, kept by the loop.
    var counters = ServerStatistics()

    init(cache: any CacheServing, clock: any WallClock, token: String?) {
        self.cache = cache
        self.clock = clock
        self.token = token.map { Array($0.utf8) }
        startTime = clock.monotonicNanoseconds()
    }

    /// The counters now.
    var statistics: ServerStatistics {
        var all = counters
        all.uptime = Double(clock.monotonicNanoseconds() &- startTime) / 1e9
        return all
    }

    /// Whether `shown` is the token. Takes the same time wherever they differ.
    func isToken(_ shown: some Collection<UInt8>) -> Bool {
        guard let token else { return false }
        var difference = shown.count ^ token.count
        var index = 0
        for byte in shown {
            difference |= Int(byte ^ (token.isEmpty ? 0 : token[index % token.count]))
            index += 1
        }
        return difference == 0 && !token.isEmpty
    }
}
