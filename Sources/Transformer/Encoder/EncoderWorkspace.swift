import CKernels
import CacheModel

/// The buffers of one forward pass, for one caller at a time.
final class EncoderWorkspace: @unchecked Sendable {
    // Unchecked: a workspace belongs to who took it from its pool.

    /// The most tokens of a batch.
    let rows: Int
    /// rows×width: the states.
    let states: UnsafeMutablePointer<Float>
    /// rows×width: what a sublayer adds to them.
    let change: UnsafeMutablePointer<Float>
    /// rows×3·width, or rows×inner: queries, keys and values, or the feed-forward part.
    let wide: UnsafeMutablePointer<Float>
    /// rows×width: what the attention gathers.
    let gathered: UnsafeMutablePointer<Float>
    /// Keys and scores of one sequence.
    let scratch: UnsafeMutablePointer<Float>
    /// Rows in 8 bits, and what they stand for.
    let codes: UnsafeMutablePointer<Int8>
    let rowCodes: UnsafeMutablePointer<deja_row_code>
    /// Two vectors of twice the width: what the head reads and makes.
    let pooled: UnsafeMutablePointer<Float>

    /// What is read before the pass.
    var batch = TokenBatch()
    var words = WordList()
    var pieces: [Int32] = []
    var pair = PairReader()

    init(rows: Int, shape: EncoderShape) {
        self.rows = rows
        let widest = max(shape.inner, 3 * shape.width)
        states = .allocate(capacity: rows * shape.width)
        change = .allocate(capacity: rows * shape.width)
        wide = .allocate(capacity: rows * widest)
        gathered = .allocate(capacity: rows * shape.width)
        scratch = .allocate(capacity: deja_attention_scratch(rows, shape.width / shape.heads))
        codes = .allocate(capacity: rows * ((widest + 63) / 64 * 64))
        rowCodes = .allocate(capacity: rows)
        pooled = .allocate(capacity: 4 * shape.width)
    }

    deinit {
        for pointer in [states, change, wide, gathered, scratch, pooled] { pointer.deallocate() }
        codes.deallocate()
        rowCodes.deallocate()
    }
}

/// Workspaces that wait for their next use: as many as there were callers at once, up to a bound.
final class WorkspacePool: Sendable {
    private let idle = Locked<[EncoderWorkspace]>([])
    private let rows: Int
    private let shape: EncoderShape
    /// The most that are kept.
    private static let capacity = 8

    init(rows: Int, shape: EncoderShape) { (self.rows, self.shape) = (rows, shape) }

    /// Lends a workspace to `body`.
    func with<Result>(_ body: (EncoderWorkspace) -> Result) -> Result {
        let workspace = idle.withLock { $0.popLast() } ?? EncoderWorkspace(rows: rows, shape: shape)
        defer {
            idle.withLock { if $0.count < Self.capacity { $0.append(workspace) } }
        }
        return body(workspace)
    }
}
