/// Keys, tokens and passwords.
extension SensitiveScan {
    /// A form of key: what it begins with and how many key bytes follow at least. Sources: the providers' documentation
    /// and the rules of GitHub's secret scanning.
    private struct Form {
        let prefix: StaticString
        let least: Int
    }

    private static let forms: [Form] = [
        // OpenAI, Anthropic, OpenRouter, DeepSeek and many others.
        Form(prefix: "sk-", least: 20),
        // Groq, xAI, Perplexity, NVIDIA, Hugging Face, Replicate, Fireworks, Tavily, LangSmith, Google, Cerebras.
        Form(prefix: "gsk_", least: 20), Form(prefix: "xai-", least: 20), Form(prefix: "pplx-", least: 20),
        Form(prefix: "nvapi-", least: 20), Form(prefix: "hf_", least: 20), Form(prefix: "r8_", least: 20),
        Form(prefix: "fw_", least: 20), Form(prefix: "tvly-", least: 16), Form(prefix: "lsv2_", least: 20),
        Form(prefix: "AIza", least: 30), Form(prefix: "ya29", least: 20), Form(prefix: "csk-", least: 20),
        // AWS: access key ids of users and of roles.
        Form(prefix: "AKIA", least: 16), Form(prefix: "ASIA", least: 16),
        // GitHub, GitLab, npm, PyPI, Docker, crates.io, RubyGems.
        Form(prefix: "ghp_", least: 30), Form(prefix: "gho_", least: 30), Form(prefix: "ghu_", least: 30),
        Form(prefix: "ghs_", least: 30), Form(prefix: "ghr_", least: 30), Form(prefix: "github_pat_", least: 20),
        Form(prefix: "glpat-", least: 20), Form(prefix: "npm_", least: 30), Form(prefix: "pypi-", least: 30),
        Form(prefix: "dckr_pat_", least: 20), Form(prefix: "cio", least: 32), Form(prefix: "rubygems_", least: 30),
        // Stripe, Slack, SendGrid, Shopify, DigitalOcean, Twilio's and Mailgun's API keys, HashiCorp Vault, Square.
        Form(prefix: "sk_live_", least: 16), Form(prefix: "rk_live_", least: 16), Form(prefix: "sk_test_", least: 16),
        Form(prefix: "whsec_", least: 20), Form(prefix: "xoxb-", least: 16), Form(prefix: "xoxp-", least: 16),
        Form(prefix: "xoxa-", least: 16), Form(prefix: "xapp-", least: 16), Form(prefix: "SG.", least: 20),
        Form(prefix: "shpat_", least: 20), Form(prefix: "dop_v1_", least: 20), Form(prefix: "hvs.", least: 20),
        Form(prefix: "sq0csp-", least: 20), Form(prefix: "AGE-SECRET-KEY-", least: 20),
        // Deja's own.
        Form(prefix: "deja_", least: 40),
    ]

    /// The forms by the first byte.
    private static let formsByFirst: [[Form]] = (0...255).map { first in
        forms.filter { $0.prefix.utf8Start[0] == UInt8(first) }
    }

    /// A provider's key or a JSON Web Token.
    func key(at index: Int) -> Finding? {
        for form in Self.formsByFirst[Int(text[index])] where stands(form.prefix, at: index) {
            let start = index + form.prefix.utf8CodeUnitCount
            let enough = end(of: Self.isKeyByte, from: start, limit: form.least)
            // A key mixes; a long word with dashes ("sk-learn-documentation-site") does not.
            guard enough - start == form.least, isMixed(start..<enough) else { continue }
            let kind: SensitiveKind = stands("AGE", at: index) ? .privateKey : .apiKey
            return (kind, index..<end(of: Self.isKeyByte, from: enough))
        }
        return stands("eyJ", at: index) ? jwt(at: index) : nil
    }

    /// Whether bytes hold a digit and a letter.
    private func isMixed(_ range: Range<Int>) -> Bool {
        range.contains { Self.isDigit[Int(text[$0])] } && range.contains { Self.isLetter[Int(text[$0])] }
    }

    /// Two parts that begin as JSON objects do in base64url, and a signature (RFC 7519).
    private func jwt(at index: Int) -> Finding? {
        let header = end(of: Self.isKeyByte, from: index, limit: 256)
        guard header - index >= 10, byte(header) == UInt8(ascii: "."), stands("eyJ", at: header + 1) else { return nil }
        let payload = end(of: Self.isKeyByte, from: header + 1, limit: 16_384)
        guard byte(payload) == UInt8(ascii: ".") else { return nil }
        return (.jwt, index..<end(of: Self.isKeyByte, from: payload + 1))
    }

    /// `-----BEGIN … PRIVATE KEY-----`, to the end of the key or of the text.
    func privateKey(at index: Int) -> Finding? {
        guard stands("-----BEGIN ", at: index) else { return nil }
        for start in (index + 11)..<(index + 40) where stands("PRIVATE KEY", at: start) {
            var end = start
            while end < text.count, !stands("-----END", at: end) { end += 1 }
            return (.privateKey, index..<self.end(of: Self.isLabel, from: min(end, text.count), limit: 64))
        }
        return nil
    }

    private static let isLabel = table { $0 == 0x20 || $0 == UInt8(ascii: "-") || ($0 >= 0x41 && $0 <= 0x5A) }

    // MARK: Passwords that are called so

    private static let names: [StaticString] = [
        "password", "passwd", "passphrase", "pwd", "secret", "client_secret", "secret_key", "api_key", "apikey",
        "access_key", "access_token", "auth_token", "refresh_token", "private_key", "aws_secret_access_key",
        "secret_access_key", "token",
    ]

    /// `name = value` or `"name": "value"` with a name that says secret, and `Bearer value`.
    func named(at index: Int) -> Finding? {
        if stands("bearer ", at: index, foldsCase: true) {
            let start = index + 7
            let end = end(of: Self.isTokenByte, from: start)
            return end - start >= 20 && isMixed(start..<end) ? (.credential, start..<end) : nil
        }
        let end = end(of: Self.isNameByte, from: index, limit: 32)
        guard let start = valueStart(after: end) else { return nil }
        // The name may have something before it: `DB_PASSWORD`.
        let isName = Self.names.contains { name in
            let start = end - name.utf8CodeUnitCount
            return start >= index && stands(name, at: start, foldsCase: true)
                && (start == index || text[start - 1] == UInt8(ascii: "_"))
        }
        guard isName else { return nil }
        let valueEnd = self.end(of: Self.isValueByte, from: start, limit: 4096)
        guard valueEnd - start >= 8, isMixed(start..<valueEnd) else { return nil }
        return (.credential, start..<valueEnd)
    }

    /// Where the value begins behind a name that ends at `end`: after `=` or `:` and quotes or spaces around it.
    private func valueStart(after end: Int) -> Int? {
        let sign = self.end(of: Self.isQuoteOrSpace, from: end, limit: 4)
        guard byte(sign) == UInt8(ascii: "=") || byte(sign) == UInt8(ascii: ":") else { return nil }
        let start = self.end(of: Self.isQuoteOrSpace, from: sign + 1, limit: 4)
        return start < text.count ? start : nil
    }

    private static let isQuoteOrSpace = table { " \"'`\\".utf8.contains($0) }
    private static let isNameByte = table { ($0 < 0x80 && isWord[Int($0)]) }
    /// RFC 6750's b68token.
    private static let isTokenByte = table { isKeyByte[Int($0)] || ".~+/=".utf8.contains($0) }
    /// A value ends where white space, a quote, a comma or a bracket stands; placeholders begin with one.
    private static let isValueByte = table { $0 > 0x20 && $0 < 0x7F && !"\"'`,;<>{}[]()\\$".utf8.contains($0) }

    /// `://user:password@` of a URL.
    func userInfo(at index: Int) -> Finding? {
        guard stands("://", at: index) else { return nil }
        let start = index + 3
        let user = end(of: Self.isUserByte, from: start, limit: 128)
        guard byte(user) == UInt8(ascii: ":") else { return nil }
        let password = end(of: Self.isUserByte, from: user + 1, limit: 256)
        guard password - user > 1, byte(password) == UInt8(ascii: "@") else { return nil }
        return (.credential, start..<password)
    }

    private static let isUserByte = table { $0 > 0x20 && $0 < 0x7F && !"\"'`/:@?#<>\\{}$".utf8.contains($0) }
}
