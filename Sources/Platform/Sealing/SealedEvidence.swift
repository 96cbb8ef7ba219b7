import CacheModel

/// Evidence whose notes are sealed: people write in them what was asked and answered. The rest names prompts by keyed
/// digests only. Evidence with a note that does not open counts all the same, without it.
public struct SealedEvidence: EvidenceStore {
    private let inner: any EvidenceStore
    private let cipher: any EntryCipher

    /// Evidence around `inner`.
    public init(_ inner: any EvidenceStore, cipher: any EntryCipher) { (self.inner, self.cipher) = (inner, cipher) }

    public func remember(_ lookups: [AnsweredLookup]) throws(StoreError) { try inner.remember(lookups) }

    public func answeredLookup(_ id: EntryID) throws(StoreError) -> AnsweredLookup? { try inner.answeredLookup(id) }

    public func add(_ evidence: [Evidence]) throws(StoreError) {
        try inner.add(
            evidence.map { piece in
                var sealed = piece
                sealed.note = piece.note.map {
                    SealedText.encode(cipher.seal(Array($0.utf8), for: place(piece.lookup.id)))
                }
                return sealed
            })
    }

    public func evidence(
        after position: String?, limit: Int
    ) throws(StoreError) -> [(position: String, evidence: Evidence)] {
        try inner.evidence(after: position, limit: limit).map { position, piece in
            guard let sealed = piece.note.flatMap(SealedText.decode) else { return (position, piece) }
            var opened = piece
            opened.note = cipher.open(sealed, for: place(piece.lookup.id)).map { String(decoding: $0, as: UTF8.self) }
            return (position, opened)
        }
    }

    public func removeOldEvidence(now: Timestamp) throws(StoreError) { try inner.removeOldEvidence(now: now) }

    /// How many notes the key of this name has sealed. They are never sealed again: evidence is only appended to.
    public func count(sealedBy key: String) throws(StoreError) -> Int {
        var count = 0
        var position: String?
        while true {
            let page = try inner.evidence(after: position, limit: 1000)
            guard let last = page.last else { return count }
            count += page.count { $0.evidence.note.flatMap(SealedText.keyName) == key }
            position = last.position
        }
    }

    private func place(_ lookup: EntryID) -> SealPlace {
        var place = SealPlace("note")
        place.append(Array(lookup.description.utf8))
        return place
    }
}
