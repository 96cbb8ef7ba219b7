/// Which rows of a sparse store belong to which list: pages of 64 rows, each owned by one list.
///
/// All pages of a list but its last are full. A page that falls empty may serve another list.
struct PostingLists {
    /// Rows of a page: a block of one-bit codes.
    static let pageRows = BitPlane.blockRows

    var lists: [List]
    var owners: [UInt32] = []
    var freePages: [UInt32] = []
    /// No list after this one has rows.
    var lastUsed = -1

    struct List {
        var pages: [UInt32] = []
        var count = 0
    }

    init(count: Int) { lists = Array(repeating: List(), count: count) }

    var count: Int { lists.count }
    /// Rows from here on were never used.
    var rowLimit: Int { owners.count * Self.pageRows }
    var memoryBytes: Int {
        lists.capacity * MemoryLayout<List>.stride + owners.capacity * 4 + freePages.capacity * 4
            + lists.reduce(0) { $0 + ($1.pages.capacity > 0 ? 32 + $1.pages.capacity * 4 : 0) }
    }

    /// Rows of a list.
    func size(_ list: Int) -> Int { lists[list].count }

    /// The list of a row in use.
    func list(ofRow row: Int) -> Int { Int(owners[row / Self.pageRows]) }

    /// Takes the next row of `list`.
    mutating func append(to list: Int) -> Int {
        if lists[list].count == lists[list].pages.count * Self.pageRows { addPage(to: list) }
        lastUsed = max(lastUsed, list)
        let position = lists[list].count
        lists[list].count += 1
        return row(list, position)
    }

    /// The row that must move into the gap when a row of `list` is given back: the list's last. O(1).
    mutating func removeLast(of list: Int) -> Int {
        lists[list].count -= 1
        let last = row(list, lists[list].count)
        if lists[list].count % Self.pageRows == 0 { freePages.append(lists[list].pages.removeLast()) }
        return last
    }

    /// Some row in use, or `nil`. O(1) amortised while rows are only removed.
    mutating func anyRow() -> Int? {
        while lastUsed >= 0, lists[lastUsed].count == 0 { lastUsed -= 1 }
        return lastUsed < 0 ? nil : row(lastUsed, lists[lastUsed].count - 1)
    }

    /// Calls `body` with the rows of `list`, a page at a time.
    @inline(__always)
    func forEachPage(of list: Int, _ body: (Range<Int>) -> Void) {
        var left = lists[list].count
        lists[list].pages.withUnsafeBufferPointer { pages in
            for page in pages {
                let first = Int(page) * Self.pageRows
                body(first..<first + min(left, Self.pageRows))
                left -= Self.pageRows
            }
        }
    }

    private func row(_ list: Int, _ position: Int) -> Int {
        Int(lists[list].pages[position / Self.pageRows]) * Self.pageRows + position % Self.pageRows
    }

    private mutating func addPage(to list: Int) {
        if let page = freePages.popLast() {
            lists[list].pages.append(page)
            owners[Int(page)] = UInt32(list)
        } else {
            lists[list].pages.append(UInt32(owners.count))
            owners.append(UInt32(list))
        }
    }
}
