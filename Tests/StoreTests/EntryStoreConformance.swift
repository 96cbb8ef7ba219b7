import CacheModel
import TestSupport
import Testing

/// What every store promises, whatever it is made of.
@Suite struct EntryStoreConformance {
    @Test("An answer comes back byte for byte, whatever JSON it is", arguments: StoreKind.every)
    func responseRoundTrip(kind: StoreKind) throws {
        let fixture = try StoreFixture(kind)
        let noise = (0..<20_000).map { _ in UInt8.random(in: 0x23...0x5B) }
        let texts: [[UInt8]] = [
            Array("null".utf8), Array("0".utf8), Array("\"\"".utf8), Array("{ \"a\" : [1,  2.50, 1e400] }".utf8),
            Array(#"{"b":1,"b":2,"\u0000":"\ud83d\ude00 \/"}"#.utf8), Array("\"ü😀\u{0}\u{7F}\"".utf8),
            Array("[\"\(String(repeating: "the same again ", count: 500))\"]".utf8), [0x22] + noise + [0x22],
            [0x22] + Array((0..<3_000_000).map { UInt8(0x61 + $0 % 26) }) + [0x22],
            // No JSON and no UTF-8: a store does not look.
            (0...255).map { UInt8($0) } + (0..<1024).map { UInt8(truncatingIfNeeded: $0 &* 37) },
        ]
        for (number, text) in texts.enumerated() {
            let entry = fixture.entry(UInt64(number), response: RawJSON(validated: text))
            try fixture.store.put(entry)
            #expect(try fixture.store.entry(entry.header.reference) == entry, "answer \(number)")
        }
    }

    @Test("Every field of an entry comes back, present or absent", arguments: StoreKind.every)
    func fieldsRoundTrip(kind: StoreKind) throws {
        let fixture = try StoreFixture(kind)
        let full = fixture.entry(1, namespace: "a}b{:%/ü \n", lifetime: 60, tags: ["", "a,b", "%2C", "ü{}:*"])
        var bare = fixture.entry(2)
        bare.header.vector = nil
        bare.header.isSemantic = false
        (bare.header.model, bare.header.provider, bare.header.tenant, bare.header.user) = (nil, nil, nil, nil)
        (bare.body.usage, bare.body.cost, bare.body.latencyMilliseconds) = (nil, nil, nil)
        bare.body.isUsageEstimated = false
        var empty = fixture.entry(3, namespace: "")
        (empty.header.prompt, empty.header.model, empty.header.user) = ("", "", "")
        empty.header.vector = StoredVector(embedder: "", scale: 0, components: [])
        var odd = fixture.entry(4)
        odd.header.prompt = "NUL \u{0} inside, combining e\u{301}, " + String(repeating: "long ", count: 20_000)
        odd.header.vector = StoredVector(
            embedder: "e", scale: .leastNonzeroMagnitude, components: [.min, -1, 0, 1, .max])
        odd.body.cost = NanoDollars(.max)
        odd.body.latencyMilliseconds = 0.1 + 0.2
        odd.header.expires = fixture.clock.now().adding(seconds: 60)
        odd.header.staleAt = fixture.clock.now().adding(seconds: 30)
        odd.header.epoch = 1_800_000_000_001
        (odd.header.template, odd.header.dependsOn) = ("a|b,c%", ["tag, one", "01M7Y47GWHHHZGJXQWWB7D8TW2", ""])
        for entry in [full, bare, empty, odd] {
            try fixture.store.put(entry)
            let (header, store) = (entry.header, fixture.store)
            #expect(try store.entry(header.reference) == entry)
            #expect(
                try store.entry(exactKey: header.exactKey, scope: header.scope, namespace: header.namespace) == entry)
        }
        let headers = try fixture.store.allHeaders().sorted { $0.id < $1.id }
        #expect(headers == [full, bare, empty, odd].map(\.header).sorted { $0.id < $1.id })
    }

    @Test("A newer answer to the same prompt takes the old one's place", arguments: StoreKind.every)
    func replace(kind: StoreKind) throws {
        let fixture = try StoreFixture(kind)
        let old = fixture.entry(1, tags: ["t"])
        var new = fixture.entry(2, tags: ["t"])
        new.header.exactKey = old.header.exactKey
        try fixture.store.put(old)
        try fixture.store.put(new)
        #expect(try fixture.store.entry(old.header.reference) == nil)
        #expect(try fixture.store.entry(new.header.reference) == new)
        let found = try fixture.store.entry(
            exactKey: old.header.exactKey, scope: old.header.scope, namespace: old.header.namespace)
        #expect(found == new)
        #expect(try fixture.store.allHeaders() == [new.header])
        // Once more under the same name: still one.
        new.body.cost = nil
        try fixture.store.put(new)
        #expect(try fixture.store.entry(new.header.reference) == new)
        #expect(try fixture.store.statistics().entries == 1)
    }

    @Test("A name put again with another prompt leaves no trace of the former", arguments: StoreKind.every)
    func renameKey(kind: StoreKind) throws {
        let fixture = try StoreFixture(kind)
        let former = fixture.entry(1)
        var latter = former
        latter.header.exactKey = .sample(77)
        try fixture.store.put(former)
        try fixture.store.put(latter)
        let (scope, namespace) = (former.header.scope, former.header.namespace)
        #expect(
            try fixture.store.entry(exactKey: former.header.exactKey, scope: scope, namespace: namespace) == nil)
        #expect(try fixture.store.entry(exactKey: .sample(77), scope: scope, namespace: namespace) == latter)
    }

    @Test("No scope and no namespace sees another's entries", arguments: StoreKind.every)
    func walls(kind: StoreKind) throws {
        let fixture = try StoreFixture(kind)
        let entry = fixture.entry(1, scope: 1, namespace: "a")
        // The same shard bits, so that only the digest tells them apart.
        let scope = entry.header.scope
        let other = Digest256(scope.w0, scope.w1, scope.w2, ~scope.w3)
        try fixture.store.put(entry)
        let store = fixture.store
        #expect(try store.entry(exactKey: entry.header.exactKey, scope: other, namespace: "a") == nil)
        #expect(try store.entry(exactKey: entry.header.exactKey, scope: scope, namespace: "b") == nil)
        let strangers = [
            EntryReference(id: entry.header.id, namespace: "a", scope: other),
            EntryReference(id: entry.header.id, namespace: "b", scope: scope),
        ]
        for stranger in strangers { #expect(try store.entry(stranger) == nil) }
        #expect(try store.remove(strangers) == 0)
        #expect(try store.entry(entry.header.reference) == entry)
        // The same exact key lives once in each scope.
        var twin = fixture.entry(2, namespace: "a")
        (twin.header.scope, twin.header.exactKey) = (other, entry.header.exactKey)
        try store.put(twin)
        #expect(try store.entry(entry.header.reference) == entry)
        #expect(try store.entry(twin.header.reference) == twin)
    }

    @Test("What is removed is gone by name and by key, and is counted once", arguments: StoreKind.every)
    func remove(kind: StoreKind) throws {
        let fixture = try StoreFixture(kind)
        let entries = (0..<5).map { fixture.entry($0, scope: $0, tags: ["a", "b"]) }
        try fixture.store.put(entries)
        let references = entries.map(\.header.reference)
        #expect(try fixture.store.remove(Array(references[..<3])) == 3)
        #expect(try fixture.store.remove(references) == 2)
        #expect(try fixture.store.remove([]) == 0)
        for header in entries.map(\.header) {
            #expect(try fixture.store.entry(header.reference) == nil)
            let found = try fixture.store.entry(
                exactKey: header.exactKey, scope: header.scope, namespace: header.namespace)
            #expect(found == nil)
        }
        #expect(try fixture.store.statistics().entries == 0)
    }

    @Test("A scan finds each of many entries once, and stops when told", arguments: StoreKind.every)
    func scan(kind: StoreKind) throws {
        let fixture = try StoreFixture(kind)
        let entries = (0..<3000).map { fixture.entry($0, scope: $0 % 40, namespace: "n\($0 % 3)") }
        try fixture.store.put(entries)
        for batchSize in [1000, 7] {
            let headers = try fixture.store.allHeaders(batchSize: batchSize)
            #expect(headers.count == 3000)
            #expect(Set(headers.map(\.id)) == Set(entries.map(\.header.id)))
        }
        var batches = 0
        try fixture.store.scanHeaders(batchSize: 10) { _ in
            batches += 1
            return batches < 3
        }
        #expect(batches == 3)
        #expect(try fixture.store.statistics().entries == 3000)
        try fixture.store.put([])
        #expect(try fixture.store.allHeaders(batchSize: 0).count == 3000)
    }

    @Test("A scan misses nothing while others write", arguments: StoreKind.every)
    func scanBesideWriters(kind: StoreKind) throws {
        let fixture = try StoreFixture(kind)
        let (store, clock) = (fixture.store, fixture.clock)
        let stable = (0..<1000).map { fixture.entry($0, scope: $0 % 9) }
        try store.put(stable)
        let problems = Locked<[String]>([])
        onThreads(3) { thread in
            do {
                if thread == 0 {
                    for _ in 0..<3 {
                        let found = try store.allHeaders(batchSize: 50).map(\.id)
                        let missing = Set(stable.map(\.header.id)).subtracting(found).count
                        if missing > 0 { problems.withLock { $0.append("\(missing) missing") } }
                        if Set(found).count != found.count { problems.withLock { $0.append("twice") } }
                    }
                } else {
                    for number in 0..<300 {
                        let entry = CacheEntry.sample(
                            UInt64(10_000 * thread + number), scope: UInt64(number % 9), created: clock.now())
                        try store.put(entry)
                        if number % 2 == 0 { try store.remove([entry.header.reference]) }
                    }
                }
            } catch {
                problems.withLock { $0.append("\(error)") }
            }
        }
        #expect(problems.withLock { $0 } == [])
        #expect(try store.allHeaders().count == 1000 + 2 * 150)
    }

    @Test("The body of a scan may use the store", arguments: StoreKind.every)
    func scanBodyUsesStore(kind: StoreKind) throws {
        let fixture = try StoreFixture(kind)
        try fixture.store.put((0..<200).map { fixture.entry($0) })
        try fixture.store.scanHeaders(batchSize: 20) { headers in
            (try? fixture.store.remove(headers.map(\.reference))) == headers.count
        }
        #expect(try fixture.store.allHeaders() == [])
    }

    @Test("An entry is gone when its life ends, not before", arguments: StoreKind.every)
    func expiry(kind: StoreKind) throws {
        let fixture = try StoreFixture(kind)
        let (short, long) = (fixture.entry(1, lifetime: 60), fixture.entry(2, lifetime: 3600))
        let endless = fixture.entry(3)
        try fixture.store.put([short, long, endless])
        fixture.clock.advance(seconds: 59.999)
        #expect(try fixture.store.entry(short.header.reference) == short)
        fixture.clock.advance(seconds: 0.001)
        #expect(try fixture.store.entry(short.header.reference) == nil)
        let header = short.header
        #expect(
            try fixture.store.entry(exactKey: header.exactKey, scope: header.scope, namespace: header.namespace) == nil)
        #expect(Set(try fixture.store.allHeaders().map(\.id)) == [long.header.id, endless.header.id])
        if !kind.isRedis {
            #expect(try fixture.store.statistics().entries == 2)
            #expect(try fixture.store.removeExpired(now: fixture.clock.now()) == 1)
        }
        #expect(try fixture.store.removeExpired(now: fixture.clock.now()) == 0)
        #expect(try fixture.store.entry(long.header.reference) == long)
    }

    @Test("Eight threads use a store at once and disturb nobody", arguments: StoreKind.every)
    func threads(kind: StoreKind) throws {
        let fixture = try StoreFixture(kind)
        let (store, clock) = (fixture.store, fixture.clock)
        let problems = Locked<[String]>([])
        onThreads(8) { thread in
            for number in 0..<60 {
                let entry = CacheEntry.sample(
                    UInt64(thread * 1000 + number), scope: UInt64(number % 5), created: clock.now())
                let header = entry.header
                do {
                    try store.put(entry)
                    let byName = try store.entry(header.reference)
                    let byKey = try store.entry(
                        exactKey: header.exactKey, scope: header.scope, namespace: header.namespace)
                    if byName != entry || byKey != entry { problems.withLock { $0.append("lost \(header.id)") } }
                    if number % 3 == 0, try store.remove([header.reference]) != 1 {
                        problems.withLock { $0.append("not removed \(header.id)") }
                    }
                } catch {
                    problems.withLock { $0.append("\(error)") }
                }
            }
        }
        #expect(problems.withLock { $0 } == [])
        #expect(try store.statistics().entries == 8 * 40)
    }

    @Test("Rivals for one prompt leave exactly one answer", arguments: StoreKind.every)
    func rivals(kind: StoreKind) throws {
        let fixture = try StoreFixture(kind)
        let (store, clock) = (fixture.store, fixture.clock)
        onThreads(8) { thread in
            for number in 0..<20 {
                var entry = CacheEntry.sample(UInt64(thread * 1000 + number), created: clock.now())
                entry.header.exactKey = .sample(5)
                try? store.put(entry)
            }
        }
        let headers = try store.allHeaders()
        #expect(headers.count == 1)
        let found = try store.entry(exactKey: .sample(5), scope: .sample(1), namespace: "default")
        #expect(found?.header == headers.first)
    }

    @Test("A closed store says so, at every call", arguments: StoreKind.every)
    func closed(kind: StoreKind) throws {
        let fixture = try StoreFixture(kind)
        let (store, entry) = (fixture.store, fixture.entry(1))
        try store.check()
        try store.put(entry)
        store.close()
        store.close()
        let codes: [StoreError.Code?] = [
            storeError { () throws(StoreError) in try store.put(entry) }?.code,
            storeError { () throws(StoreError) in _ = try store.entry(entry.header.reference) }?.code,
            storeError { () throws(StoreError) in
                _ = try store.entry(exactKey: .sample(1), scope: .sample(1), namespace: "x")
            }?.code,
            storeError { () throws(StoreError) in try store.remove([entry.header.reference]) }?.code,
            storeError { () throws(StoreError) in try store.scanHeaders(batchSize: 1) { _ in true } }?.code,
            storeError { () throws(StoreError) in _ = try store.statistics() }?.code,
            storeError { () throws(StoreError) in try store.check() }?.code,
        ]
        #expect(codes == Array(repeating: .closed, count: 7))
    }
}
