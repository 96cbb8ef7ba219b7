import CacheModel

/// When an `AdaptiveIndex` changes its kind. The defaults are measured (`docs/search.md`).
public struct AdaptiveTuning: Sendable, Equatable {
    /// How small partitions are searched.
    public var flat = FlatTuning()
    /// How large partitions are searched.
    public var ivf = IVFTuning()
    /// The number of vectors from which a partition becomes an inverted file; it turns flat again below half of it.
    public var ivfRows = 50_000
    /// The least number of vectors a list at the time of training.
    public var rowsPerList = 256
    /// The most lists, as a multiple of the square root of the number of vectors: every search compares the query with all
    /// centroids, so that lists must grow with the partition (640 vectors each for a million).
    public var listsPerRoot = 1.5625
    /// Vectors that training looks at for each list.
    public var sampledPerList = 32
    /// By what factor a partition grows, or shrinks, before it is trained anew.
    public var retrainingFactor = 4
    /// Vectors that move at each insertion or removal while a partition changes its kind.
    public var movesPerChange = 4

    /// The measured defaults.
    public init() {}

    /// How many lists a partition of `count` vectors is sorted into.
    public func nlist(of count: Int) -> Int {
        max(1, min(count / rowsPerList, Int(listsPerRoot * Double(count).squareRoot())))
    }
}

/// The index of a scope of any size: flat while small, an inverted file when large, and never a stall between.
///
/// When a partition has outgrown its index, a sample of it is trained elsewhere; then its vectors move to the new index
/// a few at each insertion or removal (or at each `maintain`), and searches look into both until the old one is empty.
/// So no call does more than a bounded piece of work, but for the copy of the sample (milliseconds for a million
/// vectors). An inverted file is trained anew when the partition has grown or shrunk by `retrainingFactor`, and when twice as
/// many vectors have come and gone as it was trained on: then its centroids are of prompts that nobody asks any more.
///
/// Not synchronised, like every index; a training in the background shares nothing with the index.
public final class AdaptiveIndex: VectorIndex, @unchecked Sendable {
    public let dimension: Int
    let settings: Settings
    private var tuning: AdaptiveTuning { settings.tuning }
    /// Where insertions go.
    var current: any MovableIndex
    /// What is being emptied into `current`.
    var previous: (any MovableIndex)?
    private var training: IndexTraining?
    /// The number of vectors when `current` was trained; 0 while it is flat.
    var trainedCount = 0
    /// Insertions and removals since then.
    var changesSinceTraining = (insertions: 0, removals: 0)

    /// What all indexes of a factory share: thousands of small partitions hold one copy.
    final class Settings: Sendable {
        let tuning: AdaptiveTuning
        let schedule: TrainingSchedule
        let isa: KernelISA

        init(tuning: AdaptiveTuning, schedule: TrainingSchedule, isa: KernelISA) {
            self.tuning = tuning
            self.schedule = schedule
            self.isa = isa
        }
    }

    /// An empty index for vectors of `dimension` components.
    public convenience init(
        dimension: Int, tuning: AdaptiveTuning = AdaptiveTuning(), schedule: TrainingSchedule = .background,
        isa: KernelISA = .active
    ) {
        self.init(dimension: dimension, settings: Settings(tuning: tuning, schedule: schedule, isa: isa))
    }

    init(dimension: Int, settings: Settings) {
        self.dimension = dimension
        self.settings = settings
        current = FlatIndex(dimension: dimension, tuning: settings.tuning.flat, isa: settings.isa)
    }

    public var count: Int { current.count + (previous?.count ?? 0) }
    public var memoryBytes: Int { current.memoryBytes + (previous?.memoryBytes ?? 0) + Self.objectBytes }
    /// An object's header and its fields.
    private static var objectBytes: Int { 16 + 7 * MemoryLayout<Int>.size + 2 * MemoryLayout<(any VectorIndex)?>.size }
    /// What it is now.
    public var kind: Kind {
        if previous != nil { return .moving }
        return current is IVFIndex ? .ivf : .flat
    }

    /// What an `AdaptiveIndex` is.
    public enum Kind: Sendable {
        /// One list.
        case flat
        /// Lists around centroids.
        case ivf
        /// On its way from one to another.
        case moving
    }

    public func insert(_ vector: UnsafeBufferPointer<Float>, slot: UInt32) {
        current.insert(vector, slot: slot)
        changesSinceTraining.insertions += 1
        step()
    }

    @discardableResult
    public func remove(slot: UInt32) -> Bool {
        guard current.remove(slot: slot) || previous?.remove(slot: slot) == true else { return false }
        changesSinceTraining.removals += 1
        step()
        return true
    }

    public func search(
        _ query: UnsafeBufferPointer<Float>, limit: Int, minimumSimilarity: Float, exhaustive: Bool
    ) -> [Neighbor] {
        let found = current.search(
            query, limit: limit, minimumSimilarity: minimumSimilarity, exhaustive: exhaustive)
        guard let previous else { return found }
        return Self.merge(
            found,
            previous.search(query, limit: limit, minimumSimilarity: minimumSimilarity, exhaustive: exhaustive), limit)
    }

    public func search(
        batch queries: UnsafeBufferPointer<Float>, limit: Int, minimumSimilarity: Float, exhaustive: Bool
    ) -> [[Neighbor]] {
        let found = current.search(
            batch: queries, limit: limit, minimumSimilarity: minimumSimilarity, exhaustive: exhaustive)
        guard let previous else { return found }
        let other = previous.search(
            batch: queries, limit: limit, minimumSimilarity: minimumSimilarity, exhaustive: exhaustive)
        return zip(found, other).map { Self.merge($0, $1, limit) }
    }

    private static func merge(_ a: [Neighbor], _ b: [Neighbor], _ limit: Int) -> [Neighbor] {
        guard !a.isEmpty else { return b }
        guard !b.isEmpty else { return a }
        var top = TopNeighbors(limit: limit, minimumSimilarity: -1)
        for neighbor in a { top.offer(slot: neighbor.slot, similarity: neighbor.similarity) }
        for neighbor in b { top.offer(slot: neighbor.slot, similarity: neighbor.similarity) }
        return top.sorted()
    }
}

// MARK: Changing its kind

extension AdaptiveIndex {
    /// Moves up to `budget` vectors on, and takes up a training that has ended; returns whether there is more to move.
    ///
    /// Insertions and removals do this by themselves; a caller with time on its hands may do more of it.
    @discardableResult
    public func maintain(budget: Int) -> Bool {
        takeUpTraining()
        guard let previous else { return false }
        for _ in 0..<budget {
            let moved = previous.removeSome { vector, slot in current.insert(vector, slot: slot) }
            if !moved { break }
        }
        if previous.count == 0 { self.previous = nil }
        return self.previous != nil
    }

    /// The training that the partition's size calls for, or `nil`; for `TrainingSchedule.manual`.
    public func prepareTraining() -> IndexTraining? {
        guard training == nil, wantsTraining else { return nil }
        return makeTraining()
    }

    /// Takes up a training that was run: from now on vectors move to an inverted file of its centroids.
    public func commit(_ training: IndexTraining) {
        guard previous == nil, let centroids = training.centroids, centroids.count > 0 else { return }
        previous = current
        trainedCount = previous?.count ?? 0
        changesSinceTraining = (0, 0)
        current = IVFIndex(centroids: centroids, tuning: tuning.ivf, isa: settings.isa)
    }

    private var wantsTraining: Bool {
        guard previous == nil, count >= tuning.ivfRows else { return false }
        return trainedCount == 0 || count / tuning.retrainingFactor >= trainedCount
            || count * tuning.retrainingFactor <= trainedCount
            || min(changesSinceTraining.insertions, changesSinceTraining.removals) >= 2 * trainedCount
    }

    private func makeTraining() -> IndexTraining {
        let nlist = tuning.nlist(of: count)
        let sample = current.sample(nlist * tuning.sampledPerList, seed: UInt64(count))
        return IndexTraining(sample: sample, nlist: nlist, isa: settings.isa)
    }

    /// The work of one change.
    private func step() {
        maintain(budget: tuning.movesPerChange)
        guard previous == nil, training == nil else { return }
        if trainedCount > 0, count < tuning.ivfRows / 2 {
            turnFlat()
        } else if settings.schedule != .manual, wantsTraining {
            let training = makeTraining()
            self.training = training
            settings.schedule.start(training)
            takeUpTraining()
        }
    }

    private func takeUpTraining() {
        guard let training, training.centroids != nil else { return }
        self.training = nil
        // The partition may have shrunk while it was trained.
        if wantsTraining { commit(training) }
    }

    private func turnFlat() {
        previous = current
        current = FlatIndex(dimension: dimension, tuning: tuning.flat, isa: settings.isa)
        trainedCount = 0
    }
}

/// Makes an `AdaptiveIndex` for each scope: what the cache uses.
public struct AdaptiveIndexFactory: VectorIndexFactory {
    let settings: AdaptiveIndex.Settings

    /// A factory of indexes that are trained as `schedule` says.
    public init(
        tuning: AdaptiveTuning = AdaptiveTuning(), schedule: TrainingSchedule = .background, isa: KernelISA = .active
    ) {
        settings = AdaptiveIndex.Settings(tuning: tuning, schedule: schedule, isa: isa)
    }

    public func makeIndex(dimension: Int) -> any VectorIndex {
        AdaptiveIndex(dimension: dimension, settings: settings)
    }
}
