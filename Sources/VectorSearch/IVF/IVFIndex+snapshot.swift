import CacheModel

extension IVFIndex {
    public func encode(into bytes: inout SnapshotBytes) {
        centroids.rows.encode(into: &bytes)
        lists.encode(into: &bytes)
        store.encode(rowLimit: lists.rowLimit, codedRows: store.bits == nil ? 0 : lists.rowLimit, into: &bytes)
    }

    /// An index as it wrote itself down.
    convenience init(
        dimension: Int, tuning: IVFTuning, isa: KernelISA, from cursor: inout SnapshotCursor
    ) throws(SnapshotProblem) {
        let rows = try VectorSample(dimension: dimension, from: &cursor)
        guard rows.count > 0 else { throw .damaged }
        self.init(centroids: Centroids(rows: rows), tuning: tuning, isa: isa)
        let lists = try PostingLists(count: rows.count, from: &cursor)
        let read = try store.decode(from: &cursor) { (limit) throws(SnapshotProblem) in
            guard limit == lists.rowLimit else { throw .damaged }
            return lists.liveRows
        }
        guard read.codedRows == (tuning.usesBits ? read.rowLimit : 0) else { throw .damaged }
        self.lists = lists
    }
}

extension VectorSample {
    /// Writes the sample down.
    func encode(into bytes: inout SnapshotBytes) {
        bytes.append(counted: codes)
        bytes.append(counted: scales)
    }

    /// A sample as it wrote itself down.
    init(dimension: Int, from cursor: inout SnapshotCursor) throws(SnapshotProblem) {
        let stride = (dimension + 15) / 16 * 16
        let codes = try cursor.array(of: UInt8.self)
        let scales = try cursor.array(of: Float.self)
        guard codes.count == scales.count * stride else { throw .damaged }
        self.init(dimension: dimension, stride: stride, codes: codes, scales: scales)
    }
}

extension PostingLists {
    /// Writes down which pages belong to whom.
    func encode(into bytes: inout SnapshotBytes) {
        bytes.append(counted: owners)
        bytes.append(counted: freePages)
        for list in lists {
            bytes.append(UInt64(list.count))
            bytes.append(counted: list.pages)
        }
    }

    /// The lists as they wrote themselves down: no page belongs to two, and none is out of bounds.
    init(count: Int, from cursor: inout SnapshotCursor) throws(SnapshotProblem) {
        self.init(count: count)
        owners = try cursor.array(of: UInt32.self)
        freePages = try cursor.array(of: UInt32.self)
        var isTaken = [Bool](repeating: false, count: owners.count)
        func take(_ page: UInt32) throws(SnapshotProblem) {
            guard page < isTaken.count, !isTaken[Int(page)] else { throw .damaged }
            isTaken[Int(page)] = true
        }
        for page in freePages { try take(page) }
        for list in 0..<count {
            let rows = try cursor.count(upTo: rowLimit)
            let pages = try cursor.array(of: UInt32.self)
            guard pages.count == (rows + Self.pageRows - 1) / Self.pageRows else { throw .damaged }
            for page in pages {
                try take(page)
                guard owners[Int(page)] == list else { throw .damaged }
            }
            lists[list] = List(pages: pages, count: rows)
            if rows > 0 { lastUsed = list }
        }
    }

    /// The rows in use.
    var liveRows: [Range<Int>] {
        var ranges: [Range<Int>] = []
        ranges.reserveCapacity(owners.count)
        for list in lists.indices { forEachPage(of: list) { ranges.append($0) } }
        return ranges
    }
}
