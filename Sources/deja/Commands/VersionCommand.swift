import CacheModel

/// `deja version`
enum VersionCommand: Command {
    static let name = "version"
    static let abstract = "Print the version."
    static let options = [Option.json]

    static func run(_ arguments: Arguments) throws -> ExitStatus {
        try arguments.expectNoOperands()
        if arguments.has("json") {
            Console.line(JSONWriter.encode(["version": .string(Version.current), "wire": 1]))
        } else {
            Console.line("deja \(Version.current)")
        }
        return .success
    }
}

/// What this build is.
enum Version {
    static let current = "0.1.0"
}
