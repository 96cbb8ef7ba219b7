/// A prompt that the ledger keeps a sum of, beside the rows: which prompts save most, and which near-misses cost most.
public struct LedgerSubject: Hashable, Sendable {
    /// What the sum is of.
    public enum Kind: UInt8, Sendable, CaseIterable {
        /// Hits on an entry, and what they avoided.
        case saved = 1
        /// Model calls after a miss whose nearest entry was not good enough, and what they cost.
        case nearMiss = 2

        /// The word in reports and in Redis.
        public var word: String { "\(self)" }
    }

    /// What the sum is of.
    public var kind: Kind
    /// Names the entry's folded text within its scope: what stays the same when the answer is stored anew.
    public var digest: UInt64
    /// The entry; the latest where there were several.
    public var entry: EntryID

    /// A subject.
    public init(kind: Kind, digest: UInt64, entry: EntryID) {
        (self.kind, self.digest, self.entry) = (kind, digest, entry)
    }
}

/// A sum about a subject, of one day.
public struct LedgerSubjectRow: Sendable, Equatable {
    /// Days since 1970.
    public var day: Int64
    /// The namespace.
    public var namespace: String
    /// The prompt.
    public var subject: LedgerSubject
    /// How often.
    public var count: Int64
    /// Nano-dollars avoided, or charged after a near-miss.
    public var nano: Int64

    /// A row.
    public init(day: Int64, namespace: String, subject: LedgerSubject, count: Int64, nano: Int64) {
        (self.day, self.namespace, self.subject, self.count, self.nano) = (day, namespace, subject, count, nano)
    }

    /// Most money first, then the most often, then by name: the order of every list of subjects.
    public static func weightier(_ a: Self, _ b: Self) -> Bool {
        (a.nano, a.count, b.subject.digest) > (b.nano, b.count, a.subject.digest)
    }
}

/// Which subjects a report asks for.
public struct LedgerSubjectQuery: Sendable, Equatable {
    /// What of.
    public var kind: LedgerSubject.Kind
    /// Days since 1970; whole days, since subjects are kept by day.
    public var days: Range<Int64>
    /// Only this namespace.
    public var namespace: String?
    /// At most so many, the weightiest first.
    public var limit: Int

    /// A query.
    public init(kind: LedgerSubject.Kind, days: Range<Int64>, namespace: String? = nil, limit: Int) {
        (self.kind, self.days, self.namespace, self.limit) = (kind, days, namespace, limit)
    }
}
