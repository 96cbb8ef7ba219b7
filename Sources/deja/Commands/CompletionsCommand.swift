/// `deja completions`
enum CompletionsCommand: Command {
    static let name = "completions"
    static let abstract = "Print a completion script for bash, zsh or fish."
    static let operands = "bash|zsh|fish"
    static let discussion = """
        bash: deja completions bash > /etc/bash_completion.d/deja
        zsh:  deja completions zsh > "${fpath[1]}/_deja"
        fish: deja completions fish > ~/.config/fish/completions/deja.fish
        """

    static func run(_ arguments: Arguments) throws -> ExitStatus {
        switch try arguments.onlyOperand("shell") {
        case "bash": Console.line(bash)
        case "zsh": Console.line(zsh)
        case "fish": Console.line(fish)
        case let other: throw UsageError("no completions for '\(other)': expected bash, zsh or fish")
        }
        return .success
    }

    private static func options(of command: any Command.Type) -> [Option] {
        command.options + command.settings.map(\.option) + [.help]
    }

    private static var bash: String {
        let cases = Commands.all.map { command in
            "        \(command.name)) words=\"\(options(of: command).map { "--\($0.name)" }.joined(separator: " "))\" ;;"
        }
        return """
            _deja() {
                local word="${COMP_WORDS[COMP_CWORD]}" words=""
                if [ "$COMP_CWORD" -eq 1 ]; then
                    words="\(Commands.all.map { $0.name }.joined(separator: " "))"
                else
                    case "${COMP_WORDS[1]}" in
            \(cases.joined(separator: "\n"))
                    esac
                fi
                if [[ "$word" != -* && "$COMP_CWORD" -gt 1 ]]; then
                    COMPREPLY=($(compgen -f -- "$word"))
                else
                    COMPREPLY=($(compgen -W "$words" -- "$word"))
                fi
            }
            complete -o filenames -F _deja deja
            """
    }

    private static var zsh: String {
        let commands = Commands.all.map { "        '\($0.name):\(quoted($0.abstract))'" }.joined(separator: "\n")
        let cases = Commands.all.map { command in
            let rows = options(of: command).map { option in
                let value = option.placeholder.map { ":\($0):_files" } ?? ""
                return "            '\(option.isRepeatable ? "*" : "")--\(option.name)[\(quoted(option.help))]\(value)'"
            }
            return "        \(command.name)) _arguments \\\n\(rows.joined(separator: " \\\n")) ;;"
        }
        return """
            #compdef deja
            _deja() {
                local -a commands=(
            \(commands)
                )
                if (( CURRENT == 2 )); then
                    _describe command commands
                    return
                fi
                local command=$words[2]
                shift words
                (( CURRENT-- ))
                case $command in
            \(cases.joined(separator: "\n"))
                esac
            }
            _deja "$@"
            """
    }

    /// Help as it can stand between single quotes, inside brackets.
    private static func quoted(_ help: String) -> String {
        help.replacing("'", with: "'\\''").replacing("[", with: "\\[").replacing("]", with: "\\]").replacing(
            ":", with: "\\:")
    }

    private static var fish: String {
        var lines = ["complete -c deja -f"]
        for command in Commands.all {
            let abstract = command.abstract.replacing("'", with: "\\'")
            lines.append("complete -c deja -n __fish_use_subcommand -a \(command.name) -d '\(abstract)'")
            for option in options(of: command) {
                let needsValue = option.placeholder == nil ? "" : " -r -F"
                let help = option.help.replacing("'", with: "\\'")
                lines.append(
                    "complete -c deja -n '__fish_seen_subcommand_from \(command.name)' -l \(option.name)\(needsValue) -d '\(help)'"
                )
            }
        }
        return lines.joined(separator: "\n")
    }
}
