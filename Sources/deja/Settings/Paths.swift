import Foundation

/// Where things are when nothing says otherwise (XDG Base Directory Specification).
enum Paths {
    /// `$XDG_STATE_HOME/deja/deja.db`.
    static func defaultDatabase(_ environment: [String: String] = ProcessInfo.processInfo.environment) -> String {
        "\(base(environment, "XDG_STATE_HOME", ".local/state"))/deja/deja.db"
    }

    /// `$XDG_CONFIG_HOME/deja/config.json5`.
    static func defaultConfigFile(_ environment: [String: String]) -> String {
        "\(base(environment, "XDG_CONFIG_HOME", ".config"))/deja/config.json5"
    }

    private static func base(_ environment: [String: String], _ variable: String, _ fallback: String) -> String {
        // The specification has relative paths ignored.
        if let folder = environment[variable], folder.hasPrefix("/") { return folder }
        return "\(environment["HOME"] ?? NSHomeDirectory())/\(fallback)"
    }

    /// The running program's own path, links resolved.
    static var program: String {
        (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
    }

    /// A folder that came with the program: `PREFIX/share/deja/NAME` beside an installed `PREFIX/bin/deja`, or `NAME` at
    /// the top of the checkout that it was built in.
    static func bundledFolder(_ name: String) -> String? {
        var folder = (program as NSString).deletingLastPathComponent
        let installed = "\((folder as NSString).deletingLastPathComponent)/share/deja/\(name)"
        if FileManager.default.fileExists(atPath: installed) { return installed }
        while folder.count > 1 {
            let candidate = "\(folder)/\(name)"
            if FileManager.default.fileExists(atPath: "\(folder)/Package.swift"),
                FileManager.default.fileExists(atPath: candidate)
            {
                return candidate
            }
            folder = (folder as NSString).deletingLastPathComponent
        }
        return nil
    }
}
