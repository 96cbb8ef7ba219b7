import CacheModel

/// A spool whose records are sealed, each for its segment. Those that do not open are left out.
public struct SealedSpool: LedgerSpool {
    private let inner: any LedgerSpool
    private let cipher: any EntryCipher

    /// A spool around `inner`.
    public init(_ inner: any LedgerSpool, cipher: any EntryCipher) { (self.inner, self.cipher) = (inner, cipher) }

    public func makeSegment() throws(StoreError) -> any LedgerSegment {
        SealedSegment(try inner.makeSegment(), cipher: cipher)
    }

    public func abandonedSegments() throws(StoreError) -> [any LedgerSegment] {
        try inner.abandonedSegments().map { SealedSegment($0, cipher: cipher) }
    }

    /// How many records of processes that are gone the key of this name has sealed.
    public func count(sealedBy key: String) throws(StoreError) -> Int {
        var count = 0
        for segment in try inner.abandonedSegments() {
            count += segment.records().count { AESCipher.keyName(of: $0) == key }
        }
        return count
    }
}

private final class SealedSegment: LedgerSegment {
    private let inner: any LedgerSegment
    private let cipher: any EntryCipher
    private let place: SealPlace

    init(_ inner: any LedgerSegment, cipher: any EntryCipher) {
        (self.inner, self.cipher) = (inner, cipher)
        var place = SealPlace("waiting")
        place.append(inner.id)
        self.place = place
    }

    var id: [UInt8] { inner.id }
    func append(_ record: [UInt8]) -> Bool { inner.append(cipher.seal(record, for: place)) }
    func records() -> [[UInt8]] { inner.records().compactMap { cipher.open($0, for: place) } }
    func synchronize() { inner.synchronize() }
    func remove() { inner.remove() }
}
