/// Turns prompts into unit vectors whose cosine rises with likeness of meaning.
public protocol Embedder: Sendable {
    /// Names the model and its content (`deja-en@1f3a…`): vectors of different embedders are never compared.
    var identifier: String { get }
    /// d, the number of components.
    var dimension: Int { get }
    /// Embeds `texts` (n of them) into `out` (n×d, row-major, unit-norm).
    ///
    /// A text without anything to embed gives a row of zeros, which is similar to nothing.
    /// - Precondition: `out.count == texts.count * dimension`.
    func embed(_ texts: [String], into out: UnsafeMutableBufferPointer<Float>)
}

extension Embedder {
    /// The embedding of one text: d floats.
    public func embed(_ text: String) -> [Float] {
        [Float](unsafeUninitializedCapacity: dimension) { buffer, count in
            embed([text], into: UnsafeMutableBufferPointer(rebasing: buffer[0..<dimension]))
            count = dimension
        }
    }
}
