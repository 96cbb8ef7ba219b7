extension Lexicon {
    /// Opposites of kinds and states, and those of other languages.
    static let antonymsOfKinds = """
        fortunate lucky | unfortunate unlucky
        fortunately luckily | unfortunately
        friendly kind nice | unfriendly unkind mean hostile
        friend ally | enemy foe
        grateful | ungrateful
        important significant | unimportant insignificant trivial
        interesting | uninteresting boring dull
        interested | uninterested bored
        known | unknown
        natural | unnatural artificial
        organic | inorganic
        original | copy fake
        real genuine | fake
        pleasant | unpleasant
        popular | unpopular
        prepared ready | unprepared
        qualified | unqualified
        reasonable | unreasonable
        reliable | unreliable
        stable | unstable
        successful | unsuccessful
        succeed success | fail failure
        passed | failed
        pass | fail
        usual | unusual
        wanted | unwanted
        willing | unwilling reluctant
        wise smart clever intelligent | foolish stupid dumb unintelligent
        brave courageous | cowardly
        beautiful pretty attractive handsome | ugly unattractive
        fat overweight obese | thin slim skinny underweight
        thick | thin
        thicker | thinner
        wide broad | narrow
        wider | narrower
        deep | shallow
        deeper | shallower
        near close nearby | far distant
        nearest closest | farthest furthest
        nearer closer | farther further
        here | there
        present | absent
        presence | absence
        past previous | future next upcoming
        current present | former previous past
        next following | previous preceding
        next | last
        previous | next
        ancient | modern
        modern | outdated
        fresh | stale rotten
        raw | cooked
        sharp | blunt dull
        rough | smooth
        tight | loose
        tighten | loosen
        tie | untie
        wrap | unwrap
        fold | unfold
        sweet | sour bitter
        loud noisy | quiet silent
        noise | silence
        asleep | awake
        sleep | wake
        drunk | sober
        guilty | innocent
        single unmarried | married
        marry | divorce
        married | divorced
        major | minor
        majority | minority
        maximum | minimum
        superior | inferior
        senior | junior
        singular | plural
        prefix | suffix
        introvert | extrovert
        introverted | extroverted
        victory | defeat
        attack | defend
        offense offensive | defense defensive
        war | peace
        freeze frozen | melt thaw
        solid | liquid
        float | sink
        absorb | emit
        attract | repel
        accelerate | decelerate brake
        inhale | exhale
        construct | demolish destruct
        construction | destruction
        constructive | destructive
        improve improvement | worsen deteriorate
        strengthen | weaken
        lengthen extend | shorten
        widen | narrow
        broaden | narrow
        simplify | complicate
        simple | complex complicated
        basic | advanced
        beginner novice | expert advanced
        amateur | professional
        theory theoretical | practice practical
        abstract | concrete
        general | specific
        subjective | objective
        qualitative | quantitative
        implicit | explicit
        explicit | implicit
        active | passive
        analog | digital
        hardware | software
        parallel | serial sequential
        series | parallel
        convex | concave
        odd | even
        numerator | denominator
        divisor | dividend
        bull bullish | bear bearish
        inflation | deflation
        surplus | deficit
        wholesale | retail
        gross | net
        prepaid | postpaid
        vegetarian vegan | meat nonvegetarian
        occupied busy | vacant free
        arrival | departure
        inbound incoming | outbound outgoing
        incoming | outgoing
        ingress | egress
        immigrant immigrate immigration | emigrant emigrate emigration
        pick | drop
        pickup | dropoff
        rise | set
        sunrise | sunset
        remember | forget
        remembered | forgot
        teach | learn
        acquire | lose
        success | failure
        permit | forbid
        praise compliment | criticize insult
        support | oppose
        supporter | opponent
        for | against
        favor | oppose
        encourage | discourage
        encouraging | discouraging
        motivate | demotivate
        increase | decrement
        increment | decrement
        undo | redo
        commit | rollback revert
        merge join | split separate
        combine | separate
        united together | divided apart
        whitelist | blacklist
        verified | unverified
        public | secret
        formal | casual
        working works | broken
        work | break
        fix repair | break damage
        fixed | broken
        charge | discharge
        arm | disarm
        mount | unmount
        assemble | disassemble
        own | rent
        rent | buy
        landlady | tenant
        vice | virtue
        heaven | hell
        god | devil
        hero | villain
        sick | well
        underestimate | overestimate
        underpaid | overpaid
        understand | misunderstand
        behave | misbehave
        calculate | miscalculate
        guilty | notguilty
        serious | frivolous playful joking
        safe safety | danger
        open receptive | covert closed
        nice | nasty
        fair | foul
        possible | hypothetical
        important crucial | noncrucial trivial
        nominal | real
        similar alike | unlike
        broad | parochial
        breathing | breathless
        often | seldom rarely
        common frequent | rare uncommon seldom
        demolish | preserve
        finite | range
        submontane | supermontane
        trustworthy | untrustworthy
        interested | indifferent
        aktivieren einschalten anschalten | deaktivieren ausschalten abschalten
        erhohen steigern | senken verringern reduzieren
        kaufen | verkaufen
        offnen | schliessen
        vor | nach
        gross grosser | klein kleiner
        hinzufugen | entfernen loschen
        anmelden | abmelden
        installieren | deinstallieren
        mit | ohne
        gut besser | schlecht schlechter
        billig gunstig | teuer
        activer | desactiver
        augmenter | diminuer reduire
        acheter | vendre
        ouvrir | fermer
        avant | apres
        grand | petit
        ajouter | supprimer retirer
        installer | desinstaller
        avec | sans
        activar | desactivar
        aumentar subir | disminuir reducir bajar
        comprar | vender
        abrir | cerrar
        antes | despues
        grande | pequeno
        anadir agregar | eliminar quitar borrar
        instalar | desinstalar
        con | sin
        mejor | peor
        打开 开启 启用 开通 | 关闭 关掉 禁用 停用 关了
        增加 提高 提升 上升 上调 | 减少 降低 下降 下调
        买入 购买 | 卖出 出售
        存款 存入 | 取款 取出 提现
        借款 贷款 | 还款 还钱
        借钱 | 还钱
        之前 以前 | 之后 以后
        最大 最多 最高 | 最小 最少 最低
        最大 | 最小
        上传 | 下载
        安装 | 卸载
        添加 绑定 | 删除 解绑 解除
        绑定 | 解绑
        锁定 冻结 | 解锁 解冻
        提前 | 延期 推迟 逾期
        成功 | 失败
        收入 | 支出
        转入 | 转出
        优点 | 缺点
        男性 男人 男生 | 女性 女人 女生
        收款 | 付款
        有效 | 无效
        注册 | 注销
        登录 | 退出
        支持 | 反对
        有効 | 無効
        増やす 増加 | 減らす 減少
        追加 | 削除
        購入 | 販売
        開く 開き 開け 開い | 閉じ 閉ま 閉め
        """
}
