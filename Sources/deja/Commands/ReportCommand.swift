import CacheModel
import CacheService
import Foundation

/// `deja report`
enum ReportCommand: Command {
    static let name = "report"
    static let abstract = "Show what a running cache saved, in lookups, tokens and money."
    static let discussion = """
        What the model calls cost (charged) and what hits would have cost (avoided) are two ledgers and never mixed. Money is
        exact to the nano-dollar; a model without a known price counts as unpriced, never as zero.
        """
    static let options: [Option] = [
        .value("since", "WHEN", "The start: a span before now (12h, 7d), a day (2027-01-15). Default: 7d."),
        .value("until", "WHEN", "The end, likewise. Default: now."),
        .value("by", "WORDS", "Rows by some of hour, day, month, namespace, provider, model, user, tag."),
        .value("format", "FORMAT", "table, json, csv, markdown or html. Default: table."),
        .value("namespace", "NAME", "Only this namespace."), .json, Settings.configOption,
    ]
    static let settings = ServerConnection.settings

    static func run(_ arguments: Arguments) throws -> ExitStatus {
        try arguments.expectNoOperands()
        let format = arguments.value("format") ?? (arguments.has("json") ? "json" : "table")
        var query = ["format=\(escaped(format))"]
        for name in ["since", "until", "by", "namespace"] {
            if let value = arguments.value(name) { query.append("\(name)=\(escaped(value))") }
        }
        let bytes = try ServerConnection(arguments).getText("/v1/report?" + query.joined(separator: "&"))
        Console.line(bytes.last == 0x0A ? Array(bytes.dropLast()) : bytes)
        return .success
    }

    private static func escaped(_ text: String) -> String {
        text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? text
    }
}
