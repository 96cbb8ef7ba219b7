import Platform

/// What happens inside Redis in one step, because two keys must agree. All keys of a script have one hash tag; those
/// that a script finds out only as it runs (an entry that is replaced) are built from `base`, in the same slot.
struct RedisScript: Sendable {
    /// The Lua text.
    let text: String
    /// What Redis calls it: its SHA-1.
    let digest: String

    init(_ text: String) { (self.text, digest) = (text, SHA1.name(of: text)) }

    /// Defines `isWrongType(reply)`.
    private static let wrongType = """
        local function isWrongType(reply)
            return type(reply) == 'table' and reply.err and string.find(reply.err, 'WRONGTYPE', 1, true)
        end

        """

    /// Defines `note(kind, id)`: appends a change to the shard's log, numbered, and tells everybody that there is one.
    ///
    /// Behind what it describes, so that Redis lets it be written even when there is no memory left. Who may not publish
    /// is heard later: the logs are read every few seconds too.
    private static let note =
        wrongType + """
            local base = ARGV[1]
            local log = base .. 'log'
            local function note(kind, id)
                local last = redis.pcall('XREVRANGE', log, '+', '-', 'COUNT', 1)
                if isWrongType(last) then
                    redis.call('DEL', log)
                    last = {}
                end
                local number = last[1] and tonumber(last[1][2][2]) + 1 or 1
                redis.pcall('XADD', log, 'MAXLEN', '~', '1000', '*', 'n', number, kind, id)
                redis.pcall('PEXPIRE', log, 2592000000)
                local prefix, shard = string.match(base, '^(.*):{(.*)}:$')
                redis.pcall('PUBLISH', prefix .. ':changes', shard)
            end

            """

    /// Defines `drop(id, quietly)`: removes an entry, its exact key if that still leads to it, and its place in tag sets.
    /// Something else under the entry's key is removed too, so that a damaged key heals.
    private static let drop =
        note + """
            local function drop(id, quietly)
                local key = base .. 'e:' .. id
                local fields = redis.pcall('HMGET', key, 'v', 'x', 'tags')
                if isWrongType(fields) then return redis.call('DEL', key) end
                if fields.err then return fields end
                if not fields[1] then return 0 end
                redis.call('DEL', key)
                if fields[2] then
                    local exact = base .. 'x:' .. fields[2]
                    if redis.pcall('GET', exact) == id then redis.call('DEL', exact) end
                end
                for tag in string.gmatch(fields[3] or '', '([^,]*),') do redis.pcall('SREM', base .. 't:' .. tag, id) end
                if not quietly then note('d', id) end
                return 1
            end

            """

    /// KEYS: the entry, its exact key, the shard's log. ARGV: base, ID, expiry (ms since the epoch), life (ms), tags (each
    /// followed by a comma), when it was last held against invalidations (ms), 1 when a later entry of the exact key is to
    /// stay, then fields and values. Returns 1, or does nothing and returns 3 when there is such an entry, 2 when it was
    /// held against invalidations more than half a minute ago: nodes remember them for a minute.
    ///
    /// The first command that writes without a former entry is HSET: when Redis is out of memory it refuses that one and
    /// nothing is written; behind a removal Redis lets a script finish.
    static let put = RedisScript(
        drop + """
            local id, expiry, life = ARGV[2], ARGV[3], tonumber(ARGV[4])
            local time = redis.call('TIME')
            if tonumber(time[1]) * 1000 - tonumber(ARGV[6]) > 30000 then return 2 end
            local former = redis.pcall('GET', KEYS[2])
            if isWrongType(former) then redis.call('DEL', KEYS[2]) former = false end
            if type(former) == 'table' then return former end
            -- Names begin with the time of their making.
            if ARGV[7] == '1' and former and string.sub(former, 1, 10) > string.sub(id, 1, 10) then return 3 end
            if former and former ~= id then drop(former) end
            -- The same entry again, after a lost reply: it was not gone.
            drop(id, true)
            local stored = redis.pcall('HSET', KEYS[1], unpack(ARGV, 8))
            if type(stored) == 'table' then return stored end
            redis.call('PEXPIREAT', KEYS[1], expiry)
            redis.call('SET', KEYS[2], id)
            redis.call('PEXPIREAT', KEYS[2], expiry)
            for tag in string.gmatch(ARGV[5], '([^,]*),') do
                local key = base .. 't:' .. tag
                if isWrongType(redis.pcall('SADD', key, id)) then
                    redis.call('DEL', key)
                    redis.call('SADD', key, id)
                end
                local left = redis.pcall('PTTL', key)
                if type(left) == 'number' and left < life then redis.call('PEXPIREAT', key, expiry) end
            end
            note('p', id)
            return 1
            """)

    /// KEYS: the entry, the shard's log. ARGV: base, ID, scope. Returns 1 when it was there, else 0.
    static let remove = RedisScript(
        drop + """
            local scope = redis.pcall('HGET', KEYS[1], 'scope')
            if isWrongType(scope) then return drop(ARGV[2]) end
            if type(scope) == 'table' then return scope end
            if scope ~= ARGV[3] then return 0 end
            return drop(ARGV[2])
            """)

    /// KEYS: the exact key. ARGV: base, then the fields wanted. Returns the ID and the fields, or nil. Without the fields
    /// when the entry's slot is on its way to another node and the entry has gone ahead.
    static let find = RedisScript(
        wrongType + """
            local id = redis.pcall('GET', KEYS[1])
            if not id or type(id) == 'table' then return id end
            local fields = redis.pcall('HMGET', ARGV[1] .. 'e:' .. id, unpack(ARGV, 2))
            if isWrongType(fields) then return fields end
            return {id, not fields.err and fields}
            """)
}
