import CacheModel
import Dispatch

/// The training of an inverted file: made from a sample, run anywhere, given back to the index that it was made for.
public final class IndexTraining: Sendable {
    private let sample: VectorSample
    private let nlist: Int
    private let isa: KernelISA
    private let outcome = Locked<Centroids?>(nil)

    init(sample: VectorSample, nlist: Int, isa: KernelISA) {
        self.sample = sample
        self.nlist = nlist
        self.isa = isa
    }

    /// Trains: seconds of one core for a million vectors. Touches no index, so no lock need be held.
    public func run() {
        let centroids = Centroids(training: sample, nlist: nlist, isa: isa)
        outcome.withLock { $0 = centroids }
    }

    /// What `run` made, or `nil` while it has not ended.
    var centroids: Centroids? { outcome.withLock { $0 } }
}

/// Where an `AdaptiveIndex` has its training done.
public enum TrainingSchedule: Sendable {
    /// On a queue of its own at background priority, one training after another. Searches and changes go on.
    case background
    /// At once, within the change that calls for it: for tests and for bulk loads.
    case inline
    /// By the caller, who asks `prepareTraining()`, runs the result where it likes and hands it to `commit(_:)`.
    case manual

    private static let queue = DispatchQueue(label: "deja.index-training", qos: .background)

    func start(_ training: IndexTraining) {
        switch self {
        case .background: Self.queue.async { training.run() }
        case .inline: training.run()
        case .manual: break
        }
    }
}
