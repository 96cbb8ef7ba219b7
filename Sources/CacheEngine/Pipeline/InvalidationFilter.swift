import CacheModel

/// What entries are held against an invalidation by, however many they are: its prompt is folded once, and named once for
/// each tenant and namespace.
struct InvalidationFilter {
    /// The places whose names of the prompt differ.
    private struct Place: Hashable {
        var namespace: String
        var tenant: String?
    }

    private let request: InvalidationRequest
    private let now: Timestamp
    private let keyMaker: KeyMaker
    /// The folded prompt, if one is given.
    private let text: String?
    private var names: [Place: UInt64] = [:]

    /// The conditions of `request`, where ages are counted until `now`. O(bytes of its prompt).
    init(_ request: InvalidationRequest, now: Timestamp, keyMaker: KeyMaker) {
        (self.request, self.now, self.keyMaker) = (request, now, keyMaker)
        text = request.prompt.map { keyMaker.fold($0).text }
    }

    /// Whether all given conditions hold.
    mutating func isMet(by record: EntryRecord) -> Bool {
        guard record.matches(request, now: now) else { return false }
        guard let text else { return true }
        return record.textName == name(of: text, beside: record)
    }

    /// What a record of the same tenant and namespace has for a name where `text` is its prompt.
    private mutating func name(of text: String, beside record: EntryRecord) -> UInt64 {
        let place = Place(namespace: record.namespace, tenant: record.tenant)
        if let known = names[place] { return known }
        let name = keyMaker.textName(text, namespace: place.namespace, tenant: place.tenant)
        names[place] = name
        return name
    }
}
