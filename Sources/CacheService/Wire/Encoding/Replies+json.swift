import CacheModel

extension StoreReply {
    /// Writes the reply as the wire's JSON object.
    func write(to writer: inout JSONWriter) {
        writer.object { writer in
            switch self {
            case .stored(let id):
                writer.member("status", "stored")
                writer.member("entry_id", id)
            case .refused(let reason):
                writer.member("status", "refused")
                writer.member("reason", reason.rawValue)
            }
        }
    }
}

extension InvalidationReply {
    /// Writes the reply as the wire's JSON object.
    func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("matched", matched)
            writer.member("removed", removed)
            writer.name("sample")
            writer.array { writer in for id in sample { writer.string(id) } }
            if let values { writer.member("values", values) }
            if let scheduled {
                writer.member("scheduled", scheduled.id)
                writer.member("at", scheduled.at.iso8601)
            }
        }
    }
}

extension FeedbackReply {
    /// Writes the reply as the wire's JSON object.
    func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("lookup_id", lookup.id)
            writer.member("entry_id", lookup.entry.id)
            writer.member("hit_type", lookup.hitType.rawValue)
            writer.member("verdict", verdict.rawValue)
            writer.member("effect", effect.rawValue)
        }
    }
}

extension CacheEntry {
    /// Writes the entry as the wire's JSON object: all but its vector.
    func write(to writer: inout JSONWriter, now: Timestamp) {
        writer.object { writer in
            writer.member("entry_id", header.id)
            writer.member("namespace", header.namespace)
            writer.member("prompt", header.prompt)
            writer.member("semantic", flag: header.isSemantic)
            if let model = header.model { writer.member("model", model) }
            if let provider = header.provider { writer.member("provider", provider) }
            if let tenant = header.tenant { writer.member("tenant", tenant) }
            if let user = header.user { writer.member("user", user) }
            writer.name("tags")
            writer.array { writer in for tag in header.tags { writer.string(tag) } }
            writer.member("scope", header.scope.description)
            writer.member("exact_key", header.exactKey.description)
            writer.member("created_at", header.created.iso8601)
            writer.member("age_s", max(0, now.seconds(since: header.created).wholeSeconds))
            if let expires = header.expires {
                writer.member("expires_at", expires.iso8601)
                writer.member("ttl_s", (header.staleAt ?? expires).seconds(since: now).wholeSeconds)
            }
            if let staleAt = header.staleAt { writer.member("stale_at", staleAt.iso8601) }
            if header.epoch > 0 { writer.member("epoch", Int(header.epoch)) }
            if let template = header.template { writer.member("template", template) }
            if !header.dependsOn.isEmpty {
                writer.name("depends_on")
                writer.array { writer in for name in header.dependsOn { writer.string(name) } }
            }
            if let embedder = header.vector?.embedder { writer.member("embedder", embedder) }
            writer.member("response", raw: body.response)
            if let usage = body.usage {
                writer.member("usage") { usage.write(to: &$0) }
                writer.member("usage_estimated", flag: body.isUsageEstimated)
            }
            if let cost = body.cost { writer.member("cost_usd", dollars: cost) }
            if let latency = body.latencyMilliseconds { writer.member("latency_ms", figure: latency) }
        }
    }
}

extension Timestamp {
    /// The moment as `2027-01-15T08:00:00.000Z`.
    var iso8601: String {
        let date = CivilDate(self)
        let milliseconds = Int(((self.milliseconds % 1000) + 1000) % 1000)
        return "\(date.year.padded(4))-\(date.month.padded(2))-\(date.day.padded(2))T\(date.time)"
            + ".\(milliseconds.padded(3))Z"
    }

    /// The moment as HTTP's headers write it: `Fri, 15 Jan 2027 08:00:00 GMT`.
    var httpDate: String {
        let date = CivilDate(self)
        let weekdays = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        return "\(weekdays[date.weekday]), \(date.day.padded(2)) \(months[date.month - 1]) \(date.year.padded(4)) "
            + "\(date.time) GMT"
    }
}

/// A moment in the proleptic Gregorian calendar, UTC (days from civil: Howard Hinnant, "chrono-compatible low-level
/// date algorithms").
struct CivilDate {
    let year, month, day, secondOfDay: Int
    /// Days since a Thursday, modulo 7.
    let weekday: Int

    init(_ moment: Timestamp) {
        // Beyond these a year has more than four digits.
        let bounded = max(-62_167_219_200_000, min(253_402_300_799_999, moment.milliseconds))
        let seconds = Int(bounded >= 0 ? bounded / 1000 : (bounded - 999) / 1000)
        let days = seconds >= 0 ? seconds / 86_400 : (seconds - 86_399) / 86_400
        secondOfDay = seconds - days * 86_400
        weekday = ((days % 7) + 7) % 7
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    /// `08:00:00`.
    var time: String {
        "\((secondOfDay / 3600).padded(2)):\((secondOfDay / 60 % 60).padded(2)):\((secondOfDay % 60).padded(2))"
    }
}

extension Int {
    /// The digits, with zeros before them up to `width`.
    func padded(_ width: Int) -> String {
        let digits = String(self)
        return digits.count >= width ? digits : String(repeating: "0", count: width - digits.count) + digits
    }
}
