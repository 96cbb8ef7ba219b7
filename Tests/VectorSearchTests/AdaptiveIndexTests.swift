import CacheModel
import Testing

@testable import VectorSearch

@Suite struct AdaptiveIndexTests {
    static let tuning: AdaptiveTuning = {
        var tuning = AdaptiveTuning()
        tuning.ivfRows = 600
        tuning.rowsPerList = 32
        return tuning
    }()

    @Test func `A partition grows into an inverted file and shrinks back, finding everything on the way`() {
        let vectors = IVFIndexTests.clustered(1500, dimension: 64)
        let index = AdaptiveIndex(dimension: 64, tuning: Self.tuning, schedule: .inline)
        var seen: [AdaptiveIndex.Kind] = []
        func check(_ slots: Range<Int>) {
            if seen.last != index.kind { seen.append(index.kind) }
            #expect(index.count == slots.count)
            for slot in [slots.lowerBound, (slots.lowerBound + slots.upperBound) / 2, slots.upperBound - 1] {
                let found = index.search(vectors[slot], limit: 2, minimumSimilarity: 0.9)
                #expect(found.first?.slot == UInt32(slot))
                let all = index.search(vectors[slot], limit: 2000, minimumSimilarity: -1, exhaustive: true)
                #expect(all.count == slots.count)
            }
        }
        for slot in 0..<1500 {
            index.insert(vectors[slot], slot: UInt32(slot))
            if slot % 25 == 0 { check(0..<slot + 1) }
        }
        for slot in 0..<1400 {
            #expect(index.remove(slot: UInt32(slot)))
            #expect(!index.remove(slot: UInt32(slot)))
            if slot % 25 == 0 { check(slot + 1..<1500) }
        }
        while index.maintain(budget: 10) {}
        check(1400..<1500)
        #expect(seen == [.flat, .moving, .ivf, .moving, .flat])
    }

    @Test func `Around its threshold a partition does not change its kind back and forth`() {
        let vectors = IVFIndexTests.clustered(800, dimension: 16)
        let index = AdaptiveIndex(dimension: 16, tuning: Self.tuning, schedule: .inline)
        for slot in 0..<700 { index.insert(vectors[slot], slot: UInt32(slot)) }
        while index.maintain(budget: 100) {}
        for _ in 0..<5 {
            for slot in 500..<700 { index.remove(slot: UInt32(slot)) }
            #expect(index.kind == .ivf)
            for slot in 500..<700 { index.insert(vectors[slot], slot: UInt32(slot)) }
            #expect(index.kind == .ivf)
        }
    }

    @Test func `A partition whose prompts are replaced at constant size is trained anew`() {
        let vectors = (1...3).flatMap { IVFIndexTests.clustered(800, dimension: 16, seed: $0) }
        let index = AdaptiveIndex(dimension: 16, tuning: Self.tuning, schedule: .inline)
        for slot in 0..<800 { index.insert(vectors[slot], slot: UInt32(slot)) }
        while index.maintain(budget: 100) {}
        #expect(index.kind == .ivf)
        var trainings = 0
        for slot in 800..<2400 {
            let before = index.changesSinceTraining.insertions
            index.remove(slot: UInt32(slot - 800))
            index.insert(vectors[slot], slot: UInt32(slot))
            if index.changesSinceTraining.insertions < before { trainings += 1 }
        }
        #expect(trainings == 1 && index.count == 800)
        #expect(index.search(vectors[2000], limit: 1).first?.slot == 2000)
    }

    @Test func `The caller may train where it likes`() {
        let vectors = IVFIndexTests.clustered(1000, dimension: 16)
        let index = AdaptiveIndex(dimension: 16, tuning: Self.tuning, schedule: .manual)
        for slot in 0..<599 { index.insert(vectors[slot], slot: UInt32(slot)) }
        #expect(index.prepareTraining() == nil)
        for slot in 599..<700 { index.insert(vectors[slot], slot: UInt32(slot)) }
        #expect(index.kind == .flat)
        let training = index.prepareTraining()
        // The index goes on changing while the training runs.
        for slot in 700..<800 { index.insert(vectors[slot], slot: UInt32(slot)) }
        training?.run()
        if let training { index.commit(training) }
        #expect(index.kind == .moving && index.count == 800)
        #expect(index.maintain(budget: 100))
        while index.maintain(budget: 500) {}
        #expect(index.kind == .ivf && index.count == 800)
        #expect(index.search(vectors[750], limit: 1).first?.slot == 750)
    }

    @Test func `Training in the background changes the kind in the end`() async {
        let vectors = IVFIndexTests.clustered(700, dimension: 16)
        let index = AdaptiveIndex(dimension: 16, tuning: Self.tuning)
        for slot in 0..<700 { index.insert(vectors[slot], slot: UInt32(slot)) }
        while index.kind != .ivf {
            index.maintain(budget: 10)
            await Task.yield()
        }
        #expect(index.count == 700)
        #expect(index.search(vectors[650], limit: 1).first?.slot == 650)
    }

    @Test func `A scope with few vectors costs little`() {
        let index = AdaptiveIndexFactory().makeIndex(dimension: 128)
        var generator = SeededGenerator(seed: 1)
        index.insert(generator.unitVector(128), slot: 1)
        #expect(index.memoryBytes <= 500)
    }

    @Test func `A batch finds what single searches find, on the move too`() {
        let vectors = IVFIndexTests.clustered(700, dimension: 16)
        let index = AdaptiveIndex(dimension: 16, tuning: Self.tuning, schedule: .inline)
        for slot in 0..<650 { index.insert(vectors[slot], slot: UInt32(slot)) }
        #expect(index.kind == .moving)
        let queries = Array(vectors.suffix(5))
        #expect(index.search(batch: queries, limit: 3) == queries.map { index.search($0, limit: 3) })
    }
}
