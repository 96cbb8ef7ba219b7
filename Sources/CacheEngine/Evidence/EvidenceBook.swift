import CacheModel

/// All evidence that there is, summed up by scope, entry and namespace: what lookups ask.
///
/// A fold over the store's evidence in its order, so that a restart and another node come to the same sums. Taking the
/// same evidence in twice changes nothing. Bounded: entries go with the directory's, scopes when there are many.
final class EvidenceBook: Sendable {
    /// The most scopes whose evidence is remembered; the one that learnt nothing for longest goes first.
    static let scopeCount = 20_000
    /// The most namespaces that are told apart.
    static let namespaceCount = 10_000
    /// The most refused prompts of one entry: one that so many have complained about answers exactly or not at all.
    static let refusedCount = 64

    fileprivate struct Scope {
        var curve = EvidenceCurve()
        /// When the last feedback came.
        var feedback: Timestamp?
        var updated = 0
    }

    fileprivate struct Entry {
        var curve = EvidenceCurve()
        /// The first words of the folded keys of prompts that it must not answer.
        var refused: Set<UInt64> = []
    }

    fileprivate struct State {
        var scopes: [Digest256: Scope] = [:]
        var entries: [EntryID: Entry] = [:]
        var namespaces: [String: NamespaceEvidence] = [:]
        var verdicts: [EntryID: Verdict] = [:]
        var order: [EntryID] = []
        var first = 0
        var changes = 0
    }

    private let state = Locked(State())

    // MARK: Asking

    /// Whether `record` must not answer the prompt of this folded key.
    func refuses(_ record: EntryRecord, query: Digest256) -> Bool {
        state.withLock { state in
            guard !state.entries.isEmpty, let entry = state.entries[record.id] else { return false }
            return entry.refused.contains(query.w0) || entry.refused.count >= Self.refusedCount
        }
    }

    /// The least probability at which `record` may answer, where the judge says `base` for `budget`.
    func requiredProbability(of record: EntryRecord, base: Double, budget: Double) -> Double {
        let known: (EvidenceCurve?, EvidenceCurve?) = state.withLock { state in
            if state.scopes.isEmpty { return (nil, nil) }
            return (state.scopes[record.scope]?.curve, state.entries[record.id]?.curve)
        }
        var required = base
        if let scope = known.0 { required = scope.requiredProbability(base: required, budget: budget) }
        if let entry = known.1 { required = entry.requiredProbability(base: required, budget: budget) }
        return required
    }

    /// What was last said of a lookup.
    func verdict(on id: EntryID) -> Verdict? { state.withLock { $0.verdicts[id] } }

    /// When a scope's last feedback came.
    func lastFeedback(scope: Digest256) -> Timestamp? { state.withLock { $0.scopes[scope]?.feedback } }

    /// The sums by namespace.
    var namespaces: [String: NamespaceEvidence] { state.withLock { $0.namespaces } }

    // MARK: Learning

    /// Takes evidence in; `false` when it says nothing new.
    @discardableResult
    func add(_ evidence: Evidence) -> Bool {
        state.withLock { state in
            let former = state.verdicts[evidence.lookup.id]
            guard former != evidence.verdict else { return false }
            state.remember(evidence.lookup.id, evidence.verdict)
            state.changes += 1
            let namespace = evidence.lookup.entry.namespace
            if state.namespaces[namespace] != nil || state.namespaces.count < Self.namespaceCount {
                state.namespaces[namespace, default: NamespaceEvidence()].add(evidence, replaced: former)
            }
            if evidence.lookup.hitType == .semantic { state.learn(evidence, replaced: former) }
            return true
        }
    }

    /// A comparison that could not tell.
    func addUnclear(namespace: String) {
        state.withLock { state in
            guard state.namespaces[namespace] != nil || state.namespaces.count < Self.namespaceCount else { return }
            state.namespaces[namespace, default: NamespaceEvidence()].unclear += 1
        }
    }

    /// Forgets entries for which `isLive` does not hold.
    func keepEntries(where isLive: (EntryID) -> Bool) {
        let names = state.withLock { Array($0.entries.keys) }
        let gone = names.filter { !isLive($0) }
        state.withLock { state in for id in gone { state.entries[id] = nil } }
    }
}

extension EvidenceBook.State {
    fileprivate mutating func remember(_ id: EntryID, _ verdict: Verdict) {
        if verdicts.updateValue(verdict, forKey: id) == nil { order.append(id) }
        guard order.count - first > EvidenceRetention.evidenceCount else { return }
        verdicts[order[first]] = nil
        first += 1
        if first > 4096, first * 2 > order.count {
            order.removeFirst(first)
            first = 0
        }
    }

    fileprivate mutating func learn(_ evidence: Evidence, replaced: Verdict?) {
        let lookup = evidence.lookup
        var scope = scopes[lookup.entry.scope] ?? EvidenceBook.Scope()
        scope.curve.add(evidence, served: evidence.servedByScope, replaced: replaced)
        if evidence.source == .feedback { scope.feedback = max(scope.feedback ?? evidence.at, evidence.at) }
        scope.updated = changes
        scopes[lookup.entry.scope] = scope
        if scopes.count > EvidenceBook.scopeCount {
            // Many at once: looking for the oldest costs a pass over all.
            let order = scopes.values.map(\.updated).sorted()
            scopes = scopes.filter { $0.value.updated > order[order.count / 8] }
        }
        var entry = entries[lookup.entry.id] ?? EvidenceBook.Entry()
        entry.curve.add(evidence, served: evidence.servedByEntry, replaced: replaced)
        if evidence.source == .feedback {
            if evidence.verdict == .wrong, entry.refused.count < EvidenceBook.refusedCount {
                entry.refused.insert(lookup.query.w0)
            } else if evidence.verdict == .right {
                entry.refused.remove(lookup.query.w0)
            }
        }
        entries[lookup.entry.id] = entry
    }
}

/// What is known of the answers of a namespace.
public struct NamespaceEvidence: Sendable, Equatable {
    /// Hits that feedback called right.
    public var praised = 0
    /// Hits that feedback called wrong.
    public var blamed = 0
    /// Would-be hits that were let through, whose answer was the model's.
    public var exploredSame = 0
    /// Would-be hits that were let through, whose answer was another.
    public var exploredOther = 0
    /// Candidates that were not sure enough, whose answer was the model's.
    public var nearMissSame = 0
    /// Candidates that were not sure enough, whose answer was another.
    public var nearMissOther = 0
    /// Comparisons that could not tell, since the start.
    public var unclear = 0

    /// Nothing known.
    public init() {}

    /// The running false-hit rate: wrong ones among the hits that feedback spoke about and the would-be hits that were
    /// compared. Feedback comes sooner about wrong hits than about right ones, so the truth is rather below.
    public var falseHits: Proportion {
        Proportion(blamed + exploredOther, of: praised + blamed + exploredSame + exploredOther)
    }

    mutating func add(_ evidence: Evidence, replaced: Verdict?) {
        func count(_ right: WritableKeyPath<Self, Int>, _ wrong: WritableKeyPath<Self, Int>) {
            if replaced == .right { self[keyPath: right] -= 1 }
            if replaced == .wrong { self[keyPath: wrong] -= 1 }
            self[keyPath: evidence.verdict == .right ? right : wrong] += 1
        }
        switch evidence.source {
        case .feedback: count(\.praised, \.blamed)
        case .exploration: count(\.exploredSame, \.exploredOther)
        case .nearMiss: count(\.nearMissSame, \.nearMissOther)
        }
    }
}
