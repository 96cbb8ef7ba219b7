import CacheModel
import TestSupport
import Testing

@testable import CacheEngine

/// What stays in memory.
struct MemoryTierTests {
    func id(_ number: Int) -> EntryID { EntryID(high: 0, low: UInt64(number)) }
    func body(_ bytes: Int) -> EntryBody {
        EntryBody(response: RawJSON(validated: [UInt8](repeating: 48, count: bytes)))
    }

    @Test func neverHoldsMoreThanItsBytes() {
        let tier = MemoryTier(capacity: 100_000)
        var random = SeededRandom(seed: 1)
        for number in 0..<5_000 {
            tier.insert(body(Int.random(in: 0...4_000, using: &random)), id: id(number % 700))
            if number.isMultiple(of: 3) { _ = tier.body(of: id(Int.random(in: 0..<700, using: &random))) }
            if number.isMultiple(of: 7) { tier.remove(id(Int.random(in: 0..<700, using: &random))) }
            #expect(tier.bytes <= 100_000)
        }
    }

    @Test func aScanDoesNotPushOutWhatIsInUse() {
        let tier = MemoryTier(capacity: 100_000)
        for number in 0..<20 { tier.insert(body(1_000), id: id(number)) }
        for _ in 0..<2 { for number in 0..<20 { _ = tier.body(of: id(number)) } }
        for number in 1_000..<11_000 { tier.insert(body(1_000), id: id(number)) }
        let survivors = (0..<20).filter { tier.body(of: id($0)) != nil }.count
        #expect(survivors == 20)
    }

    @Test func aBodyThatComesBackSoonIsKept() {
        let tier = MemoryTier(capacity: 100_000)
        tier.insert(body(1_000), id: id(1))
        for number in 100..<180 { tier.insert(body(1_000), id: id(number)) }
        #expect(tier.body(of: id(1)) == nil)
        tier.insert(body(1_000), id: id(1))
        for number in 1_000..<1_040 { tier.insert(body(1_000), id: id(number)) }
        #expect(tier.body(of: id(1)) != nil)
    }

    @Test func whatIsExpectedOutlastsAScanAndGoesIfNobodyComes() {
        let tier = MemoryTier(capacity: 100_000)
        for number in 0..<20 { tier.insert(body(1_000), id: id(number), isExpected: true) }
        for number in 1_000..<2_000 { tier.insert(body(1_000), id: id(number)) }
        #expect((0..<20).allSatisfy { tier.expect(id($0)) != nil })
        #expect(tier.expected.came == 20)
        #expect(tier.expected.wanted == 0)
        for _ in 0..<2 { for number in 0..<5 { #expect(tier.body(of: id(number)) != nil) } }
        #expect(tier.expected.wanted == 5, "each counts once")
        for round in 0..<40 {
            for _ in 0..<2 { for number in 0..<8 { tier.insert(body(1_000), id: id(9_000 + round * 8 + number)) } }
            for number in 0..<8 { _ = tier.body(of: id(9_000 + round * 8 + number)) }
        }
        #expect((5..<20).allSatisfy { tier.body(of: id($0)) == nil })
    }

    @Test func anAnswerLargerThanTheQueueIsNotKept() {
        let tier = MemoryTier(capacity: 10_000)
        tier.insert(body(5_000), id: id(1))
        #expect(tier.body(of: id(1)) == nil)
        #expect(tier.bytes == 0)
    }

    @Test func storingOneEntryAgainAndAgainHoldsNoMemory() {
        let tier = MemoryTier(capacity: 1 << 20)
        for _ in 0..<10_000 { tier.insert(body(10), id: id(1)) }
        #expect(tier.bytes == 10 + MemoryTier.overheadBytes)
        #expect(tier.queuedNames <= 2_000)
    }
}

/// What entries share in memory.
struct EntryOriginTests {
    func header(scope: UInt64, model: String?, tenant: String? = nil) -> EntryHeader {
        let scope = Digest256(scope, 0, 0, 0)
        return EntryHeader(
            id: EntryID(high: 1, low: 1), namespace: "n", scope: scope, exactKey: scope, foldedKey: scope, prompt: "p",
            isSemantic: false, vector: nil, model: model, provider: nil, tenant: tenant, user: nil, tags: [],
            created: Timestamp(milliseconds: 0), expires: nil)
    }

    @Test func entriesOfOneScopeShareTheirOrigin() {
        let first = EntryOrigin.shared(header(scope: 77, model: "a"))
        #expect(EntryOrigin.shared(header(scope: 77, model: "a")) === first)
        #expect(EntryOrigin.shared(header(scope: 77, model: "b")) !== first)
        #expect(EntryOrigin.shared(header(scope: 77, model: "a", tenant: "t")) !== first)
        #expect(EntryOrigin.shared(header(scope: 78, model: "a")) !== first)
        #expect(first.model == "a" && first.scope == Digest256(77, 0, 0, 0))
    }

    @Test func originsOutliveASweepOnlyWhileAnEntryHoldsThem() {
        let kept = EntryOrigin.shared(header(scope: 1_000_000, model: "kept"))
        for scope in 0..<5_000 { _ = EntryOrigin.shared(header(scope: 2_000_000 + UInt64(scope), model: "gone")) }
        #expect(EntryOrigin.shared(header(scope: 1_000_000, model: "kept")) === kept)
    }
}
