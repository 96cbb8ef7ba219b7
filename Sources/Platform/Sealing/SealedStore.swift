import CacheModel

/// A store whose prompts, answers and embeddings are sealed on the way in and opened on the way out.
///
/// What does not open (another key, damage, or an entry in the clear where there is a key) is not there: a miss and never
/// garbage, and nothing that somebody has planted in the store. It is counted and told of. Without a cipher entries pass
/// as they are, and those that are sealed are not there.
public final class SealedStore: EntryStore {
    private let inner: any EntryStore
    private let cipher: (any EntryCipher)?
    /// Is told of what does not open.
    private let report: @Sendable (StoreError) -> Void
    /// Whether entries have opened.
    private let isKeyRight = Locked(false)

    /// A store around `inner`.
    public init(
        _ inner: any EntryStore, cipher: (any EntryCipher)?, report: @escaping @Sendable (StoreError) -> Void = { _ in }
    ) {
        (self.inner, self.cipher, self.report) = (inner, cipher, report)
    }

    public var location: String { inner.location }
    public var isShared: Bool { inner.isShared }

    // MARK: Writing

    public func put(_ entry: CacheEntry) throws(StoreError) { try inner.put(sealed(entry)) }
    public func put(_ entries: [CacheEntry]) throws(StoreError) { try inner.put(entries.map(sealed)) }
    @discardableResult
    public func put(_ entries: [CacheEntry], checked: Timestamp?) throws(StoreError) -> [EntryID] {
        try inner.put(entries.map(sealed), checked: checked)
    }

    private func sealed(_ entry: CacheEntry) -> CacheEntry {
        guard let cipher else { return entry }
        var out = entry
        let header = entry.header
        out.header.prompt = SealedText.encode(
            cipher.seal(Array(header.prompt.utf8), for: SealPlace("prompt", of: header)))
        out.header.vector = header.vector.map { vector in
            let bytes = withUnsafeBytes(of: vector.scale.bitPattern.bigEndian) { Array($0) }
            let plain = bytes + vector.components.map { UInt8(bitPattern: $0) }
            let sealed = cipher.seal(plain, for: SealPlace("vector", of: header))
            return StoredVector(
                embedder: vector.embedder, scale: 1, components: sealed.map { Int8(bitPattern: $0) })
        }
        out.body.response = RawJSON(
            validated: cipher.seal(entry.body.response.bytes, for: SealPlace("response", of: header)))
        return out
    }

    // MARK: Reading

    public func entry(_ reference: EntryReference) throws(StoreError) -> CacheEntry? {
        try inner.entry(reference).flatMap(opened)
    }

    public func entry(exactKey: Digest256, scope: Digest256, namespace: String) throws(StoreError) -> CacheEntry? {
        try inner.entry(exactKey: exactKey, scope: scope, namespace: namespace).flatMap(opened)
    }

    public func scanHeaders(batchSize: Int, _ body: ([EntryHeader]) -> Bool) throws(StoreError) {
        try inner.scanHeaders(batchSize: batchSize) { pass($0, body) }
    }

    public func scanHeaders(
        batchSize: Int, where isWanted: (EntryID) -> Bool, _ body: ([EntryHeader]) -> Bool
    ) throws(StoreError) {
        try inner.scanHeaders(batchSize: batchSize, where: isWanted) { pass($0, body) }
    }

    private func pass(_ headers: [EntryHeader], _ body: ([EntryHeader]) -> Bool) -> Bool {
        let readable = readable(headers)
        return readable.isEmpty || body(readable)
    }

    /// Those of some sealed headers that open, opened.
    func readable(_ headers: [EntryHeader]) -> [EntryHeader] {
        let readable = headers.compactMap(opened)
        if readable.count < headers.count { tell(headers.count - readable.count) }
        return readable
    }

    private func opened(_ entry: CacheEntry) -> CacheEntry? {
        guard let header = opened(entry.header), let response = opened(entry.body.response, of: entry.header) else {
            tell(1)
            return nil
        }
        var out = entry
        (out.header, out.body.response) = (header, response)
        return out
    }

    private func opened(_ response: RawJSON, of header: EntryHeader) -> RawJSON? {
        guard let cipher else { return AESCipher.keyTag(of: response.bytes) == nil ? response : nil }
        return cipher.open(response.bytes, for: SealPlace("response", of: header)).map { RawJSON(validated: $0) }
    }

    private func opened(_ header: EntryHeader) -> EntryHeader? {
        let sealed = SealedText.decode(header.prompt)
        guard let cipher else { return sealed == nil ? header : nil }
        guard let sealed, let bytes = cipher.open(sealed, for: SealPlace("prompt", of: header)),
            let prompt = String(validating: bytes, as: UTF8.self)
        else { return nil }
        var out = header
        out.prompt = prompt
        if let vector = header.vector {
            let bytes = vector.components.map { UInt8(bitPattern: $0) }
            guard let plain = cipher.open(bytes, for: SealPlace("vector", of: header)), plain.count >= 4 else {
                return nil
            }
            let scale = plain.prefix(4).reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
            out.vector = StoredVector(
                embedder: vector.embedder, scale: Float(bitPattern: scale),
                components: plain.dropFirst(4).map { Int8(bitPattern: $0) })
        }
        return out
    }

    private func tell(_ count: Int) {
        let why =
            cipher == nil
            ? "is sealed, and there is no encryption key"
            : "does not open with the encryption key in force, or is in the clear (deja key reseal)"
        report(StoreError(.denied, "\(location): what \(count) \(count == 1 ? "entry holds" : "entries hold") \(why)"))
    }

    // MARK: The rest

    @discardableResult
    public func remove(_ references: [EntryReference]) throws(StoreError) -> Int { try inner.remove(references) }
    @discardableResult
    public func removeExpired(now: Timestamp) throws(StoreError) -> Int { try inner.removeExpired(now: now) }
    public func statistics() throws(StoreError) -> StoreStatistics { try inner.statistics() }
    public func close() { inner.close() }

    /// Beside the store's own check: of the entries that it holds, a few at least must open. Once they have, the key is
    /// the right one for good, and a store that comes back is not looked through again.
    ///
    /// - Throws: `.denied` when none does: the key is the wrong one, and everything would be stored anew.
    public func check() throws(StoreError) {
        try inner.check()
        if isKeyRight.withLock({ $0 }) { return }
        var (seen, readable) = (0, 0)
        do throws(StoreError) {
            try inner.scanHeaders(batchSize: 64) { headers in
                seen += headers.count
                readable += headers.count { opened($0) != nil }
                return readable == 0 && seen < 256
            }
        } catch {
            // A part of the store is away: that tells nothing about the key.
            guard isShared, [.unavailable, .partlyUnavailable, .timeout].contains(error.code) else { throw error }
        }
        if readable > 0 { isKeyRight.withLock { $0 = true } }
        guard seen > 0, readable == 0 else { return }
        throw StoreError(
            .denied,
            cipher == nil
                ? "\(location) holds sealed entries: say where the encryption key is (encryption_key_file)"
                : "\(location): none of the first \(seen) entries opens with the encryption key in force: give the key that sealed them, seal what is in the clear with 'deja key reseal', or empty the store"
        )
    }

    // MARK: Keys

    /// How many entries the key of this name has sealed.
    public func count(sealedBy key: String) throws(StoreError) -> Int {
        var count = 0
        try inner.scanHeaders(batchSize: 512) { headers in
            count += headers.count { SealedText.keyName(of: $0.prompt) == key }
            return true
        }
        return count
    }

    /// Seals again what an older key has sealed or what is in the clear, and returns how many entries that was. Entries
    /// are found by keyed digests, so one in the clear gets other digests too.
    ///
    /// Nothing else may write meanwhile: an entry that is removed between its reading and its writing would come back.
    public func reseal(progress: (Int) -> Void = { _ in }) throws(StoreError) -> Int {
        guard let cipher else { return 0 }
        var old: [EntryReference] = []
        try inner.scanHeaders(batchSize: 512) { headers in
            for header in headers where SealedText.keyName(of: header.prompt) != cipher.currentKey {
                old.append(header.reference)
            }
            return true
        }
        var count = 0
        for start in stride(from: 0, to: old.count, by: 64) {
            // Nothing else writes, so nothing is invalidated meanwhile: a store that wants to know is told so.
            let checked = try (inner as? any ChangeLog)?.time()
            for reference in old[start..<min(start + 64, old.count)] {
                guard try reseal(reference, cipher, checked: checked) else { continue }
                count += 1
                progress(count)
            }
        }
        return count
    }

    private func reseal(
        _ reference: EntryReference, _ cipher: any EntryCipher, checked: Timestamp?
    ) throws(StoreError) -> Bool {
        guard let entry = try inner.entry(reference) else { return false }
        if SealedText.decode(entry.header.prompt) == nil {
            try inner.remove([reference])
            try put([entry.keyed(by: cipher)], checked: checked)
        } else if let open = opened(entry) {
            try put([open], checked: checked)
        } else {
            return false
        }
        return true
    }
}

extension CacheEntry {
    /// The entry under keyed digests.
    fileprivate func keyed(by cipher: any EntryCipher) -> CacheEntry {
        var entry = self
        entry.header.scope = cipher.keyed(header.scope)
        entry.header.exactKey = cipher.keyed(header.exactKey)
        entry.header.foldedKey = cipher.keyed(header.foldedKey)
        return entry
    }
}
