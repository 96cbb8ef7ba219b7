import CacheModel

extension RedisStore {
    /// Names are in the keys, so that a scan of the keys tells them without reading an entry; then the headers of those
    /// wanted are read in batches.
    public func scanHeaders(
        batchSize: Int, where isWanted: (EntryID) -> Bool, _ body: ([EntryHeader]) -> Bool
    ) throws(StoreError) {
        let size = min(max(batchSize, 1), 1000)
        try scanKeys(count: 1000) { found throws(StoreError) in
            var rest = found.filter { RedisKeys.entryID(inKey: $0).map(isWanted) ?? false }[...]
            while !rest.isEmpty {
                let headers = try readHeaders(Array(rest.prefix(size)))
                rest = rest.dropFirst(size)
                if !headers.isEmpty && !body(headers) { return false }
            }
            return true
        }
    }
}
