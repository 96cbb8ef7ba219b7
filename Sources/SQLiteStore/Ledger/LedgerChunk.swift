import CacheModel

/// All rows of a span of time in one run of bytes: a month of ten million events is thirty blobs instead of a million
/// rows, and summing them up reads no column that is zero.
///
/// A byte of format, the reasons (count, then each with its length), the count of rows; a row is the distance of its key
/// from the one before, a bit for each counter that is not zero, those counters, the count of its reasons, and of each its
/// place among the reasons and how often. All numbers are LEB128; counters zigzag-coded, since sums may be corrected.
enum LedgerChunk {
    private static let format: UInt8 = 1

    /// A row while it is read; its reasons are places in `reasons`.
    struct Row {
        var key: Int64 = 0
        var values = SIMD32<Int64>()
        var reasons: [(place: Int, count: Int64)] = []
    }

    /// The bytes of `rows`, by key.
    static func encode(_ rows: [Int64: LedgerCounts]) -> [UInt8] {
        let reasons = Set(rows.values.flatMap(\.reasons.keys)).sorted()
        let places = Dictionary(uniqueKeysWithValues: reasons.enumerated().map { ($1, $0) })
        var writer = Writer()
        writer.bytes = [format]
        writer.unsigned(UInt64(reasons.count))
        for reason in reasons {
            writer.unsigned(UInt64(reason.utf8.count))
            writer.bytes += reason.utf8
        }
        writer.unsigned(UInt64(rows.count))
        var last: Int64 = 0
        for (key, counts) in rows.sorted(by: { $0.key < $1.key }) {
            writer.unsigned(UInt64(key - last))
            last = key
            var mask: UInt64 = 0
            for index in 0..<32 where counts.values[index] != 0 { mask |= 1 << UInt64(index) }
            writer.unsigned(mask)
            for index in 0..<32 where counts.values[index] != 0 { writer.signed(counts.values[index]) }
            writer.unsigned(UInt64(counts.reasons.count))
            for (reason, count) in counts.reasons.sorted(by: { $0.key < $1.key }) {
                writer.unsigned(UInt64(places[reason]!))
                writer.signed(count)
            }
        }
        return writer.bytes
    }

    /// The reasons that places stand for; `nil` when the bytes are no chunk.
    static func reasons(_ bytes: UnsafeRawBufferPointer) -> [String]? {
        var reader = Reader(bytes: bytes)
        return reader.reasons()
    }

    /// Calls `take` for each row; `false` when the bytes are no chunk.
    static func read(_ bytes: UnsafeRawBufferPointer, _ take: (Row) -> Void) -> Bool {
        var reader = Reader(bytes: bytes)
        guard let reasons = reader.reasons() else { return false }
        guard let rows = reader.unsigned(), rows <= bytes.count else { return false }
        var row = Row()
        for _ in 0..<rows {
            guard reader.read(&row, reasons: reasons.count) else { return false }
            take(row)
        }
        return reader.isAtEnd
    }

    private struct Writer {
        var bytes: [UInt8] = []

        mutating func unsigned(_ value: UInt64) {
            var rest = value
            while rest >= 0x80 {
                bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
                rest >>= 7
            }
            bytes.append(UInt8(rest))
        }

        mutating func signed(_ value: Int64) { unsigned(UInt64(bitPattern: value << 1 ^ value >> 63)) }
    }

    private struct Reader {
        let bytes: UnsafeRawBufferPointer
        var position = 0
        var isAtEnd: Bool { position == bytes.count }

        mutating func byte() -> UInt8? {
            guard position < bytes.count else { return nil }
            defer { position += 1 }
            return bytes[position]
        }

        @inline(__always)
        mutating func unsigned() -> UInt64? {
            var value: UInt64 = 0
            var shift: UInt64 = 0
            while position < bytes.count, shift < 64 {
                let byte = bytes[position]
                position += 1
                value |= UInt64(byte & 0x7F) << shift
                if byte < 0x80 { return value }
                shift += 7
            }
            return nil
        }

        @inline(__always)
        mutating func signed() -> Int64? {
            unsigned().map { Int64(bitPattern: $0 >> 1) ^ -Int64(bitPattern: $0 & 1) }
        }

        mutating func reasons() -> [String]? {
            guard byte() == LedgerChunk.format, let count = unsigned(), count <= bytes.count else { return nil }
            var reasons: [String] = []
            for _ in 0..<count {
                guard let length = unsigned(), let text = text(length) else { return nil }
                reasons.append(text)
            }
            return reasons
        }

        mutating func text(_ length: UInt64) -> String? {
            guard length <= UInt64(bytes.count - position) else { return nil }
            defer { position += Int(length) }
            return String(validating: bytes[position..<(position + Int(length))], as: UTF8.self)
        }

        /// The next row in the place of the last one, whose key it counts from.
        @inline(__always)
        mutating func read(_ row: inout Row, reasons: Int) -> Bool {
            guard let distance = unsigned(), distance < 1 << 62, var mask = unsigned(), mask < 1 << 32 else {
                return false
            }
            row.key &+= Int64(distance)
            row.values = SIMD32<Int64>()
            while mask != 0 {
                guard let value = signed() else { return false }
                row.values[mask.trailingZeroBitCount] = value
                mask &= mask - 1
            }
            guard let count = unsigned(), count <= UInt64(reasons) else { return false }
            row.reasons.removeAll(keepingCapacity: true)
            for _ in 0..<count {
                guard let place = unsigned(), place < UInt64(reasons), let times = signed() else { return false }
                row.reasons.append((Int(place), times))
            }
            return true
        }
    }
}
