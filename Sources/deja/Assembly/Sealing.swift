import CacheModel
import Platform

/// What the settings say about encryption: wraps the parts of a store that hold text.
struct Sealing {
    /// The cipher in force; `nil` without a key.
    let cipher: AESCipher?

    /// The cipher that the settings ask for.
    ///
    /// - Throws: `UsageError` when a key is named that is none.
    init(_ settings: Settings) throws(UsageError) {
        if let path = settings.text(.encryptionKeyFile) {
            // Another process may have rotated the keys: what they seal makes this one read the file again.
            cipher = AESCipher(try KeyFile.read(path)) { try? KeyFile.read(path) }
        } else if let text = settings.text(.encryptionKey) {
            guard let keys = SealingKeys(text: text) else {
                throw UsageError("the encryption key must be 64 hexadecimal digits, or several such between commas")
            }
            cipher = AESCipher(keys)
        } else {
            cipher = nil
        }
    }

    /// What makes digests of requests.
    var hasher: any ContentHasher { cipher.map { KeyedHasher($0) } ?? OpenSSLHasher() }

    func entries(_ store: any EntryStore, report: @escaping @Sendable (StoreError) -> Void) -> SealedStore {
        SealedStore(store, cipher: cipher, report: report)
    }

    /// What others change in `store`, whose entries `entries` opens.
    func changes(_ store: (any ChangeLog)?, entries: SealedStore) -> (any ChangeLog)? {
        store.map { SealedChanges($0, entries: entries, cipher: cipher) }
    }

    /// Where writes wait.
    func spool(_ spool: any LedgerSpool) -> any LedgerSpool {
        guard let cipher else { return spool }
        return SealedSpool(spool, cipher: cipher)
    }

    func conversations(_ store: (any ConversationStore)?) -> (any ConversationStore)? {
        guard let cipher else { return store }
        return store.map { SealedConversations($0, cipher: cipher) }
    }

    func values(_ store: (any KeyValueStore)?) -> (any KeyValueStore)? {
        guard let cipher else { return store }
        return store.map { SealedValues($0, cipher: cipher) }
    }

    func evidence(_ store: (any EvidenceStore)?) -> (any EvidenceStore)? {
        guard let cipher else { return store }
        return store.map { SealedEvidence($0, cipher: cipher) }
    }

    func schedule(_ store: (any ScheduleStore)?) -> (any ScheduleStore)? {
        guard let cipher else { return store }
        return store.map { SealedSchedule($0, cipher: cipher) }
    }
}
