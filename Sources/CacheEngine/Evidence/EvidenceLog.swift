import CacheModel

/// Brings evidence into the book and the store, and what other processes have learnt from the store into the book.
///
/// The book learns at once; what the store cannot take now waits here. All calls may block but `book` and `add`.
final class EvidenceLog: Sendable {
    /// The most pieces that wait for a store that does not answer; the oldest go first.
    static let waitingCount = 20_000

    private struct State {
        var waiting: [Evidence] = []
        /// Behind the last piece that was read from the store.
        var position: String?
        var isLoaded = false
    }

    /// The sums.
    let book = EvidenceBook()
    private let store: (any EvidenceStore)?
    private let state = Locked(State())

    /// A log over `store`; `nil` for memory only.
    init(store: (any EvidenceStore)?) { self.store = store }

    /// Takes evidence into the book, and keeps it for the store; `false` when it says nothing new.
    @discardableResult
    func add(_ evidence: Evidence) -> Bool {
        guard book.add(evidence) else { return false }
        guard store != nil else { return true }
        state.withLock { state in
            state.waiting.append(evidence)
            if state.waiting.count > Self.waitingCount { state.waiting.removeFirst(Self.waitingCount / 8) }
        }
        return true
    }

    /// The lookup of this name, as the store remembers it.
    func answeredLookup(_ id: EntryID) throws(StoreError) -> AnsweredLookup? { try store?.answeredLookup(id) }

    /// Tells the store of hits.
    func remember(_ lookups: [AnsweredLookup]) throws(StoreError) {
        if !lookups.isEmpty { try store?.remember(lookups) }
    }

    /// Whether all that the store held at the start has been read.
    var isLoaded: Bool { state.withLock { $0.isLoaded } || store == nil }

    /// Hands what waits to the store.
    func flush() throws(StoreError) {
        guard let store else { return }
        let waiting = state.withLock { state in
            defer { state.waiting = [] }
            return state.waiting
        }
        if waiting.isEmpty { return }
        do throws(StoreError) { try store.add(waiting) } catch {
            state.withLock { $0.waiting.insert(contentsOf: waiting, at: 0) }
            throw error
        }
    }

    /// Reads what the store has learnt since the last call, this process's own pieces among it: those change nothing.
    func follow() throws(StoreError) {
        guard let store else { return }
        while true {
            let found = try store.evidence(after: state.withLock { $0.position }, limit: 1000)
            for item in found { book.add(item.evidence) }
            state.withLock { state in
                if let last = found.last { state.position = last.position }
                if found.isEmpty { state.isLoaded = true }
            }
            if found.isEmpty { return }
        }
    }

    /// Removes what is too old from the store.
    func removeOld(now: Timestamp) throws(StoreError) { try store?.removeOldEvidence(now: now) }
}
