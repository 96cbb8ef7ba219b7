import CacheEngine
import CacheModel

/// Counters, and how long values live.
extension KeyValueCommands {
    static let counters = [
        Command("INCR", 2...2, needs: .write) { add($0, $1, $2, sign: 1) },
        Command("DECR", 2...2, needs: .write) { add($0, $1, $2, sign: -1) },
        Command("INCRBY", 3...3, needs: .write) { add($0, $1, $2, sign: 1) },
        Command("DECRBY", 3...3, needs: .write) { add($0, $1, $2, sign: -1) },
        Command("EXPIRE", 3...3, needs: .write) { expire($0, $1, $2) { .seconds(Double($0)) } },
        Command("PEXPIRE", 3...3, needs: .write) { expire($0, $1, $2) { .seconds(Double($0) / 1000) } },
        Command("EXPIREAT", 3...3, needs: .write) { expire($0, $1, $2) { .until(moment(seconds: $0)) } },
        Command("PEXPIREAT", 3...3, needs: .write) { expire($0, $1, $2) { .until(Timestamp(milliseconds: $0)) } },
        Command("PERSIST", 2...2, needs: .write, persist),
        Command("TTL", 2...2, needs: .read) { rest($0, $1, $2) { ($0 + 0.5).wholeSeconds } },
        Command("PTTL", 2...2, needs: .read) { rest($0, $1, $2) { ($0 * 1000).wholeSeconds } },
    ]

    private static func add(
        _ command: RESPCommand, _ session: RESPSession, _ context: ServiceContext, sign: Int64
    ) -> Step<[UInt8]> {
        var delta: Int64 = 1
        if command.count == 3 {
            guard let number = integer(command[2]) else { return notInteger(session) }
            delta = number
        }
        let (signed, overflows) = delta.multipliedReportingOverflow(by: sign)
        if overflows { return Commands.error(session, "decrement would overflow") }
        return answer(session, context) { values in
            values.add(signed, to: Array(command[1]), life: .usual, in: place)
        } write: { (sum, writer) in
            switch sum {
            case .sum(let total, _): writer.integer(Int(total))
            case .notInteger: writer.error("ERR", "value is not an integer or out of range")
            case .overflow: writer.error("ERR", "increment or decrement would overflow")
            }
        }
    }

    /// 1 when the value is there, else 0. An end that has passed deletes the value, as in Redis.
    private static func expire(
        _ command: RESPCommand, _ session: RESPSession, _ context: ServiceContext, life: (Int64) -> ValueLife
    ) -> Step<[UInt8]> {
        guard let number = integer(command[2]) else { return notInteger(session) }
        let (name, life) = (Array(command[1]), life(number))
        if number <= 0 {
            return answer(session, context) {
                $0.remove([name], in: place)
            } write: {
                $1.integer($0[0] == nil ? 0 : 1)
            }
        }
        return answer(session, context) {
            $0.expire(name, life: life, in: place)
        } write: {
            $1.integer($0 == nil ? 0 : 1)
        }
    }

    /// 1 when the value is there, else 0: it lives as long as the namespace allows then.
    @Sendable
    private static func persist(
        _ command: RESPCommand, _ session: RESPSession, _ context: ServiceContext
    ) -> Step<[UInt8]> {
        answer(session, context) { values in
            values.expire(Array(command[1]), life: .longest, in: place)
        } write: { (value, writer) in
            writer.integer(value == nil ? 0 : 1)
        }
    }

    /// What is left of a value's life; −2 for none.
    private static func rest(
        _ command: RESPCommand, _ session: RESPSession, _ context: ServiceContext,
        unit: @escaping @Sendable (Double) -> Int
    ) -> Step<[UInt8]> {
        guard let clock = context.cache.values?.clock else {
            return Commands.error(session, "this cache keeps no values")
        }
        return answer(session, context) { values in
            values.get([Array(command[1])], in: place)
        } write: { (found, writer) in
            writer.integer(found[0].map { max(0, unit($0.expires.seconds(since: clock.now()))) } ?? -2)
        }
    }
}
