import CKernels
import CacheModel

/// One search through sketches: the rows that they leave are collected, and compared once the scan is over.
///
/// How many rows a scan leaves hangs on the similarity that they must reach, and that is not known before the neighbours
/// are. So the first scan supposes that they are near (a cache is asked for what it holds, in other words). If they are
/// not, a second scan demands what the best of those that the first one left do reach: they are mostly the neighbours
/// themselves, or nearly as near. Two scans that leave little take less than one that begins knowing nothing.
///
/// Now and then the most promising are compared at once: what they reach rules out others, and more of the rows still to
/// come. Rows are compared in the order that they lie in.
final class SketchSearch {
    private var query: SketchQuery
    private let prepared: PreparedQuery
    /// What neighbours must reach, as far as is known.
    private var minimumSimilarity: Float
    private var top: TopNeighbors
    /// How far an integer dot product may be off.
    private let slack: Float
    /// What the scan supposes that all neighbours reach.
    private var guess: Float
    private var count = 0
    /// The number at which the best are compared: twice what the last time left.
    private var patience = SketchSearch.leastPatience
    private let rows: UnsafeMutablePointer<UInt32>
    private let products: UnsafeMutablePointer<Int32>

    private static let leastPatience = 32
    /// Rows that are collected at most before they are compared.
    private static let room = 4096
    /// What is supposed one after another as long as there are too few neighbours to go by.
    private static let guesses: [Float] = [0.9, 0.7, 0.5]

    /// A search for `prepared` through sketches on `basis`. Valid as long as `prepared`.
    init(_ prepared: PreparedQuery, basis: SketchBasis, limit: Int, minimumSimilarity: Float) {
        self.prepared = prepared
        self.minimumSimilarity = minimumSimilarity
        slack = prepared.slack(dimension: basis.dimension, exhaustive: false)
        guess = max(minimumSimilarity, Self.guesses[0])
        query = SketchQuery(prepared.floats, basis: basis, minimumSimilarity: guess)
        top = TopNeighbors(limit: limit, minimumSimilarity: minimumSimilarity)
        rows = .allocate(capacity: Self.room + ScanScratch.rows)
        products = .allocate(capacity: Self.room + ScanScratch.rows)
    }

    deinit {
        rows.deallocate()
        products.deallocate()
    }

    /// Scans `range` (at most `ScanScratch.rows` rows, from a block's first on).
    func scan(_ range: Range<Int>, of store: borrowing RowStore, plane: SketchPlane) {
        count += withUnsafePointer(to: query.prepared) { prepared in
            withUnsafePointer(to: query.demand) { demand in
                plane.scan(
                    range, query: prepared, demand: demand, isa: store.isa, rows: rows + count,
                    products: products + count)
            }
        }
        guard count > patience else { return }
        compareBest(store)
        if count > Self.room { compare(0..<count, store) }
        patience = max(Self.leastPatience, min(2 * count, Self.room))
    }

    /// Ends a scan by comparing what it left; returns whether another is needed, which supposes less.
    func endScan(_ store: borrowing RowStore) -> Bool {
        compareBest(store)
        compare(0..<count, store)
        patience = Self.leastPatience
        guard guess > minimumSimilarity, top.floor < guess else { return false }
        if top.isFull {
            // So many are that near for certain: the scan that demands it leaves nothing out, and is the last.
            guess = top.floor
            minimumSimilarity = guess
        } else {
            guess = max(minimumSimilarity, Self.guesses.first { $0 < guess } ?? -1)
        }
        // What was found is found again.
        top = TopNeighbors(limit: top.limit, minimumSimilarity: minimumSimilarity)
        query.demand(guess)
        return true
    }

    /// Compares `others` directly, rows that have no sketch yet. Returns the neighbours, best first.
    func finish(_ store: borrowing RowStore, _ others: Range<Int>) -> [Neighbor] {
        store.scanDirectly(others, query: prepared, top: &top)
        return top.sorted()
    }

    /// Compares the most promising few, and drops whom that leaves no chance.
    private func compareBest(_ store: borrowing RowStore) {
        let few = min(top.limit, count)
        guard few > 0 else { return }
        guard few <= Self.leastPatience else { return compare(0..<count, store) }
        let floor = top.floor
        for place in 0..<few { bringForward(place) }
        let compared = count
        count = 0
        compareRows(0..<few, store)
        if top.floor > floor { query.demand(max(guess, top.floor)) }
        for index in few..<compared {
            // Without a branch that nobody could foresee.
            let product = products[index]
            rows[count] = rows[index]
            products[count] = product
            count += query.headroom(product) >= 0 ? 1 : 0
        }
    }

    /// Brings the most promising of those from `place` on to `place`.
    private func bringForward(_ place: Int) {
        var (best, most) = (place, query.headroom(products[place]))
        for index in place..<count {
            let headroom = query.headroom(products[index])
            if headroom > most { (best, most) = (index, headroom) }
        }
        (rows[place], rows[best]) = (rows[best], rows[place])
        (products[place], products[best]) = (products[best], products[place])
    }

    private func compare(_ range: Range<Int>, _ store: borrowing RowStore) {
        let floor = top.floor
        compareRows(range, store)
        count = 0
        if top.floor > floor { query.demand(max(guess, top.floor)) }
    }

    private func compareRows(_ range: Range<Int>, _ store: borrowing RowStore) {
        store.offer(rows + range.lowerBound, count: range.count, query: prepared, slack: slack, top: &top)
    }
}
