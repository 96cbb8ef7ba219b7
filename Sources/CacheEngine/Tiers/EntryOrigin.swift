import CacheModel

/// What the entries of a scope have in common: kept once and shared, where each entry would hold 128 bytes of it.
final class EntryOrigin: Sendable {
    let scope: Digest256
    let namespace: String
    let model: String?
    let provider: String?
    let tenant: String?
    let template: String?

    private init(_ header: EntryHeader) {
        scope = header.scope
        namespace = header.namespace
        model = header.model
        provider = header.provider
        tenant = header.tenant
        template = header.template
    }

    /// The origin of `header`: the one that other entries hold already, if any does. O(1) amortised.
    static func shared(_ header: EntryHeader) -> EntryOrigin { table.withLock { $0.origin(of: header) } }

    private static let table = Locked(Table())

    /// Whether `header` is of this origin.
    func fits(_ header: EntryHeader) -> Bool {
        scope == header.scope && namespace == header.namespace && model == header.model && provider == header.provider
            && tenant == header.tenant && template == header.template
    }

    /// The origins that some entry holds, found by the first word of their scope; the table itself keeps none alive.
    private struct Table {
        private struct Reference { weak var origin: EntryOrigin? }

        private var references: [UInt64: [Reference]] = [:]
        private var count = 0
        private var sweepAt = 1024

        mutating func origin(of header: EntryHeader) -> EntryOrigin {
            let key = header.scope.w0
            for reference in references[key] ?? [] {
                if let origin = reference.origin, origin.fits(header) { return origin }
            }
            let origin = EntryOrigin(header)
            references[key, default: []].append(Reference(origin: origin))
            count += 1
            if count >= sweepAt { sweep() }
            return origin
        }

        /// Forgets the origins that no entry holds any more.
        private mutating func sweep() {
            references = references.compactMapValues { bucket in
                let alive = bucket.filter { $0.origin != nil }
                return alive.isEmpty ? nil : alive
            }
            count = references.values.reduce(0) { $0 + $1.count }
            sweepAt = max(1024, 2 * count)
        }
    }
}
