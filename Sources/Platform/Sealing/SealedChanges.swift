import CacheModel

/// A change log of sealed entries: headers are opened, and the prompts of invalidations are sealed; everything else of
/// them stays in the clear.
///
/// An entry that does not open is not there, as in `SealedStore`. An invalidation that does not open counts as a gap:
/// the store is looked through, and what was removed from it is found to be gone.
public struct SealedChanges: ChangeLog {
    private let inner: any ChangeLog
    private let entries: SealedStore
    private let cipher: (any EntryCipher)?

    /// The changes of `inner`, whose entries `entries` opens.
    public init(_ inner: any ChangeLog, entries: SealedStore, cipher: (any EntryCipher)?) {
        (self.inner, self.entries, self.cipher) = (inner, entries, cipher)
    }

    public func time() throws(StoreError) -> Timestamp { try inner.time() }

    public func end() throws(StoreError) -> LogPosition { try inner.end() }

    public func changes(
        after position: inout LogPosition, waiting seconds: Double, isKnown: (EntryID) -> Bool
    ) throws(StoreError) -> [StoreChange] {
        try inner.changes(after: &position, waiting: seconds, isKnown: isKnown).compactMap { change in
            switch change {
            case .stored(let header): entries.readable([header]).first.map { .stored($0) }
            case .invalidated(let item): opened(item).map { .invalidated($0) } ?? .gap
            case .removed, .finished, .gap: change
            }
        }
    }

    public func announce(
        _ request: InvalidationRequest, at moment: Timestamp, epoch: Int64
    ) throws(StoreError) -> String {
        var sealed = request
        if let cipher {
            sealed.prompt = request.prompt.map {
                SealedText.encode(cipher.seal(Array($0.utf8), for: Self.place(moment)))
            }
        }
        return try inner.announce(sealed, at: moment, epoch: epoch)
    }

    public func finish(_ name: String) throws(StoreError) { try inner.finish(name) }

    public func announcements(since moment: Timestamp?) throws(StoreError) -> Announcements {
        var known = try inner.announcements(since: moment)
        known.items = known.items.compactMap(opened)
        return known
    }

    private func opened(_ item: AnnouncedInvalidation) -> AnnouncedInvalidation? {
        guard let cipher, let sealed = item.request.prompt.flatMap(SealedText.decode) else { return item }
        guard let bytes = cipher.open(sealed, for: Self.place(item.moment)) else { return nil }
        var opened = item
        opened.request.prompt = String(decoding: bytes, as: UTF8.self)
        return opened
    }

    private static func place(_ moment: Timestamp) -> SealPlace {
        var place = SealPlace("invalidation")
        place.append(Array("\(moment.milliseconds)".utf8))
        return place
    }
}
