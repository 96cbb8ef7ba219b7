import CacheModel
import ModelFiles
import Transformer

/// Loads whatever embedder a model folder holds.
public enum ModelLoader {
    /// The embedder in `folder`; its manifest, sizes and digests are checked first.
    public static func load(_ folder: String) throws(ModelError) -> any Embedder {
        let folder = try ModelFolder(reading: folder)
        switch folder.manifest.kind {
        case .learnedBag: return try LearnedEmbedder(folder)
        case .hashedNGrams: return try HashedNGramEmbedder(folder)
        case .sentenceEncoder: return try SentenceEncoder(folder)
        case .crossEncoder:
            throw ModelError(
                .unsupported, folder.path, "holds a verifier, which makes no vectors", "name an embedding model")
        }
    }

    /// The manifest of `folder`, with its files checked.
    public static func manifest(_ folder: String) throws(ModelError) -> ModelManifest {
        try ModelFolder(reading: folder).manifest
    }
}
