import Foundation

/// Certificates of a test's own, made with the openssl command: an authority, a server and a client that it vouches for,
/// and an authority that nobody knows.
public final class TestCertificates: Sendable {
    /// Whether they can be made here.
    public static var canBeMade: Bool { FileManager.default.isExecutableFile(atPath: program) }
    private static let program = "/usr/bin/openssl"

    private let folder: TemporaryFolder

    /// Makes them; the server's is for `serverName` and 127.0.0.1.
    public init(serverName: String = "redis.test") throws {
        folder = try TemporaryFolder()
        for authority in ["authority", "stranger"] {
            try openssl([
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                "-subj", "/CN=\(authority)", "-keyout", folder.file("\(authority).key"), "-out",
                folder.file("\(authority).pem"),
            ])
        }
        try issue("server", extensions: "subjectAltName=DNS:\(serverName),IP:127.0.0.1")
        try issue("client", extensions: "extendedKeyUsage=clientAuth")
    }

    /// The path of `authority.pem`, `stranger.pem`, `server.pem`, `server.key`, `client.pem`, `client.key`.
    public func file(_ name: String) -> String { folder.file(name) }

    private func issue(_ name: String, extensions: String) throws {
        try extensions.write(toFile: folder.file("\(name).ext"), atomically: false, encoding: .utf8)
        try openssl([
            "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=\(name)",
            "-keyout", folder.file("\(name).key"), "-out", folder.file("\(name).csr"),
        ])
        try openssl([
            "x509", "-req", "-in", folder.file("\(name).csr"), "-CA", folder.file("authority.pem"), "-CAkey",
            folder.file("authority.key"), "-CAcreateserial", "-days", "2", "-extfile", folder.file("\(name).ext"),
            "-out", folder.file("\(name).pem"),
        ])
    }

    /// openssl said no: its arguments.
    public struct Refused: Error { let arguments: [String] }

    private func openssl(_ arguments: [String]) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: Self.program)
        process.arguments = arguments
        process.standardError = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        if process.terminationStatus != 0 { throw Refused(arguments: arguments) }
    }
}
