import CacheModel
import Foundation
import Platform

/// A redis-server of a test's own: on a Unix socket in a temporary folder, without a TCP port unless `arguments` name one,
/// gone with the value.
public final class PrivateRedis: Sendable {
    /// Where Debian's package puts it.
    public static let program = "/usr/bin/redis-server"
    /// Whether it can be started here.
    public static var isInstalled: Bool { FileManager.default.isExecutableFile(atPath: program) }
    /// What a test that is skipped says.
    public static let skipReason = "redis-server is not installed"

    /// The socket it listens on.
    public let socketPath: String
    /// Where its files are.
    public let folder: TemporaryFolder
    private let arguments: [String]
    private let password: String?
    private let configuration: String?
    private let process = Locked<pid_t?>(nil)

    /// What can go wrong.
    public enum Failure: Error {
        /// The program did not start: the C library's error number.
        case cannotStart(Int32)
        /// It started but never answered: its own log.
        case neverReady(String)
    }

    /// Starts a server and waits until it answers; `arguments` are more of its options, `configuration` the text of a file
    /// that it may write to, as sentinels do.
    public init(password: String? = nil, arguments: [String] = [], configuration: String? = nil) throws {
        folder = try TemporaryFolder()
        self.configuration = configuration
        socketPath = folder.file("redis.sock")
        self.password = password
        self.arguments = arguments
        try start()
    }

    deinit { kill() }

    /// Starts the server again after `kill`, empty.
    public func start() throws {
        var words = [Self.program]
        if let configuration {
            let file = folder.file("redis.conf")
            if !FileManager.default.fileExists(atPath: file) {
                try configuration.write(toFile: file, atomically: false, encoding: .utf8)
            }
            words.append(file)
        }
        words += [
            "--port", "0", "--unixsocket", socketPath, "--dir", folder.path, "--logfile", folder.file("log"),
        ]
        // Sentinels keep no data and know no such options.
        if configuration == nil { words += ["--save", "", "--appendonly", "no"] }
        if let password { words += ["--requirepass", password] }
        let pid = try spawn(words + arguments)
        process.withLock { $0 = pid }
        let deadline = Deadline(seconds: 20)
        var pause: useconds_t = 500
        while !answers() {
            if deadline.hasPassed {
                throw Failure.neverReady((try? String(contentsOfFile: folder.file("log"), encoding: .utf8)) ?? "")
            }
            usleep(pause)
            pause = min(pause * 2, 50_000)
        }
    }

    /// Ends the server at once (SIGKILL).
    public func kill() {
        guard
            let pid = process.withLock({ process in
                defer { process = nil }; return process
            })
        else { return }
        Foundation.kill(pid, SIGKILL)
        var status: Int32 = 0
        waitpid(pid, &status, 0)
        unlink(socketPath)
    }

    /// Makes the server hang: it accepts nothing and answers nothing until `resume`.
    public func pause() {
        guard let pid = process.withLock({ $0 }) else { return }
        Foundation.kill(pid, SIGSTOP)
        var status: Int32 = 0
        waitpid(pid, &status, WUNTRACED)
    }

    /// Ends `pause`.
    public func resume() {
        if let pid = process.withLock({ $0 }) { Foundation.kill(pid, SIGCONT) }
    }

    /// Sends a command as an inline one and returns the reply's raw text: for arranging and inspecting what a test needs.
    /// Words hold no spaces.
    @discardableResult public func command(_ words: String...) -> String { command(words: words) }

    /// As above, for words that come as an array.
    @discardableResult public func command(words: [String]) -> String {
        var lines = [words.joined(separator: " ")]
        if let password { lines.insert("AUTH \(password)", at: 0) }
        return exchange(lines.map { $0 + "\r\n" }.joined() + "QUIT\r\n") ?? ""
    }

    private func answers() -> Bool {
        // Any answer will do: one with a password set refuses PING, but it is there.
        exchange("PING\r\nQUIT\r\n").map { $0.hasPrefix("+PONG") || $0.hasPrefix("-NOAUTH") } ?? false
    }

    /// Sends `text` over a connection of its own and returns all that comes until the server closes it.
    private func exchange(_ text: String) -> String? {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: socketPath.utf8) }
        let code = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard code == 0, send(descriptor, text, text.utf8.count, Int32(MSG_NOSIGNAL)) == text.utf8.count else {
            return nil
        }
        // Sentinels do not know QUIT.
        if configuration != nil { shutdown(descriptor, Int32(SHUT_WR)) }
        var reply: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while case let count = recv(descriptor, &buffer, buffer.count, 0), count > 0 { reply += buffer[..<count] }
        return String(decoding: reply, as: UTF8.self)
    }

    private func spawn(_ words: [String]) throws -> pid_t {
        var pid: pid_t = 0
        var pointers: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        defer { for pointer in pointers { free(pointer) } }
        let code = posix_spawn(&pid, Self.program, nil, nil, &pointers, environ)
        guard code == 0 else { throw Failure.cannotStart(code) }
        return pid
    }
}
