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
    }

    /// More subjects than this fall back to their namespace's epoch, which costs hits and keeps the table small.
    static let maximumSubjects = 10_000

    private let state: ReadWriteLocked<State>
    private let store: (any EpochStore)?
    private let wallClock: any WallClock

    init(store: (any EpochStore)?, clock: any WallClock) {
        (self.store, wallClock) = (store, clock)
        state = ReadWriteLocked(State())
    }

    /// The clock that all epochs are taken from.
    var clock: Int64 { state.read { $0.table.clock } }

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

    /// What came of a bump.
    struct Bump: Sendable, Equatable {
        /// The subject's epoch, and the clock.
        var epoch: Int64
        /// Whether the store has it: if not, other processes learn of it once the store is back.
        var isSaved: Bool
    }

    /// Bumps `subject`, or the clock alone. Blocks as long as the store does.
    func advance(_ subject: EpochSubject?, report: (StoreError?) -> Void = { _ in }) -> Bump {
        let subject = subject.map(bounded)
        let now = wallClock.now()
        // Here first, so that nothing older is served while the store is asked.
        let local = state.write { state in
            let value = max(state.table.clock &+ 1, now.milliseconds)
            state.raise(subject, to: value, at: now)
            return value
        }
        guard let store else { return Bump(epoch: local, isSaved: true) }
        do throws(StoreError) {
            let value = try store.advanceEpoch(of: subject, to: local)
            report(nil)
            state.write { $0.raise(subject, to: value, at: now) }
            return Bump(epoch: value, isSaved: true)
        } catch {
            report(error)
            state.write { state in
                state.unsaved.clock = max(state.unsaved.clock, local)
                if let subject { state.unsaved.values[subject] = local }
            }
            return Bump(epoch: local, isSaved: false)
        }
    }

    /// Takes over what the store knows, and gives it what it lacks. Blocks; called several times a second where others
    /// share the store.
    func synchronize() throws(StoreError) {
        guard let store else { return }
        let (mine, unsaved) = state.read { ($0.table, $0.unsaved) }
        if unsaved != EpochTable() {
            // Past whatever others have bumped meanwhile: an entry of theirs must not look newer than this bump.
            let value = try store.advanceEpoch(of: nil, to: unsaved.clock)
            let raised = EpochTable(clock: value, values: unsaved.values.mapValues { _ in value })
            try store.mergeEpochs(raised)
            state.write { state in if state.unsaved == unsaved { state.unsaved = EpochTable() } }
        }
        let theirs = try store.epochs()
        // A store that was emptied, or that has evicted the table, must not make old entries visible again.
        if mine.clock > theirs.clock || mine.values.contains(where: { $0.value > theirs.values[$0.key] ?? 0 }) {
            try store.mergeEpochs(mine)
        }
        if theirs == mine { return }
        let now = wallClock.now()
        state.write { state in
            for (subject, value) in theirs.values { state.raise(subject, to: value, at: now) }
            state.raise(nil, to: theirs.clock, at: now)
        }
    }

    /// All epochs.
    var table: EpochTable { state.read { $0.table } }

    private func bounded(_ subject: EpochSubject) -> EpochSubject {
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
