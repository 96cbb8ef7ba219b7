import CacheModel
import Foundation
import Platform

/// `deja key`
enum KeyCommand: Command {
    static let name = "key"
    static let abstract = "Make, rotate and retire the keys that stored prompts and answers are encrypted with."
    static let operands = "make|rotate|show|retire|reseal [NAME]"
    static let discussion = """
        make    writes a fresh key file
        rotate  puts a fresh key in front: it seals from now on, the older ones still open; running servers take it by
                themselves. What an older key has sealed goes at the end of its life, or with reseal
        show    prints the names of the keys; the first one seals
        reseal  seals with the first key what older ones have sealed, and what is in the clear: answers, values,
                conversations, invalidations for later. Stop the servers first
        retire  takes the key NAME out of the file, when the store holds nothing any more that it has sealed: that could
                never be read again. Stop the servers first
        """
    static let options: [Option] = [
        .flag("force", "retire: whatever the store holds, and without asking it."), Settings.configOption,
    ]
    static let settings: [Setting] = [.encryptionKeyFile, .encryptionKey, .store, .storeTimeout]

    static func run(_ arguments: Arguments) throws -> ExitStatus {
        let settings = try Settings(arguments: arguments, options: Self.settings)
        guard let action = arguments.operands.first, arguments.operands.count == (action == "retire" ? 2 : 1) else {
            throw UsageError("say what to do: make, rotate, show, retire NAME or reseal")
        }
        if action == "reseal" { return try reseal(settings) }
        guard let path = settings.text(.encryptionKeyFile) else {
            throw UsageError("say which file: --encryption-key-file PATH")
        }
        switch action {
        case "make":
            // Another file in its place would make everything that is stored unreadable.
            guard !FileManager.default.fileExists(atPath: path) else {
                throw CommandFailure("\(path) is there already; 'deja key rotate' puts a fresh key into it")
            }
            try KeyFile.write(.random(), to: path)
        case "rotate":
            var keys = try KeyFile.read(path)
            keys.keys.insert(.random(), at: 0)
            try KeyFile.write(keys, to: path)
        case "retire":
            try retire(arguments.operands[1], from: path, unlessHeldBy: arguments.has("force") ? nil : settings)
        case "show": break
        default: throw UsageError("unknown action '\(action)': make, rotate, show, retire NAME or reseal")
        }
        for key in try KeyFile.read(path).keys { Console.line(key.name) }
        return .success
    }

    /// Takes a key out of the file at `path`. The store that `settings` name must hold nothing that it has sealed.
    private static func retire(_ name: String, from path: String, unlessHeldBy settings: Settings?) throws {
        var keys = try KeyFile.read(path)
        guard let index = keys.keys.firstIndex(where: { $0.name == name }) else {
            throw UsageError("\(path) has no key '\(name)': see 'deja key show'")
        }
        guard index > 0 else { throw UsageError("'\(name)' is the key that seals: rotate first") }
        if let settings {
            let holdings = try SealedHoldings(settings)
            defer { holdings.close() }
            let parts = try holdings.parts(sealedBy: name)
            guard parts.isEmpty else { throw refusal(name, holdings.location, parts) }
        }
        keys.keys.remove(at: index)
        try KeyFile.write(keys, to: path)
    }

    private static func refusal(_ name: String, _ location: String, _ parts: [SealedHoldings.Part]) -> CommandFailure {
        let list = parts.map(\.text).joined(separator: ", ")
        var remedies: [String] = []
        if parts.contains(where: { $0.remedy == .reseal }) {
            remedies.append("'deja key reseal' seals again what it can open")
        }
        if parts.contains(where: { $0.remedy == .start }) {
            remedies.append("a server that is started writes what waits")
        }
        if parts.contains(where: { $0.remedy == .end }) {
            remedies.append("notes on feedback are never sealed again and end after 90 days, or with their answers")
        }
        let remedy = remedies.joined(separator: "; ")
        return CommandFailure("\(location) holds what '\(name)' has sealed (\(list)): \(remedy); --force gives it up")
    }

    private static func reseal(_ settings: Settings) throws -> ExitStatus {
        let holdings = try SealedHoldings(settings)
        defer { holdings.close() }
        var progress = ProgressLine("sealing", total: nil)
        let count = try holdings.reseal { progress.update($0) }
        progress.clear()
        Console.line("sealed \(count)")
        return .success
    }
}
