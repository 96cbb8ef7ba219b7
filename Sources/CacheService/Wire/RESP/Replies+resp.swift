import CacheEngine
import CacheModel

extension LookupReply {
    /// Writes the reply's fields: the names are JSON's, objects are their JSON text.
    func write(to writer: inout RESPWriter) {
        writer.map { map in
            map.text("status", status.rawValue)
            if let hitType { map.text("hit_type", hitType.rawValue) }
            if let reason { map.text("reason", reason.rawValue) }
            if let entryID { map.id("entry_id", entryID) }
            map.id("lookup_id", lookupID)
            if let similarity { map.figure("similarity", similarity) }
            if let probability { map.figure("probability", probability) }
            if let nearest { map.json("nearest") { nearest.write(to: &$0) } }
            if let response { map.bytes("response", response.bytes) }
            if let model { map.text("model", model) }
            if let age { map.integer("age_s", max(0, age.wholeSeconds)) }
            if let ttl { map.integer("ttl_s", ttl.wholeSeconds) }
            if let usage { map.json("usage") { usage.write(to: &$0) } }
            if let avoided { map.json("avoided") { avoided.write(to: &$0) } }
            if let lease { map.json("lease") { lease.write(to: &$0) } }
            if let epoch { map.integer("epoch", Int(epoch)) }
            if let isAppended { map.integer("appended", isAppended ? 1 : 0) }
            if let budget { map.json("budget") { budget.writeMembers(to: &$0) } }
            if let explanation { map.json("explain") { explanation.write(to: &$0) } }
        }
    }
}

extension StoreReply {
    /// Writes the reply's fields.
    func write(to writer: inout RESPWriter) {
        writer.map { map in
            switch self {
            case .stored(let id):
                map.text("status", "stored")
                map.id("entry_id", id)
            case .refused(let reason):
                map.text("status", "refused")
                map.text("reason", reason.rawValue)
            }
        }
    }
}

extension InvalidationReply {
    /// Writes the reply's fields.
    func write(to writer: inout RESPWriter) {
        writer.map { map in
            map.integer("matched", matched)
            map.integer("removed", removed)
            map.texts("sample", sample.map(\.description))
            if let values { map.integer("values", values) }
            if let scheduled {
                map.id("scheduled", scheduled.id)
                map.text("at", scheduled.at.iso8601)
            }
        }
    }
}

extension FeedbackReply {
    /// Writes the reply's fields.
    func write(to writer: inout RESPWriter) {
        writer.map { map in
            map.id("lookup_id", lookup.id)
            map.id("entry_id", lookup.entry.id)
            map.text("hit_type", lookup.hitType.rawValue)
            map.text("verdict", verdict.rawValue)
            map.text("effect", effect.rawValue)
        }
    }
}

extension EngineStatistics {
    /// Writes the counters; those by reason are their JSON text.
    func write(to writer: inout RESPWriter) {
        writer.map { map in
            map.integer("lookups", lookups)
            map.integer("hits", hits)
            map.integer("exact_hits", exactHits)
            map.integer("semantic_hits", semanticHits)
            map.figure("hit_rate", hitRate)
            map.integer("bypasses", bypasses)
            map.json("misses") { json in for (reason, count) in Self.sorted(misses) { json.count(reason, count) } }
            map.integer("stored", stored)
            map.json("refused") { json in for (reason, count) in Self.sorted(refused) { json.count(reason, count) } }
            map.json("avoided") { json in
                avoided.write(to: &json)
                json.member("cost_usd", dollars: avoidedCost)
                json.member("unpriced_hits", unpricedHits)
            }
            if let values { map.json("kv") { values.write(to: &$0) } }
            map.integer("entries", entries)
            map.integer("scopes", scopes)
            map.integer("index_bytes", indexBytes)
            map.integer("memory_tier_bytes", memoryTierBytes)
            map.integer("memory_tier_limit_bytes", memoryTierLimit)
            map.text("store", Self.withoutCredentials(storeLocation))
            map.integer("store_errors", storeErrors)
            map.text("breaker", breaker.rawValue)
            map.integer("pending_writes", pendingWrites)
            map.integer("pending_write_bytes", pendingWriteBytes)
            map.integer("lost_writes", lostWrites)
            map.json("evidence") { writeEvidence(to: &$0) }
            map.json("shadow") { writeShadows(to: &$0) }
            map.json("arms") { writeArms(to: &$0) }
        }
    }
}

extension RateLimitOutcome {
    /// Writes the outcome's fields.
    func write(to writer: inout RESPWriter) {
        writer.map { map in
            map.integer("allowed", isAllowed ? 1 : 0)
            map.integer("remaining", remaining)
            if let retryAfter { map.figure("retry_after_s", retryAfter) }
            map.figure("reset_s", resetAfter)
            if isLocal { map.integer("degraded", 1) }
        }
    }
}
