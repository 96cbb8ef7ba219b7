import CacheModel

/// Several processes over one store: what one stores is found by all, what one removes is gone for all.
extension CacheEngine {
    /// Whether other processes' changes can be followed.
    public var followsChanges: Bool { parts.changes != nil }

    /// Where the change log has been read up to, for a snapshot of the directory to carry; `nil` without a log.
    public var changePosition: LogPosition? { follower.position }

    /// Follows from `position` on, which a snapshot carried: to be called before `rebuild`, which is not needed when it
    /// returns without an error and `followStore` never finds a gap.
    public func resumeFollowing(at position: LogPosition) { follower.begin(at: position) }

    /// Takes over what other processes have changed; waits up to `seconds` for it. Called in a loop by one thread of the
    /// service. Does nothing before `rebuild` has begun.
    ///
    /// When changes were missed the store is looked through, as at a start; lookups go on meanwhile.
    /// - Throws: `StoreError` when the store cannot be read; the caller waits a moment then.
    public func followStore(waiting seconds: Double) throws(StoreError) {
        guard let log = parts.changes, var position = follower.position else { return }
        guard store.isAnswering else {
            throw StoreError(.unavailable, "\(store.location) is left alone for a while")
        }
        let changes: [StoreChange]
        do throws(StoreError) {
            changes = try log.changes(after: &position, waiting: seconds) { directory.record($0) != nil }
            store.report(nil)
        } catch {
            store.report(error)
            throw error
        }
        for change in changes { apply(change) }
        follower.move(to: position)
        if follower.isBehind { try rebuild() }
    }

    private func apply(_ change: StoreChange) {
        switch change {
        case .stored(let header):
            guard directory.record(header.id) == nil, !follower.hasRemoved(header.id),
                !store.pending.isRemoved(header.id), !isSuperseded(header),
                header.expires.map({ $0 > parts.clock.now() }) ?? true
            else { return }
            index(header)
            if let record = directory.record(header.id), header.isSemantic { learnTemplate(from: record) }
            // Who waits here for the answer that another process brought can have it.
            endFlight(record(of: header).leaseKey, lease: nil)
        case .removed(let id): forget([id], forGood: true)
        case .invalidated(let item): take(item)
        case .finished(let name): invalidations.settle(name: name)
        case .gap: follower.fallBehind()
        }
    }

    /// Another process has begun an invalidation, or this one has.
    private func take(_ item: AnnouncedInvalidation) {
        learn([item])
        let now = parts.clock.now()
        var filter = InvalidationFilter(item.request, now: item.moment, keyMaker: keyMaker)
        let found = directory.records { record in
            UnsettledInvalidations.covers(item.moment, item.epoch, record, now: now) && filter.isMet(by: record)
        }
        forget(withDependents(found).map(\.id))
        // What was stored here before this was heard of may have come after the store was searched.
        let late = found.filter { $0.created > item.moment }.map(\.reference)
        if !late.isEmpty { _ = try? accessStore { (store) throws(StoreError) in try store.remove(late) } }
    }

    /// Remembers invalidations that another process has announced. No answer may be stored that was asked for here or there
    /// before.
    private func learn(_ items: [AnnouncedInvalidation]) {
        for item in items where !invalidations.knows(item.name) {
            invalidations.begin(
                item.request, at: item.moment, epoch: item.epoch, heard: epochs.pass(item.epoch), name: item.name,
                isAnothers: true)
        }
    }

    private func covers(_ item: AnnouncedInvalidation, _ record: EntryRecord) -> Bool {
        UnsettledInvalidations.covers(item.moment, item.epoch, record, now: parts.clock.now())
            && meets(item.request, record, now: item.moment)
    }

    /// Before the store is looked through: what was invalidated and not carried out is held against what is found, and
    /// changes are followed from here on.
    func beginFollowing() throws(StoreError) {
        guard let log = parts.changes else { return }
        let position: LogPosition
        let known: Announcements
        do throws(StoreError) {
            position = try log.end()
            known = try log.announcements(since: nil)
        } catch {
            store.report(error)
            throw error
        }
        learn(known.items.filter { !known.finished.contains($0.name) })
        follower.begin(at: position)
    }

    /// Which of some entries that could not be written in time may still be written: those that no invalidation has
    /// passed by. An entry older than the log of invalidations reaches is not vouched for by anybody.
    func stillValid(_ entries: [CacheEntry]) throws(StoreError) -> (entries: [CacheEntry], checked: Timestamp) {
        guard let log = parts.changes else { return (entries, parts.clock.now()) }
        let known = try log.announcements(since: nil)
        learn(known.items.filter { !known.finished.contains($0.name) })
        var kept: [CacheEntry] = []
        for entry in entries {
            let record = self.record(of: entry.header)
            let isInReach = known.reachesBackTo.map { $0 <= record.created } ?? true
            let isGone = known.items.contains { covers($0, record) }
            if isInReach && !isGone && !isInvalidated(record) {
                kept.append(entry)
            } else {
                // Whoever is storing it is about to take it into memory.
                forget([record.id], forGood: true)
            }
        }
        return (kept, known.readAt)
    }

    /// Takes an entry that was invalidated out of everything.
    func discard(_ record: EntryRecord) {
        forget([record.id], forGood: true)
        _ = try? accessStore { (store) throws(StoreError) in try store.remove([record.reference]) }
    }

    /// Whether what is here already under the same key outdoes what a look through the store has brought: it waits for the
    /// store, or it is newer.
    ///
    /// Which of two is newer their times say among nodes, all of which go by the store's clock. One process alone goes by
    /// what it holds: the wall clock may have been set back between two answers, and what was stored or read here since the
    /// start is the later one, unless the last run's snapshot brought it and `isUnconfirmed` says that the store has not
    /// been seen to hold it.
    func isSuperseded(_ header: EntryHeader, isUnconfirmed: (EntryID) -> Bool = { _ in false }) -> Bool {
        guard let record = directory.record(exactKey: header.exactKey), record.id != header.id else { return false }
        if store.pending.entry(record.id) != nil { return true }
        return store.isShared ? record.created > header.created : !isUnconfirmed(record.id)
    }

    /// Takes entries out of memory; `forGood` when they were removed, so that whoever has just read them from the store does
    /// not bring them back.
    func forget(_ ids: [EntryID], forGood: Bool = false) {
        if forGood { for id in ids { follower.noteRemoval(id) } }
        directory.remove(ids)
        memory.remove(ids)
    }
}
