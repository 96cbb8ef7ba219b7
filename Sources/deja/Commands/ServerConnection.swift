import CacheModel
import CacheService
import Evaluation

/// A command's connection to a running server.
struct ServerConnection {
    /// The settings that say where the server is.
    static let settings: [Setting] = [.socket, .listen, .token, .tokenFile]

    /// A reply's bytes and what they mean.
    struct Reply {
        let bytes: [UInt8]
        let value: JSONValue
    }

    private let client: DejaClient
    private let address: ServerAddress

    /// The server that the settings name: the Unix socket, or with `--listen` the TCP address.
    init(_ arguments: Arguments) throws {
        let settings = try Settings(arguments: arguments, options: Self.settings)
        if let text = settings.text(.listen) {
            guard let tcp = TCPAddress(text) else { throw UsageError("'--listen' must be HOST:PORT, found '\(text)'") }
            self.init(.tcp(tcp), token: try Secrets.token(settings))
        } else {
            self.init(
                .unix(settings.text(.socket) ?? ServerSettings.defaultSocketPath()), token: try Secrets.token(settings))
        }
    }

    /// The server on a Unix socket.
    init(socket: String) { self.init(.unix(socket), token: nil) }

    private init(_ address: ServerAddress, token: String?) {
        self.address = address
        client = DejaClient(address, token: token)
    }

    /// Sends a body.
    func post(_ path: String, _ body: JSONValue) throws -> Reply { try send("POST", path, JSONWriter.encode(body))! }

    /// Puts a body in place.
    func put(_ path: String, _ body: JSONValue) throws -> Reply { try send("PUT", path, JSONWriter.encode(body))! }

    /// Asks for what may not be there; `nil` then.
    func getIfThere(_ path: String) throws -> Reply? { try send("GET", path, nil, absentIsNil: true) }
    /// Sends a body that is JSON already.
    func post(_ path: String, bytes: [UInt8]) throws -> Reply { try send("POST", path, bytes)! }

    /// Asks.
    func get(_ path: String) throws -> Reply { try send("GET", path, nil)! }

    /// Asks for something that may be no JSON.
    func getText(_ path: String) throws -> [UInt8] { try answer("GET", path, nil).body }

    /// Deletes; `nil` when there is nothing of that name.
    func delete(_ path: String) throws -> Reply? { try send("DELETE", path, nil, absentIsNil: true) }

    /// Follows events until `body` returns `false` or the server ends.
    func follow(_ path: String, _ body: (ServerEvent) -> Bool) throws {
        let response: DejaClient.Response
        do throws(ClientError) { response = try client.follow(path, body) } catch {
            guard error.code == .cannotConnect else { throw error }
            throw CommandFailure("\(error); start a server with 'deja serve'")
        }
        try check(response)
    }

    private func send(_ method: String, _ path: String, _ body: [UInt8]?, absentIsNil: Bool = false) throws -> Reply? {
        let response = try answer(method, path, body, isAbsenceFine: absentIsNil)
        if absentIsNil && response.status == 404 { return nil }
        return Reply(bytes: response.body, value: try response.json())
    }

    private func answer(_ method: String, _ path: String, _ body: [UInt8]?, isAbsenceFine: Bool = false) throws
        -> DejaClient.Response
    {
        let response: DejaClient.Response
        do throws(ClientError) { response = try client.send(method, path, body) } catch {
            guard error.code == .cannotConnect else { throw error }
            throw CommandFailure("\(error); start a server with 'deja serve'")
        }
        if path == "/readyz" || (isAbsenceFine && response.status == 404) { return response }
        try check(response)
        return response
    }

    /// Says what is wrong, where something is.
    private func check(_ response: DejaClient.Response) throws {
        if response.isSuccess { return }
        let value = try response.json()
        let field = value["field"]?.string.map { $0.isEmpty ? "" : "\($0): " } ?? ""
        throw CommandFailure("\(field)\(value["detail"]?.string ?? response.text)")
    }
}

/// A cache behind a socket, as the evaluation sees it.
struct SocketCacheClient: CacheClient {
    private let connection: ServerConnection

    init(socket: String) throws { connection = ServerConnection(socket: socket) }

    func lookup(_ body: JSONValue) throws -> JSONValue { try connection.post("/v1/lookup", body).value }
    func store(_ body: JSONValue) throws -> JSONValue { try connection.post("/v1/store", body).value }
}
