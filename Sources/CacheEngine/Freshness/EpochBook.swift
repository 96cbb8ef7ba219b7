import CacheModel

/// The epochs as this process knows them: what a lookup asks about every entry that it is about to serve.
///
/// Bumps are true here at once, whatever the store does; what the store has not taken yet is merged into it later. All
/// reads O(1).
final class EpochBook: Sendable {
    fileprivate struct State {
        var table = EpochTable()
        /// What the store does not have yet.
        var unsaved = EpochTable()
        /// When this process learnt of each bump: what a store that names no epoch is held against.
        var learnt: [EpochSubject: Timestamp] = [:]
        /// Whether the store's epochs have been read.
        var isKnown: Bool
    }

    /// More subjects than this fall back to their namespace's epoch, which costs hits and keeps the table small.
    static let maximumSubjects = 10_000

    private let state: ReadWriteLocked<State>
    private let store: (any EpochStore)?
    private let wallClock: any WallClock

    init(store: (any EpochStore)?, clock: any WallClock) {
        (self.store, wallClock) = (store, clock)
        state = ReadWriteLocked(State(isKnown: store == nil))
    }

    /// The clock that all epochs are taken from.
    var clock: Int64 { state.read { $0.table.clock } }

    /// Whether it is known what the store knows: until then an entry of the store's may be over.
    var isKnown: Bool { state.read { $0.isKnown } }

    /// Whether the store lacks something.
    var hasUnsaved: Bool { state.read { $0.unsaved != EpochTable() } }

    /// The least epoch of what may be served in `namespace`, whatever its model and template.
    func oldest(namespace: String) -> Int64 { state.read { $0.table.values[.namespace(namespace)] ?? 0 } }

    /// Whether what has `epoch` is of an epoch that is over.
    func isOver(_ epoch: Int64, namespace: String, model: String?, template: String?) -> Bool {
        state.read { state in
            // Nothing has been bumped since: so it is for almost every entry that is served.
            if epoch >= state.table.clock { return false }
            let values = state.table.values
            func isOver(_ subject: EpochSubject) -> Bool { values[subject].map { epoch < $0 } ?? false }
            if isOver(.namespace(namespace)) { return true }
            if let model, isOver(.model(model, namespace: namespace)) { return true }
            if let template, isOver(.template(template, namespace: namespace)) { return true }
            return false
        }
    }

    /// Whether what was asked for at `moment` is, as far as this process knows.
    func isOver(askedAt moment: Timestamp, namespace: String, model: String?, template: String?) -> Bool {
        state.read { state in
            if state.learnt.isEmpty { return false }
            func isOver(_ subject: EpochSubject) -> Bool { state.learnt[subject].map { moment < $0 } ?? false }
            if isOver(.namespace(namespace)) { return true }
            if let model, isOver(.model(model, namespace: namespace)) { return true }
            if let template, isOver(.template(template, namespace: namespace)) { return true }
            return false
        }
    }

    /// Bumps `subject`, or the clock alone, here and at once; `synchronize` tells the store. Returns the clock's value.
    @discardableResult
    func raise(_ subject: EpochSubject?) -> Int64 {
        let subject = subject.map(bounded)
        let now = wallClock.now()
        return state.write { state in
            let value = max(state.table.clock &+ 1, now.milliseconds)
            state.raise(subject, to: value, at: now)
            if store != nil {
                state.unsaved.clock = value
                if let subject { state.unsaved.values[subject] = value }
            }
            return value
        }
    }

    /// Goes past `value`, which another process has told of, and past what was known here; returns the clock's value.
    func pass(_ value: Int64) -> Int64 {
        let now = wallClock.now()
        return state.write { state in
            let value = max(value, state.table.clock &+ 1)
            state.raise(nil, to: value, at: now)
            return value
        }
    }

    /// Gives the store what it lacks and takes over what it knows. Blocks; called several times a second where others share
    /// the store.
    func synchronize() throws(StoreError) {
        guard let store else { return }
        try save(to: store)
        let mine = table
        let theirs = try store.epochs()
        // A store that was emptied, or that has evicted the table, must not make old entries visible again.
        if mine.clock > theirs.clock || mine.values.contains(where: { $0.value > theirs.values[$0.key] ?? 0 }) {
            try store.mergeEpochs(mine)
        }
        if theirs != mine { take(theirs) }
        state.write { $0.isKnown = true }
    }

    /// Each bump goes past whatever others have bumped meanwhile: an entry of theirs must not look newer than it.
    private func save(to store: any EpochStore) throws(StoreError) {
        let unsaved = state.read { $0.unsaved }
        guard unsaved != EpochTable() else { return }
        var saved = EpochTable()
        for (subject, value) in unsaved.values {
            saved.values[subject] = try store.advanceEpoch(of: subject, to: value)
        }
        saved.clock = saved.values.values.max() ?? unsaved.clock
        if saved.values.isEmpty { saved.clock = try store.advanceEpoch(of: nil, to: unsaved.clock) }
        take(saved)
        state.write { state in if state.unsaved == unsaved { state.unsaved = EpochTable() } }
    }

    private func take(_ table: EpochTable) {
        let now = wallClock.now()
        state.write { state in
            for (subject, value) in table.values { state.raise(subject, to: value, at: now) }
            state.raise(nil, to: table.clock, at: now)
        }
    }

    /// All epochs.
    var table: EpochTable { state.read { $0.table } }

    /// The subject, or its namespace when there are too many to tell apart.
    func bounded(_ subject: EpochSubject) -> EpochSubject {
        state.read { state in
            let isKnown = state.table.values[subject] != nil
            return isKnown || state.table.values.count < Self.maximumSubjects
                ? subject : .namespace(subject.namespace)
        }
    }
}

extension EpochBook.State {
    fileprivate mutating func raise(_ subject: EpochSubject?, to value: Int64, at moment: Timestamp) {
        table.clock = max(table.clock, value)
        guard let subject, table.values[subject] ?? 0 < value else { return }
        table.values[subject] = value
        learnt[subject] = max(learnt[subject] ?? moment, moment)
    }
}
