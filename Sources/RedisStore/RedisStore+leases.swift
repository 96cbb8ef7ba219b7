import CacheModel

extension RedisStore: LeaseStore {
    /// `SET key token NX PX ms`; who is too late learns how long to wait.
    public func acquire(_ key: LeaseKey, token: String, milliseconds: Int) throws(StoreError) -> LeaseOutcome {
        let name = leaseName(key)
        let replies = try exchange([
            RESPCommand("SET", name, token, "NX", "PX", String(max(1, milliseconds))), RESPCommand("PTTL", name),
        ])
        // A repeated SET may meet its own first try; PTTL then names a lease that nobody uses, and it ends by time.
        if case .status = replies[0] { return .acquired }
        return .held(milliseconds: Int(max(1, replies[1].integer ?? 1)))
    }

    public func release(_ key: LeaseKey, token: String) throws(StoreError) {
        _ = try exchange([RESPCommand("EVAL", Self.releaseText, "1", leaseName(key), token)])
    }

    private static let releaseText =
        "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0"
}
