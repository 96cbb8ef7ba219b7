import CKernels
import CacheModel

/// An inverted file (J. Sivic, A. Zisserman, 2003): each vector lies in the list of its nearest centroid, and a search
/// looks through the lists whose centroids are nearest to the query.
///
/// It looks through `nprobe` lists at most, and through fewer where the best neighbours found, or the threshold, leave
/// the others no chance. Let v be a vector of similarity s or more, so at a distance of √(2 - 2s) or less from the query
/// q. If v lies in list j, its centroid c_j is nearer to v than the query's nearest centroid c is, so
/// ⟨q, c - c_j⟩ ≤ ⟨q - v, c - c_j⟩ ≤ √(2 - 2s) · |c - c_j|. That bound holds for the worst direction; directions are
/// seldom the worst, so a list is passed over when its centroid is `reach` · √(2 - 2s) less similar to the query than
/// the nearest is. A near-duplicate so costs two or three lists.
///
/// `exhaustive` looks through all lists.
public final class IVFIndex: VectorIndex, @unchecked Sendable {
    var store: RowStore
    var lists: PostingLists
    let centroids: Centroids
    /// How it searches; `usesBits` is settled at the start.
    public var tuning: IVFTuning

    /// An empty index of as many lists as there are centroids (at least one).
    public init(centroids: Centroids, tuning: IVFTuning = IVFTuning(), isa: KernelISA = .active) {
        precondition(centroids.count > 0, "an inverted file needs a centroid")
        self.centroids = centroids
        self.tuning = tuning
        lists = PostingLists(count: centroids.count)
        store = RowStore(dimension: centroids.dimension, isa: isa, isSparse: true)
        if tuning.usesBits { store.keepBits(Rotation.of(dimension: centroids.dimension)) }
    }

    public var dimension: Int { store.dimension }
    public var count: Int { store.count }
    /// What rows, lists and centroids take.
    public var memoryBytes: Int { store.memoryBytes + lists.memoryBytes + centroids.rows.memoryBytes + 256 }
    /// The number of lists.
    public var nlist: Int { lists.count }
    /// The number of lists that a search looks through at most.
    public var nprobe: Int { tuning.probes(of: nlist) }
    /// The largest list's size.
    public var largestList: Int { (0..<nlist).reduce(0) { max($0, lists.size($1)) } }

    public func insert(_ vector: UnsafeBufferPointer<Float>, slot: UInt32) {
        precondition(vector.count == dimension, "a vector has \(dimension) components")
        precondition(store.row(of: slot) == nil, "slot \(slot) is in the index already")
        let row = lists.append(to: nearestList(vector.baseAddress!))
        store.write(vector.baseAddress!, slot: slot, row: row)
        store.encode(row: row)
    }

    @discardableResult
    public func remove(slot: UInt32) -> Bool {
        guard let row = store.row(of: slot) else { return false }
        remove(row: row)
        return true
    }

    private func remove(row: Int) {
        store.erase(row: row)
        let last = lists.removeLast(of: lists.list(ofRow: row))
        guard row != last else { return }
        store.move(row: last, to: row)
        store.moveCode(row: last, to: row)
    }

    /// The list of the nearest centroid.
    private func nearestList(_ vector: UnsafePointer<Float>) -> Int {
        PreparedQuery.with(vector, dimension: dimension, stride: store.stride) { query in
            withCentroidSimilarities(query) { similarities in
                var best = 0
                for list in 1..<max(1, nlist) where similarities[list] > similarities[best] { best = list }
                return best
            }
        }
    }

    private func withCentroidSimilarities<Result>(
        _ query: PreparedQuery, _ body: (UnsafeMutablePointer<Float>) -> Result
    ) -> Result {
        withUnsafeTemporaryAllocation(of: Int32.self, capacity: nlist) { dots in
            withUnsafeTemporaryAllocation(of: Float.self, capacity: nlist) { similarities in
                deja_i8_dots(
                    store.isa.rawValue, centroids.rows.codes, centroids.rows.stride, nlist, query.bytes,
                    dots.baseAddress!)
                deja_i8_scale(
                    dots.baseAddress!, centroids.rows.scales, nlist, query.byteScale, similarities.baseAddress!)
                return body(similarities.baseAddress!)
            }
        }
    }
}

// MARK: Searching

extension IVFIndex {
    public func search(
        _ query: UnsafeBufferPointer<Float>, limit: Int, minimumSimilarity: Float, exhaustive: Bool
    ) -> [Neighbor] {
        precondition(query.count == dimension, "a query has \(dimension) components")
        guard limit > 0, count > 0 else { return [] }
        return PreparedQuery.with(query.baseAddress!, dimension: dimension, stride: store.stride) { prepared in
            var top = TopNeighbors(limit: limit, minimumSimilarity: minimumSimilarity)
            if exhaustive {
                scanRows(
                    prepared, probing: 0..<nlist, slack: prepared.slack(dimension: dimension, exhaustive: true), &top)
            } else {
                probe(prepared, &top)
            }
            return top.sorted()
        }
    }

    public func search(
        batch queries: UnsafeBufferPointer<Float>, limit: Int, minimumSimilarity: Float, exhaustive: Bool
    ) -> [[Neighbor]] {
        precondition(queries.count % dimension == 0, "a query has \(dimension) components")
        return stride(from: 0, to: queries.count, by: dimension).map { first in
            search(
                UnsafeBufferPointer(rebasing: queries[first..<first + dimension]), limit: limit,
                minimumSimilarity: minimumSimilarity, exhaustive: exhaustive)
        }
    }

    /// Looks through the nearest lists: a few first, then those that what was found there leaves in reach.
    private func probe(_ query: PreparedQuery, _ top: inout TopNeighbors) {
        withCentroidSimilarities(query) { similarities in
            var order = NearestLists(similarities, count: nlist, limit: nprobe)
            guard let bits = store.bits else {
                let slack = query.slack(dimension: dimension, exhaustive: false)
                while let list = order.next(within: tuning.effectiveReach * Self.distance(top.floor)) {
                    scanRows(query, probing: list..<list + 1, slack: slack, &top)
                }
                return
            }
            BitQuery.with(query.floats, dimension: dimension, rotation: bits.rotation) { codes in
                Survivors.with(
                    keep: max(tuning.survivors, 8 * top.limit), rotatedDimension: bits.rotation.rotatedDimension,
                    minimumSimilarity: top.minimumSimilarity
                ) { survivors in
                    while let list = order.next(within: tuning.effectiveReach * Self.distance(top.floor)) {
                        // A list's pages lie anywhere: fetched one after another, most of the time is spent waiting.
                        lists.forEachPage(of: list) { bits.prefetch($0) }
                        lists.forEachPage(of: list) { rows in
                            survivors.scan(rows, of: store, bits: bits, query: query, codes: codes, top: &top)
                        }
                        // What the nearest lists hold tells how far to go on.
                        if order.isAtMark { survivors.compareBest(store, query: query, top: &top) }
                    }
                    survivors.settle(store, query: query, top: &top)
                }
            }
        }
    }

    private func scanRows(_ query: PreparedQuery, probing: Range<Int>, slack: Float, _ top: inout TopNeighbors) {
        ScanScratch.with { scratch in
            for list in probing {
                lists.forEachPage(of: list) { rows in
                    store.scan(rows, query: query, slack: slack, scratch: scratch, top: &top)
                }
            }
        }
    }

    /// The distance of unit vectors of this similarity.
    private static func distance(_ similarity: Float) -> Float { (2 - 2 * max(-1, min(1, similarity))).squareRoot() }
}

// MARK: Moving to another index

extension IVFIndex: MovableIndex {
    func removeSome(_ body: (UnsafeBufferPointer<Float>, UInt32) -> Void) -> Bool {
        guard let row = lists.anyRow() else { return false }
        store.withFloats(row: row, padded: dimension) { body(UnsafeBufferPointer($0), store.slot(row)) }
        remove(row: row)
        return true
    }

    func sample(_ wanted: Int, seed: UInt64) -> VectorSample {
        var sample = VectorSample(dimension: dimension, stride: store.stride, capacity: min(wanted, count))
        var generator = SplitMix(state: seed)
        // Each page in use gives as many of its rows as its share.
        let chance = Double(wanted) / Double(max(1, count))
        for list in 0..<nlist {
            lists.forEachPage(of: list) { rows in
                for row in rows where generator.uniform() < chance && sample.count < wanted {
                    sample.append(codes: store.codes(row: row), scale: store.scale(row: row))
                }
            }
        }
        return sample
    }
}
