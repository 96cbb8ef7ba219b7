import CacheModel

/// Sliding windows that nodes share: a hash a key and slot width, of slots and their costs.
extension RedisStore: RateLimitStore {
    public func take(_ request: RateLimitRequest, now: Timestamp) throws(StoreError) -> RateLimitOutcome {
        let width = SlidingWindow.width(window: request.window)
        var call = ScriptArguments()
        call.keys = [keys.rateLimit(request.key, width: width)]
        for value in [
            now.milliseconds, width, SlidingWindow.slotCount, Int64(request.limit), Int64(request.cost),
        ] { call.values.append(value) }
        // Not to be repeated: a try that was counted and not answered would count twice.
        let reply = try checked(try run(.rateLimit, [call], mayRepeat: false)[0], key: call.keys[0])
        guard let found = reply.elements, found.count == 4, let allowed = found[0].integer,
            let remaining = found[1].integer, let retry = found[2].integer, let reset = found[3].integer
        else { throw errors.unexpected("the rate limit's script") }
        return RateLimitOutcome(
            isAllowed: allowed == 1, remaining: Int(remaining), retryAfter: retry < 0 ? nil : Double(retry) / 1000,
            resetAfter: Double(reset) / 1000)
    }
}

extension RedisKeys {
    /// `deja:{rate/KEY}:WIDTH`: the slots of a key.
    func rateLimit(_ key: String, width: Int64) -> String { "\(prefix):{rate/\(Self.escaped(key))}:\(width)" }
}

extension RedisScript {
    /// What `SlidingWindow.take` does, in one step. KEYS: the slots. ARGV: now, milliseconds of a slot, slots of a window,
    /// limit, cost. Returns whether it is allowed, what remains, and the milliseconds until it would be allowed (-1: it is)
    /// and until nothing counts.
    static let rateLimit = RedisScript(
        """
        local now, width, count = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
        local limit, cost = tonumber(ARGV[4]), tonumber(ARGV[5])
        local present = math.floor(now / width)
        local current, used, slots, found = present, 0, {}, redis.call('HGETALL', KEYS[1])
        for i = 1, #found, 2 do
            local slot, spent = tonumber(found[i]), tonumber(found[i + 1])
            if slot + count >= present and slot <= present + count then
                if slot > current then current = slot end
                used = used + spent
                slots[#slots + 1] = {slot, spent}
            else
                redis.call('HDEL', KEYS[1], found[i])
            end
        end
        local allowed = used + cost <= limit
        local last = #slots > 0 and -1 or nil
        for _, s in ipairs(slots) do if s[1] > last then last = s[1] end end
        local after = used
        if allowed then
            after = used + cost
            if cost > 0 then
                redis.call('HINCRBY', KEYS[1], string.format('%.0f', current), ARGV[5])
                last = current
            end
        end
        local function untilEndOf(slot) return math.max(0, (slot + count + 1) * width - now) end
        local reset = last and untilEndOf(last) or 0
        if last then redis.call('PEXPIRE', KEYS[1], math.max(1, reset)) end
        local retry = -1
        if not allowed then
            table.sort(slots, function(a, b) return a[1] < b[1] end)
            local freed = 0
            for _, s in ipairs(slots) do
                freed = freed + s[2]
                if used - freed + cost <= limit then retry = untilEndOf(s[1]) break end
            end
        end
        return {allowed and 1 or 0, math.max(0, limit - after), retry, reset}
        """)
}
