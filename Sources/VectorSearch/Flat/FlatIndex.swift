import CacheModel

/// All vectors of a scope in one list that every search looks through.
///
/// Vectors are kept as 8-bit rows (d bytes rounded up to 16, and 16 more at most for scale, slot and map). Up to
/// `directRows` rows are compared in full precision one by one. Beyond, an integer scan of all rows finds those that can
/// be among the best, and only they are compared in full precision: the same answer, but for a chance of about one in a
/// million that a row on the very edge is missed; `exhaustive` leaves no chance.
///
/// Rows lie densely: a removed row's place is taken by the last.
public final class FlatIndex: VectorIndex, @unchecked Sendable {
    private var store: RowStore

    /// Rows up to which no integer scan pays (measured: its set-up costs as much as eight comparisons).
    private static let directRows = 16

    /// An empty index for vectors of `dimension` components.
    public init(dimension: Int, isa: KernelISA = .active) { store = RowStore(dimension: dimension, isa: isa) }

    public var dimension: Int { store.dimension }
    public var count: Int { store.count }
    /// What the lists take, and this object itself.
    public var memoryBytes: Int { store.memoryBytes + Self.objectBytes }

    /// An object's header and the store.
    private static let objectBytes = 16 + MemoryLayout<RowStore>.size

    public func insert(_ vector: UnsafeBufferPointer<Float>, slot: UInt32) {
        precondition(vector.count == dimension, "a vector has \(dimension) components")
        precondition(store.row(of: slot) == nil, "slot \(slot) is in the index already")
        store.write(vector.baseAddress!, slot: slot, row: store.count)
    }

    @discardableResult
    public func remove(slot: UInt32) -> Bool {
        guard let row = store.row(of: slot) else { return false }
        store.erase(row: row)
        let last = store.count
        if row != last { store.move(row: last, to: row) }
        if store.wantsTrim(rowLimit: last) { store.trim(rowLimit: last) }
        return true
    }

    public func search(
        _ query: UnsafeBufferPointer<Float>, limit: Int, minimumSimilarity: Float, exhaustive: Bool
    ) -> [Neighbor] {
        precondition(query.count == dimension, "a query has \(dimension) components")
        guard limit > 0, count > 0 else { return [] }
        return PreparedQuery.with(query.baseAddress!, dimension: dimension, stride: store.stride) { prepared in
            var top = TopNeighbors(limit: limit, minimumSimilarity: minimumSimilarity)
            if count <= Self.directRows {
                store.scanDirectly(0..<count, query: prepared, top: &top)
            } else {
                let slack = prepared.slack(dimension: dimension, exhaustive: exhaustive)
                ScanScratch.with { scratch in
                    forEachStep { rows in
                        store.scan(rows, query: prepared, slack: slack, scratch: scratch, top: &top)
                    }
                }
            }
            return top.sorted()
        }
    }

    /// `search` for each row of `queries`: rows are read from memory once for all queries.
    public func search(
        batch queries: UnsafeBufferPointer<Float>, limit: Int, minimumSimilarity: Float, exhaustive: Bool
    ) -> [[Neighbor]] {
        precondition(queries.count % dimension == 0, "a query has \(dimension) components")
        let queryCount = queries.count / dimension
        guard limit > 0, count > Self.directRows, queryCount > 1 else {
            return (0..<queryCount).map { index in
                search(
                    UnsafeBufferPointer(rebasing: queries[index * dimension..<(index + 1) * dimension]), limit: limit,
                    minimumSimilarity: minimumSimilarity, exhaustive: exhaustive)
            }
        }
        return PreparedQuery.with(batch: queries, dimension: dimension, stride: store.stride) { prepared in
            var tops = prepared.map { _ in TopNeighbors(limit: limit, minimumSimilarity: minimumSimilarity) }
            let slacks = prepared.map { $0.slack(dimension: dimension, exhaustive: exhaustive) }
            ScanScratch.with { scratch in
                forEachStep { rows in
                    for index in prepared.indices {
                        store.scan(
                            rows, query: prepared[index], slack: slacks[index], scratch: scratch, top: &tops[index])
                    }
                }
            }
            return tops.map { $0.sorted() }
        }
    }

    /// Calls `body` with all rows, in steps that a scan takes at once.
    @inline(__always)
    private func forEachStep(_ body: (Range<Int>) -> Void) {
        var row = 0
        while row < store.count {
            let end = min(row + ScanScratch.rows, store.count)
            body(row..<end)
            row = end
        }
    }
}

/// Makes a `FlatIndex` for each scope.
public struct FlatIndexFactory: VectorIndexFactory {
    private let isa: KernelISA

    /// A factory of indexes that run on `isa`.
    public init(isa: KernelISA = .active) { self.isa = isa }

    public func makeIndex(dimension: Int) -> any VectorIndex { FlatIndex(dimension: dimension, isa: isa) }
}
