import CacheModel
import CacheService
import Foundation

/// `deja token`
enum TokenCommand: Command {
    static let name = "token"
    static let abstract = "Make a token that binds its bearer to a tenant, to namespaces and to rights."
    static let operands = "make"
    static let discussion = """
        Prints the token, once: only its SHA-256 is kept. With --tokens-file the token's line is added to that file, which
        a running server reads again on SIGHUP; without, the line is printed for you to add.
        """
    static let options: [Option] = [
        .value("name", "NAME", "What logs and errors call it; the tenant and a number otherwise."),
        .value("tenant", "TENANT", "The only tenant that it may see or touch."),
        .value("namespaces", "NAMES", "The only namespaces, between commas."),
        .value("rights", "RIGHTS", "Some of read, write, admin, between commas. Default: read,write."),
        .value("expires", "DAY", "The day in UTC on which it stops being one."),
        .value("requests-per-second", "N", "A limit of its own."), .json, Settings.configOption,
    ]
    static let settings: [Setting] = [.tokensFile]

    static func run(_ arguments: Arguments) throws -> ExitStatus {
        guard arguments.operands == ["make"] else { throw UsageError("say what to do: deja token make") }
        let settings = try Settings(arguments: arguments, options: Self.settings)
        let token = "deja_" + base64URL((0..<32).map { _ in UInt8.random(in: .min ... .max) })
        var grant = AccessGrant(name: "", digest: AccessGrant.digest(ofToken: token.utf8), rights: [.read, .write])
        grant.name =
            arguments.value("name") ?? "\(arguments.value("tenant") ?? "token")-\(grant.digest.short.prefix(6))"
        grant.tenant = arguments.value("tenant")
        grant.namespaces = list(arguments.value("namespaces")).map(Set.init)
        grant.requestsPerSecond = try arguments.double("requests-per-second", in: 0.001...1e9)
        if let words = list(arguments.value("rights")) {
            grant.rights = Set(
                try words.map { word throws(UsageError) in
                    if let right = AccessRight(rawValue: word) { return right }
                    throw UsageError("'--rights' must be some of read, write, admin, found '\(word)'")
                })
        }
        let line = TokensFile.line(grant, day: arguments.value("expires"))
        let path = settings.text(.tokensFile)
        if let path { try TokensFile.add(line, named: grant.name, to: path) }
        if arguments.has("json") {
            Console.line(
                JSONWriter.encode(["name": .string(grant.name), "token": .string(token), "line": .string(line)]))
        } else {
            Console.line(token)
            Console.error(
                path.map {
                    "added '\(grant.name)' to \($0); a running server takes it on SIGHUP. The token is shown once."
                }
                    ?? "The token is shown once. Add this line to the tokens file:\n\(line)")
        }
        return .success
    }

    private static func list(_ text: String?) -> [String]? {
        text.map { $0.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty } }
    }

    private static func base64URL(_ bytes: [UInt8]) -> String {
        Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }
}
