import CacheEngine
import CacheModel
import Evaluation
import Testing

@Suite("Traffic")
struct TrafficTests {
    private func events(_ rows: [(at: Double, prompt: String, answer: String)]) throws -> [TrafficEvent] {
        let lines = rows.map {
            #"{"at":\#($0.at),"prompt":"\#($0.prompt)","model":"m","response":"r","latency_ms":2000,"answer":"\#($0.answer)"}"#
        }
        return try TrafficLog.parse(Array(lines.joined(separator: "\n").utf8), file: "log.jsonl")
    }

    private func run(_ events: [TrafficEvent], ttl: Double? = nil) throws -> TimedReplay.Outcome {
        var kit = Bench.kit
        kit.policies.fallback.ttl = ttl
        let clock = LogClock()
        let client = EngineClient(engine: kit.engine(Bench.bag, clock: clock), coding: PromptCoding())
        let replay = try TimedReplay(events: events, file: "log.jsonl", upstream: UpstreamModel(), stretchCount: 2) {
            usage, _ in
            NanoDollars(Int64(usage.promptTokens))
        }
        return try replay.run(client, clock: clock)
    }

    @Test func anAnswerIsThereOnlyOnceTheModelGaveIt() throws {
        let outcome = try run(
            events([(0, "open the door", "d"), (1, "open the door", "d"), (4, "open the door", "d")]))
        #expect(outcome.tally.exactHits == 1)
        #expect(outcome.tally.lookups == 3)
        #expect(outcome.waitsWithout == [2000, 2000, 2000])
        #expect(outcome.waitsWith[1] >= 2000 && outcome.waitsWith[2] < 1000)
    }

    @Test func entriesExpireInTheLogsTime() throws {
        let log = try events([(0, "open the door", "d"), (50, "open the door", "d"), (200, "open the door", "d")])
        #expect(try run(log, ttl: 100).tally.hits == 1)
        #expect(try run(log).tally.hits == 2)
        #expect(try run(log, ttl: 100).stretches.map(\.lookups) == [2, 1])
    }

    @Test func savingsAndLabelsAreCounted() throws {
        let outcome = try run(
            events([
                (0, "open the red door", "red"), (10, "open the red door please", "red"),
                (20, "open the big door", "big"),
            ]))
        #expect(outcome.tally.semanticHits == 2)
        #expect(outcome.tally.wrongHits.count == 1)
        // Two hits of 10 prompt tokens at $1 and 100 completion tokens at $10 a million.
        #expect(outcome.tally.avoidedCost.amount == 2 * (10 * 1000 + 100 * 10_000))
        #expect(outcome.charged == 4)
    }

    @Test func aLogWithoutTimesIsRefusedOrGivenSome() throws {
        let log = try TrafficLog.parse(Array(#"{"prompt":"p","response":"r"}"#.utf8), file: "log.jsonl")
        do {
            _ = try run(log)
            Issue.record("a log without times cannot be replayed in time")
        } catch { #expect("\(error)".contains("1 of 1 requests have no arrival time")) }
        #expect(TimedReplay.timed(log, by: [1, 2, 3]).map(\.at) == [1, 2, 3])
    }

    @Test func armsAreComparedRequestByRequest() throws {
        let log = try events([
            (0, "open the red door", "red"), (1, "open the red door please", "red"), (2, "open the big door", "big"),
            (3, "sing a song", "song"), (4, "sing a song", "song"),
        ])
        func client(_ arm: Arm) -> EngineClient { EngineClient(engine: Bench.kit.engine(arm), coding: PromptCoding()) }
        let cases = try PairedRun.traffic(log, a: client(.jaccard(threshold: 0.75)), b: client(Bench.bag))
        let comparison = ArmComparison(a: "jaccard", b: "bag", cases: cases, seed: 1, resamples: 200)
        #expect(comparison.a.hits == 2)
        #expect(comparison.b.hits == 3)
        #expect(comparison.onlyB == 1 && comparison.bothHit == 2 && comparison.neither == 2)
        #expect(comparison.wrongAnswers == McNemarTest(onlyFirst: 0, onlySecond: 1))
        #expect(comparison.groups == 3)
        #expect(abs(comparison.differences[0].value! - 0.2) < 1e-12)
        #expect(comparison.examples.map(\.title) == ["open the big door"])
        #expect(comparison.text.contains("WRONG"))
        let again = ArmComparison(a: "jaccard", b: "bag", cases: cases, seed: 1, resamples: 200)
        #expect(again.differences == comparison.differences)
    }

    @Test func armsAreComparedOnPairs() {
        let set = PairSet(
            name: "s",
            pairs: [
                Bench.pair("open the red door", "open the big door", false),
                Bench.pair("open the red door", "open red door", true),
            ])
        let cases = PairedRun.pairs(set, a: .jaccard(threshold: 0.7), b: Bench.bag, run: ScoringRun())
        #expect(cases.map(\.a.isHit) == [false, true])
        #expect(cases.map(\.b.isWrong) == [true, false])
        #expect(Set(cases.map(\.group)).count == 1)
    }
}
