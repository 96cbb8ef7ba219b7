import ModelFiles

/// The sizes of a BERT encoder, from the parameters of a model's manifest.
struct EncoderShape: Sendable, Equatable {
    /// The number of layers.
    let layers: Int
    /// Components of a state.
    let width: Int
    /// Heads of the attention; each sees width / heads components.
    let heads: Int
    /// Components inside the feed-forward part.
    let inner: Int
    /// The most tokens of a sequence.
    let positions: Int
    /// The word pieces that have a row.
    let vocabulary: Int
    /// How many kinds of text (segments) a token can be of.
    let segments: Int
    /// How many tags a token can have; 0 for a model without.
    let tags: Int
    /// What is added to a variance before the root.
    let epsilon: Float = 1e-12

    init(_ folder: ModelFolder) throws(ModelError) {
        layers = try folder.parameter("layers", in: 1...48)
        width = try folder.parameter("width", in: 16...4096)
        heads = try folder.parameter("heads", in: 1...256)
        inner = try folder.parameter("inner", in: 16...16_384)
        positions = try folder.parameter("positions", in: 8...512)
        vocabulary = try folder.parameter("vocabulary", in: 8...(1 << 20))
        segments = try folder.parameter("segments", in: 1...2)
        tags = try folder.parameter("tags", in: 0...255)
        guard width % heads == 0, width / heads % 16 == 0 else {
            throw ModelError(
                .inconsistent, folder.path,
                "width \(width) does not make \(heads) heads of a multiple of 16 components", "train it again")
        }
    }
}
