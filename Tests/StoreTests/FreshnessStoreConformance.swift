import CacheModel
import TestSupport
import Testing

/// What every store promises of epochs and of invalidations for later.
@Suite struct FreshnessStoreConformance {
    @Test("Every bump moves the one clock on, and sets its subject's epoch to it", arguments: StoreKind.every)
    func bumps(kind: StoreKind) throws {
        let fixture = try StoreFixture(kind)
        let epochs = fixture.epochs
        #expect(try epochs.epochs() == EpochTable())
        let odd = EpochSubject.model("a|b%,ü", namespace: "n|{}")
        #expect(try epochs.advanceEpoch(of: .namespace("a"), to: 1_800_000_000_000) == 1_800_000_000_000)
        #expect(try epochs.advanceEpoch(of: odd, to: 5) == 1_800_000_000_001)
        #expect(try epochs.advanceEpoch(of: nil, to: 5) == 1_800_000_000_002)
        #expect(try epochs.advanceEpoch(of: .template("t", namespace: "a"), to: 0) == 1_800_000_000_003)
        #expect(
            try epochs.epochs()
                == EpochTable(
                    clock: 1_800_000_000_003,
                    values: [
                        .namespace("a"): 1_800_000_000_000, odd: 1_800_000_000_001,
                        .template("t", namespace: "a"): 1_800_000_000_003,
                    ]))
    }

    @Test("Bumps at once never share a value", arguments: StoreKind.every)
    func rivals(kind: StoreKind) throws {
        let fixture = try StoreFixture(kind)
        let epochs = fixture.epochs
        let values = Locked<Set<Int64>>([])
        onThreads(8) { thread in
            for _ in 0..<20 {
                guard let value = try? epochs.advanceEpoch(of: .namespace("\(thread)"), to: 100) else { continue }
                _ = values.withLock { $0.insert(value) }
            }
        }
        #expect(values.withLock { $0 } == Set(100..<260))
    }

    @Test("What is merged raises what is lower and nothing else", arguments: StoreKind.every)
    func merge(kind: StoreKind) throws {
        let fixture = try StoreFixture(kind)
        let epochs = fixture.epochs
        _ = try epochs.advanceEpoch(of: .namespace("a"), to: 100)
        try epochs.mergeEpochs(EpochTable(clock: 50, values: [.namespace("a"): 50, .namespace("b"): 40]))
        #expect(try epochs.epochs() == EpochTable(clock: 100, values: [.namespace("a"): 100, .namespace("b"): 40]))
        try epochs.mergeEpochs(EpochTable(clock: 200, values: [.namespace("a"): 150]))
        #expect(try epochs.epochs() == EpochTable(clock: 200, values: [.namespace("a"): 150, .namespace("b"): 40]))
    }

    private func request() -> InvalidationRequest {
        var request = InvalidationRequest()
        (request.namespace, request.model, request.user) = ("n", "m", "")
        (request.tenant, request.template, request.prompt) = ("t,\"", "tpl", "line\n\u{0}")
        (request.tags, request.olderThan, request.includesValues) = (["a", "b,c"], 1.5, true)
        request.id = EntryID(high: 7, low: 9)
        request.createdUntil = Timestamp(milliseconds: 1_800_000_000_000)
        return request
    }

    @Test(
        "An invalidation for later is kept whole, listed in order, and cancelled once", arguments: StoreKind.every)
    func schedule(kind: StoreKind) throws {
        let fixture = try StoreFixture(kind)
        let schedule = fixture.schedule
        func item(_ number: UInt64, at: Int64, _ request: InvalidationRequest) -> ScheduledInvalidation {
            ScheduledInvalidation(
                id: EntryID(high: 1, low: number), at: Timestamp(milliseconds: at), request: request)
        }
        let items = [item(3, at: 10, request()), item(1, at: 20, InvalidationRequest()), item(2, at: 20, request())]
        for item in items.reversed() { try schedule.schedule(item) }
        try schedule.schedule(items[0])
        #expect(try schedule.scheduledInvalidations() == items)
        #expect(try schedule.cancelInvalidation(items[1].id))
        #expect(try !schedule.cancelInvalidation(items[1].id))
        #expect(try schedule.scheduledInvalidations() == [items[0], items[2]])
    }
}
