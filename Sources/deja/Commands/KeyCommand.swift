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
        retire  takes the key NAME out of the file: what it has sealed can never be read again
        reseal  seals with the first key what older ones have sealed, and what is in the clear. Stop the servers first
        """
    static let options: [Option] = [Settings.configOption]
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
            var keys = try KeyFile.read(path)
            let name = arguments.operands[1]
            guard let index = keys.keys.firstIndex(where: { $0.name == name }) else {
                throw UsageError("\(path) has no key '\(name)': see 'deja key show'")
            }
            guard index > 0 else { throw UsageError("'\(name)' is the key that seals: rotate first") }
            keys.keys.remove(at: index)
            try KeyFile.write(keys, to: path)
        case "show": break
        default: throw UsageError("unknown action '\(action)': make, rotate, show, retire NAME or reseal")
        }
        for key in try KeyFile.read(path).keys { Console.line(key.name) }
        return .success
    }

    private static func reseal(_ settings: Settings) throws -> ExitStatus {
        let sealing = try Sealing(settings)
        guard sealing.cipher != nil else { throw UsageError("there is no encryption key to seal with") }
        let store = try Assembly(settings: settings).store()
        defer { store.close() }
        var progress = ProgressLine("sealing", total: nil)
        let count = try sealing.entries(store) { _ in }.reseal { progress.update($0) }
        progress.clear()
        Console.line("sealed \(count)")
        return .success
    }
}
