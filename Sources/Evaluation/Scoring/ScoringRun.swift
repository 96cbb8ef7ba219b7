import CacheModel
import Dispatch

/// Scores many pairs on a few threads.
public struct ScoringRun: Sendable {
    /// How many threads work at once.
    public var threads: Int
    /// How many pairs an embedder gets at once.
    public var batchSize: Int
    /// Called with the number of pairs scored so far, from any thread.
    public var progress: @Sendable (Int) -> Void

    /// A run.
    public init(threads: Int = 2, batchSize: Int = 256, progress: @escaping @Sendable (Int) -> Void = { _ in }) {
        precondition(threads > 0 && batchSize > 0, "a run has threads and batches")
        self.threads = threads
        self.batchSize = batchSize
        self.progress = progress
    }

    private struct State {
        var nextBatch = 0
        var done = 0
        var scores: [[PairScore]]
    }

    /// The scores of `pairs`, in order, whatever the number of threads.
    public func scores(of pairs: [LabelledPair], by scorer: any PairScoring) -> [PairScore] {
        let batches = (pairs.count + batchSize - 1) / batchSize
        let state = Locked(State(scores: Array(repeating: [], count: batches)))
        DispatchQueue.concurrentPerform(iterations: min(threads, max(1, batches))) { _ in
            while let batch = state.withLock({ take(&$0, of: batches) }) {
                let rows = (batch * batchSize)..<min(pairs.count, (batch + 1) * batchSize)
                let scores = scorer.score(pairs[rows])
                precondition(scores.count == rows.count, "an arm scores every pair")
                progress(
                    state.withLock { state in
                        state.scores[batch] = scores
                        state.done += scores.count
                        return state.done
                    })
            }
        }
        return state.withLock { $0.scores.flatMap(\.self) }
    }

    private func take(_ state: inout State, of batches: Int) -> Int? {
        guard state.nextBatch < batches else { return nil }
        state.nextBatch += 1
        return state.nextBatch - 1
    }
}
