import CacheEngine
import CacheModel

/// What all arms share when they run through an engine.
public struct EngineKit: Sendable {
    /// Folds texts for the second exact key.
    public var normalizer: any TextNormalizer
    /// SHA-256.
    public var hasher: any ContentHasher
    /// List prices.
    public var pricing: any Pricing
    /// How namespaces are cached; an arm's own budget stands above it.
    public var policies: PolicyTable

    /// A kit.
    public init(
        normalizer: any TextNormalizer, hasher: any ContentHasher, pricing: any Pricing,
        policies: PolicyTable = PolicyTable()
    ) {
        self.normalizer = normalizer
        self.hasher = hasher
        self.pricing = pricing
        self.policies = policies
    }

    /// An empty engine that decides as `arm` does. The names of its entries depend on `seed` only.
    public func engine(
        _ arm: Arm, store: any EntryStore = VolatileStore(), clock: any WallClock = SystemClock(), seed: UInt64 = 1,
        memoryTierBytes: Int = 1 << 30
    ) -> CacheEngine {
        var limits = CacheEngine.Limits()
        limits.memoryTierBytes = memoryTierBytes
        // An arm that accepts pairs below the usual least similarity must be shown them.
        if arm.scale == .similarity {
            limits.candidateSimilarity = min(limits.candidateSimilarity, Float(arm.scorer.defaultThreshold))
        }
        let random = Locked(SeededRandom(seed: seed))
        return CacheEngine(
            CacheEngine.Parts(
                store: store, embedder: arm.embedder, indexes: arm.indexes, judge: arm.judge, normalizer: normalizer,
                hasher: hasher, pricing: pricing, clock: clock, random: { random.withLock { $0.next() } },
                policies: policies(for: arm), limits: limits))
    }

    private func policies(for arm: Arm) -> PolicyTable {
        let budgeted = arm.maximumFalseHitRate.map(policies.with(maximumFalseHitRate:)) ?? policies
        // An arm is a way to decide that stays the same from the first request to the last, unless it is one that learns.
        return budgeted.changed { policy in
            policy.isAdaptive = arm.shadowShare != nil
            policy.shadowShare = arm.shadowShare ?? 0
        }
    }
}

extension PolicyTable {
    /// The same policies with another false-hit budget.
    public func with(maximumFalseHitRate budget: Double) -> PolicyTable { changed { $0.maximumFalseHitRate = budget } }

    /// The same policies with another life of entries, seconds; `nil` for no end.
    public func with(ttl: Double?) -> PolicyTable { changed { $0.ttl = ttl } }

    func changed(_ change: (inout NamespacePolicy) -> Void) -> PolicyTable {
        var table = self
        change(&table.fallback)
        for name in table.named.keys { change(&table.named[name]!) }
        return table
    }
}
