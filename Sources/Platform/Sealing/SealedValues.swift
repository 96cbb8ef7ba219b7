import CacheModel

/// Values of key–value namespaces, sealed on the way in and opened on the way out. Whole numbers stay in the clear: the
/// store adds to them. A value that does not open is not there.
public struct SealedValues: KeyValueStore {
    private let inner: any KeyValueStore
    private let cipher: any EntryCipher

    /// Values around `inner`.
    public init(_ inner: any KeyValueStore, cipher: any EntryCipher) { (self.inner, self.cipher) = (inner, cipher) }

    public var sharesValues: Bool { inner.sharesValues }

    public func values(_ names: [[UInt8]], in space: ValueSpace) throws(StoreError) -> [KeptValue?] {
        opened(try inner.values(names, in: space), names, space)
    }

    public func put(_ writes: [ValueWrite], in space: ValueSpace) throws(StoreError) -> [ValueOutcome] {
        let sealed = writes.map { write in
            var out = write
            let value = KeptValue(kind: write.kind, content: write.content, version: 0, expires: write.expires)
            if value.integer == nil {
                out.content = cipher.seal(write.content, for: place(write.name, write.kind, space))
            }
            return out
        }
        return zip(writes, try inner.put(sealed, in: space)).map { write, outcome in
            guard case .written(var value, let former) = outcome else { return outcome }
            value.content = write.content
            return .written(value, former: former.flatMap { opened($0, write.name, space) })
        }
    }

    public func removeValues(_ names: [[UInt8]], in space: ValueSpace) throws(StoreError) -> [KeptValue?] {
        opened(try inner.removeValues(names, in: space), names, space)
    }

    public func add(
        _ delta: Int64, to name: [UInt8], expires: Timestamp, epoch: Int64, in space: ValueSpace
    ) throws(StoreError) -> ValueSum { try inner.add(delta, to: name, expires: expires, epoch: epoch, in: space) }

    public func setExpiry(_ name: [UInt8], to expires: Timestamp, in space: ValueSpace) throws(StoreError)
        -> KeptValue?
    {
        try inner.setExpiry(name, to: expires, in: space).flatMap { opened($0, name, space) }
    }

    public func removeValues(
        tags: [String], namespace: String?, sparing spared: [[UInt8]]
    ) throws(StoreError) -> [ValueKey] {
        try inner.removeValues(tags: tags, namespace: namespace, sparing: spared)
    }

    @discardableResult
    public func removeExpiredValues(now: Timestamp) throws(StoreError) -> Int {
        try inner.removeExpiredValues(now: now)
    }

    private func opened(_ values: [KeptValue?], _ names: [[UInt8]], _ space: ValueSpace) -> [KeptValue?] {
        zip(names, values).map { name, value in value.flatMap { opened($0, name, space) } }
    }

    private func opened(_ value: KeptValue, _ name: [UInt8], _ space: ValueSpace) -> KeptValue? {
        if value.integer != nil { return value }
        guard let content = cipher.open(value.content, for: place(name, value.kind, space)) else { return nil }
        var out = value
        out.content = content
        return out
    }

    private func place(_ name: [UInt8], _ kind: KeptValue.Kind, _ space: ValueSpace) -> SealPlace {
        var place = SealPlace("value")
        place.append(Array(space.namespace.utf8))
        place.append(name)
        place.append([UInt8(kind.rawValue)])
        return place
    }

    // MARK: Keys

    /// How many values of `inventory`, the same store, the key of this name has sealed.
    public func count(sealedBy key: String, in inventory: any StoreInventory) throws(StoreError) -> Int {
        var count = 0
        try forEach(of: inventory) { value, _, _ throws(StoreError) in
            if AESCipher.keyName(of: value.content) == key { count += 1 }
        }
        return count
    }

    /// Seals again what an older key has sealed or what is in the clear, and returns how many values that was; each
    /// gets another version by it. Whole numbers stay in the clear. Nothing else may write meanwhile.
    public func reseal(
        in inventory: any StoreInventory, progress: (Int) -> Void = { _ in }
    ) throws(StoreError) -> Int {
        var count = 0
        try forEach(of: inventory) { value, name, space throws(StoreError) in
            let key = AESCipher.keyName(of: value.content)
            guard value.integer == nil, key != cipher.currentKey,
                let open = key == nil ? value : opened(value, name, space)
            else { return }
            let write = ValueWrite(
                name: name, kind: open.kind, content: open.content, expires: open.expires, tags: open.tags,
                epoch: open.epoch, condition: .version(value.version))
            guard case .written = try put([write], in: space)[0] else { return }
            count += 1
            progress(count)
        }
        return count
    }

    /// All values as the store keeps them, those of epochs that are over too. One that is damaged is passed over.
    private func forEach(
        of inventory: any StoreInventory, _ body: (KeptValue, [UInt8], ValueSpace) throws(StoreError) -> Void
    ) throws(StoreError) {
        try inventory.scanValues { keys throws(StoreError) in
            for key in keys {
                let space = ValueSpace(key.namespace)
                guard let value = try intact(key.name, space) else { continue }
                try body(value, key.name, space)
            }
        }
    }

    private func intact(_ name: [UInt8], _ space: ValueSpace) throws(StoreError) -> KeptValue? {
        do throws(StoreError) {
            return try inner.values([name], in: space)[0]
        } catch {
            guard error.code == .corrupt else { throw error }
            return nil
        }
    }
}
