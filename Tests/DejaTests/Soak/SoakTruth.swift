import CacheModel
import CacheService
import Foundation
import TestSupport

/// One question of the soak: what the right answer is follows from it.
struct SoakQuestion {
    let tenant: String
    let verb: Int
    let object: Int
    let number: Int

    private static let verbs = ["enable", "disable", "export", "delete", "rename", "share"]
    private static let objects = ["report", "workspace", "invoice", "webhook", "dashboard", "password", "backup"]

    /// The question of a number; a few hundred of them for each tenant.
    init(_ index: Int, tenant: String) {
        self.tenant = tenant
        verb = index % Self.verbs.count
        object = index / Self.verbs.count % Self.objects.count
        number = 2 + index / (Self.verbs.count * Self.objects.count)
    }

    /// The question's texts: as it is kept, folded, and said in other words.
    func text(_ wording: Int) -> String {
        let (verb, object) = (Self.verbs[verb], Self.objects[object])
        switch wording {
        case 0: return "How do I \(verb) \(object) \(number)?"
        case 1: return "  how do i \(verb)  \(object) \(number)"
        default: return "Please tell me how to \(verb) \(object) \(number)"
        }
    }

    /// What every right answer begins with.
    var label: String { "\(tenant)|\(Self.verbs[verb])|\(Self.objects[object])|\(number)|" }
}

/// What may be known of one kept answer. One worker changes it, so that its order is known.
struct SoakFact {
    /// Answers that a lookup may give now, by version; `nil` for a miss. More than one where a reply was lost on the way.
    var allowed: Set<Int?> = [nil]
    var version = 0
    /// What was asked last and what was said to it, for who looks into a failure.
    private(set) var history: [String] = []

    mutating func note(_ what: String, _ reply: DejaClient.Response?) {
        let said = reply.map { "\($0.status) \($0.text.prefix(160))" } ?? "no reply"
        history = history.suffix(4) + ["\(SystemClock().now().milliseconds) \(what) \(version): \(said)"]
    }

    /// A store was acknowledged.
    mutating func stored(_ version: Int) { allowed = [version] }
    /// Nobody knows whether a store arrived.
    mutating func maybeStored(_ version: Int) { allowed.insert(version) }
    /// A removal was acknowledged.
    mutating func removed() { allowed = [nil] }
    /// Nobody knows whether a removal arrived.
    mutating func maybeRemoved() { allowed.insert(nil) }
}

/// What the soak has counted.
struct SoakCounts: Sendable {
    var lookups = 0
    var hits = 0
    var semanticHits = 0
    var stores = 0
    var removals = 0
    var appends = 0
    var bad = 0
    /// Requests that got no reply: the server was down, or the connection was cut.
    var unanswered = 0
    /// Lookups among them.
    var unansweredLookups = 0
    /// Lookups with another reply than 200: it may have been counted or not.
    var refusedLookups = 0
    /// Replies 5xx.
    var serverErrors = 0
    /// Hits whose answer is not the question's.
    var wrong: [String] = []
    /// Hits with an answer that was replaced or removed before.
    var outdated: [String] = []
    /// Misses of what was acknowledged and never removed.
    var lost: [String] = []

    static func + (a: SoakCounts, b: SoakCounts) -> SoakCounts {
        var sum = a
        sum.lookups += b.lookups
        sum.hits += b.hits
        sum.semanticHits += b.semanticHits
        sum.stores += b.stores
        sum.removals += b.removals
        sum.appends += b.appends
        sum.bad += b.bad
        sum.unanswered += b.unanswered
        sum.unansweredLookups += b.unansweredLookups
        sum.refusedLookups += b.refusedLookups
        sum.serverErrors += b.serverErrors
        sum.wrong += b.wrong
        sum.outdated += b.outdated
        sum.lost += b.lost
        return sum
    }

    var operations: Int { lookups + stores + removals + appends + bad }
}
