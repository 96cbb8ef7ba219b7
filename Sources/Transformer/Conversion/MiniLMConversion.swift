import CacheModel
import Foundation
import ModelFiles

/// Turns the files of all-MiniLM-L6-v2 (as its PyPI package unpacks them) into a model folder.
public enum MiniLMConversion {
    private static let (vocabulary, layers, width, heads, inner, positions, tokens) = (
        30_522, 6, 384, 12, 1536, 512, 256
    )

    /// Reads `model.safetensors` and `vocab.txt` in `source` and writes a `sentence-encoder` model to `output`.
    ///
    /// - Throws: `ModelError` for files that are not that model, or an output that cannot be written.
    public static func convert(_ source: String, name: String = "minilm", to output: String) throws(ModelError) {
        let tensors = try SafetensorsFile(path: source + "/model.safetensors")
        var weights = try table(tensors)
        for layer in 0..<layers { weights += try self.layer(tensors, "encoder.layer.\(layer).") }
        let bytes = weights.withUnsafeBytes { [UInt8]($0) }
        try ModelFolder.write(
            [("weights.bin", bytes), ("vocabulary.txt", try pieces(source + "/vocab.txt"))], kind: .sentenceEncoder,
            name: name, dimension: width, tokenizer: SentenceEncoder.tokenizer, licence: "Apache-2.0",
            provenance: "sentence-transformers/all-MiniLM-L6-v2, converted by deja model add",
            parameters: [
                "layers": Double(layers), "width": Double(width), "heads": Double(heads), "inner": Double(inner),
                "positions": Double(positions), "vocabulary": Double(vocabulary), "segments": 1, "tags": 0, "bits": 32,
                "tokens": Double(tokens),
            ], to: output)
    }

    private static func table(_ tensors: SafetensorsFile) throws(ModelError) -> [Float] {
        try tensors.floats("embeddings.word_embeddings.weight", [vocabulary, width])
            + tensors.floats("embeddings.position_embeddings.weight", [positions, width])
            // Of the two segments only the first is ever used.
            + tensors.floats("embeddings.token_type_embeddings.weight", [2, width]).prefix(width)
            + norm(tensors, "embeddings.LayerNorm.")
    }

    private static func layer(_ tensors: SafetensorsFile, _ at: String) throws(ModelError) -> [Float] {
        let parts = ["query", "key", "value"].map { at + "attention.self.\($0)." }
        var out: [Float] = []
        for part in parts { out += try tensors.floats(part + "weight", [width, width]) }
        for part in parts { out += try tensors.floats(part + "bias", [width]) }
        out += try linear(tensors, at + "attention.output.dense.", outputs: width, inputs: width)
        out += try norm(tensors, at + "attention.output.LayerNorm.")
        out += try linear(tensors, at + "intermediate.dense.", outputs: inner, inputs: width)
        out += try linear(tensors, at + "output.dense.", outputs: width, inputs: inner)
        return try out + norm(tensors, at + "output.LayerNorm.")
    }

    private static func linear(
        _ tensors: SafetensorsFile, _ at: String, outputs: Int, inputs: Int
    ) throws(ModelError) -> [Float] {
        try tensors.floats(at + "weight", [outputs, inputs]) + tensors.floats(at + "bias", [outputs])
    }

    private static func norm(_ tensors: SafetensorsFile, _ at: String) throws(ModelError) -> [Float] {
        try tensors.floats(at + "weight", [width]) + tensors.floats(at + "bias", [width])
    }

    private static func pieces(_ path: String) throws(ModelError) -> [UInt8] {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw ModelError(.unreadable, path, "cannot be read", "name the folder or the wheel that holds it")
        }
        // Lines as they stand, each with an end.
        return [UInt8](data) + (data.last == UInt8(ascii: "\n") ? [] : [UInt8(ascii: "\n")])
    }
}
