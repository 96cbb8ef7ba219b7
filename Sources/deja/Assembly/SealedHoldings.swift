import CacheModel
import Foundation
import Platform

/// All that lies sealed in a store and beside it: for `deja key`. Servers are stopped meanwhile.
struct SealedHoldings {
    /// Some of what a key has sealed.
    struct Part {
        /// What becomes of it before the key can go.
        enum Remedy {
            /// `reseal` seals it again.
            case reseal
            /// A server that finds it at its start writes it to the store.
            case start
            /// It ends by itself; nothing seals it again.
            case end
        }

        let count: Int
        let remedy: Remedy
        /// How many of what.
        let text: String

        init(_ count: Int, _ one: String, _ several: String, _ remedy: Remedy = .reseal) {
            (self.count, self.remedy) = (count, remedy)
            text = "\(count) \(count == 1 ? one : several)"
        }
    }

    /// The store as it is.
    private let store: any EntryStore
    private let cipher: AESCipher
    /// Where writes wait for the store; `nil` when none ever did.
    private let waiting: String?

    /// What lies in and beside the store that the settings name.
    ///
    /// - Throws: `UsageError` when there is no key.
    init(_ settings: Settings) throws {
        let (assembly, sealing) = (Assembly(settings: settings), try Sealing(settings))
        guard let cipher = sealing.cipher else { throw UsageError("there is no encryption key to seal with") }
        self.cipher = cipher
        store = try assembly.store()
        waiting = assembly.writeSpoolFolder(store, sealing).flatMap {
            FileManager.default.fileExists(atPath: $0) ? $0 : nil
        }
    }

    /// The store's address.
    var location: String { store.location }

    func close() { store.close() }

    /// Seals again with the first key what an older one has sealed or what is in the clear; returns how much that was.
    func reseal(progress: (Int) -> Void) throws(StoreError) -> Int {
        var count = try SealedStore(store, cipher: cipher).reseal { progress($0) }
        if let inventory = store as? any StoreInventory {
            let entries = count
            if let values { count += try values.reseal(in: inventory) { progress(entries + $0) } }
            let former = count
            if let conversations { count += try conversations.reseal(in: inventory) { progress(former + $0) } }
        }
        if let schedule { count += try schedule.reseal() }
        progress(count)
        return count
    }

    /// What the key of this name has sealed, as far as there is any.
    func parts(sealedBy key: String) throws(StoreError) -> [Part] {
        var parts = [Part(try SealedStore(store, cipher: cipher).count(sealedBy: key), "answer", "answers")]
        if let inventory = store as? any StoreInventory {
            let valueCount = try values?.count(sealedBy: key, in: inventory) ?? 0
            let conversationCount = try conversations?.count(sealedBy: key, in: inventory) ?? 0
            parts.append(Part(valueCount, "value", "values"))
            parts.append(Part(conversationCount, "conversation", "conversations"))
        }
        let scheduleCount = try schedule?.count(sealedBy: key) ?? 0
        parts.append(Part(scheduleCount, "invalidation for later", "invalidations for later"))
        parts.append(Part(try waitingWrites(sealedBy: key), "waiting write", "waiting writes", .start))
        parts.append(Part(try notes(sealedBy: key), "note on feedback", "notes on feedback", .end))
        return parts.filter { $0.count > 0 }
    }

    private func notes(sealedBy key: String) throws(StoreError) -> Int {
        guard let evidence = store as? any EvidenceStore else { return 0 }
        return try SealedEvidence(evidence, cipher: cipher).count(sealedBy: key)
    }

    private func waitingWrites(sealedBy key: String) throws(StoreError) -> Int {
        guard let waiting else { return 0 }
        return try SealedSpool(try MappedSpool(folder: waiting), cipher: cipher).count(sealedBy: key)
    }

    private var values: SealedValues? {
        (store as? any KeyValueStore).map { SealedValues($0, cipher: cipher) }
    }

    private var conversations: SealedConversations? {
        (store as? any ConversationStore).map { SealedConversations($0, cipher: cipher) }
    }

    private var schedule: SealedSchedule? {
        (store as? any ScheduleStore).map { SealedSchedule($0, cipher: cipher) }
    }
}
