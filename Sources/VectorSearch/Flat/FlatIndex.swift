import CacheModel

/// All vectors of a scope in one list that every search looks through.
///
/// Vectors are kept as 8-bit rows: d bytes, rounded up to 16, and 16 at most for scale, slot and map. How they are
/// searched goes by their number (`FlatTuning`):
/// - few are compared in full precision, one by one;
/// - more by an integer scan of all rows, which finds those that can be among the best; only they are compared in full
///   precision. The same answer, but for a chance of about one in a million that a row on the very edge is missed;
/// - many also have sketches (20 bytes a row; see `SketchPlane`), and a scan of those finds the rows to compare. Where
///   64 directions hold too little of the vectors, one bit of each component (d/8 + 4 bytes a row) takes their place.
///   Either may miss a neighbour; `docs/search.md` has the measured recall.
/// `exhaustive` scans the 8-bit rows and leaves nothing to chance.
///
/// Rows lie densely: a removed row's place is taken by the last. Nothing is ever rebuilt at once: what is kept beside
/// the rows grows with each insertion.
public final class FlatIndex: VectorIndex, @unchecked Sendable {
    var store: RowStore
    private let tuning: FlatTuning
    /// Rows from the first on that have codes.
    var codedRows = 0

    /// An empty index for vectors of `dimension` components.
    public init(dimension: Int, tuning: FlatTuning = FlatTuning(), isa: KernelISA = .active) {
        store = RowStore(dimension: dimension, isa: isa)
        self.tuning = tuning
    }

    public var dimension: Int { store.dimension }
    public var count: Int { store.count }
    /// What the lists take, and this object itself.
    public var memoryBytes: Int { store.memoryBytes + Self.objectBytes }

    /// An object's header and its fields.
    private static let objectBytes = 16 + MemoryLayout<RowStore>.size + MemoryLayout<FlatTuning>.size + 8

    public func insert(_ vector: UnsafeBufferPointer<Float>, slot: UInt32) {
        precondition(vector.count == dimension, "a vector has \(dimension) components")
        precondition(store.row(of: slot) == nil, "slot \(slot) is in the index already")
        store.write(vector.baseAddress!, slot: slot, row: store.count)
        codeMore()
    }

    @discardableResult
    public func remove(slot: UInt32) -> Bool {
        guard let row = store.row(of: slot) else { return false }
        store.erase(row: row)
        let last = store.count
        if row != last {
            store.move(row: last, to: row)
            if last < codedRows {
                store.moveCode(row: last, to: row)
            } else if row < codedRows {
                store.encode(row: row)
            }
        }
        codedRows = min(codedRows, last)
        if store.hasCodes, last < tuning.codedRows / 2 {
            store.keepBits(nil)
            store.keepSketches(nil)
            codedRows = 0
        }
        if store.wantsTrim(rowLimit: last) { store.trim(rowLimit: last) }
        return true
    }

    /// Codes a few rows, until all are: faster than insertions add them, and never many at once.
    private func codeMore() {
        if !store.hasCodes {
            guard count >= tuning.codedRows else { return }
            beginCodes()
            guard store.hasCodes else { return }
        }
        let end = min(codedRows + 8, count)
        while codedRows < end {
            store.encode(row: codedRows)
            codedRows += 1
        }
    }

    /// Chooses how rows are coded: by sketches if the directions that a sample differs in most hold enough of it.
    private func beginCodes() {
        if let least = tuning.leastSketchEnergy,
            let basis = SketchBasis.learn(sample(SketchBasis.sampled, seed: UInt64(count))), basis.energy >= least
        {
            store.keepSketches(SketchPlane(basis: basis))
        } else {
            store.keepBits(Rotation.of(dimension: dimension))
        }
    }
}

// MARK: Searching

extension FlatIndex {
    public func search(
        _ query: UnsafeBufferPointer<Float>, limit: Int, minimumSimilarity: Float, exhaustive: Bool
    ) -> [Neighbor] {
        precondition(query.count == dimension, "a query has \(dimension) components")
        guard limit > 0, count > 0 else { return [] }
        return PreparedQuery.with(query.baseAddress!, dimension: dimension, stride: store.stride) { prepared in
            var top = TopNeighbors(limit: limit, minimumSimilarity: minimumSimilarity)
            if count <= tuning.directRows {
                store.scanDirectly(0..<count, query: prepared, top: &top)
            } else if !exhaustive, let plane = store.sketches {
                let search = SketchSearch(
                    prepared, basis: plane.basis, limit: limit, minimumSimilarity: minimumSimilarity)
                scanSketches(plane, [search])
                return search.finish(store, codedRows..<count)
            } else if !exhaustive, let bits = store.bits {
                scanBits(bits, query: prepared, top: &top)
                scanRows(codedRows..<count, query: prepared, exhaustive: false, top: &top)
            } else {
                scanRows(0..<count, query: prepared, exhaustive: exhaustive, top: &top)
            }
            return top.sorted()
        }
    }

    /// `search` for each row of `queries`: 8-bit rows and sketches are read from memory once for all queries.
    public func search(
        batch queries: UnsafeBufferPointer<Float>, limit: Int, minimumSimilarity: Float, exhaustive: Bool
    ) -> [[Neighbor]] {
        precondition(queries.count % dimension == 0, "a query has \(dimension) components")
        let queryCount = queries.count / dimension
        let usesBits = store.bits != nil && !exhaustive
        if !exhaustive, let plane = store.sketches, limit > 0, queryCount > 1 {
            return searchSketches(plane, batch: queries, limit: limit, minimumSimilarity: minimumSimilarity)
        }
        guard limit > 0, count > tuning.directRows, queryCount > 1, !usesBits else {
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
                forEachStep(0..<count, rows: ScanScratch.batchRows) { rows in
                    for index in prepared.indices {
                        store.scan(
                            rows, query: prepared[index], slack: slacks[index], scratch: scratch, top: &tops[index])
                    }
                }
            }
            return tops.map { $0.sorted() }
        }
    }

    private func scanRows(_ range: Range<Int>, query: PreparedQuery, exhaustive: Bool, top: inout TopNeighbors) {
        guard !range.isEmpty else { return }
        let slack = query.slack(dimension: dimension, exhaustive: exhaustive)
        ScanScratch.with { scratch in
            forEachStep(range, rows: ScanScratch.rows) { rows in
                store.scan(rows, query: query, slack: slack, scratch: scratch, top: &top)
            }
        }
    }

    /// Shows all searches the sketches, a piece at a time that stays in the cache for them, until none has to look again.
    private func scanSketches(_ plane: SketchPlane, _ searches: [SketchSearch]) {
        var open = searches
        while !open.isEmpty {
            forEachStep(0..<codedRows, rows: ScanScratch.rows) { rows in
                for search in open { search.scan(rows, of: store, plane: plane) }
            }
            open = open.filter { $0.endScan(store) }
        }
    }

    private func searchSketches(
        _ plane: SketchPlane, batch queries: UnsafeBufferPointer<Float>, limit: Int, minimumSimilarity: Float
    ) -> [[Neighbor]] {
        PreparedQuery.with(batch: queries, dimension: dimension, stride: store.stride) { prepared in
            let searches = prepared.map {
                SketchSearch($0, basis: plane.basis, limit: limit, minimumSimilarity: minimumSimilarity)
            }
            scanSketches(plane, searches)
            return searches.map { $0.finish(store, codedRows..<count) }
        }
    }

    private func scanBits(_ bits: BitPlane, query: PreparedQuery, top: inout TopNeighbors) {
        let rotation = bits.rotation
        BitQuery.with(query.floats, dimension: dimension, rotation: rotation) { codes in
            Survivors.with(
                keep: tuning.survivors(of: count, limit: top.limit), rotatedDimension: rotation.rotatedDimension,
                minimumSimilarity: top.minimumSimilarity
            ) { survivors in
                // The first rows pass unless there is a threshold; what is found among them rules out the others.
                let few = min(codedRows, 2 * BitPlane.blockRows)
                survivors.scan(0..<few, of: store, bits: bits, query: query, codes: codes, top: &top)
                forEachStep(few..<codedRows, rows: ScanScratch.rows) { rows in
                    survivors.scan(rows, of: store, bits: bits, query: query, codes: codes, top: &top)
                }
                survivors.settle(store, query: query, top: &top)
            }
        }
    }

    /// Calls `body` with the rows of `range`, `rows` of them at a time.
    @inline(__always)
    private func forEachStep(_ range: Range<Int>, rows: Int, _ body: (Range<Int>) -> Void) {
        var row = range.lowerBound
        while row < range.upperBound {
            let end = min(row + rows, range.upperBound)
            body(row..<end)
            row = end
        }
    }
}

// MARK: Moving to another index

extension FlatIndex: MovableIndex {
    func removeSome(_ body: (UnsafeBufferPointer<Float>, UInt32) -> Void) -> Bool {
        guard count > 0 else { return false }
        let slot = store.slot(count - 1)
        store.withFloats(row: count - 1, padded: dimension) { body(UnsafeBufferPointer($0), slot) }
        return remove(slot: slot)
    }

    func sample(_ wanted: Int, seed: UInt64) -> VectorSample {
        var sample = VectorSample(dimension: dimension, stride: store.stride, capacity: min(wanted, count))
        var generator = SplitMix(state: seed)
        let chance = Double(wanted) / Double(max(1, count))
        for row in 0..<count where generator.uniform() < chance && sample.count < wanted {
            sample.append(codes: store.codes(row: row), scale: store.scale(row: row))
        }
        return sample
    }
}

/// From which number of vectors on a `FlatIndex` searches in which way. The defaults are measured (`docs/search.md`).
public struct FlatTuning: Sendable, Equatable {
    /// The largest number that is compared one by one.
    public var directRows = 16
    /// The least number that is scanned by codes; they are dropped again below half of it.
    public var codedRows = 8192
    /// The least share of the vectors that 64 directions must hold for rows to be coded by sketches, in [0, 1]; `nil` for
    /// one bit a component always.
    public var leastSketchEnergy: Float? = 0.5
    /// Rows that are compared after a scan of one-bit codes, for each neighbour wanted up to eight.
    public var survivors = 200

    /// The measured defaults.
    public init() {}

    /// How many rows to compare when `limit` neighbours among `count` vectors are wanted.
    func survivors(of count: Int, limit: Int) -> Int {
        max(survivors, 8 * limit)
    }
}

/// Makes a `FlatIndex` for each scope.
public struct FlatIndexFactory: VectorIndexFactory {
    let tuning: FlatTuning
    let isa: KernelISA

    /// A factory of indexes that run on `isa`.
    public init(tuning: FlatTuning = FlatTuning(), isa: KernelISA = .active) {
        self.tuning = tuning
        self.isa = isa
    }

    public func makeIndex(dimension: Int) -> any VectorIndex {
        FlatIndex(dimension: dimension, tuning: tuning, isa: isa)
    }
}
