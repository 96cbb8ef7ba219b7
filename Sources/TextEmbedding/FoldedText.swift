/// A text after folding: bytes, the class of each byte's character, and where each came from.
///
/// Invalid UTF-8 becomes U+FFFD, one for each maximal part (Unicode, chapter 3.9), which separates words.
struct FoldedText {
    /// Folded UTF-8.
    private(set) var bytes: [UInt8]
    /// The class of the character that each byte belongs to.
    private(set) var classes: [UInt8]
    /// The first byte of the source character of each folded byte, and the source's length; `nil`: the same place.
    private(set) var origins: [UInt32]?

    /// Folds `source`. O(n); pure ASCII takes a pass of table look-ups.
    init(_ source: UnsafeBufferPointer<UInt8>, keepingOrigins: Bool) {
        let table = FoldTable.shared
        bytes = []
        classes = []
        let ascii = Self.asciiPrefix(source)
        let length = source.count
        if ascii == length {
            bytes = [UInt8](unsafeUninitializedCapacity: length) { out, count in
                table.asciiFolds.withUnsafeBufferPointer { folds in
                    for i in 0..<length { out[i] = folds[Int(source[i])] }
                }
                count = length
            }
            classes = [UInt8](unsafeUninitializedCapacity: length) { out, count in
                table.asciiClasses.withUnsafeBufferPointer { kinds in
                    for i in 0..<length { out[i] = kinds[Int(source[i])] }
                }
                count = length
            }
            return
        }
        bytes.reserveCapacity(length + 16)
        classes.reserveCapacity(length + 16)
        if keepingOrigins {
            origins = []
            origins!.reserveCapacity(length + 17)
        }
        foldUnicode(source, table)
        origins?.append(UInt32(clamping: length))
    }

    private mutating func foldUnicode(_ source: UnsafeBufferPointer<UInt8>, _ table: FoldTable) {
        var position = 0
        while position < source.count {
            let (code, next) = Self.decode(source, position)
            table.fold(code) { folded in
                let before = bytes.count
                Self.encode(folded, &bytes)
                let kind = table.kind(folded)
                for _ in before..<bytes.count {
                    classes.append(kind)
                    origins?.append(UInt32(clamping: position))
                }
            }
            position = next
        }
    }

    /// The source bytes that folded to the bytes of `range`.
    func source(of range: Range<Int>, length: Int) -> Range<Int> {
        guard let origins else { return range }
        let start = Int(origins[range.lowerBound])
        // The end is where the next source character starts.
        var end = range.upperBound
        while end < origins.count - 1, end > range.lowerBound, origins[end] == origins[end - 1] { end += 1 }
        return start..<max(start, Int(origins[end]))
    }

    private static func asciiPrefix(_ source: UnsafeBufferPointer<UInt8>) -> Int {
        var i = 0
        let raw = UnsafeRawBufferPointer(source)
        while i + 8 <= raw.count {
            if raw.loadUnaligned(fromByteOffset: i, as: UInt64.self) & 0x8080_8080_8080_8080 != 0 { break }
            i += 8
        }
        while i < raw.count, raw[i] < 0x80 { i += 1 }
        return i
    }

    /// The code point at `position`, U+FFFD for a maximal invalid part, and the position after it.
    static func decode(_ text: UnsafeBufferPointer<UInt8>, _ position: Int) -> (code: UInt32, next: Int) {
        let first = text[position]
        if first < 0x80 { return (UInt32(first), position + 1) }
        let (size, lowest, highest): (Int, UInt8, UInt8) =
            switch first {
            case 0xC2...0xDF: (2, 0x80, 0xBF)
            case 0xE0: (3, 0xA0, 0xBF)
            case 0xED: (3, 0x80, 0x9F)
            case 0xE1...0xEF: (3, 0x80, 0xBF)
            case 0xF0: (4, 0x90, 0xBF)
            case 0xF1...0xF3: (4, 0x80, 0xBF)
            case 0xF4: (4, 0x80, 0x8F)
            default: (1, 0, 0)
            }
        guard size > 1 else { return (0xFFFD, position + 1) }
        var code = UInt32(first) & (0x7F >> UInt32(size))
        for i in 1..<size {
            guard position + i < text.count else { return (0xFFFD, position + i) }
            let byte = text[position + i]
            let fits = i == 1 ? byte >= lowest && byte <= highest : byte & 0xC0 == 0x80
            guard fits else { return (0xFFFD, position + i) }
            code = code << 6 | UInt32(byte & 0x3F)
        }
        return (code, position + size)
    }

    /// Appends the UTF-8 of `code`.
    @inline(__always)
    static func encode(_ code: UInt32, _ out: inout [UInt8]) {
        if code < 0x80 {
            out.append(UInt8(code))
        } else if code < 0x800 {
            out.append(UInt8(0xC0 | code >> 6))
            out.append(UInt8(0x80 | code & 0x3F))
        } else if code < 0x10000 {
            out.append(UInt8(0xE0 | code >> 12))
            out.append(UInt8(0x80 | code >> 6 & 0x3F))
            out.append(UInt8(0x80 | code & 0x3F))
        } else {
            out.append(UInt8(0xF0 | code >> 18))
            out.append(UInt8(0x80 | code >> 12 & 0x3F))
            out.append(UInt8(0x80 | code >> 6 & 0x3F))
            out.append(UInt8(0x80 | code & 0x3F))
        }
    }
}
