import CacheEngine
import CacheModel
import Foundation

/// `deja prices`
enum PricesCommand: Command {
    static let name = "prices"
    static let abstract = "Show a model's list price, or take a newer price table."
    static let operands = "[MODEL | update FILE]"
    static let discussion = """
        A table is JSON: {"format":1, "unit":"usd_per_million_tokens", "as_of":…, "source":…, "models":{NAME:{"prompt":…,
        "cached_prompt":…, "completion":…}}, "aliases":{NAME:MODEL}}. 'update' checks it and puts it in the place of the one
        in force; a running server reads it when it starts. scripts/make-prices.py makes one of litellm's.
        """
    static let options: [Option] = [
        .value("provider", "NAME", "Who runs the model."),
        .flag("force", "Take a table that is older than the one in force."), .json, Settings.configOption,
    ]
    static let settings = [Setting.models, .prices]

    static func run(_ arguments: Arguments) throws -> ExitStatus {
        let assembly = Assembly(settings: try Settings(arguments: arguments))
        if arguments.operands.first == "update" {
            guard arguments.operands.count == 2 else { throw UsageError("'update' needs one file") }
            return try update(from: arguments.operands[1], to: try assembly.pricesPath(), force: arguments.has("force"))
        }
        let table = try assembly.prices()
        guard let model = arguments.operands.first else {
            Console.line("\(table.count) models: \(table.provenance)")
            return .success
        }
        guard arguments.operands.count == 1 else { throw UsageError("expected one model") }
        guard let price = table.price(model: model, provider: arguments.value("provider")) else {
            Console.error("deja prices: \(model) has no known price: its calls count as unpriced")
            return .miss
        }
        if arguments.has("json") {
            let value: JSONValue = [
                "model": .string(model), "prompt": .number(price.prompt),
                "cached_prompt": .number(price.cachedPrompt), "completion": .number(price.completion),
            ]
            Console.line(JSONWriter.encode(value))
        } else {
            Console.line(
                "\(model): $\(price.prompt) prompt, $\(price.cachedPrompt) cached prompt, $\(price.completion) "
                    + "completion, per million tokens")
        }
        return .success
    }

    private static func update(from source: String, to target: String, force: Bool) throws -> ExitStatus {
        let new = try Assembly.prices(at: source)
        // Dates are written so that they sort: 2026-11, 2026-11-21.
        if let old = try? Assembly.prices(at: target), new.asOf < old.asOf, !force {
            throw CommandFailure(
                "\(source) is as of \(new.asOf.isEmpty ? "no date" : new.asOf), older than the table in force "
                    + "(\(old.asOf)); say --force to take it all the same")
        }
        guard let data = FileManager.default.contents(atPath: source) else {
            throw CommandFailure("\(source) cannot be read")
        }
        do {
            try data.write(to: URL(fileURLWithPath: target), options: .atomic)
        } catch {
            throw CommandFailure("the price table \(target) cannot be written: \(error.localizedDescription)")
        }
        Console.line("\(target): \(new.count) models, \(new.provenance)")
        return .success
    }
}
