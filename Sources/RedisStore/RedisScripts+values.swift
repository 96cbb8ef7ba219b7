/// Values: `v:NAME` is a hash of `n` version, `x` end (ms), `E` epoch, `k` kind, `t` tags (each followed by a comma), `e`
/// encoding, `b` content. Versions are microseconds, below 2^53, so Lua's numbers hold them.
extension RedisScript {
    /// Defines `find()`: the fields of the value at KEYS[1] while it lives, else `nil`; and `forget(tags)`, which takes
    /// the name out of tag sets. ARGV: base, name, now (ms), the namespace's epoch. Something else under the key is
    /// removed, so that a damaged key heals.
    private static let value = """
        local base, name, now, oldest = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
        local key = KEYS[1]
        local failure
        local function find()
            local f = redis.pcall('HMGET', key, 'n', 'x', 'E', 'k', 't', 'e', 'b')
            if f.err then
                if string.find(f.err, 'WRONGTYPE', 1, true) then redis.call('DEL', key) else failure = f end
                return nil
            end
            if not f[1] or tonumber(f[2]) <= now or tonumber(f[3]) < oldest then return nil end
            return f
        end
        local function forget(tags)
            for tag in string.gmatch(tags or '', '([^,]*),') do redis.pcall('SREM', base .. 't:' .. tag, name) end
        end
        local function remember(tags, expiry)
            for tag in string.gmatch(tags, '([^,]*),') do
                local set = base .. 't:' .. tag
                local added = redis.pcall('SADD', set, name)
                if type(added) == 'table' then redis.call('DEL', set) redis.call('SADD', set, name) end
                if redis.call('PTTL', set) < tonumber(expiry) - now then redis.call('PEXPIREAT', set, expiry) end
            end
        end
        local function above(former, least)
            return string.format('%.0f', math.max(tonumber(former or '0') + 1, tonumber(least)))
        end

        """

    /// Further ARGV: condition (`a` always, `n` absent, `x` present, or a version), least version, whether a value keeps
    /// its end and tags, end, kind, tags, epoch, encoding, content. Returns {1, version, end, tags, former's fields or
    /// nothing} or {0, version of what is there}.
    static let putValue = RedisScript(
        value + """
            local condition, expiry, tags = ARGV[5], ARGV[8], ARGV[10]
            local former = find()
            if failure then return failure end
            local holds = condition == 'a' or (condition == 'n' and not former) or (condition == 'x' and former)
                or (former and former[1] == condition)
            if not holds then return {0, former and former[1] or ''} end
            if former and ARGV[7] == '1' then expiry, tags = former[2], former[5] end
            local version = above(former and former[1], ARGV[6])
            local stored = redis.pcall('HSET', key, 'n', version, 'x', expiry, 'E', ARGV[11], 'k', ARGV[9], 't', tags,
                'e', ARGV[12], 'b', ARGV[13])
            if type(stored) == 'table' then return stored end
            if former and former[5] ~= tags then forget(former[5]) end
            redis.call('PEXPIREAT', key, expiry)
            remember(tags, expiry)
            return {1, version, expiry, tags, former or {}}
            """)

    /// Returns the fields of the value that was there, or nothing.
    static let removeValue = RedisScript(
        value + """
            local former = find()
            if failure then return failure end
            redis.call('DEL', key)
            if not former then return {} end
            forget(former[5])
            return former
            """)

    /// Further ARGV: addend, least version, end, epoch. Returns {1, fields}, {2} when the value is no whole number, {3}
    /// when the sum does not fit.
    static let addToValue = RedisScript(
        value + """
            local former = find()
            if failure then return failure end
            local text, tags, expiry = '0', '', ARGV[7]
            if former then
                text, tags, expiry = former[7], former[5], former[2]
                local digits = string.match(text, '^-?([1-9]%d*)$')
                if former[6] ~= '0' or (text ~= '0' and not digits) or #text > 20 then return {2} end
            else
                redis.call('DEL', key)
                local stored = redis.pcall('HSET', key, 'b', '0')
                if type(stored) == 'table' then return stored end
            end
            local sum = redis.pcall('HINCRBY', key, 'b', ARGV[5])
            if type(sum) == 'table' then
                -- The text is a number of at most 20 characters and the addend fits: what else fails is the store.
                -- Before version 7 Redis puts the place in front of what it refused itself, not of what the command said.
                local code = string.match(sum.err, '^(%u+) ')
                if code and code ~= 'ERR' or string.find(sum.err, '^@user_script:') then return sum end
                if not former then redis.call('DEL', key) end
                return {3}
            end
            local version = above(former and former[1], ARGV[6])
            redis.call('HSET', key, 'n', version, 'x', expiry, 'E', ARGV[8], 'k', '0', 't', tags, 'e', '0')
            redis.call('PEXPIREAT', key, expiry)
            return {1, {version, expiry, ARGV[8], '0', tags, '0', redis.call('HGET', key, 'b')}}
            """)

    /// Further ARGV: the new end. Returns the fields of the value as it is then, or nothing.
    static let expireValue = RedisScript(
        value + """
            local former = find()
            if failure then return failure end
            if not former then return {} end
            redis.call('HSET', key, 'x', ARGV[5])
            redis.call('PEXPIREAT', key, ARGV[5])
            remember(former[5], ARGV[5])
            former[2] = ARGV[5]
            return former
            """)

    /// KEYS: a tag's set. ARGV: base, tag, names that are spared. Removes the values that it names, but for those that
    /// have come again without the tag, and returns their names.
    static let removeTaggedValues = RedisScript(
        """
        local base, tag = ARGV[1], ',' .. ARGV[2] .. ','
        local names = redis.pcall('SMEMBERS', KEYS[1])
        if names.err then
            if not string.find(names.err, 'WRONGTYPE', 1, true) then return names end
            redis.call('DEL', KEYS[1])
            names = {}
        end
        local removed, spared = {}, {}
        for i = 3, #ARGV do spared[ARGV[i]] = true end
        for _, name in ipairs(names) do
            local key = base .. 'v:' .. name
            local tags = redis.pcall('HGET', key, 't')
            if type(tags) ~= 'string' or not string.find(',' .. tags, tag, 1, true) then
                redis.pcall('SREM', KEYS[1], name)
            elseif not spared[name] then
                redis.call('DEL', key)
                for tag in string.gmatch(tags, '([^,]*),') do redis.pcall('SREM', base .. 't:' .. tag, name) end
                removed[#removed + 1] = name
            end
        end
        return removed
        """)
}
