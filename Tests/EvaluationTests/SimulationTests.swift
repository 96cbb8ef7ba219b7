import CacheEngine
import CacheModel
import Evaluation
import Testing

@Suite("Simulations")
struct SimulationTests {
    private func text(_ text: String, _ cluster: String) -> ClusteredText {
        ClusteredText(id: "\(cluster)/\(text)", text: text, cluster: cluster)
    }

    @Test func aCacheAnswersWhatItHolds() {
        let simulation = CacheSimulation(
            inserted: [text("reset my password", "p"), text("open an account", "a"), text("red green blue", "c")],
            asked: [
                text("reset my old password", "p"), text("open an account today", "b"), text("open one account", "a"),
                text("nothing like it", "x"),
            ])
        let outcome = simulation.run(.jaccard(threshold: 0.5))
        // Values: 3/4 right, 3/4 wrong, 2/4 right; the last finds nothing.
        #expect(outcome.answerable == 2)
        #expect(outcome.recall(falseHitShare: 0.01) == Proportion(0, of: 2))
        #expect(outcome.recall(falseHitShare: 0.25) == Proportion(2, of: 2))
        #expect(outcome.decided(at: 0.7).falseHitRate == Proportion(1, of: 2))
        #expect(outcome.worst.map(\.asked.cluster) == ["b"])
    }

    @Test func theNearestThatNoGuardVetoesDecides() {
        let simulation = CacheSimulation(
            inserted: [text("please reset the password now", "n"), text("reset password", "p")],
            asked: [text("please reset the password", "p")])
        let outcome = simulation.run(Bench.judged)
        #expect(outcome.curve.point(at: 0.5).rightHits == 1)
    }

    @Test func aCandidateInDoubtIsWorthWhatTheVerifierSays() {
        let simulation = CacheSimulation(
            inserted: [text("reset password", "p"), text("open account", "a")],
            asked: [text("reset my password", "p"), text("open my account", "b")])
        let arm = Arm.judged(
            name: "verifier", embedder: BagEmbedder(), indexes: PlainIndexes(),
            judge: DoubtingJudge(praised: "reset password"))
        let point = simulation.run(arm).curve.point(at: 0.9)
        #expect(point.rightHits == 1 && point.falseHitRate == Proportion(0, of: 1))
    }

    @Test func halvesByTheSeed() {
        let texts = (0..<40).map { text("t \($0)", "\($0 % 5)") }
        let (a, b) = (CacheSimulation(halving: texts, seed: 1), CacheSimulation(halving: texts, seed: 1))
        #expect(a.inserted == b.inserted && a.asked == b.asked)
        #expect(a.inserted.count == 20)
        #expect(CacheSimulation(halving: texts, seed: 2).inserted != a.inserted)
    }

    @Test func jaccardRunsThroughTheEngine() {
        let engine = Bench.kit.engine(.jaccard())
        func ask(_ prompt: String) -> LookupReply { engine.lookup(CacheRequest(prompt: prompt)).finish() }
        let stored = StoreRequest(request: CacheRequest(prompt: "how do I reset my password"), response: RawJSON("x"))
        #expect(engine.store(stored).finish() != .refused(.degraded))
        #expect(ask("how do I reset a password").status == .hit)
        #expect(abs(ask("how do I reset a password").similarity! - 5.0 / 7) < 1e-6)
        #expect(ask("how do I change a badge").reason == .unsure)
        #expect(ask("how do I reset my password").hitType == .exact)
    }

    @Test func aStreamCountsWrongHits() {
        let stream = StreamSimulation(
            pairs: [
                ("same", [Bench.pair("unlock garage door today", "unlock garage door", true)]),
                ("trap", [Bench.pair("pay my old electricity bill", "pay my new electricity bill", false)]),
            ], unrelated: ["completely different words", "another subject entirely"], seed: 4)
        #expect(stream.items.count == 6)
        let outcome = stream.run(Bench.kit.engine(Bench.bag))
        #expect(outcome.total.lookups == 6)
        #expect(outcome.total.rightHits == 1)
        #expect(outcome.total.wrongHits == 1)
        #expect(outcome.total.labelledWrongHits == 1)
        #expect(outcome.kinds.map(\.name) == ["same", "trap", "unrelated"])
        #expect(outcome.wrongHits.map(\.asked.kind) == ["trap"])
    }

    @Test func theVolatileStoreForgetsTheLongestUnused() throws {
        func entry(_ number: UInt64) -> CacheEntry {
            let key = Digest256(number, 0, 0, 0)
            return CacheEntry(
                header: EntryHeader(
                    id: EntryID(high: 1, low: number), namespace: "n", scope: key, exactKey: key, foldedKey: key,
                    prompt: String(repeating: "p", count: 500), isSemantic: true, vector: nil, model: nil,
                    provider: nil,
                    tenant: nil, user: nil, tags: [], created: Timestamp(milliseconds: 0), expires: nil),
                body: EntryBody(response: RawJSON("x")))
        }
        let store = VolatileStore(capacity: 3 * 1100)
        for number in 1...3 { store.put(entry(UInt64(number))) }
        #expect(store.entry(entry(1).header.reference) != nil)
        store.put(entry(4))
        #expect(store.entry(entry(2).header.reference) == nil)
        #expect(store.entry(entry(1).header.reference) != nil)
        #expect(store.evictions == 1)
        store.put(entry(1))
        #expect(store.statistics().entries == 3)
        #expect(store.remove([entry(1).header.reference, entry(2).header.reference]) == 1)
    }

    /// An hour of forty conversations, each asking twice, with a minute and a half between.
    private func trace() -> [UInt8] {
        let lines = (0..<40).flatMap { number in
            [0, 90_000].map { delay in
                "{\"timestamp\": \(number * 90_000 + delay), \"output_length\": 200, \"hash_ids\": [0, \(number + 1)]}"
            }
        }
        return Array(lines.joined(separator: "\n").utf8)
    }

    @Test func readingAheadPaysOnDaysThatComeAgainAndHarmsNoOthers() throws {
        let trial = try WarmingTrial(trace(), file: "trace.jsonl")
        let same = trial.run(recurrence: 1, room: 0.25)
        #expect(same.hits > 700)
        #expect(same.warmed > same.plain * 3 / 2)
        #expect(same.wanted * 2 > same.read)
        let fresh = trial.run(recurrence: 0, room: 0.25)
        #expect(fresh.read == 0)
        #expect(fresh.warmed == fresh.plain)
        #expect(same == trial.run(recurrence: 1, room: 0.25), "a seed says it all")
    }

    @Test(arguments: [
        ("{\"timestamp\": \"x\"}", "'timestamp' must be milliseconds"),
        ("{\"timestamp\": 1, \"output_length\": -1}", "'output_length' must be tokens"),
        ("{\"timestamp\": 1, \"output_length\": 1, \"hash_ids\": []}", "'hash_ids' must be names of blocks"),
        ("{\"timestamp\": 1, \"output_length\": 1, \"hash_ids\": [1]}", "must hold requests at different times"),
    ])
    func aTraceThatIsNoneIsRefused(_ line: String, _ message: String) throws {
        let error = try #require(throws: DataError.self) {
            _ = try WarmingTrial(Array(line.utf8), file: "trace.jsonl")
        }
        #expect("\(error)".contains(message))
    }
}
