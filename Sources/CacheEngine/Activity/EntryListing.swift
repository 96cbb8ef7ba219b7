import CacheModel

/// Which entries a list wants; the given conditions must all hold.
public struct EntryQuery: Sendable, Equatable {
    /// Entries of this namespace.
    public var namespace: String?
    /// Entries of this model.
    public var model: String?
    /// Entries stored for this user.
    public var user: String?
    /// Entries of this tenant.
    public var tenant: String?
    /// Entries that carry this tag.
    public var tag: String?
    /// Entries whose name begins so, or, in namespaces that may show prompts, whose prompt holds this (ASCII letters of
    /// either case).
    public var search: String?
    /// Only entries older than this one: where a page goes on.
    public var after: EntryID?
    /// The most of a page.
    public var limit: Int

    /// A query for all entries.
    public init(limit: Int) { self.limit = limit }
}

/// An entry as a list shows it.
public struct EntrySummary: Sendable {
    /// The name.
    public var id: EntryID
    /// The namespace.
    public var namespace: String
    /// The model that answered.
    public var model: String?
    /// Whose data it is.
    public var tenant: String?
    /// Who asked.
    public var user: String?
    /// Names for invalidation.
    public var tags: [String]
    /// When it was stored.
    public var created: Timestamp
    /// When its life ends.
    public var expires: Timestamp?
    /// Names the folded prompt within its scope.
    public var digest: UInt64
    /// The prompt, where the namespace allows it.
    public var prompt: String?
}

/// A page of entries, the youngest first.
public struct EntryPage: Sendable {
    /// The entries.
    public var entries: [EntrySummary]
    /// How many meet the query, those of other pages included.
    public var matched: Int
    /// Where the next page goes on; `nil` after the last.
    public var next: EntryID?
}

/// Finds the entries of a page.
struct EntryLister {
    let directory: EntryDirectory
    let policies: PolicyTable
    let now: Timestamp

    /// The page that `query` asks for. O(entries); the directory is held for a few thousand at a time only.
    func page(_ query: EntryQuery) -> EntryPage {
        let search = query.search.map { Array($0.utf8) }
        let wantedCount = query.limit + 1
        var found: [EntryRecord] = []
        var matched = 0
        var slot: Int? = 0
        while let start = slot {
            let piece = directory.records(from: start, count: 4096)
            for record in piece.records where meets(query, search, record) {
                matched += 1
                if let after = query.after, record.id >= after { continue }
                found.append(record)
                if found.count >= 4 * wantedCount { Self.keepYoungest(wantedCount, &found) }
            }
            slot = piece.next
        }
        Self.keepYoungest(wantedCount, &found)
        let hasMore = found.count > query.limit
        let entries = found.prefix(query.limit).map(summary)
        return EntryPage(entries: entries, matched: matched, next: hasMore ? entries.last?.id : nil)
    }

    private static func keepYoungest(_ count: Int, _ records: inout [EntryRecord]) {
        records.sort { $0.id > $1.id }
        if records.count > count { records.removeLast(records.count - count) }
    }

    private func meets(_ query: EntryQuery, _ search: [UInt8]?, _ record: EntryRecord) -> Bool {
        func allows(_ wanted: String?, _ value: String?) -> Bool { wanted == nil || wanted == value }
        guard !record.isExpired(at: now), allows(query.namespace, record.namespace), allows(query.model, record.model),
            allows(query.user, record.user), allows(query.tenant, record.tenant),
            query.tag.map(record.tags.contains) ?? true
        else { return false }
        guard let search else { return true }
        if search.count <= 26, Self.holds(search, record.id.description, onlyAtStart: true) { return true }
        return policies.policy(of: record.namespace).showsText && Self.holds(search, record.prompt, onlyAtStart: false)
    }

    private func summary(_ record: EntryRecord) -> EntrySummary {
        EntrySummary(
            id: record.id, namespace: record.namespace, model: record.model, tenant: record.tenant, user: record.user,
            tags: record.tags, created: record.created, expires: record.expires, digest: record.foldedKey.w0,
            prompt: policies.policy(of: record.namespace).shown(record.prompt))
    }

    /// Whether `text` holds `needle`, ASCII letters of either case.
    static func holds(_ needle: [UInt8], _ text: String, onlyAtStart: Bool) -> Bool {
        func folded(_ byte: UInt8) -> UInt8 { byte >= 0x41 && byte <= 0x5A ? byte | 0x20 : byte }
        guard let first = needle.first.map(folded) else { return true }
        var text = text
        return text.withUTF8 { text in
            guard text.count >= needle.count else { return false }
            let last = onlyAtStart ? 0 : text.count - needle.count
            return (0...last).contains { start in
                guard folded(text[start]) == first else { return false }
                return needle.indices.allSatisfy { folded(text[start + $0]) == folded(needle[$0]) }
            }
        }
    }
}
