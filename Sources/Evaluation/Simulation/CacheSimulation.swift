import CacheModel
import Dispatch

/// A cache filled with some questions and asked others: how many of the answerable ones it answers rightly while wrong
/// hits stay rare. This is nearer to the truth than pairs: the cache chooses the candidate among all it holds.
public struct CacheSimulation: Sendable {
    /// The questions in the cache.
    public let inserted: [ClusteredText]
    /// The questions that are asked.
    public let asked: [ClusteredText]
    /// How many candidates are judged until one is not vetoed: the engine's limit.
    static let candidates = 8

    /// A simulation of given halves.
    public init(inserted: [ClusteredText], asked: [ClusteredText]) {
        self.inserted = inserted
        self.asked = asked
    }

    /// Halves `texts` by chance: the first half is inserted, the second is asked.
    public init(halving texts: [ClusteredText], seed: UInt64) {
        let order = texts.shuffled(seed: seed)
        inserted = Array(order[..<(order.count / 2)])
        asked = Array(order[(order.count / 2)...])
    }

    /// What came of the simulation.
    public struct Outcome: Sendable {
        /// All thresholds; a "positive" of the curve is a lookup whose candidate is a right one.
        public var curve: OperatingCurve
        /// Questions of whose cluster another question is in the cache.
        public var answerable: Int
        /// Questions in the cache.
        public var inserted: Int
        /// Wrong candidates of the highest value: the question, the candidate, the score.
        public var worst: [(asked: ClusteredText, candidate: ClusteredText, score: PairScore)]

        /// Right hits out of the answerable questions, at the threshold with the most hits at which wrong hits are at
        /// most `limit` of all lookups.
        public func recall(falseHitShare limit: Double) -> Proportion {
            Proportion(curve.mostHits(falseHitShare: limit)?.rightHits ?? 0, of: answerable)
        }

        /// What happens at `threshold`: right hits out of the answerable, wrong hits out of the hits.
        public func decided(at threshold: Double) -> (recall: Proportion, falseHitRate: Proportion) {
            let point = curve.point(at: threshold)
            return (Proportion(point.rightHits, of: answerable), point.falseHitRate)
        }
    }

    /// Fills the cache and asks all questions, `threads` at once.
    public func run(_ arm: Arm, threads: Int = 2, progress: @escaping @Sendable (Int) -> Void = { _ in }) -> Outcome {
        let index = filledIndex(arm)
        let known = Set(inserted.map(\.cluster))
        let found = Locked([Candidate?](repeating: nil, count: asked.count))
        let batches = stride(from: 0, to: asked.count, by: 256).map { $0..<min(asked.count, $0 + 256) }
        let state = Locked((next: 0, done: 0))
        DispatchQueue.concurrentPerform(iterations: min(threads, max(1, batches.count))) { _ in
            while true {
                let number = state.withLock { state in
                    state.next += 1
                    return state.next - 1
                }
                guard number < batches.count else { return }
                let candidates = candidates(batches[number], index, arm)
                found.withLock { $0.replaceSubrange(batches[number], with: candidates) }
                progress(
                    state.withLock { state in
                        state.done += candidates.count
                        return state.done
                    })
            }
        }
        return outcome(found.withLock { $0 }, answerable: asked.count { known.contains($0.cluster) })
    }

    private struct Candidate {
        var row: Int
        var score: PairScore
    }

    private func filledIndex(_ arm: Arm) -> any VectorIndex {
        let index = arm.indexes.makeIndex(dimension: arm.embedder.dimension)
        for start in stride(from: 0, to: inserted.count, by: 256) {
            let rows = start..<min(inserted.count, start + 256)
            let vectors = arm.embedder.embed(rows: inserted[rows].map(\.text))
            vectors.withUnsafeBufferPointer { vectors in
                for row in rows {
                    let first = (row - start) * index.dimension
                    let vector = UnsafeBufferPointer(rebasing: vectors[first..<(first + index.dimension)])
                    if vector.contains(where: { $0 != 0 }) { index.insert(vector, slot: UInt32(row)) }
                }
            }
        }
        return index
    }

    /// The candidate that decides about each question of `rows`: the nearest that no guard vetoes, as in the engine.
    private func candidates(_ rows: Range<Int>, _ index: any VectorIndex, _ arm: Arm) -> [Candidate?] {
        let queries = arm.embedder.embed(rows: asked[rows].map(\.text))
        let neighbors = queries.withUnsafeBufferPointer {
            index.search(batch: $0, limit: Self.candidates, minimumSimilarity: -1, exhaustive: false)
        }
        return zip(rows, neighbors).map { row, neighbors in
            let query = arm.judge.begin(asked[row].text)
            if query.refusal != nil { return nil }
            for neighbor in neighbors {
                let similarity = Double(neighbor.similarity)
                let text = inserted[Int(neighbor.slot)].text
                let judgement = query.judge(text, similarity: similarity, explain: false)
                if judgement.veto != nil { continue }
                let value =
                    arm.scale == .similarity
                    ? similarity
                    : arm.judge.verified(judgement, asked[row].text, text, similarity: similarity).probability ?? 0
                return Candidate(row: Int(neighbor.slot), score: PairScore(value))
            }
            return nil
        }
    }

    private func outcome(_ found: [Candidate?], answerable: Int) -> Outcome {
        let scores = found.map { $0?.score ?? PairScore(-1, veto: "none") }
        let isRight = zip(found, asked).map { found, asked in
            found.map { inserted[$0.row].cluster == asked.cluster } ?? false
        }
        let wrong = found.indices.filter { found[$0] != nil && !isRight[$0] }
            .sorted { (scores[$1].value, $0) < (scores[$0].value, $1) }
        return Outcome(
            curve: OperatingCurve(scores: scores, isSame: isRight), answerable: answerable, inserted: inserted.count,
            worst: wrong.prefix(PairReport.exampleCount).map { (asked[$0], inserted[found[$0]!.row], scores[$0]) })
    }
}
