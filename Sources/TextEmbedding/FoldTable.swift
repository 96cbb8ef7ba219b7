/// How each code point folds and what kind of character it is, from the generated tables.
///
/// The tables are part of the tokeniser's version: a new Unicode version never changes how a shipped model reads a
/// text. Folding takes the compatibility form, drops Latin, Greek, Cyrillic, Hebrew and Arabic marks, and lowers case;
/// each code point folds by itself, so a text folds the same in whatever pieces it comes.
struct FoldTable: Sendable {
    /// The class of a folded character. The raw values are bits, so that two can be asked for at once.
    enum Class {
        static let other: UInt8 = 0
        static let letter: UInt8 = 1
        static let digit: UInt8 = 2
        static let ideograph: UInt8 = 4
        static let symbol: UInt8 = 8
        static let apostrophe: UInt8 = 16
        static let joiner: UInt8 = 32
        static let word: UInt8 = letter | digit
    }

    static let shared = FoldTable()

    /// The folded byte and the class of that byte, for ASCII.
    let asciiFolds: [UInt8]
    let asciiClasses: [UInt8]
    private let runs: [(first: UInt32, kind: UInt8)]
    private let pages: [UInt16]  // of 256 code points each, 0: nothing folds there
    private let entries: [UInt32]  // 0: as it is; below 0x200000: the target; else the sequence number
    private let sequences: [[UInt32]]
    private let commonKinds: [UInt8]  // classes of the first 65,536 code points

    private init() {
        let runs = Self.readRuns()
        var pages = [UInt16](repeating: 0, count: 0x1100)
        var entries = [UInt32](repeating: 0, count: 256)
        var sequences: [[UInt32]] = []
        func put(_ code: Int, _ value: UInt32) {
            if pages[code >> 8] == 0 {
                pages[code >> 8] = UInt16(entries.count >> 8)
                entries += [UInt32](repeating: 0, count: 256)
            }
            entries[Int(pages[code >> 8]) << 8 | code & 255] = value
        }
        Self.readFolds { first, count, targets in
            if count > 0 {
                for i in 0..<count { put(first + i, targets[0] + UInt32(i)) }
            } else {
                put(first, 0x20_0000 + UInt32(sequences.count))
                sequences.append(targets)
            }
        }
        var kinds = [UInt8](repeating: 0, count: 0x10000)
        for (i, run) in runs.enumerated() where run.first < 0x10000 {
            let end = i + 1 < runs.count ? min(runs[i + 1].first, 0x10000) : 0x10000
            for code in run.first..<end { kinds[Int(code)] = run.kind }
        }
        self.runs = runs
        self.pages = pages
        self.entries = entries
        self.sequences = sequences
        commonKinds = kinds
        asciiFolds = (0..<128).map { code in
            let entry = entries[Int(pages[0]) << 8 | code]
            return entry == 0 ? UInt8(code) : UInt8(entry)
        }
        asciiClasses = asciiFolds.map { kinds[Int($0)] }
    }

    /// Calls `body` with each code point that `code` folds to, most often one.
    @inline(__always)
    func fold(_ code: UInt32, _ body: (UInt32) -> Void) {
        let entry = entries[Int(pages[Int(code >> 8)]) << 8 | Int(code & 255)]
        if entry == 0 {
            body(code)
        } else if entry < 0x20_0000 {
            body(entry)
        } else {
            for target in sequences[Int(entry - 0x20_0000)] { body(target) }
        }
    }

    /// The class of a folded code point.
    @inline(__always)
    func kind(_ code: UInt32) -> UInt8 {
        if code < 0x10000 { return commonKinds[Int(code)] }
        var low = 0, high = runs.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if runs[middle].first <= code { low = middle } else { high = middle }
        }
        return runs[low].kind
    }

    // MARK: Reading the generated text

    private static let kinds: [UInt8: UInt8] = [
        UInt8(ascii: "o"): Class.other, UInt8(ascii: "l"): Class.letter, UInt8(ascii: "d"): Class.digit,
        UInt8(ascii: "c"): Class.ideograph, UInt8(ascii: "s"): Class.symbol, UInt8(ascii: "a"): Class.apostrophe,
        UInt8(ascii: "j"): Class.joiner,
    ]

    private static func readRuns() -> [(first: UInt32, kind: UInt8)] {
        words(of: classRuns).map { word in (hexadecimal(word.dropLast()), kinds[word.last!]!) }
    }

    private static func readFolds(_ body: (_ first: Int, _ count: Int, _ targets: [UInt32]) -> Void) {
        for word in words(of: folds) {
            let colon = word.firstIndex(of: UInt8(ascii: ":"))!
            let targets = word[(colon + 1)...].split(separator: UInt8(ascii: ",")).map(hexadecimal)
            let head = word[..<colon].split(separator: UInt8(ascii: "-")).map(hexadecimal)
            body(Int(head[0]), head.count > 1 ? Int(head[1]) : 0, targets)
        }
    }

    private static func words(of text: StaticString) -> [ArraySlice<UInt8>] {
        Array(UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)).split { $0 <= 32 }
    }

    private static func hexadecimal(_ digits: ArraySlice<UInt8>) -> UInt32 {
        digits.reduce(0) { $0 << 4 | UInt32($1 < 0x3A ? $1 - 0x30 : $1 - 0x57) }
    }
}
