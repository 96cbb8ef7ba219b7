import CacheEngine
import CacheModel

/// The commands that clients of Redis send of their own accord.
enum ConnectionCommands {
    static let all = [
        Command("PING", 1...2, needs: .open, ping),
        Command("ECHO", 2...2, needs: .known) { (command, session, _) in Commands.reply(session) { $0.bulk(command[1]) }
        },
        Command("HELLO", 1...8, needs: .open, hello),
        Command("AUTH", 2...3, needs: .open, auth),
        Command("SELECT", 2...2, needs: .known, select),
        Command("CLIENT", 2...Int.max, needs: .known, client),
        Command("COMMAND", 1...Int.max, needs: .known, command),
        Command("INFO", 1...Int.max, needs: .known, info),
        Command("CONFIG", 2...Int.max, needs: .known, config),
        Command("RESET", 1...1, needs: .open, reset),
        Command("QUIT", 1...Int.max, needs: .open, quit),
    ]

    /// The Redis whose protocol this is: some clients ask before they use RESP3.
    private static let compatibleVersion = "7.0.0"

    @Sendable
    private static func ping(
        _ command: RESPCommand, _ session: RESPSession, _ context: ServiceContext
    ) -> Step<[UInt8]> {
        Commands.reply(session) { writer in
            if command.count == 2 { writer.bulk(command[1]) } else { writer.status("PONG") }
        }
    }

    /// `HELLO [2|3 [AUTH user token] [SETNAME name]]`.
    @Sendable
    private static func hello(
        _ command: RESPCommand, _ session: RESPSession, _ context: ServiceContext
    ) -> Step<[UInt8]> {
        var version = session.version
        if command.count > 1 {
            guard let asked = Int(Commands.shown(command[1])), asked == 2 || asked == 3 else {
                return Commands.reply(session) { $0.error("NOPROTO", "unsupported protocol version") }
            }
            version = asked
        }
        var index = 2
        var shown: AccessGrant?
        while index < command.count {
            if command.isWord(index, "AUTH"), index + 2 < command.count {
                guard let grant = context.access.grant(ofToken: command[index + 2]) else { return wrongToken(session) }
                shown = grant
                index += 3
            } else if command.isWord(index, "SETNAME"), index + 1 < command.count {
                session.name = Commands.shown(command[index + 1])
                index += 2
            } else {
                return Commands.error(session, "syntax error in HELLO option '\(Commands.shown(command[index]))'")
            }
        }
        if let shown { session.take(shown, context.access) }
        guard session.caller != nil else {
            return Commands.reply(session) {
                $0.error(
                    "NOAUTH", "HELLO must be called with the client already authenticated: HELLO 3 AUTH default TOKEN")
            }
        }
        session.version = version
        return greeting(session)
    }

    private static func greeting(_ session: RESPSession) -> Step<[UInt8]> {
        Commands.reply(session) { writer in
            writer.map { map in
                map.text("server", "deja")
                map.text("version", compatibleVersion)
                map.integer("proto", session.version)
                map.integer("id", session.id)
                map.text("mode", "standalone")
                map.text("role", "master")
                map.texts("modules", [])
            }
        }
    }

    /// `AUTH token` or `AUTH user token`; the user is not looked at.
    @Sendable
    private static func auth(
        _ command: RESPCommand, _ session: RESPSession, _ context: ServiceContext
    ) -> Step<[UInt8]> {
        guard context.access.hasTokens else {
            return Commands.error(session, "AUTH called without any token configured: none is needed")
        }
        guard let grant = context.access.grant(ofToken: command[command.count - 1]) else { return wrongToken(session) }
        session.take(grant, context.access)
        return ok(session)
    }

    private static func wrongToken(_ session: RESPSession) -> Step<[UInt8]> {
        Commands.reply(session) { $0.error("WRONGPASS", "invalid token") }
    }

    @Sendable
    private static func select(
        _ command: RESPCommand, _ session: RESPSession, _ context: ServiceContext
    ) -> Step<[UInt8]> {
        Commands.shown(command[1]) == "0"
            ? ok(session) : Commands.error(session, "DB index is out of range: there is only 0; use namespaces")
    }

    @Sendable
    private static func client(
        _ command: RESPCommand, _ session: RESPSession, _ context: ServiceContext
    ) -> Step<[UInt8]> {
        if command.isWord(1, "ID") { return Commands.reply(session) { $0.integer(session.id) } }
        if command.isWord(1, "GETNAME") { return Commands.reply(session) { $0.bulk(session.name) } }
        if command.isWord(1, "SETNAME"), command.count == 3 { session.name = Commands.shown(command[2]) }
        if ["SETNAME", "SETINFO", "NO-EVICT", "NO-TOUCH"].contains(Commands.shown(command[1]).uppercased()) {
            return ok(session)
        }
        return Commands.error(session, "unknown subcommand '\(Commands.shown(command[1]))' of CLIENT")
    }

    /// What redis-cli asks when it starts: there is no documentation to give, which it takes well.
    @Sendable
    private static func command(
        _ command: RESPCommand, _ session: RESPSession, _ context: ServiceContext
    ) -> Step<[UInt8]> {
        Commands.reply(session) { writer in
            if command.count > 1, command.isWord(1, "COUNT") {
                writer.integer(Commands.all.count)
            } else if command.count > 1, command.isWord(1, "DOCS") {
                writer.map { _ in }
            } else {
                writer.array(0)
            }
        }
    }

    @Sendable
    private static func info(
        _ command: RESPCommand, _ session: RESPSession, _ context: ServiceContext
    ) -> Step<[UInt8]> {
        let server = context.statistics
        // Who is bound to a part of the cache is not told what others do.
        if context.caller.isBound {
            let lines = [
                "# Server", "redis_version:\(compatibleVersion)", "redis_mode:standalone", "server_name:deja", "",
            ]
            return Commands.reply(session) { $0.bulk(lines.joined(separator: "\r\n")) }
        }
        let lines = [
            "# Server", "redis_version:\(compatibleVersion)", "redis_mode:standalone", "server_name:deja",
            "uptime_in_seconds:\(server.uptime.wholeSeconds)", "", "# Clients",
            "connected_clients:\(server.openConnections)", "", "# Stats",
            "total_connections_received:\(server.acceptedConnections)",
            "total_commands_processed:\(server.respRequests)", "rejected_connections:\(server.refusedConnections)", "",
        ]
        return Commands.reply(session) { $0.bulk(lines.joined(separator: "\r\n")) }
    }

    /// What redis-benchmark asks before it starts; there is no configuration to read or set this way.
    @Sendable
    private static func config(
        _ command: RESPCommand, _ session: RESPSession, _ context: ServiceContext
    ) -> Step<[UInt8]> {
        guard command.isWord(1, "GET") else {
            return Commands.error(session, "CONFIG knows GET only: see deja config for the settings")
        }
        return Commands.reply(session) { writer in
            writer.map { map in
                for index in 2..<max(2, command.count) {
                    if command.isWord(index, "SAVE") { map.text("save", "") }
                    if command.isWord(index, "APPENDONLY") { map.text("appendonly", "no") }
                }
            }
        }
    }

    @Sendable
    private static func reset(
        _ command: RESPCommand, _ session: RESPSession, _ context: ServiceContext
    ) -> Step<[UInt8]> {
        session.version = 2
        session.name = ""
        return Commands.reply(session) { $0.status("RESET") }
    }

    @Sendable
    private static func quit(
        _ command: RESPCommand, _ session: RESPSession, _ context: ServiceContext
    ) -> Step<[UInt8]> {
        session.hasQuit = true
        return ok(session)
    }

    private static func ok(_ session: RESPSession) -> Step<[UInt8]> {
        Commands.reply(session) { $0.status("OK") }
    }
}

extension RESPSession {
    /// The client has shown a token: from now on it is the token's bearer.
    func take(_ grant: AccessGrant, _ access: AccessControl) {
        caller = Caller(grant)
        shown = (grant.digest, access.generation)
    }

    /// Looks again at what the client has shown when the tokens have changed or may have expired. A connection that has
    /// shown none must do so once tokens are asked for.
    func lookAgain(_ access: AccessControl, _ listener: Listener) {
        guard let shown else {
            if caller != nil, listener.asksForToken(access) { caller = nil }
            return
        }
        guard let grant = access.grant(shown.digest) else {
            (caller, self.shown) = (nil, nil)
            return
        }
        if shown.generation != access.generation { take(grant, access) }
    }
}
