import CacheModel

/// Which prompts the model has just failed on: while it fails, an answer that is past its life is better than none (RFC
/// 5861, stale-if-error). The latest are remembered; one that is forgotten costs a model call. All calls O(1).
final class ModelFailures: Sendable {
    private let until = Locked(BoundedTable<LeaseKey, UInt64>(capacity: 10_000))

    /// The model failed on `key`: true until `end`, nanoseconds of the monotonic clock; then somebody tries it again.
    func note(_ key: LeaseKey, until end: UInt64) { until.withLock { $0[key] = end } }

    /// Whether the model fails on `key` as far as is known.
    func isFailing(_ key: LeaseKey, now: UInt64) -> Bool { until.withLock { $0[key].map { now < $0 } ?? false } }

    /// The model has answered.
    func clear(_ key: LeaseKey) { until.withLock { $0[key] = nil } }
}
