import CacheModel

/// What memory holds of one live entry: its header without the vector, which the index holds.
///
/// Immutable, so that a lookup can go on with it after it has left the directory's lock.
final class EntryRecord: Sendable {
    let id: EntryID
    let origin: EntryOrigin
    let exactKey: Digest256
    let foldedKey: Digest256
    let textName: UInt64
    let prompt: String
    let user: String?
    let tags: [String]
    let created: Timestamp
    let expires: Timestamp?
    let staleAt: Timestamp?
    let epoch: Int64
    let dependsOn: [String]
    let use: EntryUse

    /// The record of a header. `known` is an origin that may be its, and then saves looking for it; `moment` is when it came
    /// here, where that is not when it was stored.
    init(_ header: EntryHeader, textName: UInt64, origin known: EntryOrigin? = nil, at moment: Timestamp? = nil) {
        id = header.id
        if let known, known.fits(header) { origin = known } else { origin = EntryOrigin.shared(header) }
        exactKey = header.exactKey
        foldedKey = header.foldedKey
        self.textName = textName
        prompt = header.prompt
        user = header.user
        tags = header.tags
        created = header.created
        expires = header.expires
        staleAt = header.staleAt
        epoch = header.epoch
        dependsOn = header.dependsOn
        use = EntryUse(at: moment ?? header.created)
    }

    var scope: Digest256 { origin.scope }
    var namespace: String { origin.namespace }
    var model: String? { origin.model }
    var provider: String? { origin.provider }
    var tenant: String? { origin.tenant }
    var template: String? { origin.template }

    /// When it stops being fresh; `nil` for never.
    var freshUntil: Timestamp? { staleAt ?? expires }
    func isStale(at now: Timestamp) -> Bool { staleAt.map { $0 <= now } ?? false }

    /// What a lease for its prompt is named by.
    var leaseKey: LeaseKey { LeaseKey(namespace: namespace, scope: scope, text: foldedKey) }

    var reference: EntryReference { EntryReference(id: id, namespace: namespace, scope: scope) }

    func isExpired(at now: Timestamp) -> Bool { expires.map { $0 <= now } ?? false }

    /// Whether all given conditions of `request` hold but its prompt, which `InvalidationFilter` knows the name of.
    func matches(_ request: InvalidationRequest, now: Timestamp) -> Bool {
        func allows<Value: Equatable>(_ wanted: Value?, _ value: Value?) -> Bool { wanted == nil || wanted == value }
        return allows(request.id, id) && allows(request.namespace, namespace) && allows(request.model, model)
            && allows(request.user, user) && allows(request.tenant, tenant) && allows(request.template, template)
            && (request.createdUntil.map { created <= $0 } ?? true)
            && (request.tags.isEmpty || carries(anyOf: request.tags))
            && (request.olderThan.map { now.seconds(since: created) > $0 } ?? true)
    }

    /// Whether it carries one of `tags` or rests on one.
    private func carries(anyOf wanted: [String]) -> Bool {
        let wanted = Set(wanted)
        return !wanted.isDisjoint(with: tags) || !wanted.isDisjoint(with: dependsOn)
    }
}
