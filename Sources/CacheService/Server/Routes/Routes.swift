import CacheEngine
import CacheModel

/// An HTTP request as a handler sees it. The body is valid during the call only.
struct HTTPRequest {
    /// The method; HEAD arrives as GET.
    let method: String
    /// What stands in the path where the route's pattern has `{…}`, percent-decoded.
    let parameter: String
    /// The text after `?`, still encoded.
    let query: String
    /// The body.
    let body: UnsafeBufferPointer<UInt8>
}

/// One endpoint: a row of the table.
struct Route: Sendable {
    typealias Handler = @Sendable (HTTPRequest, ServiceContext) throws(RequestProblem) -> Step<HTTPReply>

    let method: String
    /// The path; one segment may be `{name}`.
    let pattern: String
    /// What it needs of its caller.
    let needs: Requirement
    let handle: Handler

    init(
        _ method: String, _ pattern: String, needs: Requirement = .undeclared, _ handle: @escaping Handler
    ) {
        self.method = method
        self.pattern = pattern
        self.needs = needs
        self.handle = handle
        if let open = pattern.utf8.firstIndex(of: UInt8(ascii: "{")),
            let close = pattern.utf8.firstIndex(of: UInt8(ascii: "}"))
        {
            before = Array(pattern.utf8[..<open])
            after = Array(pattern.utf8[pattern.utf8.index(after: close)...])
            hasParameter = true
        } else {
            before = Array(pattern.utf8)
            after = []
            hasParameter = false
        }
    }

    private let before: [UInt8]
    private let after: [UInt8]
    private let hasParameter: Bool

    /// The parameter's bytes if the path fits the pattern (none, if it has no parameter), else `nil`.
    func match(_ path: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        if !hasParameter { return path.elementsEqual(before) ? [] : nil }
        guard path.count > before.count + after.count, path.starts(with: before),
            path.suffix(after.count).elementsEqual(after)
        else { return nil }
        let parameter = path.dropFirst(before.count).dropLast(after.count)
        return parameter.contains(UInt8(ascii: "/")) ? nil : parameter
    }
}

/// The table of endpoints.
enum Routes {
    /// All endpoints; the busiest first.
    static let all: [Route] =
        LookupRoutes.all + StoreRoutes.all + LeaseRoutes.all + FeedbackRoutes.all + EntryRoutes.all
        + ConversationRoutes.all + RateLimitRoutes.all + InsightRoutes.all + ReportRoutes.all + StatusRoutes.all
        + DashboardRoutes.all + [OpenAPI.route]

    /// What a request target leads to.
    enum Match {
        case route(Route, parameter: String, query: String)
        /// The path is known, the method is not; `Allow` names those that are.
        case methodNotAllowed(allow: String)
        case notFound
    }

    /// The route of a method and a request target in origin or absolute form.
    static func match(_ method: String, _ target: [UInt8]) -> Match {
        let (path, query) = split(target)
        var allowed: [String] = []
        for route in all {
            guard let parameter = route.match(path) else { continue }
            guard route.method == method else {
                allowed.append(route.method)
                if route.method == "GET" { allowed.append("HEAD") }
                continue
            }
            guard let text = percentDecoded(parameter) else { return .notFound }
            return .route(route, parameter: text, query: String(decoding: query, as: UTF8.self))
        }
        return allowed.isEmpty ? .notFound : .methodNotAllowed(allow: allowed.joined(separator: ", "))
    }

    private static func split(_ target: [UInt8]) -> (path: ArraySlice<UInt8>, query: ArraySlice<UInt8>) {
        var rest = target[...]
        if rest.first != UInt8(ascii: "/"), let scheme = String(decoding: rest, as: UTF8.self).firstRange(of: "://") {
            let skipped = target.count - String(decoding: rest, as: UTF8.self)[scheme.upperBound...].utf8.count
            rest = rest.dropFirst(skipped).drop { $0 != UInt8(ascii: "/") }
        }
        if let fragment = rest.firstIndex(of: UInt8(ascii: "#")) { rest = rest[..<fragment] }
        guard let mark = rest.firstIndex(of: UInt8(ascii: "?")) else { return (rest, []) }
        return (rest[..<mark], rest[(mark + 1)...])
    }

    private static func percentDecoded(_ bytes: ArraySlice<UInt8>) -> String? {
        if bytes.isEmpty { return "" }
        var out: [UInt8] = []
        var index = bytes.startIndex
        while index < bytes.endIndex {
            if bytes[index] == UInt8(ascii: "%") {
                guard index + 2 < bytes.endIndex, let byte = Hexadecimal.decode(bytes[(index + 1)...(index + 2)]) else {
                    return nil
                }
                out += byte
                index += 3
            } else {
                out.append(bytes[index])
                index += 1
            }
        }
        return String(validating: out, as: UTF8.self)
    }
}
