/// How an `IVFIndex` searches. The defaults are measured (`docs/search.md`).
public struct IVFTuning: Sendable, Equatable {
    /// About the share of neighbours to be found among near-duplicates and strangers alike, which `nprobe` and `reach`
    /// follow where they are not given: by measured steps, not by calibration on the partition's own vectors.
    public var wantedRecall = 0.99
    /// Lists that a search looks through at most.
    public var nprobe: Int?
    /// How far past the nearest centroid a list is looked through for each unit of distance at which a neighbour may
    /// still be (see `IVFIndex`); 1 is certain.
    public var reach: Float?
    /// Whether rows have one-bit codes, which a search reads first.
    public var usesBits = true
    /// Rows that are compared after a scan of one-bit codes.
    public var survivors = 200

    /// The measured defaults.
    public init() {}

    /// Lists to look through of `nlist`.
    func probes(of nlist: Int) -> Int {
        let share = wantedRecall >= 0.95 ? 0.0625 : 0.03125
        return max(1, min(nlist, nprobe ?? max(64, Int((Double(nlist) * share).rounded(.up)))))
    }

    /// `reach`, or what `wantedRecall` takes.
    var effectiveReach: Float { reach ?? (wantedRecall >= 0.985 ? 0.35 : wantedRecall >= 0.95 ? 0.2 : 0.1) }
}
