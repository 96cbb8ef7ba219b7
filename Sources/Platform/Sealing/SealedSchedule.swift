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
        try inner.scheduledInvalidations().compactMap(opened)
    }

    private func opened(_ item: ScheduledInvalidation) -> ScheduledInvalidation? {
        guard let sealed = item.request.prompt.flatMap(SealedText.decode) else { return item }
        guard let bytes = cipher.open(sealed, for: place(item.id)) else { return nil }
        var opened = item
        opened.request.prompt = String(decoding: bytes, as: UTF8.self)
        return opened
    }

    public func cancelInvalidation(_ id: EntryID) throws(StoreError) -> Bool { try inner.cancelInvalidation(id) }

    /// How many the key of this name has sealed.
    public func count(sealedBy key: String) throws(StoreError) -> Int {
        try inner.scheduledInvalidations().count { $0.request.prompt.flatMap(SealedText.keyName) == key }
    }

    /// Seals again what an older key has sealed or what is in the clear; returns how many. Nothing else may write
    /// meanwhile.
    public func reseal() throws(StoreError) -> Int {
        var count = 0
        for item in try inner.scheduledInvalidations() {
            guard let prompt = item.request.prompt, SealedText.keyName(of: prompt) != cipher.currentKey,
                let open = opened(item)
            else { continue }
            try schedule(open)
            count += 1
        }
        return count
    }

    private func place(_ id: EntryID) -> SealPlace {
        var place = SealPlace("appointment")
        place.append(Array(id.description.utf8))
        return place
    }
}
