import CacheModel

/// Writes RESP replies: version 3's types where the client asked for them, else their version 2 counterparts.
struct RESPWriter {
    /// What was written so far.
    private(set) var bytes: [UInt8] = []
    /// 2 or 3.
    let version: Int

    init(version: Int, reserving capacity: Int = 64) {
        self.version = version
        bytes.reserveCapacity(capacity)
    }

    /// `+OK`.
    mutating func status(_ text: StaticString) {
        bytes.append(UInt8(ascii: "+"))
        text.withUTF8Buffer { bytes.append(contentsOf: $0) }
        endLine()
    }

    /// An error: an upper-case code and words. Line ends in them become spaces.
    mutating func error(_ code: String = "ERR", _ message: String) {
        bytes.append(UInt8(ascii: "-"))
        bytes.append(contentsOf: code.utf8)
        bytes.append(UInt8(ascii: " "))
        bytes.append(contentsOf: message.utf8.lazy.map { $0 < 0x20 ? 0x20 : $0 })
        endLine()
    }

    /// An integer.
    mutating func integer(_ value: Int) { line(":", value) }

    /// A string.
    mutating func bulk(_ text: String) {
        line("$", text.utf8.count)
        bytes.append(contentsOf: text.utf8)
        endLine()
    }

    /// A word of ours.
    mutating func bulk(word: StaticString) {
        line("$", word.utf8CodeUnitCount)
        bytes.append(contentsOf: UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount))
        endLine()
    }

    /// An entry's name.
    mutating func bulk(_ id: EntryID) {
        line("$", 26)
        id.append(to: &bytes)
        endLine()
    }

    /// Bytes.
    mutating func bulk(_ content: some Collection<UInt8>) {
        line("$", content.count)
        bytes.append(contentsOf: content)
        endLine()
    }

    /// A number with at most six decimal places: RESP3's double, or a string.
    mutating func figure(_ value: Double) {
        if version >= 3 {
            bytes.append(UInt8(ascii: ","))
            appendFigure(value)
            endLine()
        } else {
            let mark = bytes.count
            // Figures are short: their length is one digit, and seldom two.
            bytes.append(UInt8(ascii: "$"))
            bytes.append(0)
            endLine()
            appendFigure(value)
            let count = bytes.count - mark - 4
            if count < 10 {
                bytes[mark + 1] = 0x30 + UInt8(count)
            } else {
                var digits: [UInt8] = []
                DecimalText.append(count, to: &digits)
                bytes.replaceSubrange(mark + 1..<mark + 2, with: digits)
            }
            endLine()
        }
    }

    private mutating func appendFigure(_ value: Double) {
        if !DecimalText.append(value, places: 6, to: &bytes) { bytes.append(contentsOf: "\(value)".utf8) }
    }

    /// A truth value: RESP3's boolean, or 1 and 0.
    mutating func bool(_ value: Bool) {
        if version >= 3 {
            bytes.append(contentsOf: (value ? "#t" : "#f").utf8)
            endLine()
        } else {
            integer(value ? 1 : 0)
        }
    }

    /// Nothing.
    mutating func null() {
        bytes.append(contentsOf: (version >= 3 ? "_" : "$-1").utf8)
        endLine()
    }

    /// The head of an array of `count` values, which must follow.
    mutating func array(_ count: Int) { line("*", count) }

    /// A map whose pairs `body` writes: RESP3's map, or a flat array of names and values.
    mutating func map(_ body: (inout RESPMap) -> Void) {
        // How many there are is known when all are written: the head is put in its place then. Nearly every map takes a
        // head of two digits, so that nothing has to move.
        let mark = bytes.count
        bytes.append(version >= 3 ? UInt8(ascii: "%") : UInt8(ascii: "*"))
        bytes.append(0)
        bytes.append(0)
        endLine()
        var map = RESPMap(writer: self)
        bytes = []
        body(&map)
        let count = version >= 3 ? map.count : map.count * 2
        swap(&self, &map.writer)
        if (10...99).contains(count) {
            bytes[mark + 1] = 0x30 + UInt8(count / 10)
            bytes[mark + 2] = 0x30 + UInt8(count % 10)
        } else {
            var digits: [UInt8] = []
            DecimalText.append(count, to: &digits)
            bytes.replaceSubrange(mark + 1..<mark + 3, with: digits)
        }
    }

    private mutating func line(_ type: Unicode.Scalar, _ value: Int) {
        bytes.append(UInt8(ascii: type))
        DecimalText.append(value, to: &bytes)
        endLine()
    }

    private mutating func endLine() {
        bytes.append(0x0D)
        bytes.append(0x0A)
    }
}

/// The pairs of a map reply.
struct RESPMap {
    fileprivate(set) var writer: RESPWriter
    private(set) var count = 0

    fileprivate init(writer: RESPWriter) { self.writer = writer }

    mutating func id(_ name: StaticString, _ value: EntryID) {
        begin(name)
        writer.bulk(value)
    }

    mutating func text(_ name: StaticString, _ value: String) {
        begin(name)
        writer.bulk(value)
    }

    mutating func integer(_ name: StaticString, _ value: Int) {
        begin(name)
        writer.integer(value)
    }

    mutating func figure(_ name: StaticString, _ value: Double) {
        begin(name)
        writer.figure(value)
    }

    mutating func bytes(_ name: StaticString, _ value: [UInt8]) {
        begin(name)
        writer.bulk(value)
    }

    mutating func texts(_ name: StaticString, _ values: [String]) {
        begin(name)
        writer.array(values.count)
        for value in values { writer.bulk(value) }
    }

    /// An object as its JSON text.
    mutating func json(_ name: StaticString, _ body: (inout JSONWriter) -> Void) {
        begin(name)
        var json = JSONWriter()
        json.object(body)
        writer.bulk(json.bytes)
    }

    private mutating func begin(_ name: StaticString) {
        count += 1
        writer.bulk(word: name)
    }
}
