/// An event as a record of the spool: hour, a bit for each counter that is not zero, those counters, then the names, each
/// with its length; where there is a subject its kind, digest and entry follow. All numbers are little-endian.
extension LedgerEvent {
    private static let absent = UInt32.max

    /// The record.
    public var record: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(128)
        func integer(_ value: some FixedWidthInteger) {
            withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
        }
        func text(_ text: String?) {
            guard var text else { return integer(Self.absent) }
            integer(UInt32(clamping: text.utf8.count))
            text.withUTF8 { bytes.append(contentsOf: $0) }
        }
        integer(key.hour)
        var mask: UInt32 = 0
        for index in 0..<32 where counts[index] != 0 { mask |= 1 << UInt32(index) }
        integer(mask)
        for index in 0..<32 where counts[index] != 0 { integer(counts[index]) }
        text(key.namespace)
        text(key.provider)
        text(key.model)
        text(key.user)
        text(reason)
        integer(UInt32(key.tags.count))
        for tag in key.tags { text(tag) }
        if let subject {
            integer(subject.kind.rawValue)
            for word in [subject.digest, subject.entry.high, subject.entry.low] { integer(word) }
        }
        return bytes
    }

    /// The event of a record; `nil` for anything else.
    public init?(record: [UInt8]) {
        var reader = RecordReader(bytes: record)
        guard let hour = reader.integer(Int64.self), let mask = reader.integer(UInt32.self) else { return nil }
        var counts = SIMD32<Int64>()
        for index in 0..<32 where mask & 1 << UInt32(index) != 0 {
            guard let value = reader.integer(Int64.self) else { return nil }
            counts[index] = value
        }
        guard let namespace = reader.text() ?? nil, let provider = reader.text(), let model = reader.text(),
            let user = reader.text(), let reason = reader.text(), let count = reader.integer(UInt32.self)
        else { return nil }
        var tags: [String] = []
        for _ in 0..<count {
            guard let tag = reader.text() ?? nil else { return nil }
            tags.append(tag)
        }
        self.init(
            key: LedgerKey(hour: hour, namespace: namespace, provider: provider, model: model, user: user, tags: tags))
        self.counts = counts
        self.reason = reason
        // Records of earlier versions end here.
        if let kind = reader.integer(UInt8.self).flatMap(LedgerSubject.Kind.init),
            let digest = reader.integer(UInt64.self),
            let high = reader.integer(UInt64.self), let low = reader.integer(UInt64.self)
        {
            subject = LedgerSubject(kind: kind, digest: digest, entry: EntryID(high: high, low: low))
        }
    }

    private struct RecordReader {
        let bytes: [UInt8]
        var position = 0

        mutating func integer<Value: FixedWidthInteger>(_ type: Value.Type) -> Value? {
            let size = MemoryLayout<Value>.size
            guard bytes.count - position >= size else { return nil }
            defer { position += size }
            return bytes.withUnsafeBytes {
                Value(littleEndian: $0.loadUnaligned(fromByteOffset: position, as: Value.self))
            }
        }

        /// A name or its absence; `nil` when the record ends before it does.
        mutating func text() -> String?? {
            guard let count = integer(UInt32.self) else { return nil }
            if count == LedgerEvent.absent { return .some(nil) }
            guard bytes.count - position >= Int(count) else { return nil }
            defer { position += Int(count) }
            guard let text = String(validating: bytes[position..<(position + Int(count))], as: UTF8.self) else {
                return nil
            }
            return .some(text)
        }
    }
}

extension LedgerCounts {
    /// Adds one event.
    public mutating func add(_ event: LedgerEvent) {
        values &+= event.counts
        if let reason = event.reason { reasons[reason, default: 0] += 1 }
    }
}
