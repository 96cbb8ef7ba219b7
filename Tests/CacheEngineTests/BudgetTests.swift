import CacheModel
import SQLiteStore
import TestSupport
import Testing

@testable import CacheEngine

/// What is left of a budget is said, and only an enforced one keeps anybody from the model.
struct BudgetTests {
    private func policies(_ change: (inout NamespacePolicy) -> Void) -> PolicyTable {
        var policy = NamespacePolicy()
        change(&policy)
        return PolicyTable(fallback: policy)
    }

    private func dollars(_ amount: Double) -> NanoDollars { NanoDollars(dollars: amount)! }

    private func request(_ prompt: String, user: String? = nil) -> CacheRequest {
        var request = CacheRequest(prompt: prompt)
        request.user = user
        return request
    }

    @Test func everyLookupSaysHowMuchIsLeft() throws {
        let cache = try EngineFixture(policies: policies { $0.budgets = [SpendLimit(dollars(10), per: .day)] })
        #expect(cache.lookup("hello").budget?.left == dollars(10))
        cache.store(request("hello")) { $0.cost = dollars(4) }
        let hit = try #require(cache.lookup("hello").budget)
        #expect(hit.left == dollars(6) && hit.spent == dollars(4) && !hit.isEnforced)
        #expect(hit.resets.milliseconds % 86_400_000 == 0 && hit.resets > cache.clock.now())
        cache.store(request("bye")) { $0.cost = dollars(7) }
        let miss = cache.lookup("something else")
        #expect(miss.budget?.isSpent == true && miss.budget?.left == NanoDollars(0))
        #expect(miss.reason != .overBudget, "it is only said")
        cache.clock.advance(seconds: 86_400)
        #expect(cache.lookup("hello again").budget?.left == dollars(10), "the next day has its own")
    }

    @Test func anEnforcedBudgetAnswersMissesButNotHitsOverBudget() throws {
        let cache = try EngineFixture(
            policies: policies {
                $0.budgets = [SpendLimit(dollars(1), per: .month)]
                $0.enforcesBudgets = true
            })
        cache.store(request("hello")) { $0.cost = dollars(1) }
        #expect(cache.lookup("hello").status == .hit, "what is here costs nothing")
        var asking = request("something else")
        asking.wantsLease = true
        let miss = cache.lookup(asking)
        #expect(miss.reason == .overBudget && miss.lease == nil && miss.budget?.isEnforced == true)
    }

    @Test func aUsersBudgetIsTheirOwnAndTheTightestIsSaid() throws {
        let cache = try EngineFixture(
            policies: policies {
                $0.budgets = [SpendLimit(dollars(100), per: .month)]
                $0.userBudgets = [SpendLimit(dollars(2), per: .day)]
            })
        cache.store(request("a", user: "u-1")) { $0.cost = dollars(1.5) }
        #expect(cache.lookup(request("b", user: "u-1")).budget?.key.user == "u-1")
        #expect(cache.lookup(request("b", user: "u-1")).budget?.left == dollars(0.5))
        #expect(cache.lookup(request("b", user: "u-2")).budget?.key.user == nil)
        #expect(cache.engine.budgets(namespace: nil, user: nil).map(\.key.user) == ["u-1", nil])
        let codes = cache.engine.alerts().finish()
        #expect(codes.isEmpty, "three quarters are no alert: \(codes)")
        cache.store(request("c", user: "u-1")) { $0.cost = dollars(0.2) }
        let near = cache.engine.alerts().finish()
        #expect(near.map(\.note.code) == ["budget_near"] && near[0].note.text.contains("85.0%"), "\(near)")
        cache.clock.advance(seconds: 60)
        #expect(cache.engine.alerts().finish().map(\.since) == near.map(\.since), "it says since when")
        cache.store(request("d", user: "u-1")) { $0.cost = dollars(9) }
        #expect(cache.engine.alerts().finish().map(\.note.code) == ["budget_spent"])
    }

    @Test func whatWasSpentBeforeTheStartCounts() throws {
        let clock = TestClock()
        let store = try SQLiteStore(.memory, clock: clock)
        func engine() throws -> EngineFixture {
            let ledger = Ledger(store: store, spool: nil, clock: clock)
            let fixture = try EngineFixture(
                policies: policies {
                    $0.budgets = [SpendLimit(dollars(10), per: .month), SpendLimit(dollars(5), per: .day)]
                }, store: store
            ) {
                $0.ledger = ledger
                $0.clock = clock
            }
            try fixture.engine.refreshBudgets()
            return fixture
        }
        let first = try engine()
        first.store(request("a")) { $0.cost = dollars(3) }
        clock.advance(seconds: 86_400)
        first.store(request("b")) { $0.cost = dollars(1) }
        try first.engine.refreshBudgets()
        #expect(first.engine.budgets(namespace: "default", user: nil).map(\.spent) == [dollars(4), dollars(1)])
        let second = try engine()
        #expect(second.engine.budgets(namespace: "default", user: nil).map(\.spent) == [dollars(4), dollars(1)])
        second.store(request("c")) { $0.cost = dollars(2) }
        #expect(second.engine.budgets(namespace: "default", user: nil).map(\.spent) == [dollars(6), dollars(3)])
    }

    @Test func periodsEndWithTheCalendar() {
        // 2028-02-29, a leap day, 23:00.
        let hour = CivilDay(year: 2028, month: 2, day: 29).daysSince1970 * 24 + 23
        #expect(SpendLimit.Period.month.hours(around: hour).upperBound == hour + 1)
        #expect(SpendLimit.Period.month.hours(around: hour).count == 29 * 24)
        #expect(SpendLimit.Period.day.hours(around: -1) == -24..<0)
        for days in stride(from: Int64(-800_000), to: 800_000, by: 997) {
            #expect(CivilDay(daysSince1970: days).daysSince1970 == days)
        }
    }
}
