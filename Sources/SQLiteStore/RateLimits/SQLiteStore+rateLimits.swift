import CacheModel

/// Sliding windows in `rate_slot`: a row a key, slot width and slot.
extension SQLiteStore: RateLimitStore {
    public func take(_ request: RateLimitRequest, now: Timestamp) throws(StoreError) -> RateLimitOutcome {
        let width = SlidingWindow.width(window: request.window)
        return try withWriter { connection throws(StoreError) in
            try connection.transaction { () throws(StoreError) in
                // Keys that nobody asks for again go too: what is over has an index.
                try connection.run("DELETE FROM rate_slot WHERE expires <= ?") { $0.bind(1, now.milliseconds) }
                var slots: [Int64: Int] = [:]
                try connection.query(
                    "SELECT slot, cost FROM rate_slot WHERE name = ? AND width = ?",
                    { statement in
                        statement.bind(1, request.key)
                        statement.bind(2, width)
                    }
                ) { row throws(StoreError) in
                    slots[row.integer(0)] = Int(row.integer(1))
                    return true
                }
                var window = SlidingWindow(window: request.window, slots: slots)
                let outcome = window.take(request, now: now)
                for (slot, cost) in window.slots where slots[slot] != cost {
                    try connection.run("INSERT OR REPLACE INTO rate_slot VALUES (?, ?, ?, ?, ?)") { statement in
                        statement.bind(1, request.key)
                        statement.bind(2, width)
                        statement.bind(3, slot)
                        statement.bind(4, Int64(cost))
                        statement.bind(5, (slot + SlidingWindow.slotCount + 1) * width)
                    }
                }
                return outcome
            }
        }
    }
}
