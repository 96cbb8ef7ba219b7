import CacheModel

/// Tells prompts whose right answer changes by the minute ("is there an outage right now?") or by the day ("what does it
/// cost?").
///
/// A list of words and phrases, not a model: what it catches can be read and argued about. Matching is on the folded
/// text, at word boundaries; scripts without spaces match anywhere.
enum Volatility {
    private static let phrases: [String] = [
        // English
        "right now", "at the moment", "currently", "today", "tonight", "tomorrow", "yesterday", "this morning",
        "this afternoon", "this evening", "this week", "this month", "latest", "breaking news", "outage", "is down",
        "weather", "forecast", "stock price", "share price", "exchange rate",
        // German
        "heute", "gerade", "aktuell", "jetzt", "gestern", "übermorgen", "wetter", "störung", "wechselkurs",
        // French
        "aujourd'hui", "aujourd’hui", "en ce moment", "actuellement", "demain", "météo", "panne",
        // Spanish
        "hoy", "ahora mismo", "en este momento", "actualmente", "ayer", "pronóstico",
        // Italian and Portuguese
        "oggi", "adesso", "al momento", "hoje", "agora", "neste momento",
    ]

    private static let fragments: [String] = [
        "今天", "现在", "目前", "最新", "明天", "昨天", "天气", "今日", "現在", "明日", "昨日", "天気", "오늘", "지금", "현재", "최신", "날씨",
    ]

    /// What changes by the day rather than by the minute. "What is the price of freedom?" is taken for it, too, which
    /// costs a shorter life and no more.
    private static let agingPhrases: [String] = [
        // English
        "price", "prices", "how much does", "how much is", "score", "scores", "standings", "news", "headline",
        "headlines", "stock", "stocks", "shares", "interest rate", "interest rates", "mortgage rate", "in stock",
        "availability", "opening hours", "schedule", "timetable", "newest", "most recent", "up to date",
        // German
        "preis", "preise", "wie viel kostet", "spielstand", "tabelle der", "nachrichten", "aktie", "aktien",
        "aktienkurs", "zinssatz", "öffnungszeiten", "fahrplan", "neueste",
        // French
        "prix", "combien coûte", "actualités", "nouvelles", "horaires", "taux d'intérêt", "cours de l'action",
        // Spanish
        "precio", "precios", "cuánto cuesta", "noticias", "marcador", "horario", "acciones",
        // Italian and Portuguese
        "prezzo", "prezzi", "quanto costa", "notizie", "punteggio", "orari", "preço", "preços", "quanto custa",
        "notícias", "placar", "horários",
    ]

    private static let agingFragments: [String] = [
        "价格", "多少钱", "新闻", "股价", "股票", "比分", "利率", "価格", "値段", "ニュース", "株価", "スコア", "가격", "뉴스", "주가", "점수",
    ]

    private static let phraseBytes = phrases.map { Array($0.utf8) }
    private static let fragmentBytes = fragments.map { Array($0.utf8) }
    private static let agingPhraseBytes = agingPhrases.map { Array($0.utf8) }
    private static let agingFragmentBytes = agingFragments.map { Array($0.utf8) }

    /// How soon an answer ages.
    enum Level: Sendable, Equatable {
        /// No sooner than others.
        case none
        /// Within the day.
        case aging
        /// At once.
        case moment
    }

    /// How soon the answer to `text` ages. O(bytes × phrases), on stores only.
    static func level(of text: String) -> Level {
        let bytes = Array(text.lowercased().utf8)
        if phraseBytes.contains(where: { contains($0, in: bytes, wholeWords: true) })
            || fragmentBytes.contains(where: { contains($0, in: bytes, wholeWords: false) })
        {
            return .moment
        }
        if agingPhraseBytes.contains(where: { contains($0, in: bytes, wholeWords: true) })
            || agingFragmentBytes.contains(where: { contains($0, in: bytes, wholeWords: false) })
        {
            return .aging
        }
        return .none
    }

    private static func contains(_ phrase: [UInt8], in text: [UInt8], wholeWords: Bool) -> Bool {
        guard phrase.count <= text.count else { return false }
        for start in 0...(text.count - phrase.count) where text[start] == phrase[0] {
            let end = start + phrase.count
            guard text[start..<end].elementsEqual(phrase) else { continue }
            if !wholeWords { return true }
            let opens = start == 0 || !isWordByte(text[start - 1])
            let closes = end == text.count || !isWordByte(text[end])
            if opens && closes { return true }
        }
        return false
    }

    /// ASCII letters and digits, and every byte of other scripts' letters.
    private static func isWordByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x80...: true
        default: false
        }
    }
}
