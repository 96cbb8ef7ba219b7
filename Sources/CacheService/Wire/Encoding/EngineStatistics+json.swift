import CacheEngine
import CacheModel

extension EngineStatistics {
    /// Writes the counters as members of a JSON object.
    func write(to writer: inout JSONWriter) {
        writer.member("lookups", lookups)
        writer.member("hits", hits)
        writer.member("exact_hits", exactHits)
        writer.member("semantic_hits", semanticHits)
        writer.member("hit_rate", figure: hitRate)
        writer.member("bypasses", bypasses)
        writer.member("misses") { writer in
            for (reason, count) in Self.sorted(misses) { writer.count(reason, count) }
        }
        writer.member("stored", stored)
        writer.member("refused") { writer in
            for (reason, count) in Self.sorted(refused) { writer.count(reason, count) }
        }
        writer.member("avoided") { writer in
            avoided.write(to: &writer)
            writer.member("cost_usd", dollars: avoidedCost)
            writer.member("unpriced_hits", unpricedHits)
        }
        writer.member("latency_us") { writer in
            for (outcome, histogram) in latencies.sorted(by: { $0.key < $1.key }) {
                guard let median = histogram.quantile(0.5), let tail = histogram.quantile(0.99) else { continue }
                writer.name(outcome)
                writer.object { writer in
                    writer.member("p50", figure: median / 1000)
                    writer.member("p99", figure: tail / 1000)
                    writer.member("count", Int(clamping: histogram.count))
                }
            }
        }
        if let values { writer.member("kv") { values.write(to: &$0) } }
        writer.member("entries", entries)
        writer.member("scopes", scopes)
        writer.member("index_bytes", indexBytes)
        writer.member("memory_tier_bytes", memoryTierBytes)
        writer.member("memory_tier_limit_bytes", memoryTierLimit)
        writer.member("store", Self.withoutCredentials(storeLocation))
        writer.member("store_errors", storeErrors)
        writer.member("breaker", breaker.rawValue)
        writer.member("pending_writes", pendingWrites)
        writer.member("pending_write_bytes", pendingWriteBytes)
        writer.member("lost_writes", lostWrites)
        writer.member("evidence") { writeEvidence(to: &$0) }
        writer.member("shadow") { writeShadows(to: &$0) }
        writer.member("arms") { writeArms(to: &$0) }
    }

    /// What is known of the answers, a member a namespace.
    func writeEvidence(to writer: inout JSONWriter) {
        for (namespace, known) in evidence.sorted(by: { $0.key < $1.key }) {
            writer.name(namespace)
            writer.object { known.write(to: &$0) }
        }
    }

    /// What namespaces in shadow would have done.
    func writeShadows(to writer: inout JSONWriter) {
        for (namespace, tally) in shadows.sorted(by: { $0.key < $1.key }) {
            writer.name(namespace)
            writer.object { tally.write(to: &$0) }
        }
    }

    /// How arms in shadow decided, a member a namespace.
    func writeArms(to writer: inout JSONWriter) {
        for (namespace, tally) in arms.sorted(by: { $0.key < $1.key }) {
            writer.name(namespace)
            writer.object { tally.write(to: &$0) }
        }
    }

    /// Counts by their word, in its order.
    static func sorted(_ counts: [MissReason: Int]) -> [(String, Int)] {
        counts.map { ($0.key.rawValue, $0.value) }.sorted { $0.0 < $1.0 }
    }

    /// Counts by their word, in its order.
    static func sorted(_ counts: [RefusalReason: Int]) -> [(String, Int)] {
        counts.map { ($0.key.rawValue, $0.value) }.sorted { $0.0 < $1.0 }
    }

    /// A store's location without the user and password that a URL may carry.
    static func withoutCredentials(_ location: String) -> String {
        guard let scheme = location.firstRange(of: "://") else { return location }
        let authority = location[scheme.upperBound...].prefix { $0 != "/" && $0 != "?" }
        guard let at = authority.lastIndex(of: "@") else { return location }
        return String(location[..<scheme.upperBound]) + String(location[location.index(after: at)...])
    }
}

extension ValueStatistics {
    func write(to writer: inout JSONWriter) {
        writer.member("hits", hits)
        writer.member("misses", misses)
        writer.member("stored", stored)
        writer.member("conflicts", conflicts)
        writer.member("deleted", deleted)
        writer.member("invalidated", invalidated)
        writer.member("additions", additions)
        writer.member("failures", failures)
        writer.member("memory_bytes", memoryBytes)
        writer.member("memory_limit_bytes", memoryLimit)
    }
}
