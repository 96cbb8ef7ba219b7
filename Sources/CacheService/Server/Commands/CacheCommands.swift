import CacheEngine
import CacheModel

/// The commands that ask the cache.
enum CacheCommands {
    static let all = [
        Command("LOOKUP", 2...Int.max, needs: .read, lookup),
        Command("STORE", 2...Int.max, needs: .write, store),
        Command("INVALIDATE", 2...Int.max, needs: .admin, invalidate),
        Command("FEEDBACK", 2...7, needs: .write, feedback),
        Command("DELETE", 2...2, needs: .admin, delete),
        Command("RELEASE", 2...3, needs: .write, release),
        Command("RATELIMIT", 4...5, needs: .write, rateLimit),
        Command("STATS", 1...1, needs: .whole, statistics),
    ]

    @Sendable
    private static func lookup(
        _ command: RESPCommand, _ session: RESPSession, _ context: ServiceContext
    ) -> Step<[UInt8]> {
        answer(session) { () throws(RequestProblem) in
            try context.cache.lookup(try PairDecoder.lookup(command))
        } room: { reply in
            512 + (reply.response?.bytes.count ?? 0)
        } write: { (reply, writer) in
            reply.write(to: &writer)
        }
    }

    @Sendable
    private static func store(
        _ command: RESPCommand, _ session: RESPSession, _ context: ServiceContext
    ) -> Step<[UInt8]> {
        answer(session) { () throws(RequestProblem) in
            try context.cache.store(try PairDecoder.store(command))
        } write: { (reply, writer) in
            reply.write(to: &writer)
        }
    }

    @Sendable
    private static func invalidate(
        _ command: RESPCommand, _ session: RESPSession, _ context: ServiceContext
    ) -> Step<[UInt8]> {
        let request: InvalidationRequest
        do throws(RequestProblem) { request = try PairDecoder.invalidation(command) } catch {
            return Commands.error(session, ProblemDocument(error))
        }
        return answer(session) { () throws(RequestProblem) in
            try context.cache.invalidate(request)
        } write: { (reply, writer) in
            if reply.isUnkept(request) { writer.error(.notScheduled) } else { reply.write(to: &writer) }
        }
    }

    /// `FEEDBACK lookup_id right|wrong`, or the HTTP body.
    @Sendable
    private static func feedback(
        _ command: RESPCommand, _ session: RESPSession, _ context: ServiceContext
    ) -> Step<[UInt8]> {
        answer(session) { () throws(RequestProblem) in
            context.cache.feedback(try PairDecoder.feedback(command))
        } write: { (answer, writer) in
            switch answer {
            case .success(let reply): reply.write(to: &writer)
            case .failure(let problem): writer.error("ERR", ProblemDocument(problem).line)
            }
        }
    }

    /// `DELETE id`: 1 when the entry was there, else 0.
    @Sendable
    private static func delete(
        _ command: RESPCommand, _ session: RESPSession, _ context: ServiceContext
    ) -> Step<[UInt8]> {
        answer(session) { () throws(RequestProblem) in
            context.cache.delete(try InvalidationFields.entryID(Commands.shown(command[1]), "id"))
        } write: { (found, writer) in
            switch found {
            case .success(let wasThere): writer.integer(wasThere ? 1 : 0)
            case .failure(let problem): writer.error("ERR", ProblemDocument(problem).line)
            }
        }
    }

    /// `RELEASE token [FAILED]`: 1 when the lease was held, else 0.
    @Sendable
    private static func release(
        _ command: RESPCommand, _ session: RESPSession, _ context: ServiceContext
    ) -> Step<[UInt8]> {
        answer(session) { () throws(RequestProblem) in
            context.cache.release(
                lease: try FieldRules.name(Commands.shown(command[1]), "token", allowEmpty: false),
                hasFailed: command.count == 3 && command.isWord(2, "FAILED"))
        } write: { (wasHeld, writer) in
            writer.integer(wasHeld ? 1 : 0)
        }
    }

    /// `RATELIMIT key limit window_s [cost]`.
    @Sendable
    private static func rateLimit(
        _ command: RESPCommand, _ session: RESPSession, _ context: ServiceContext
    ) -> Step<[UInt8]> {
        answer(session) { () throws(RequestProblem) in
            var fields = RateLimitFields()
            for (index, name) in ["limit", "window_s", "cost"].enumerated() where index + 2 < command.count {
                try fields.set(name, text: Commands.shown(command[index + 2]))
            }
            return context.cache.limitRate(
                try fields.finish(key: String(decoding: command[1], as: UTF8.self)))
        } write: { (outcome, writer) in
            outcome.write(to: &writer)
        }
    }

    @Sendable
    private static func statistics(
        _ command: RESPCommand, _ session: RESPSession, _ context: ServiceContext
    ) -> Step<[UInt8]> {
        Commands.reply(session) { context.cache.statistics().write(to: &$0) }
    }

    /// Asks, and writes the answer here or on the worker's thread; `room` says how many bytes it is likely to take.
    private static func answer<Reply>(
        _ session: RESPSession, _ ask: () throws(RequestProblem) -> Step<Reply>,
        room: @escaping @Sendable (Reply) -> Int = { _ in 256 },
        write: @escaping @Sendable (Reply, inout RESPWriter) -> Void
    ) -> Step<[UInt8]> {
        let version = session.version
        do throws(RequestProblem) {
            return try ask().map { reply in
                var writer = RESPWriter(version: version, reserving: room(reply))
                write(reply, &writer)
                return writer.bytes
            }
        } catch { return Commands.error(session, ProblemDocument(error)) }
    }
}
