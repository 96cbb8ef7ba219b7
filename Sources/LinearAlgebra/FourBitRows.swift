import CKernels

/// A table of rows with 4 bits a component and one scale a row, for weighted sums of a few of its rows.
///
/// Component c of row r is `scale[r] * (nibble - 8)`; byte j of a row holds component j in its low and component
/// j + width/2 in its high half. 256 components take 128 bytes instead of 1,024.
public struct FourBitRows: Sendable {
    /// The number of rows.
    public let count: Int
    /// The components of a row, a multiple of 64.
    public let width: Int
    private let bytes: [UInt8]
    private let scales: [Float]
    private let isa: Int

    /// The instruction sets that this machine runs, as `deja_isa` values, the best last.
    public static var supportedKernels: [Int] {
        (0..<Int(DEJA_ISA_COUNT)).filter { deja_isa_supported(Int32($0)) != 0 }
    }

    /// The table of `count`×`width`/2 `bytes` and `count` `scales`; `isa` is a `deja_isa`, by default the best.
    public init(count: Int, width: Int, bytes: [UInt8], scales: [Float], isa: Int = Int(deja_isa_active())) {
        precondition(width > 0 && width % 64 == 0, "rows are a multiple of 64 components wide")
        precondition(bytes.count == count * width / 2 && scales.count == count, "a table of another size")
        self.count = count
        self.width = width
        self.bytes = bytes
        self.scales = scales
        self.isa = isa
    }

    /// out += Σ weights[i] · row indices[i]. Overwrites `weights` with the weights times the rows' scales.
    /// indices, weights: n; out: `width`. O(n · width), without allocation.
    /// - Precondition: every index is below `count`.
    public func accumulate(
        _ indices: UnsafeBufferPointer<UInt32>, weights: UnsafeMutableBufferPointer<Float>,
        into out: UnsafeMutablePointer<Float>
    ) {
        precondition(indices.count == weights.count, "a weight for each row")
        guard let first = indices.baseAddress, let weight = weights.baseAddress else { return }
        for i in 0..<indices.count {
            precondition(Int(first[i]) < count, "row \(first[i]) of \(count)")
            weight[i] *= scales[Int(first[i])]
        }
        deja_rows4_accumulate(Int32(isa), bytes, first, weight, indices.count, width, out)
    }

    /// Row `index` in full precision.
    public subscript(index: Int) -> [Float] {
        precondition(index >= 0 && index < count, "row \(index) of \(count)")
        let half = width / 2
        return (0..<width).map { component in
            let byte = bytes[index * half + component % half]
            return scales[index] * Float(Int(component < half ? byte & 15 : byte >> 4) - 8)
        }
    }
}
