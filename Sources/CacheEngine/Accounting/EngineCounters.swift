import CacheModel

/// Counts what was answered.
final class EngineCounters: Sendable {
    private let state = Locked(EngineStatistics())

    /// The counts so far.
    var snapshot: EngineStatistics { state.withLock { $0 } }

    /// One lookup in so many has its stages timed, so that the others do not pay for the clock.
    static let sampling = 16
    private let sequence = Locked(0)

    /// Whether the next lookup is one whose stages are timed.
    func isSampled() -> Bool {
        sequence.withLock { sequence in
            sequence &+= 1
            return sequence % Self.sampling == 1
        }
    }

    /// Counts the stages of a lookup that was timed.
    func count(stages: [(name: String, nanoseconds: UInt64)]) {
        state.withLock { counts in
            for stage in stages {
                counts.stages[stage.name, default: LatencyHistogram()].add(nanoseconds: stage.nanoseconds)
            }
        }
    }

    /// Counts entries that are no more.
    func count(expired: Int = 0, vanished: Int = 0) {
        state.withLock { counts in
            counts.expiredEntries += expired
            counts.vanishedEntries += vanished
        }
    }

    /// Counts a lookup by what was returned.
    func count(_ reply: LookupReply, nanoseconds: UInt64) {
        let outcome = reply.hitType?.rawValue ?? reply.status.rawValue
        state.withLock { counts in
            counts.lookups += 1
            counts.latencies[outcome, default: LatencyHistogram()].add(nanoseconds: nanoseconds)
            switch reply.status {
            case .bypass: counts.bypasses += 1
            case .miss: counts.misses[reply.reason ?? .noCandidate, default: 0] += 1
            case .hit, .stale:
                if reply.hitType == .exact { counts.exactHits += 1 } else { counts.semanticHits += 1 }
                guard let avoided = reply.avoided else { return }
                counts.avoided += avoided.usage
                if let cost = avoided.cost {
                    counts.avoidedCost = counts.avoidedCost + cost
                } else {
                    counts.unpricedHits += 1
                }
            }
        }
    }

    /// Counts a store by what became of it.
    func count(_ reply: StoreReply) {
        state.withLock { counts in
            switch reply {
            case .stored: counts.stored += 1
            case .refused(let reason): counts.refused[reason, default: 0] += 1
            }
        }
    }
}
