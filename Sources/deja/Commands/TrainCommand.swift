import CacheModel
import Foundation
import TextEmbedding

/// `deja train`
enum TrainCommand: Command {
    static let name = "train"
    static let abstract = "Fit a hashed n-gram embedder to a file of prompts."
    static let operands = "PROMPTS"
    static let discussion = """
        PROMPTS holds one prompt a line, or JSON lines with a 'prompt' (or 'messages', as a traffic log has). The model's
        weights are the prompts' inverse document frequencies and a projection fitted by a singular value decomposition;
        no label is needed. Use it with --embedder FOLDER.
        """
    static let options: [Option] = [
        .value("output", "FOLDER", "Where the model goes (required)."),
        .value("dimension", "N", "Components of the vectors. Default: 256."),
        .value("name", "NAME", "The model's name. Default: the folder's."), .json,
    ]

    static func run(_ arguments: Arguments) throws -> ExitStatus {
        guard let output = arguments.value("output") else { throw UsageError("'--output FOLDER' is missing") }
        let prompts = try PromptFile.read(try arguments.onlyOperand("PROMPTS"))
        let dimension = try arguments.integer("dimension", in: 8...1024) ?? 256
        let name = arguments.value("name") ?? (output as NSString).lastPathComponent
        var line = ProgressLine("training", total: 100)
        let summary = try EmbedderTrainer(dimension: dimension).train(prompts, name: name, output: output) { done in
            line.update(Int(done * 100))
        }
        line.clear()
        let embedder = try ModelLoader.load(output)
        if arguments.has("json") {
            Console.line(
                JSONWriter.encode([
                    "folder": .string(output), "identifier": .string(embedder.identifier),
                    "prompts": .integer(Int64(summary.prompts)), "dimension": .integer(Int64(embedder.dimension)),
                ]))
        } else {
            Console.line(
                "\(output): \(embedder.identifier), \(embedder.dimension) dimensions from \(prompts.count) prompts")
        }
        return .success
    }
}

/// Reads a file of prompts: plain lines, or JSON lines.
enum PromptFile {
    static func read(_ path: String) throws -> [String] {
        let lines = try RequestOptions.input(path).split(separator: 0x0A)
        guard let first = lines.first else { throw CommandFailure("\(path) holds no prompts") }
        guard first.first == UInt8(ascii: "{") else { return lines.map { String(decoding: $0, as: UTF8.self) } }
        return try lines.enumerated().map { number, line in
            guard let value = try? JSONValue(parsing: Array(line)) else {
                throw CommandFailure("\(path):\(number + 1): is not JSON")
            }
            let last = value["messages"]?.array?.last?["content"]?.string
            guard let prompt = value["prompt"]?.string ?? last else {
                throw CommandFailure("\(path):\(number + 1): has neither a 'prompt' nor 'messages' that end with text")
            }
            return prompt
        }
    }
}
