extension Setting {
    /// Who may do what.
    static let access: [Setting] = [
        token, tokenFile, tokensFile, socketAuth, allowUsers, allowGroups, encryptionKeyFile, encryptionKey,
    ]

    static let token = Setting(
        key: "token", kind: .text, fallback: "", placeholder: "TOKEN",
        help: "The bearer token of TCP clients. Prefer --token-file or DEJA_TOKEN: options show in process lists.",
        isSecret: true)
    static let tokenFile = Setting(
        key: "token_file", kind: .text, fallback: "", placeholder: "PATH", help: "A file that holds the bearer token.")
    static let tokensFile = Setting(
        key: "tokens_file", kind: .text, fallback: "", placeholder: "PATH",
        help:
            "A file of further tokens, each with its tenant, namespaces and rights (JSON5; deja token make). Read again on SIGHUP."
    )
    static let socketAuth = Setting(
        key: "socket_auth", kind: .choice(["peer", "token"]), fallback: "peer", placeholder: "KIND",
        help: "What guards the Unix socket: its file and the kernel's word about the peer, or a token as on TCP.")
    static let allowUsers = Setting(
        key: "allow_users", kind: .text, fallback: "", placeholder: "NAMES",
        help: "Users that may use the Unix socket, beside the server's own, by names or numbers between commas.")
    static let allowGroups = Setting(
        key: "allow_groups", kind: .text, fallback: "", placeholder: "NAMES",
        help: "Groups whose members may use the Unix socket.")
    static let encryptionKeyFile = Setting(
        key: "encryption_key_file", kind: .text, fallback: "", placeholder: "PATH",
        help: "A file of keys (deja key make): prompts, answers, turns and values are stored encrypted.")
    static let encryptionKey = Setting(
        key: "encryption_key", kind: .text, fallback: "", placeholder: "HEX",
        help:
            "The same by 64 hexadecimal digits. Prefer the file or DEJA_ENCRYPTION_KEY: options show in process lists.",
        isSecret: true)
}
