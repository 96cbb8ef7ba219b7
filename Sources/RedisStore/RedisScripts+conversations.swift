/// A conversation is three keys of one slot: a hash with its sums, a list of its turns and a list of its system turns.
/// A turn is `sequence,bytes,tokens,at,JSON`. When Redis has evicted one of the keys, what is left is no history and goes.
extension RedisScript {
    /// Defines `intact()`: whether there is a conversation whose lists hold what its hash counts.
    private static let conversation = """
        local head, turns, system = KEYS[1], KEYS[2], KEYS[3]
        local function intact()
            local count = tonumber(redis.call('HGET', head, 'messages') or '-1')
            return count == redis.call('LLEN', turns) + redis.call('LLEN', system)
        end

        """

    /// KEYS: hash, turns, system turns. Returns {hash, turns, system turns}, or nil.
    static let conversationRead = RedisScript(
        conversation + """
            if not intact() then return false end
            return {
                redis.call('HMGET', head, 'user', 'sequence', 'created', 'updated', 'expires'),
                redis.call('LRANGE', turns, 0, -1), redis.call('LRANGE', system, 0, -1)
            }
            """)

    /// KEYS: hash, turns, system turns. ARGV: now, expiry of the keys, expiry of the conversation or '', user or '',
    /// whether there is a user, limits of messages, bytes and tokens, then for each turn: whether it is a system turn,
    /// bytes, tokens, at, JSON. Returns what reading does.
    ///
    /// HSET comes first: when Redis is out of memory it refuses that one and nothing is written.
    static let conversationAppend = RedisScript(
        conversation + """
            if not intact() then
                if #ARGV < 9 then return false end
                redis.call('DEL', head, turns, system)
            end
            local sums = redis.call('HMGET', head, 'sequence', 'bytes', 'tokens')
            local sequence = tonumber(sums[1] or '0')
            local bytes = tonumber(sums[2] or '0')
            local tokens = tonumber(sums[3] or '0')
            if sequence == 0 then
                redis.call('HSET', head, 'v', '1', 'created', ARGV[1], 'updated', ARGV[1], 'expires', ARGV[3])
                if ARGV[5] == '1' then redis.call('HSET', head, 'user', ARGV[4]) end
            elseif #ARGV >= 9 then
                redis.call('HSET', head, 'updated', ARGV[1], 'expires', ARGV[3])
            end
            local newest = turns
            for i = 9, #ARGV, 5 do
                sequence = sequence + 1
                newest = ARGV[i] == '1' and system or turns
                redis.call('RPUSH', newest, table.concat({sequence, ARGV[i + 1], ARGV[i + 2], ARGV[i + 3], ARGV[i + 4]}, ','))
                bytes = bytes + tonumber(ARGV[i + 1])
                tokens = tokens + tonumber(ARGV[i + 2])
            end
            local function drop(key)
                local size, count = string.match(redis.call('LPOP', key), '^%d+,(%d+),(%d+),')
                bytes = bytes - tonumber(size)
                tokens = tokens - tonumber(count)
            end
            local plain, instructing = redis.call('LLEN', turns), redis.call('LLEN', system)
            local most, mostBytes, mostTokens = tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8])
            while plain + instructing > 1 and (plain + instructing > most or bytes > mostBytes or tokens > mostTokens) do
                if plain > (newest == turns and 1 or 0) then
                    drop(turns)
                    plain = plain - 1
                else
                    drop(system)
                    instructing = instructing - 1
                end
            end
            redis.call('HSET', head, 'sequence', sequence, 'bytes', bytes, 'tokens', tokens, 'messages', plain + instructing)
            if #ARGV >= 9 then
                for _, key in ipairs(KEYS) do redis.call('PEXPIREAT', key, ARGV[2]) end
            end
            return {
                redis.call('HMGET', head, 'user', 'sequence', 'created', 'updated', 'expires'),
                redis.call('LRANGE', turns, 0, -1), redis.call('LRANGE', system, 0, -1)
            }
            """)

    /// KEYS: hash, turns, system turns. ARGV: how many turns were ever appended, then for each turn: whether it is a
    /// system turn, bytes, tokens, JSON. Puts these in place of what is kept and returns 1; does nothing and returns 0
    /// when turns have come or gone.
    ///
    /// LSET comes first: when Redis is out of memory it refuses that one and nothing is written.
    static let conversationRewrite = RedisScript(
        conversation + """
            if not intact() or redis.call('HGET', head, 'sequence') ~= ARGV[1] then return 0 end
            local counts = {[turns] = 0, [system] = 0}
            for i = 2, #ARGV, 4 do
                local list = ARGV[i] == '1' and system or turns
                counts[list] = counts[list] + 1
            end
            for list, count in pairs(counts) do
                if redis.call('LLEN', list) ~= count then return 0 end
                counts[list] = 0
            end
            local bytes, tokens = 0, 0
            for i = 2, #ARGV, 4 do
                local list = ARGV[i] == '1' and system or turns
                local place = counts[list]
                local number, at = string.match(redis.call('LINDEX', list, place), '^(%d+),%d+,%d+,(-?%d+),')
                redis.call('LSET', list, place, table.concat({number, ARGV[i + 1], ARGV[i + 2], at, ARGV[i + 3]}, ','))
                counts[list] = place + 1
                bytes = bytes + tonumber(ARGV[i + 1])
                tokens = tokens + tonumber(ARGV[i + 2])
            end
            redis.call('HSET', head, 'bytes', bytes, 'tokens', tokens)
            return 1
            """)
}
