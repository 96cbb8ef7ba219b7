import CacheEngine
import CacheModel

/// `EPOCH`.
enum FreshnessCommands {
    static let all = [Command("EPOCH", 2...Int.max, needs: .admin, bump)]

    /// `EPOCH {"namespace":…}` or `EPOCH namespace support [model gpt-4o | template greeting]`: bumps, and answers a map.
    @Sendable
    private static func bump(
        _ command: RESPCommand, _ session: RESPSession, _ context: ServiceContext
    ) -> Step<[UInt8]> {
        let version = session.version
        do throws(RequestProblem) {
            return try FreshnessRoutes.bump(try subject(command), context).map { reply in
                var writer = RESPWriter(version: version)
                writer.map { map in
                    map.integer("epoch", Int(reply.epoch))
                    map.integer("saved", reply.isSaved ? 1 : 0)
                }
                return writer.bytes
            }
        } catch { return Commands.error(session, ProblemDocument(error)) }
    }

    private static func subject(_ command: RESPCommand) throws(RequestProblem) -> EpochSubject {
        if command.count == 2 { return try EpochFields.read(command[1]) }
        guard command.count % 2 == 1 else {
            throw RequestProblem(.missingField, field: "", "give one JSON object, or names and values in turn")
        }
        var fields = EpochFields()
        for index in stride(from: 1, to: command.count, by: 2) {
            guard let name = command.text(index), let value = command.text(index + 1) else {
                throw RequestProblem(.invalidValue, field: "argument \(index)", "is not UTF-8")
            }
            try fields.set(name, value)
        }
        return try fields.finish()
    }
}
