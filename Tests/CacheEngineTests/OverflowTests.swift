import CacheModel
import TestSupport
import Testing

@testable import CacheEngine

/// What clients report is added up for ever; no sum may stop the process.
struct OverflowTests {
    private let most = TokenUsage(
        promptTokens: .max, completionTokens: .max, cachedPromptTokens: .max, reasoningTokens: .max)

    @Test func tokensOfHitsAddUpWithoutEnd() {
        let counters = EngineCounters()
        var reply = LookupReply(
            status: .hit,
            lookupID: EntryID(created: Timestamp(milliseconds: 0), scope: Digest256(0, 0, 0, 0), random: 1))
        reply.hitType = .exact
        reply.avoided = AvoidedCost(usage: most, cost: NanoDollars(.max), latencyMilliseconds: nil)
        for _ in 0..<10_000 { counters.count(reply, nanoseconds: 1) }
        #expect(most.totalTokens > 0)
    }

    @Test func dollarsOfOnePromptAddUpWithoutEnd() {
        var sum = LedgerAccumulator()
        let subject = LedgerSubject(kind: .saved, digest: 1, entry: EntryID(high: 0, low: 1))
        for _ in 0..<3 {
            var event = LedgerEvent(key: LedgerKey(hour: 0, namespace: "n"))
            event.subject = subject
            event.add(.avoidedNano, .max / 2)
            sum.add(event)
        }
        #expect(sum.batch([]).subjects.map(\.nano) == [.max])
    }

    @Test func spendingAddsUpWithoutEnd() throws {
        var policy = NamespacePolicy()
        policy.budgets = [SpendLimit(NanoDollars(1), per: .day)]
        let book = BudgetBook(policies: PolicyTable(fallback: policy), clock: TestClock())
        for _ in 0..<3 { book.charge(.max / 2, namespace: "n", user: nil, hour: 0) }
        let state = try #require(book.tightest(namespace: "n", user: nil, at: Timestamp(milliseconds: 0)))
        #expect(state.spent.amount == .max)
    }
}
