import CacheModel
import SQLiteStore
import TestSupport
import Testing

@testable import CacheEngine

/// A report says what to look at, with the figures it says it from, and shows no more than it may.
struct ReportAdviceTests {
    private let clock = TestClock()

    private func events(
        _ count: Int, namespace: String = "n", _ change: (Int, inout LedgerEvent) -> Void
    ) -> [LedgerEvent] {
        (0..<count).map { number in
            var event = LedgerEvent(
                key: LedgerKey(hour: LedgerEvent.hour(of: clock.now()), namespace: namespace, model: "m"))
            change(number, &event)
            return event
        }
    }

    private func report(
        _ events: [LedgerEvent], policy: NamespacePolicy = NamespacePolicy(), budgets: BudgetBook? = nil,
        prompt: String? = nil
    ) throws -> Report {
        let store = try SQLiteStore(.memory, clock: clock)
        let ledger = Ledger(store: store, spool: nil, clock: clock)
        for event in events { ledger.record(event) }
        let builder = ReportBuilder(ledger: ledger, policies: PolicyTable(fallback: policy), budgets: budgets) {
            SubjectLine(row: $0, prompt: prompt)
        }
        return try builder.build(
            ReportRequest(since: clock.now().adding(seconds: -86_400), until: clock.now().adding(seconds: 1)))
    }

    private func codes(_ notes: [ReportNote]) -> [String] { notes.map(\.code) }

    @Test func falseHitsAreTheWrongOnesOfThoseThatFeedbackSpokeAboutWithAnInterval() throws {
        let few = try report(
            events(100) { number, event in event.add(number == 0 ? .feedbackWrong : .feedbackRight) })
        #expect(few.json.contains("\"false_hit_rate\":0.01,"))
        #expect(few.json.contains("\"false_hit_interval\":[0.001767"), "Wilson's interval of 1 in 100: \(few.json)")
        #expect(codes(few.alerts) == [], "one in a hundred is within what is allowed")
        #expect(few.table.contains("1.0% [0.2%, 5.4%] of 100 judged"))
        let many = try report(
            events(100) { number, event in event.add(number < 10 ? .feedbackWrong : .feedbackRight) })
        #expect(codes(many.alerts) == ["false_hits_over_target"])
        #expect(many.alerts[0].text.contains("10 of 100") && many.alerts[0].text.contains("5.5%"))
        let silent = try report(events(5) { _, event in event.add(.exactHits) })
        #expect(!silent.json.contains("false_hit_rate"), "without feedback there is no rate")
    }

    @Test func aTemplateThatSwampsIsNamedWithWhatItCosts() throws {
        let entry = EntryID(high: 5, low: 6)
        let misses = events(150) { number, event in
            event.add(.misses)
            event.reason = number < 60 ? "miss:guard:numbers" : "miss:no_candidate"
        }
        let calls = events(60) { _, event in
            event.add(.calls)
            event.add(TokenUsage(), cost: NanoDollars(1_000_000_000), isEstimated: false, to: .charged)
            event.subject = LedgerSubject(kind: .nearMiss, digest: 9, entry: entry)
        }
        let swamped = try report(misses + calls)
        let note = try #require(swamped.recommendations.first { $0.code == "template_swamps" })
        #expect(note.text.contains("60 of 150") && note.text.contains("\(entry)") && note.text.contains("$60.00"))
        #expect(!codes(try report(misses).recommendations).contains("template_swamps"))
    }

    @Test func aBudgetThatWillBePassedAtItsPaceIsARecommendationAndOneThatIsAnAlert() throws {
        var policy = NamespacePolicy()
        policy.budgets = [SpendLimit(NanoDollars(dollars: 10)!, per: .day)]
        // Six hours into a day.
        clock.advance(seconds: 86_400 - Double(clock.now().milliseconds % 86_400_000) / 1000 + 6 * 3600)
        let book = BudgetBook(policies: PolicyTable(fallback: policy), clock: clock)
        let hour = LedgerEvent.hour(of: clock.now())
        book.charge(2_000_000_000, namespace: "n", user: nil, hour: hour)
        #expect(codes(try report([], policy: policy, budgets: book).recommendations) == [], "a fifth after a quarter")
        book.charge(1_000_000_000, namespace: "n", user: nil, hour: hour)
        let pace = try report([], policy: policy, budgets: book)
        #expect(codes(pace.recommendations) == ["budget_pace"] && pace.recommendations[0].text.contains("120.0%"))
        #expect(codes(pace.alerts) == [])
        book.charge(7_000_000_000, namespace: "n", user: nil, hour: hour)
        let spent = try report([], policy: policy, budgets: book)
        #expect(codes(spent.alerts) == ["budget_spent"] && codes(spent.recommendations) == [])
    }

    @Test func thePageHasPlotsAndIsSelfContainedAndShowsPromptsOnlyAsText() throws {
        var all = events(50) { number, event in
            event.key.hour -= Int64(number % 5)
            event.add(number % 3 == 0 ? .misses : .exactHits)
            if number % 3 == 0 { event.reason = "miss:empty" }
            event.add(TokenUsage(promptTokens: 5), cost: NanoDollars(7), isEstimated: false, to: .avoided)
            event.subject = LedgerSubject(kind: .saved, digest: 0xABCD_EF01_2345_6789, entry: EntryID(high: 1, low: 2))
        }
        all[0].key.namespace = "<script>alert(1)</script>"
        let shown = try report(all, prompt: "<img src=x onerror=alert(2)>").html
        #expect(shown.contains("<polyline class=\"rate\"") && shown.contains("Misses by reason"))
        #expect(!shown.contains("<script") && !shown.contains("<img") && !shown.contains("http"))
        #expect(shown.contains("&lt;img src=x onerror=alert(2)&gt;"))
        let hidden = try report(all)
        #expect(hidden.html.contains("<code>abcdef012345</code>"))
        #expect(hidden.saved.first?.row.count == 49)
        #expect(hidden.trend.count == 5 && hidden.trend.reduce(0) { $0 + $1.counts.lookups } == 50)
    }
}
