import CacheEngine
import CacheModel

/// Prometheus' text format, version 0.0.4.
struct MetricsText {
    var text = ""

    /// All metrics as text.
    static func write(_ engine: EngineStatistics, _ readiness: Readiness, _ server: ServerStatistics) -> [UInt8] {
        var metrics = MetricsText()
        metrics.lookups(engine)
        metrics.histograms(
            "deja_lookup_duration_seconds", "Time of lookups in the cache by outcome.", label: "outcome",
            engine.latencies)
        metrics.histograms(
            "deja_lookup_stage_duration_seconds",
            "Time of the stages of lookups; one lookup in sixteen is timed, and those that ask for explain.",
            label: "stage", engine.stages)
        metrics.savings(engine)
        metrics.budgets(engine.budgets)
        metrics.sizes(engine)
        metrics.evidence(engine)
        metrics.shadows(engine)
        metrics.store(engine)
        if let values = engine.values { metrics.values(values) }
        metrics.server(server, readiness)
        return Array(metrics.text.utf8)
    }

    private mutating func lookups(_ engine: EngineStatistics) {
        counter("deja_lookups_total", "Lookups answered.", engine.lookups)
        counter(
            "deja_hits_total", "Hits by the tier that answered.", label: "hit_type",
            [("exact", engine.exactHits), ("semantic", engine.semanticHits)])
        counter(
            "deja_misses_total", "Misses by reason.", label: "reason", EngineStatistics.sorted(engine.misses))
        counter("deja_bypasses_total", "Lookups kept from the cache by policy or request.", engine.bypasses)
        counter("deja_stored_total", "Answers kept.", engine.stored)
        counter(
            "deja_refused_total", "Answers not kept, by reason.", label: "reason",
            EngineStatistics.sorted(engine.refused))
    }

    private mutating func histograms(
        _ name: String, _ help: String, label: String, _ histograms: [String: LatencyHistogram]
    ) {
        head(name, "histogram", help)
        for (value, histogram) in histograms.sorted(by: { $0.key < $1.key }) {
            let label = "\(label)=\"\(Self.escaped(value))\""
            var sum: UInt64 = 0
            for (index, count) in histogram.counts.enumerated() {
                sum += count
                let bound =
                    index < LatencyHistogram.bounds.count
                    ? NanoDollars(Int64(LatencyHistogram.bounds[index])).decimal : "+Inf"
                text += "\(name)_bucket{\(label),le=\"\(bound)\"} \(sum)\n"
            }
            text += "\(name)_sum{\(label)} \(NanoDollars(Int64(clamping: histogram.sum)).decimal)\n"
            text += "\(name)_count{\(label)} \(histogram.count)\n"
        }
    }

    /// Budgets of namespaces; of users, who may be many, only how many are over theirs.
    private mutating func budgets(_ states: [BudgetState]) {
        if states.isEmpty { return }
        let whole = states.filter { $0.key.user == nil }
        for (name, help, amount) in [
            ("deja_budget_limit_dollars", "What model calls may cost in the present period.", \BudgetState.limit),
            ("deja_budget_spent_dollars", "What model calls have cost in the present period.", \BudgetState.spent),
        ] {
            head(name, "gauge", help)
            for state in whole {
                text += "\(name){namespace=\"\(Self.escaped(state.key.namespace))\","
                text += "period=\"\(state.key.period.rawValue)\"} \(state[keyPath: amount].decimal)\n"
            }
        }
        let over = Dictionary(grouping: states.filter { $0.key.user != nil }) { $0.key.namespace }
        head("deja_budget_users_over", "gauge", "Users whose budget of the present period is spent.")
        for (namespace, states) in over.sorted(by: { $0.key < $1.key }) {
            let users = Set(states.filter(\.isSpent).map(\.key.user)).count
            text += "deja_budget_users_over{namespace=\"\(Self.escaped(namespace))\"} \(users)\n"
        }
    }

    private mutating func savings(_ engine: EngineStatistics) {
        counter(
            "deja_avoided_tokens_total", "Tokens that hits saved.", label: "kind",
            [("prompt", engine.avoided.promptTokens), ("completion", engine.avoided.completionTokens)])
        head("deja_avoided_cost_dollars_total", "counter", "Money that hits saved, US dollars.")
        text += "deja_avoided_cost_dollars_total \(engine.avoidedCost.decimal)\n"
        counter("deja_unpriced_hits_total", "Hits whose model has no known price.", engine.unpricedHits)
    }

    private mutating func sizes(_ engine: EngineStatistics) {
        gauge("deja_entries", "Live entries.", engine.entries)
        gauge("deja_scopes", "Scopes with at least one entry.", engine.scopes)
        gauge("deja_index_bytes", "Memory of headers and vectors.", engine.indexBytes)
        gauge("deja_memory_tier_bytes", "Memory of kept responses.", engine.memoryTierBytes)
        counter(
            "deja_memory_tier_evictions_total", "Responses that left memory for others.", engine.memoryTierEvictions)
        counter(
            "deja_read_ahead_total", "Responses read into memory because the hour was expected to ask for them.",
            engine.readAhead)
        counter("deja_read_ahead_used_total", "Those of them that were asked for.", engine.readAheadUsed)
        counter(
            "deja_entries_gone_total", "Entries that ended, by cause: their life was over, or the store had lost them.",
            label: "cause", [("expired", engine.expiredEntries), ("vanished", engine.vanishedEntries)])
        gauge("deja_memory_tier_limit_bytes", "The most that kept responses may take.", engine.memoryTierLimit)
    }

    private mutating func store(_ engine: EngineStatistics) {
        counter("deja_store_errors_total", "Store operations that failed.", engine.storeErrors)
        let states: [(BreakerState, Int)] = [(.closed, 0), (.halfOpen, 1), (.open, 2)]
        gauge(
            "deja_store_breaker_state", "The breaker before the store: 0 closed, 1 half open, 2 open.",
            states.first { $0.0 == engine.breaker }!.1)
        gauge("deja_store_pending_writes", "Writes that wait for the store.", engine.pendingWrites)
        gauge("deja_store_pending_write_bytes", "Bytes of entries that wait for the store.", engine.pendingWriteBytes)
        counter("deja_store_lost_writes_total", "Entries that never reached the store.", engine.lostWrites)
    }

    private mutating func values(_ values: ValueStatistics) {
        counter(
            "deja_kv_operations_total", "Operations on values by what came of them.", label: "outcome",
            [
                ("hit", values.hits), ("miss", values.misses), ("stored", values.stored),
                ("conflict", values.conflicts), ("deleted", values.deleted), ("invalidated", values.invalidated),
                ("added", values.additions), ("failed", values.failures),
            ])
        gauge("deja_kv_memory_bytes", "Memory of values.", values.memoryBytes)
    }

    private mutating func server(_ server: ServerStatistics, _ readiness: Readiness) {
        gauge("deja_index_ready", "1 when the index has been built.", readiness.isIndexBuilt ? 1 : 0)
        gauge("deja_store_up", "1 when the store answered its last call.", readiness.isStoreReachable ? 1 : 0)
        gauge("deja_connections", "Open client connections.", server.openConnections)
        counter("deja_connections_accepted_total", "Connections accepted.", server.acceptedConnections)
        counter("deja_connections_refused_total", "Connections over the limit.", server.refusedConnections)
        counter(
            "deja_requests_total", "Requests by protocol.", label: "protocol",
            [("http", server.httpRequests), ("resp", server.respRequests)])
        if let spans = server.spans {
            counter("deja_spans_exported_total", "Spans that the collector took.", spans.exported)
            counter("deja_spans_dropped_total", "Spans that it did not take, or that found no room.", spans.dropped)
        }
        head("deja_uptime_seconds", "gauge", "Seconds since the server started.")
        text += "deja_uptime_seconds \(JSONText.number(server.uptime))\n"
    }

    mutating func head(_ name: String, _ type: String, _ help: String) {
        text += "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n"
    }

    private mutating func counter(_ name: String, _ help: String, _ value: Int) {
        head(name, "counter", help)
        text += "\(name) \(value)\n"
    }

    private mutating func gauge(_ name: String, _ help: String, _ value: Int) {
        head(name, "gauge", help)
        text += "\(name) \(value)\n"
    }

    private mutating func counter(_ name: String, _ help: String, label: String, _ values: [(String, Int)]) {
        head(name, "counter", help)
        for (value, count) in values { text += "\(name){\(label)=\"\(Self.escaped(value))\"} \(count)\n" }
    }

    static func escaped(_ value: String) -> String {
        var out = ""
        for character in value.unicodeScalars {
            switch character {
            case "\\": out += "\\\\"
            case "\"": out += "\\\""
            case "\n": out += "\\n"
            default: out.unicodeScalars.append(character)
            }
        }
        return out
    }
}
