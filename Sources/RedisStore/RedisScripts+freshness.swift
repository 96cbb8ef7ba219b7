extension RedisScript {
    /// KEYS: the hash of epochs. ARGV: the least new value of the clock, the subject's field or nothing. Returns the
    /// value. Values are milliseconds or counts, far below 2^53, so Lua's numbers hold them.
    static let advanceEpoch = RedisScript(
        """
        local clock = tonumber(redis.call('HGET', KEYS[1], 'clock') or '0')
        local value = string.format('%.0f', math.max(clock + 1, tonumber(ARGV[1])))
        redis.call('HSET', KEYS[1], 'clock', value)
        if ARGV[2] ~= '' then redis.call('HSET', KEYS[1], ARGV[2], value) end
        return value
        """)

    /// KEYS: the hash of epochs. ARGV: fields and values; lower ones change nothing.
    static let mergeEpochs = RedisScript(
        """
        for index = 1, #ARGV, 2 do
            local held = tonumber(redis.call('HGET', KEYS[1], ARGV[index]) or '-1')
            if held < tonumber(ARGV[index + 1]) then
                redis.call('HSET', KEYS[1], ARGV[index], ARGV[index + 1])
            end
        end
        return 1
        """)
}
