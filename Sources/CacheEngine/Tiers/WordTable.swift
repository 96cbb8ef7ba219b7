/// Numbers found by 64-bit words that are spread evenly already (words of digests, random names): open addressing with
/// linear probing, 12 bytes a cell, at most three quarters of the cells taken.
///
/// A dictionary of the standard library holds the same and hashes each word with SipHash on the way; filling four of them
/// with a million entries took most of a start. A cell's place is the high bits of the word times an odd number that is
/// drawn for each table, so that nobody who can choose words (by trying prompts until their digests suit) can make them
/// meet. Every operation is O(1) expected; growth moves all cells at once, a few nanoseconds each.
struct WordTable {
    private struct Cell: BitwiseCopyable {
        var low: UInt32
        var high: UInt32
        /// `none` where the cell is free.
        var number: UInt32

        static let none = UInt32.max
        static let free = Cell(low: 0, high: 0, number: none)

        var isFree: Bool { number == Cell.none }
        var word: UInt64 { UInt64(high) << 32 | UInt64(low) }
    }

    private var cells: [Cell] = []
    /// Words that have a number.
    private(set) var count = 0
    private let multiplier: UInt64

    /// An empty table.
    init() { multiplier = UInt64.random(in: .min ... .max) | 1 }

    /// Bytes that the cells take.
    var memoryBytes: Int { cells.capacity * MemoryLayout<Cell>.stride }

    /// The number of `word`, or `nil`. Numbers are below `UInt32.max`.
    subscript(_ word: UInt64) -> UInt32? {
        get {
            guard let place = find(word).taken else { return nil }
            return cells[place].number
        }
        set {
            if let newValue { put(newValue, for: word) } else { remove(word) }
        }
    }

    /// Makes room for `wanted` words.
    mutating func reserve(_ wanted: Int) {
        let least = wanted + wanted / 3 + 1
        guard least > cells.count else { return }
        resize(max(16, 1 << (Int.bitWidth - (least - 1).leadingZeroBitCount)))
    }

    /// Sets the number of `word`; returns what it was.
    @discardableResult
    mutating func put(_ number: UInt32, for word: UInt64) -> UInt32? {
        precondition(number != Cell.none, "a table holds numbers below the largest")
        reserve(count + 1)
        let (taken, free) = find(word)
        if let taken {
            defer { cells[taken].number = number }
            return cells[taken].number
        }
        cells[free] = Cell(low: UInt32(truncatingIfNeeded: word), high: UInt32(word >> 32), number: number)
        count += 1
        return nil
    }

    /// Forgets `word`; returns what its number was.
    @discardableResult
    mutating func remove(_ word: UInt64) -> UInt32? {
        guard var gap = find(word).taken else { return nil }
        let number = cells[gap].number
        // Cells that were pushed past the gap move back into it: no marks of the dead are left to be searched through.
        let mask = cells.count - 1
        var next = (gap + 1) & mask
        while !cells[next].isFree {
            let distance = (next - home(cells[next].word)) & mask
            if distance >= (next - gap) & mask {
                cells[gap] = cells[next]
                gap = next
            }
            next = (next + 1) & mask
        }
        cells[gap] = .free
        count -= 1
        return number
    }

    private func home(_ word: UInt64) -> Int {
        // The high bits: those of a product depend on every bit of the word.
        Int((word &* multiplier) >> UInt64(64 - cells.count.trailingZeroBitCount))
    }

    /// Where `word` is, or else the cell that it would take.
    private func find(_ word: UInt64) -> (taken: Int?, free: Int) {
        guard !cells.isEmpty else { return (nil, 0) }
        var place = home(word)
        while !cells[place].isFree {
            if cells[place].word == word { return (place, place) }
            place = (place + 1) & (cells.count - 1)
        }
        return (nil, place)
    }

    private mutating func resize(_ wanted: Int) {
        let old = cells
        cells = Array(repeating: .free, count: wanted)
        for cell in old where !cell.isFree { cells[find(cell.word).free] = cell }
    }
}
