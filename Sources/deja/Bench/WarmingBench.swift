import CacheModel
import Evaluation

/// Measures what reading ahead into memory brings, by how much of a day comes again and how much memory there is.
struct WarmingBench {
    let trial: WarmingTrial
    static let recurrences = [0, 0.25, 0.5, 0.75, 1]
    static let rooms = [0.05, 0.1, 0.2]

    /// One line of the table.
    struct Row {
        let recurrence: Double
        let room: Double
        let outcome: WarmingTrial.Outcome
    }

    func run(progress: (String) -> Void) -> [Row] {
        Self.recurrences.flatMap { recurrence in
            Self.rooms.map { room in
                progress("\(recurrence) of a day comes again")
                return Row(
                    recurrence: recurrence, room: room, outcome: trial.run(recurrence: recurrence, room: room))
            }
        }
    }
}

extension BenchTables {
    static func warming(_ rows: [WarmingBench.Row]) -> (JSONValue, String) {
        var lines = [
            "warming: hits that memory serves over two weeks, after two weeks of history; the trace's hour stretched to a day",
            "  \("of a day comes again".padded(to: 22))\("memory / day".leftPadded(to: 13))\("eviction alone".leftPadded(to: 16))\("with warming".leftPadded(to: 14))\("read".leftPadded(to: 10))\("of these used".leftPadded(to: 15))",
        ]
        var json: [JSONValue] = []
        for row in rows {
            let outcome = row.outcome
            let share = { (count: Int, total: Int) in total > 0 ? Double(count) / Double(total) : 0 }
            let plain = share(outcome.plain, outcome.hits), warmed = share(outcome.warmed, outcome.hits)
            let used = share(outcome.wanted, outcome.read)
            lines.append(
                "  \(Format.percent(row.recurrence).padded(to: 22))\(Format.percent(row.room).leftPadded(to: 13))"
                    + "\(Format.percent(plain).leftPadded(to: 16))\(Format.percent(warmed).leftPadded(to: 14))"
                    + "\(Format.grouped(outcome.read).leftPadded(to: 10))"
                    + "\((outcome.read > 0 ? Format.percent(used) : "-").leftPadded(to: 15))")
            json.append([
                "recurrence": .number(row.recurrence), "room": .number(row.room),
                "hits": .integer(Int64(outcome.hits)), "memory_share": .number(plain),
                "memory_share_warmed": .number(warmed),
                "read": .integer(Int64(outcome.read)), "used": .integer(Int64(outcome.wanted)),
            ])
        }
        return (.array(json), lines.joined(separator: "\n"))
    }
}
