import CacheModel

extension Report {
    /// For programs. Money is given twice: exact in nano-dollars, and in dollars.
    var json: String {
        var writer = JSONWriter(reserving: 4096)
        writer.object { writer in
            writer.name("since")
            writer.string(ReportTime.text(hour: hours.lowerBound))
            writer.name("until")
            writer.string(ReportTime.text(hour: hours.upperBound))
            writer.name("by")
            writer.array { writer in for dimension in request.by { writer.string(dimension.rawValue) } }
            writer.name("total")
            writer.object { Self.write(total, to: &$0) }
            writer.name("rows")
            writer.array { writer in
                for row in rows {
                    writer.object { writer in
                        for (dimension, label) in zip(request.by, row.labels) {
                            writer.name(dimension.rawValue)
                            writer.string(label)
                        }
                        Self.write(row.counts, to: &writer)
                    }
                }
            }
            for (name, lines) in [("saved_most", saved), ("near_misses", nearMisses)] {
                writer.name(name)
                writer.array { writer in for line in lines { Self.write(line, to: &writer) } }
            }
            for (name, notes) in [("alerts", alerts), ("recommendations", recommendations)] {
                writer.name(name)
                writer.array { writer in for note in notes { Self.write(note, to: &writer) } }
            }
        }
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    private static func write(_ counts: LedgerCounts, to writer: inout JSONWriter) {
        for column in columns {
            writer.name(column.name)
            writer.raw(RawJSON(validated: Array(column.value(counts).utf8)))
        }
        writer.name("charged_nano_usd")
        writer.integer(counts[.chargedNano])
        writer.name("avoided_nano_usd")
        writer.integer(counts[.avoidedNano])
        if let share = counts.falseHits.share, let interval = counts.falseHits.wilsonInterval() {
            writer.name("false_hit_rate")
            writer.number(share)
            writer.name("false_hit_interval")
            writer.array { writer in for bound in [interval.lowerBound, interval.upperBound] { writer.number(bound) } }
        }
        writer.name("mean_lookup_ns")
        writer.integer(counts.lookups == 0 ? 0 : counts[.cacheNanoseconds] / counts.lookups)
        writer.name("reasons")
        writer.object { writer in
            for (reason, count) in counts.reasons.sorted(by: { $0.key < $1.key }) {
                writer.name(reason)
                writer.integer(count)
            }
        }
    }

    private static func write(_ line: SubjectLine, to writer: inout JSONWriter) {
        writer.object { writer in
            writer.name("namespace")
            writer.string(line.row.namespace)
            writer.name("entry_id")
            writer.string(line.row.subject.entry)
            writer.name("digest")
            writer.string(line.digest)
            if let prompt = line.prompt {
                writer.name("prompt")
                writer.string(prompt)
            }
            writer.name("count")
            writer.integer(line.row.count)
            writer.name("nano_usd")
            writer.integer(line.row.nano)
        }
    }

    private static func write(_ note: ReportNote, to writer: inout JSONWriter) {
        writer.object { writer in
            writer.name("code")
            writer.string(note.code)
            if let namespace = note.namespace {
                writer.name("namespace")
                writer.string(namespace)
            }
            writer.name("text")
            writer.string(note.text)
        }
    }
}
