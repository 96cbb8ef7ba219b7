/// Working memory of one scan. Valid inside `with` only.
struct ScanScratch {
    /// Rows that one step of a scan takes at most: their dot products stay in the nearest cache.
    static let rows = 1024
    /// Rows that one step of a batch takes: they stay in the second cache while all queries meet them.
    static let batchRows = 256

    let dots: UnsafeMutablePointer<Int32>
    let candidates: UnsafeMutablePointer<UInt32>
    let estimates: UnsafeMutablePointer<Float>

    static func with<Result>(_ body: (ScanScratch) -> Result) -> Result {
        // The kernels write up to 16 elements past the last candidate.
        let padded = rows + 16
        return withUnsafeTemporaryAllocation(byteCount: 3 * 4 * padded, alignment: 64) { memory in
            let base = memory.baseAddress!
            return body(
                ScanScratch(
                    dots: base.bindMemory(to: Int32.self, capacity: padded),
                    candidates: (base + 4 * padded).bindMemory(to: UInt32.self, capacity: padded),
                    estimates: (base + 8 * padded).bindMemory(to: Float.self, capacity: padded)))
        }
    }
}
