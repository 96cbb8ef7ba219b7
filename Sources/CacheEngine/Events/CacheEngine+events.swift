import CacheModel

/// What the engine tells of.
extension CacheEngine {
    /// The events, for whoever listens.
    public var events: EventHub? { hub }

    /// Tells of a lookup's end.
    func tell(_ reply: LookupReply, _ pass: LookupPass, nanoseconds: UInt64) {
        let kind: CacheEvent.Kind
        switch reply.status {
        case .hit, .stale: kind = .hit
        case .miss: kind = .miss
        // What the caller has kept from the cache is no business of the cache's.
        case .bypass: return
        }
        var event = CacheEvent(kind, namespace: pass.request.namespace)
        event.detail = reply.status == .stale ? "stale" : reply.hitType?.rawValue ?? reply.reason?.rawValue
        event.tenant = pass.request.tenant
        event.entryID = reply.entryID
        event.key = pass.keys.exact
        event.model = reply.model ?? pass.request.model
        event.similarity = reply.similarity ?? reply.nearest?.similarity
        event.nanoseconds = nanoseconds
        event.avoided = reply.avoided?.cost
        event.prompt = pass.policy.shown(pass.keys.prompt)
        hub.post(event)
    }

    /// Tells of a store's end.
    func tell(_ reply: StoreReply, _ request: StoreRequest) {
        var event = CacheEvent(.store, namespace: request.request.namespace)
        event.tenant = request.request.tenant
        event.model = request.request.model
        switch reply {
        case .stored(let id): (event.detail, event.entryID) = ("stored", id)
        case .refused(let reason): event.detail = reason.rawValue
        }
        hub.post(event)
    }

    /// Tells of entries that have left, those of each namespace and tenant together.
    func tell(_ kind: CacheEvent.Kind, _ records: [EntryRecord]) {
        let groups = Dictionary(grouping: records) { [$0.namespace, $0.tenant.map { "=" + $0 } ?? ""] }
        for group in groups.values {
            var event = CacheEvent(kind, namespace: group[0].namespace)
            event.tenant = group[0].tenant
            if group.count == 1 {
                (event.entryID, event.key, event.model) = (group[0].id, group[0].exactKey, group[0].model)
            } else {
                event.count = group.count
            }
            hub.post(event)
        }
    }
}
