import CacheEngine
import CacheModel

/// `GET /`: the dashboard. A page, a style sheet and a script that hold no data: they are open, what they ask for is not.
enum DashboardRoutes {
    static let all = [
        file("/", "text/html; charset=utf-8", PackageResources.dashboard_html),
        file("/dashboard.css", "text/css; charset=utf-8", PackageResources.dashboard_css),
        file("/dashboard.js", "text/javascript; charset=utf-8", PackageResources.dashboard_js),
    ]

    /// Scripts, styles and data from this server only; nothing inline, nothing framed, no form sent anywhere.
    private static let contentPolicy = [
        "default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'", "img-src data:",
        "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
    ].joined(separator: "; ")

    private static func file(_ path: String, _ type: String, _ bytes: [UInt8]) -> Route {
        Route("GET", path, needs: .open) { (_, _) throws(RequestProblem) in
            var reply = HTTPReply(contentType: type, body: bytes)
            reply.set("Content-Security-Policy", contentPolicy)
            reply.set("X-Content-Type-Options", "nosniff")
            reply.set("Referrer-Policy", "no-referrer")
            // Another version of the program has another page.
            reply.set("Cache-Control", "no-cache")
            return .done(reply)
        }
    }
}
