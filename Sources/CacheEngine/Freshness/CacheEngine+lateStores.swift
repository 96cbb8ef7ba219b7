import CacheModel

/// What is known of when an answer that is stored was asked for.
struct Question: Sendable {
    /// Now.
    var now: Timestamp
    /// The clock of epochs then, from the lookup's own word or its lease.
    var epoch: Int64?
    /// The moment, from the time that the model took, where nothing better is known.
    var askedAt: Timestamp?

    init(_ request: StoreRequest, lease epoch: Int64?, _ now: Timestamp) {
        self.now = now
        self.epoch = request.epoch ?? epoch
        guard self.epoch == nil, let latency = request.latencyMilliseconds else { return }
        askedAt = now.adding(seconds: -latency / 1000)
    }
}

/// Stores that come too late: what they bring was invalidated, or lost its ground, while the model was asked.
extension CacheEngine {
    /// Why an entry must not be kept, or must go again: an invalidation or a bump has outrun it, or what it rests on is
    /// gone.
    func lateRefusal(_ record: EntryRecord, askedAt: Timestamp?) -> RefusalReason? {
        if isOutrun(record, askedAt: askedAt) { return .epoch }
        let hasGround = dependencies(of: record.dependsOn).allSatisfy { found in
            guard let found else { return false }
            return !found.isExpired(at: parts.clock.now()) && !isOver(found) && found.namespace == record.namespace
                && found.tenant == record.tenant
        }
        return hasGround ? nil : .dependency
    }

    /// Whether a store of `record` has been outrun by an invalidation or a bump: its answer was asked for before.
    func isOutrun(_ record: EntryRecord, askedAt: Timestamp?) -> Bool {
        if isOver(record) { return true }
        if let askedAt,
            epochs.isOver(
                askedAt: askedAt, namespace: record.namespace, model: record.model, template: record.template)
        {
            return true
        }
        return invalidations.outruns(epoch: record.epoch, askedAt: askedAt) { item in
            // It is stored after the moment of any appointment; what counts is when its answer was asked for.
            var request = item.request
            request.createdUntil = nil
            return meets(request, record, now: item.moment)
        }
    }

    /// Lets an entry live no longer than the entries that it rests on.
    func boundLife(of header: inout EntryHeader) {
        for case let record? in dependencies(of: header.dependsOn) {
            if let end = record.expires { header.expires = min(header.expires ?? end, end) }
            guard let end = record.freshUntil else { continue }
            header.staleAt = header.staleAt.map { min($0, end) } ?? (record.staleAt == nil ? nil : end)
        }
    }

    /// The records of those names that are of entries, `nil` for one that is not here. Other names are tags, which are
    /// always there.
    private func dependencies(of names: [String]) -> [EntryRecord?] {
        names.compactMap { EntryID($0) }.map { directory.record($0) }
    }

    /// What a stored answer's call cost, where that is known.
    func cost(of request: StoreRequest) -> NanoDollars? {
        if let cost = request.cost { return cost }
        guard let usage = request.usage, let model = request.request.model else { return nil }
        return parts.pricing.cost(of: usage, model: model, provider: request.request.provider)
    }

    /// The model has failed on a request.
    func noteFailure(of request: CacheRequest, _ keys: CacheKeys) {
        let folded = keyMaker.foldedKeys(of: keys, namespace: request.namespace, tenant: request.tenant)
        noteFailure(LeaseKey(namespace: request.namespace, scope: keys.scope, text: folded.key))
    }
}
