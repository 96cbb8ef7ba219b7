import CacheModel

/// Scheduled invalidations whose prompts are sealed; everything else of them stays in the clear.
///
/// One in the clear, from before there was a key, is carried out as it is; one that does not open is left out, because
/// without its prompt it would mean more than it said.
public struct SealedSchedule: ScheduleStore {
    private let inner: any ScheduleStore
    private let cipher: any EntryCipher

    /// Appointments around `inner`.
    public init(_ inner: any ScheduleStore, cipher: any EntryCipher) { (self.inner, self.cipher) = (inner, cipher) }

    public func schedule(_ item: ScheduledInvalidation) throws(StoreError) {
        var sealed = item
        sealed.request.prompt = item.request.prompt.map {
            SealedText.encode(cipher.seal(Array($0.utf8), for: place(item.id)))
        }
        try inner.schedule(sealed)
    }

    public func scheduledInvalidations() throws(StoreError) -> [ScheduledInvalidation] {
        try inner.scheduledInvalidations().compactMap { item in
            guard let sealed = item.request.prompt.flatMap(SealedText.decode) else { return item }
            guard let bytes = cipher.open(sealed, for: place(item.id)) else { return nil }
            var opened = item
            opened.request.prompt = String(decoding: bytes, as: UTF8.self)
            return opened
        }
    }

    public func cancelInvalidation(_ id: EntryID) throws(StoreError) -> Bool { try inner.cancelInvalidation(id) }

    private func place(_ id: EntryID) -> SealPlace {
        var place = SealPlace("appointment")
        place.append(Array(id.description.utf8))
        return place
    }
}
