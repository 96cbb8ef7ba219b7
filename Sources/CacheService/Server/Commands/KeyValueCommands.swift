import CacheEngine
import CacheModel

/// The commands of Redis on strings, over the key–value namespace `default`: a client library of Redis is a plain cache
/// client. Replies and errors are worded as Redis words them, because clients look for them.
enum KeyValueCommands {
    static let all = [
        Command("GET", 2...2, needs: .read, get),
        Command("SET", 3...Int.max, needs: .write, set),
        Command("MGET", 2...Int.max, needs: .read, getMany),
        Command("MSET", 3...Int.max, needs: .write, setMany),
        Command("SETEX", 4...4, needs: .write) { setFor($0, $1, $2, unit: 1) },
        Command("PSETEX", 4...4, needs: .write) { setFor($0, $1, $2, unit: 0.001) },
        Command("SETNX", 3...3, needs: .write, setAbsent),
        Command("GETSET", 3...3, needs: .write, getSet),
        Command("GETDEL", 2...2, needs: .write, getDelete),
        Command("DEL", 2...Int.max, needs: .write, delete),
        Command("UNLINK", 2...Int.max, needs: .write, delete),
        Command("EXISTS", 2...Int.max, needs: .read, exists),
        Command("STRLEN", 2...2, needs: .read, length),
        Command("TYPE", 2...2, needs: .read, type),
    ]

    typealias Values = any KeyValueServing
    static let place = ValuePlace()

    // MARK: Reading

    @Sendable
    private static func get(
        _ command: RESPCommand, _ session: RESPSession, _ context: ServiceContext
    ) -> Step<[UInt8]> {
        answer(session, context) { values in
            values.get(ValueRequest(Array(command[1]), in: place))
        } write: { (reply, writer) in
            if case .hit(let value) = reply { writer.bulk(value.content) } else { writer.null() }
        }
    }

    @Sendable
    private static func getMany(
        _ command: RESPCommand, _ session: RESPSession, _ context: ServiceContext
    ) -> Step<[UInt8]> {
        answer(session, context) { values in
            values.get(names(command), in: place)
        } write: { (found, writer) in
            guard ReplyLimit.holds(found) else { return writer.error(ProblemDocument(ReplyLimit.tooManyValues)) }
            writer.array(found.count)
            for value in found { if let value { writer.bulk(value.content) } else { writer.null() } }
        }
    }

    @Sendable
    private static func exists(
        _ command: RESPCommand, _ session: RESPSession, _ context: ServiceContext
    ) -> Step<[UInt8]> {
        answer(session, context) { values in
            values.get(names(command), in: place)
        } write: { (found, writer) in
            writer.integer(found.count { $0 != nil })
        }
    }

    @Sendable
    private static func length(
        _ command: RESPCommand, _ session: RESPSession, _ context: ServiceContext
    ) -> Step<[UInt8]> {
        answer(session, context) { values in
            values.get(names(command), in: place)
        } write: { (found, writer) in
            writer.integer(found[0]?.content.count ?? 0)
        }
    }

    @Sendable
    private static func type(
        _ command: RESPCommand, _ session: RESPSession, _ context: ServiceContext
    ) -> Step<[UInt8]> {
        answer(session, context) { values in
            values.get(names(command), in: place)
        } write: { (found, writer) in
            writer.status(found[0] == nil ? "none" : "string")
        }
    }

    // MARK: Writing

    /// `SET key value [NX | XX] [GET] [EX s | PX ms | EXAT s | PXAT ms | KEEPTTL]`.
    @Sendable
    private static func set(
        _ command: RESPCommand, _ session: RESPSession, _ context: ServiceContext
    ) -> Step<[UInt8]> {
        var put = ValuePut(Array(command[1]), content: Array(command[2]))
        var wantsFormer = false
        var index = 3
        while index < command.count {
            if command.isWord(index, "NX"), put.condition == .always {
                put.condition = .absent
            } else if command.isWord(index, "XX"), put.condition == .always {
                put.condition = .present
            } else if command.isWord(index, "GET") {
                wantsFormer = true
            } else if command.isWord(index, "KEEPTTL"), put.life == .usual {
                put.life = .kept
            } else if let unit = lifeUnits.first(where: { command.isWord(index, $0.word) }), put.life == .usual,
                index + 1 < command.count
            {
                guard let number = integer(command[index + 1]) else { return notInteger(session) }
                guard number > 0 else { return invalidExpiry(session, "set") }
                put.life = unit.life(number)
                index += 1
            } else {
                return Commands.error(session, "syntax error")
            }
            index += 1
        }
        let showsFormer = wantsFormer
        return answer(session, context) { [put] values in
            values.put([put], in: place)
        } write: { (outcomes, writer) in
            switch outcomes[0] {
            case .written(_, let former) where showsFormer:
                if let former { writer.bulk(former.content) } else { writer.null() }
            case .written: writer.status("OK")
            case .refused: writer.null()
            }
        }
    }

    @Sendable
    private static func setMany(
        _ command: RESPCommand, _ session: RESPSession, _ context: ServiceContext
    ) -> Step<[UInt8]> {
        guard command.count % 2 == 1 else {
            return Commands.error(session, "wrong number of arguments for 'mset' command")
        }
        let puts = stride(from: 1, to: command.count, by: 2).map { index in
            ValuePut(Array(command[index]), content: Array(command[index + 1]))
        }
        return answer(session, context) {
            $0.put(puts, in: place)
        } write: {
            $1.status("OK")
        }
    }

    @Sendable
    private static func setFor(
        _ command: RESPCommand, _ session: RESPSession, _ context: ServiceContext, unit: Double
    ) -> Step<[UInt8]> {
        guard let number = integer(command[2]) else { return notInteger(session) }
        guard number > 0 else { return invalidExpiry(session, unit == 1 ? "setex" : "psetex") }
        var put = ValuePut(Array(command[1]), content: Array(command[3]))
        put.life = .seconds(Double(number) * unit)
        return answer(session, context) { [put] in
            $0.put([put], in: place)
        } write: {
            $1.status("OK")
        }
    }

    @Sendable
    private static func setAbsent(
        _ command: RESPCommand, _ session: RESPSession, _ context: ServiceContext
    ) -> Step<[UInt8]> {
        var put = ValuePut(Array(command[1]), content: Array(command[2]))
        put.condition = .absent
        return answer(session, context) { [put] values in
            values.put([put], in: place)
        } write: { (outcomes, writer) in
            if case .written = outcomes[0] { writer.integer(1) } else { writer.integer(0) }
        }
    }

    @Sendable
    private static func getSet(
        _ command: RESPCommand, _ session: RESPSession, _ context: ServiceContext
    ) -> Step<[UInt8]> {
        let put = ValuePut(Array(command[1]), content: Array(command[2]))
        return answer(session, context) { values in
            values.put([put], in: place)
        } write: { (outcomes, writer) in
            if case .written(_, let former?) = outcomes[0] { writer.bulk(former.content) } else { writer.null() }
        }
    }

    @Sendable
    private static func getDelete(
        _ command: RESPCommand, _ session: RESPSession, _ context: ServiceContext
    ) -> Step<[UInt8]> {
        answer(session, context) { values in
            values.remove(names(command), in: place)
        } write: { (removed, writer) in
            if let value = removed[0] { writer.bulk(value.content) } else { writer.null() }
        }
    }

    @Sendable
    private static func delete(
        _ command: RESPCommand, _ session: RESPSession, _ context: ServiceContext
    ) -> Step<[UInt8]> {
        answer(session, context) { values in
            values.remove(names(command), in: place)
        } write: { (removed, writer) in
            writer.integer(removed.count { $0 != nil })
        }
    }

    // MARK: Parts

    private static let lifeUnits: [(word: StaticString, life: @Sendable (Int64) -> ValueLife)] = [
        ("EX", { .seconds(Double($0)) }), ("PX", { .seconds(Double($0) / 1000) }),
        ("EXAT", { .until(moment(seconds: $0)) }), ("PXAT", { .until(Timestamp(milliseconds: $0)) }),
    ]

    /// A moment from its seconds since 1970; saturates.
    static func moment(seconds: Int64) -> Timestamp {
        let (milliseconds, overflows) = seconds.multipliedReportingOverflow(by: 1000)
        return overflows ? .distantFuture : Timestamp(milliseconds: milliseconds)
    }

    private static func names(_ command: RESPCommand) -> [[UInt8]] {
        (1..<command.count).map { Array(command[$0]) }
    }

    /// A whole number as Redis reads one: no sign but minus, no leading zeros, no white space.
    static func integer(_ bytes: UnsafeBufferPointer<UInt8>) -> Int64? {
        guard bytes.count <= 20, let text = String(validating: bytes, as: UTF8.self), let value = Int64(text),
            String(value) == text
        else { return nil }
        return value
    }

    static func notInteger(_ session: RESPSession) -> Step<[UInt8]> {
        Commands.error(session, "value is not an integer or out of range")
    }

    private static func invalidExpiry(_ session: RESPSession, _ command: String) -> Step<[UInt8]> {
        Commands.error(session, "invalid expire time in '\(command)' command")
    }

    /// Asks the values, and writes the answer here or on the worker's thread.
    static func answer<Value: Sendable>(
        _ session: RESPSession, _ context: ServiceContext,
        _ ask: (Values) -> Step<Result<Value, RequestProblem>>,
        write: @escaping @Sendable (Value, inout RESPWriter) -> Void
    ) -> Step<[UInt8]> {
        guard let values = context.cache.values else {
            return Commands.error(session, "this cache keeps no values")
        }
        let version = session.version
        return ask(values).map { result in
            var writer = RESPWriter(version: version)
            switch result {
            case .success(let value): write(value, &writer)
            case .failure(let problem): writer.error(ProblemDocument(problem))
            }
            return writer.bytes
        }
    }
}
