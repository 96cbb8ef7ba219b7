import CKernels

/// One query in the forms that the kernels read. Valid inside the closure of `with` only.
struct PreparedQuery {
    /// `stride` floats, padded with zeros.
    let floats: UnsafePointer<Float>
    /// `stride` signed bytes, padded with zeros.
    let bytes: UnsafePointer<Int8>
    /// Component i is about `byteScale * bytes[i]`.
    let byteScale: Float
    /// The norm of what rounding to bytes took away: for no unit vector is the dot product with `bytes` further off.
    let residual: Float

    /// Prepares one query of `dimension` floats for rows of `stride` bytes.
    static func with<Result>(
        _ query: UnsafePointer<Float>, dimension: Int, stride: Int, _ body: (PreparedQuery) -> Result
    ) -> Result {
        withUnsafeTemporaryAllocation(byteCount: stride * 5, alignment: 64) { scratch in
            let floats = scratch.baseAddress!.bindMemory(to: Float.self, capacity: stride)
            let bytes = (scratch.baseAddress! + stride * 4).bindMemory(to: Int8.self, capacity: stride)
            return body(prepare(query, dimension: dimension, stride: stride, floats: floats, bytes: bytes))
        }
    }

    /// Fills `floats` and `bytes` (`stride` elements each) from a query of `dimension` floats.
    static func prepare(
        _ query: UnsafePointer<Float>, dimension: Int, stride: Int, floats: UnsafeMutablePointer<Float>,
        bytes: UnsafeMutablePointer<Int8>
    ) -> PreparedQuery {
        floats.update(from: query, count: dimension)
        (floats + dimension).update(repeating: 0, count: stride - dimension)
        var residual: Float = 0
        let scale = deja_quantize_query(query, dimension, bytes, stride, &residual)
        return PreparedQuery(floats: floats, bytes: bytes, byteScale: scale, residual: residual)
    }

    /// Prepares the rows of `queries` (n×dimension, row-major).
    static func with<Result>(
        batch queries: UnsafeBufferPointer<Float>, dimension: Int, stride: Int, _ body: ([PreparedQuery]) -> Result
    ) -> Result {
        let count = queries.count / dimension
        return withUnsafeTemporaryAllocation(byteCount: count * stride * 5, alignment: 64) { scratch in
            let floats = scratch.baseAddress!.bindMemory(to: Float.self, capacity: count * stride)
            let bytes = (scratch.baseAddress! + count * stride * 4).bindMemory(to: Int8.self, capacity: count * stride)
            return body(
                (0..<count).map { index in
                    prepare(
                        queries.baseAddress! + index * dimension, dimension: dimension, stride: stride,
                        floats: floats + index * stride, bytes: bytes + index * stride)
                })
        }
    }

    /// How far the dot product of `bytes` and a unit row may be from that of `floats`.
    ///
    /// For certain: the residual's norm (Cauchy–Schwarz). Otherwise five standard deviations of its dot product with a
    /// unit vector of random direction, norm / √d; rounding errors have no direction that rows could share.
    func slack(dimension: Int, exhaustive: Bool) -> Float {
        let certain = residual * 1.0001
        let rounding: Float = 1e-5
        return rounding + (exhaustive ? certain : min(certain, 5 * residual / Float(dimension).squareRoot()))
    }
}
