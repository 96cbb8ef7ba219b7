import CacheEngine
import CacheModel

extension RateLimitOutcome {
    /// Writes the outcome as the wire's JSON object.
    func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("allowed", flag: isAllowed)
            writer.member("remaining", remaining)
            if let retryAfter { writer.member("retry_after_s", figure: retryAfter) }
            writer.member("reset_s", figure: resetAfter)
            if isLocal { writer.member("degraded", flag: true) }
        }
    }
}

extension BudgetState {
    /// Writes the state as members of an object.
    func writeMembers(to writer: inout JSONWriter) {
        writer.member("namespace", key.namespace)
        if let user = key.user { writer.member("user", user) }
        writer.member("period", key.period.rawValue)
        writer.member("limit_usd", dollars: limit)
        writer.member("spent_usd", dollars: spent)
        writer.member("left_usd", dollars: left)
        writer.member("resets_at", resets.iso8601)
        writer.member("enforced", flag: isEnforced)
    }
}

extension RecentLookup {
    /// Writes the lookup as the wire's JSON object.
    func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("at", at.iso8601)
            writer.member("lookup_id", lookupID)
            writer.member("namespace", namespace)
            if let model { writer.member("model", model) }
            if let user { writer.member("user", user) }
            writer.member("status", status.rawValue)
            if let hitType { writer.member("hit_type", hitType.rawValue) }
            if let reason { writer.member("reason", reason.rawValue) }
            if let entryID { writer.member("entry_id", entryID) }
            if let similarity { writer.member("similarity", figure: similarity) }
            if let probability { writer.member("probability", figure: probability) }
            if let requiredProbability { writer.member("required_probability", figure: requiredProbability) }
            writer.member("digest", Self.text(digest: promptDigest))
            if let prompt { writer.member("prompt", prompt) }
            writer.member("us", figure: Double(nanoseconds) / 1000)
            if let avoided { writer.member("avoided_usd", dollars: avoided) }
        }
    }

    /// Twelve hexadecimal digits, as `Digest256.short` has them.
    static func text(digest: UInt64) -> String { Digest256(digest, 0, 0, 0).short }
}

extension MatchingPicture {
    /// Writes the picture as the wire's JSON object.
    func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("count", count)
            writer.member("bins", Self.bins)
            if let requiredProbability { writer.member("required_probability", figure: requiredProbability) }
            writer.member("similarity") { Self.write(similarity, to: &$0) }
            writer.member("probability") { Self.write(probability, to: &$0) }
        }
    }

    private static func write(_ counts: [Outcome: [Int]], to writer: inout JSONWriter) {
        for outcome in Outcome.allCases {
            writer.name(outcome.rawValue)
            writer.array { writer in for count in counts[outcome] ?? [] { writer.integer(count) } }
        }
    }
}

extension EntryPage {
    /// Writes the page as the wire's JSON object.
    func write(to writer: inout JSONWriter, now: Timestamp) {
        writer.object { writer in
            writer.member("matched", matched)
            writer.name("entries")
            writer.array { writer in for entry in entries { entry.write(to: &writer, now: now) } }
            if let next { writer.member("next", next) }
        }
    }
}

extension EntrySummary {
    fileprivate func write(to writer: inout JSONWriter, now: Timestamp) {
        writer.object { writer in
            writer.member("entry_id", id)
            writer.member("namespace", namespace)
            if let model { writer.member("model", model) }
            if let tenant { writer.member("tenant", tenant) }
            if let user { writer.member("user", user) }
            writer.name("tags")
            writer.array { writer in for tag in tags { writer.string(tag) } }
            writer.member("age_s", max(0, now.seconds(since: created).wholeSeconds))
            if let expires { writer.member("ttl_s", expires.seconds(since: now).wholeSeconds) }
            writer.member("digest", RecentLookup.text(digest: digest))
            if let prompt { writer.member("prompt", prompt) }
        }
    }
}

extension SubjectLine {
    /// Writes the line as the wire's JSON object.
    func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("namespace", row.namespace)
            writer.member("entry_id", row.subject.entry)
            writer.member("digest", RecentLookup.text(digest: row.subject.digest))
            if let prompt { writer.member("prompt", prompt) }
            writer.member("count", Int(row.count))
            writer.member("usd", dollars: NanoDollars(row.nano))
        }
    }
}

extension Alert {
    /// Writes the alert as the wire's JSON object.
    func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("code", note.code)
            if let namespace = note.namespace { writer.member("namespace", namespace) }
            writer.member("text", note.text)
            writer.member("since", since.iso8601)
        }
    }
}
