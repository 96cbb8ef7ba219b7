import CacheModel
import TestSupport
import Testing

/// What every store promises of values.
@Suite struct KeyValueStoreConformance {
    private func name(_ text: String) -> [UInt8] { Array(text.utf8) }
    private let space = ValueSpace("tools")

    private func write(
        _ fixture: StoreFixture, _ name: String, _ content: [UInt8] = [0x37], kind: KeptValue.Kind = .bytes,
        lifetime: Double = 60, tags: [String] = [], epoch: Int64 = 0, condition: ValueWrite.Condition = .always
    ) -> ValueWrite {
        ValueWrite(
            name: Array(name.utf8), kind: kind, content: content,
            expires: fixture.clock.now().adding(seconds: lifetime), tags: tags, epoch: epoch, condition: condition)
    }

    private func kept(_ outcome: ValueOutcome?) -> KeptValue? {
        if case .written(let value, _) = outcome { value } else { nil }
    }

    @Test("Any bytes come back under any name, large ones too", arguments: StoreKind.every)
    func roundTrip(kind: StoreKind) throws {
        let fixture = try StoreFixture(kind)
        let contents: [[UInt8]] = [
            [], [0], Array(0...255), Array("{\"a\":1}".utf8), [UInt8](repeating: 0x61, count: 100_000),
            (0..<50_000).map { UInt8(truncatingIfNeeded: $0 &* 197 &+ ($0 >> 3)) },
        ]
        let names: [[UInt8]] = [[], [0], Array(0...255), name("a:b{c}/d%2F*"), name("ü😀"), name("plain")]
        for (content, name) in zip(contents, names) {
            var write = write(fixture, "", content, kind: .json, tags: ["a,b", "%2C", "ü"], epoch: 12)
            write.name = name
            let value = try #require(kept(try fixture.values.put([write], in: space).first))
            #expect(try fixture.values.values([name], in: space) == [value])
            #expect(value.content == content && value.kind == .json && value.epoch == 12)
            #expect(value.tags == ["a,b", "%2C", "ü"] && value.expires == write.expires)
        }
        #expect(try fixture.values.values(names, in: space).map { $0?.content } == contents)
        #expect(try fixture.values.values(names, in: ValueSpace("other")).allSatisfy { $0 == nil })
        #expect(try fixture.values.values([], in: space) == [])
    }

    @Test("A write happens only where its condition holds, and versions only rise", arguments: StoreKind.every)
    func conditions(kind: StoreKind) throws {
        let fixture = try StoreFixture(kind)
        let values = fixture.values
        #expect(
            try values.put([write(fixture, "k", condition: .present)], in: space) == [.refused(version: nil)])
        #expect(
            try values.put([write(fixture, "k", condition: .version(1))], in: space) == [.refused(version: nil)])
        let first = try #require(kept(try values.put([write(fixture, "k", condition: .absent)], in: space).first))
        #expect(
            try values.put([write(fixture, "k", condition: .absent)], in: space)
                == [.refused(version: first.version)])
        #expect(
            try values.put([write(fixture, "k", condition: .version(first.version - 1))], in: space)
                == [.refused(version: first.version)])
        #expect(try values.values([name("k")], in: space) == [first])
        // The clock goes back; versions do not.
        fixture.clock.advance(seconds: -30)
        let outcome = try values.put([write(fixture, "k", [1], condition: .version(first.version))], in: space)
        guard case .written(let second, let former) = outcome[0] else { return #expect(Bool(false)) }
        #expect(second.version > first.version && former == first)
        // A name that comes again is another one.
        _ = try values.removeValues([name("k")], in: space)
        fixture.clock.advance(seconds: 31)
        let third = try #require(kept(try values.put([write(fixture, "k")], in: space).first))
        #expect(third.version > second.version)
    }

    @Test("Of rivals for one version exactly one wins", arguments: StoreKind.every)
    func rivals(kind: StoreKind) throws {
        let fixture = try StoreFixture(kind)
        let first = try #require(kept(try fixture.values.put([write(fixture, "k")], in: space).first))
        let wins = Locked(0)
        onThreads(8) { thread in
            let mine = write(fixture, "k", [UInt8(thread)], condition: .version(first.version))
            let outcome = try? fixture.values.put([mine], in: space)
            if kept(outcome?.first) != nil { wins.withLock { $0 += 1 } }
        }
        #expect(wins.withLock { $0 } == 1)
    }

    @Test("A thousand additions at once lose none", arguments: StoreKind.every)
    func counters(kind: StoreKind) throws {
        let fixture = try StoreFixture(kind)
        let (values, expires) = (fixture.values, fixture.clock.now().adding(seconds: 60))
        let failures = Locked(0)
        onThreads(8) { _ in
            for _ in 0..<125 {
                let sum = try? values.add(1, to: name("n"), expires: expires, epoch: 0, in: space)
                if case .sum? = sum { continue }
                failures.withLock { $0 += 1 }
            }
        }
        #expect(failures.withLock { $0 } == 0)
        guard
            case .sum(let total, let value) = try values.add(
                -1001, to: name("n"), expires: expires.adding(seconds: 9), epoch: 0, in: space)
        else { return #expect(Bool(false)) }
        #expect(total == -1 && value.integer == -1)
        // A counter that is there keeps its end.
        #expect(value.expires == expires)
        #expect(try values.values([name("n")], in: space) == [value])
    }

    @Test("What is no whole number, or would not fit, is left as it is", arguments: StoreKind.every)
    func badSums(kind: StoreKind) throws {
        let fixture = try StoreFixture(kind)
        let (values, expires) = (fixture.values, fixture.clock.now().adding(seconds: 60))
        for text in ["", "a", "1.5", " 1", "1 ", "007", "+1", "-0", "-", "[1]", String(repeating: "9", count: 30)] {
            let before = try #require(kept(try values.put([write(fixture, "k", name(text))], in: space).first))
            let sum = try values.add(1, to: name("k"), expires: expires, epoch: 0, in: space)
            #expect(sum == .notInteger || (text.count == 30 && sum == .overflow), "\(text)")
            #expect(try values.values([name("k")], in: space) == [before])
        }
        for (text, delta) in [("\(Int64.max)", Int64(1)), ("\(Int64.min)", -1), ("-1", .min)] {
            _ = try values.put([write(fixture, "k", name(text))], in: space)
            #expect(try values.add(delta, to: name("k"), expires: expires, epoch: 0, in: space) == .overflow)
            #expect(try values.values([name("k")], in: space)[0]?.content == name(text))
        }
        // 64 bits in full, beyond what a double holds.
        _ = try values.put([write(fixture, "k", name("9007199254740993"))], in: space)
        guard case .sum(let sum, _) = try values.add(2, to: name("k"), expires: expires, epoch: 0, in: space) else {
            return #expect(Bool(false))
        }
        #expect(sum == 9_007_199_254_740_995)
    }

    @Test("A value is gone when its life ends, and its end can be changed", arguments: StoreKind.every)
    func expiry(kind: StoreKind) throws {
        let fixture = try StoreFixture(kind)
        let values = fixture.values
        _ = try values.put([write(fixture, "short", lifetime: 30), write(fixture, "long", lifetime: 30)], in: space)
        let end = fixture.clock.now().adding(seconds: 90)
        #expect(try values.setExpiry(name("long"), to: end, in: space)?.expires == end)
        #expect(try values.setExpiry(name("none"), to: end, in: space) == nil)
        fixture.clock.advance(seconds: 30)
        let found = try values.values([name("short"), name("long")], in: space)
        #expect(found[0] == nil && found[1]?.expires == end)
        // For every call it is gone, whether the store has swept it or not.
        #expect(try values.setExpiry(name("short"), to: end, in: space) == nil)
        #expect(try values.removeValues([name("short")], in: space) == [nil])
        let sum = try values.add(5, to: name("short"), expires: end, epoch: 0, in: space)
        guard case .sum(5, _) = sum else { return #expect(Bool(false), "\(sum)") }
        fixture.clock.advance(seconds: 60)
        if !kind.isRedis { #expect(try values.removeExpiredValues(now: fixture.clock.now()) == 2) }
        #expect(try values.removeExpiredValues(now: fixture.clock.now()) == 0)
    }

    @Test("A value of an older epoch counts as absent everywhere", arguments: StoreKind.every)
    func epochs(kind: StoreKind) throws {
        let fixture = try StoreFixture(kind)
        let values = fixture.values
        let now = ValueSpace("tools", epoch: 10)
        for name in ["a", "b", "c", "d"] { _ = try values.put([write(fixture, name, epoch: 9)], in: space) }
        #expect(try values.values([name("a")], in: now) == [nil])
        #expect(
            try values.put([write(fixture, "a", epoch: 10, condition: .present)], in: now) == [.refused(version: nil)])
        #expect(kept(try values.put([write(fixture, "a", epoch: 10, condition: .absent)], in: now).first) != nil)
        #expect(try values.removeValues([name("b")], in: now) == [nil])
        #expect(try values.setExpiry(name("c"), to: .init(milliseconds: 1), in: now) == nil)
        let end = fixture.clock.now().adding(seconds: 60)
        guard case .sum(1, _) = try values.add(1, to: name("d"), expires: end, epoch: 10, in: now) else {
            return #expect(Bool(false))
        }
    }

    @Test("A write that keeps the end keeps the tags, too", arguments: StoreKind.every)
    func keepsExpiry(kind: StoreKind) throws {
        let fixture = try StoreFixture(kind)
        let first = try #require(kept(try fixture.values.put([write(fixture, "k", tags: ["t"])], in: space).first))
        var next = write(fixture, "k", [1], lifetime: 3600)
        next.keepsExpiry = true
        let second = try #require(kept(try fixture.values.put([next], in: space).first))
        #expect(second.expires == first.expires && second.tags == ["t"])
        #expect(try fixture.values.removeValues(tags: ["t"], namespace: "tools").count == 1)
    }

    @Test("Tags lead to exactly the values that carry them now", arguments: StoreKind.every)
    func tags(kind: StoreKind) throws {
        let fixture = try StoreFixture(kind)
        let values = fixture.values
        let many = (0..<100).map { write(fixture, "k\($0)", tags: $0 % 2 == 0 ? ["even", "all"] : ["all"]) }
        _ = try values.put(many, in: space)
        _ = try values.put([write(fixture, "k0", tags: ["even"])], in: ValueSpace("other"))
        // One loses its tag by a write, one comes again without it.
        _ = try values.put([write(fixture, "k2")], in: space)
        _ = try values.removeValues([name("k4")], in: space)
        _ = try values.put([write(fixture, "k4")], in: space)
        _ = try values.put([write(fixture, "k6", lifetime: 1, tags: ["even"])], in: space)
        fixture.clock.advance(seconds: 1)
        _ = try values.put([write(fixture, "k6")], in: space)
        let removed = try values.removeValues(tags: ["even", "even", "none"], namespace: "tools")
        #expect(Set(removed.map(\.name)) == Set((4..<50).map { name("k\($0 * 2)") } + [name("k0")]))
        #expect(try values.values([name("k0")], in: ValueSpace("other"))[0] != nil)
        #expect(
            try values.values(["k0", "k1", "k2", "k4", "k6"].map(name), in: space).map { $0 != nil } == [
                false, true, true, true, true,
            ])
        #expect(
            try values.removeValues(tags: ["even"], namespace: nil) == [ValueKey(namespace: "other", name: name("k0"))])
        #expect(try values.removeValues(tags: ["all"], namespace: nil).count == 50)
    }

    @Test("What is spared keeps its tags", arguments: StoreKind.every)
    func spares(kind: StoreKind) throws {
        let fixture = try StoreFixture(kind)
        let values = fixture.values
        let names = ["k 0", "k1", "k2"]
        _ = try values.put(names.map { write(fixture, $0, tags: ["t", "u"]) }, in: space)
        let removed = try values.removeValues(
            tags: ["t", "u"], namespace: "tools", sparing: [name("k 0"), name("none")])
        #expect(Set(removed.map(\.name)) == [name("k1"), name("k2")])
        #expect(try values.values(names.map(name), in: space).map { $0 != nil } == [true, false, false])
        #expect(try values.removeValues(tags: ["u"], namespace: nil).map(\.name) == [name("k 0")])
    }

    @Test("A closed store says so of values, too", arguments: StoreKind.every)
    func closed(kind: StoreKind) throws {
        let fixture = try StoreFixture(kind)
        let values = fixture.values
        fixture.store.close()
        let put = write(fixture, "k")
        #expect(storeError { () throws(StoreError) in _ = try values.put([put], in: space) }?.code == .closed)
        #expect(storeError { () throws(StoreError) in _ = try values.values([[1]], in: space) }?.code == .closed)
    }
}

extension KeyValueStore {
    /// Removes the values with any of `tags`, of one namespace or (with `nil`) of all; returns their names.
    fileprivate func removeValues(tags: [String], namespace: String?) throws(StoreError) -> [ValueKey] {
        try removeValues(tags: tags, namespace: namespace, sparing: [])
    }
}
