/// The text of `--help`, made from the commands' and settings' own records.
enum HelpText {
    static func overview(_ commands: [any Command.Type]) -> String {
        let width = commands.map { $0.name.count }.max()! + 2
        let rows = commands.map { "  \($0.name.padded(to: width))\($0.abstract)" }
        return """
            Deja, a semantic cache for LLM responses.

            Usage: deja COMMAND [OPTION …]

            Commands:
            \(rows.joined(separator: "\n"))

            'deja COMMAND --help' tells more. Settings come from options, then the environment (DEJA_…), then the
            file (--config, or $XDG_CONFIG_HOME/deja/config.json5), then the defaults: see 'deja config'.
            """
    }

    static func command(_ command: any Command.Type) -> String {
        var text = "\(command.abstract)\n\nUsage: deja \(command.name) [OPTION …]"
        if !command.operands.isEmpty { text += " \(command.operands)" }
        if !command.discussion.isEmpty { text += "\n\n\(command.discussion)" }
        text += "\n\nOptions:\n" + table((command.options + [.help]).map { (syntax($0), $0.help) })
        if !command.settings.isEmpty {
            text += "\n\nSettings:\n" + table(command.settings.map { (syntax($0.option), $0.fullHelp) })
        }
        return text
    }

    private static func syntax(_ option: Option) -> String {
        "--\(option.name)" + (option.placeholder.map { " \($0)" } ?? "")
    }

    /// Two columns: what is written, and the help wrapped beside or below it.
    private static func table(_ rows: [(String, String)]) -> String {
        let width = 30
        return rows.map { left, right in
            let lines = right.wrapped(to: 100 - width)
            let head = "  \(left)"
            let indented = lines.map { String(repeating: " ", count: width) + $0 }
            if head.count >= width - 1 { return ([head] + indented).joined(separator: "\n") }
            return ([head.padded(to: width) + (lines.first ?? "")] + indented.dropFirst()).joined(separator: "\n")
        }.joined(separator: "\n")
    }
}

extension String {
    /// The text with spaces after it, `width` characters in all.
    func padded(to width: Int) -> String { self + String(repeating: " ", count: Swift.max(0, width - count)) }

    /// The text with spaces before it, `width` characters in all.
    func leftPadded(to width: Int) -> String { String(repeating: " ", count: Swift.max(0, width - count)) + self }

    /// The text in lines of at most `width` characters, broken at spaces.
    func wrapped(to width: Int) -> [String] {
        var lines: [String] = []
        var line = ""
        for word in split(separator: " ") {
            if !line.isEmpty && line.count + word.count + 1 > width {
                lines.append(line)
                line = ""
            }
            line += (line.isEmpty ? "" : " ") + word
        }
        return line.isEmpty ? lines : lines + [line]
    }
}
