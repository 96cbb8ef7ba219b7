/// Opposites, one group a line: the words left of `|` mean the contrary of the words right of it. Words on one side
/// count as alike when polarity is compared. Written by hand for this project.
extension Lexicon {
    static let antonymLines = """
        enable activate | disable deactivate
        activate | deactivate inactivate
        enabled active | disabled inactive
        increase raise grow boost maximize | decrease reduce lower shrink cut minimize
        raise | lower
        increasing rising growing | decreasing falling shrinking
        rise gain climb | fall drop decline
        gain | lose
        before | after
        before prior earlier sooner | later afterwards subsequent
        early | late
        earliest | latest
        import | export
        importing importer | exporting exporter
        buy purchase buying purchasing | sell selling
        buyer purchaser | seller
        bought purchased | sold
        lend | borrow
        lender | borrower
        lent | borrowed
        upgrade | downgrade
        open opened | close closed shut
        opening | closing
        max maximum most highest | min minimum least lowest
        maximal | minimal
        first initial | last final
        oldest earliest | newest latest youngest
        old older | new newer
        old elder older | young younger
        arrive arrival arriving land landing | depart departure departing leave leaving takeoff
        arrive | leave
        debit | credit
        big large huge bigger larger great greater | small little tiny smaller lesser
        biggest largest greatest | smallest littlest tiniest least
        long longer | short shorter
        longest | shortest
        tall taller high higher | short shorter low lower
        tallest highest | shortest lowest
        more greater | less fewer
        most | least fewest
        more | fewer
        above over | below under beneath
        over | under
        up upward upwards upstairs | down downward downwards downstairs
        fast faster quick quicker rapid | slow slower
        fastest quickest | slowest
        quickly rapidly | slowly
        hot hotter warm warmer | cold colder cool cooler
        hottest warmest | coldest coolest
        heat warm | cool chill
        good great well | bad poor evil terrible awful
        better | worse
        best | worst
        right correct true accurate | wrong incorrect false inaccurate
        true | untrue false untruthful
        right rightmost | left leftmost
        inside inner internal indoor | outside outer external outdoor
        indoors | outdoors
        in | out
        into | out
        on | off
        start begin commence | stop end finish quit
        starting beginning | ending finishing
        start startup boot | shutdown stop
        begins starts | ends finishes stops
        started began | ended stopped finished
        beginning start | end ending
        add append insert | remove delete subtract drop
        addition | subtraction removal
        create make build | delete destroy remove
        created | deleted destroyed
        install | uninstall
        installed | uninstalled
        load | unload
        lock | unlock
        locked | unlocked
        block | unblock
        blocked | unblocked
        subscribe | unsubscribe
        follow | unfollow
        like | dislike hate
        love | hate
        mute | unmute
        pin | unpin
        link connect attach | unlink disconnect detach
        connected attached | disconnected detached
        connect | disconnect
        pack | unpack
        zip compress | unzip decompress extract
        compress | decompress
        encrypt | decrypt
        encryption | decryption
        encode | decode
        encoder | decoder
        encoding | decoding
        serialize | deserialize
        allow permit let | deny forbid prohibit ban block prevent
        allowed permitted legal | forbidden prohibited banned illegal
        accept approve | reject refuse deny decline disapprove
        accepted approved | rejected refused denied declined
        include | exclude
        including | excluding except
        inclusive | exclusive
        with | without
        show display reveal unhide visible | hide conceal hidden invisible
        visible | invisible hidden
        expand | collapse
        push | pull
        upload | download
        send | receive
        sender | receiver recipient
        sent | received
        give | take
        giver | taker
        win | lose
        won | lost
        winner | loser
        winning | losing
        find | lose
        save | delete discard
        save | spend
        saving | spending
        earn | spend
        income revenue earning | expense expenditure cost
        profit | loss
        profitable | unprofitable
        deposit | withdraw
        deposit | withdrawal
        paid | unpaid
        paid | free
        asset | liability
        rich wealthy | poor
        expensive costly | cheap inexpensive
        priciest expensive | cheapest
        hire employ | fire dismiss
        hired employed | fired unemployed
        employment | unemployment
        join enter | leave exit quit
        enter entering entry | exit exiting
        entrance | exit
        login logon signin | logout logoff signout
        positive | negative
        plus | minus
        multiply | divide
        multiplication | division
        sum | difference
        even | odd
        vertical | horizontal
        vertically | horizontally
        row | column
        rows | columns
        ascending | descending
        ascend | descend
        forward forwards | backward backwards
        front | back rear
        top | bottom
        upper | lower
        head | tail
        north northern | south southern
        east eastern | west western
        light lighter | dark darker
        light lightweight lighter | heavy heavier
        lightest | heaviest
        bright | dim dark
        day daytime | night nighttime
        morning | evening
        am | pm
        hard difficult tough | easy simple
        harder | easier
        hardest | easiest
        difficult | effortless
        hard | soft
        strong stronger | weak weaker
        strongest | weakest
        strength | weakness
        advantage pro benefit upside | disadvantage con drawback downside
        pros | cons
        advantages benefits pros | disadvantages drawbacks cons
        safe secure harmless | dangerous unsafe risky harmful insecure hazardous
        safe | unsafe
        secure | insecure
        healthy | unhealthy sick ill
        clean | dirty
        wet | dry
        full | empty
        full complete | partial incomplete
        complete finish | incomplete unfinished
        alive living | dead deceased
        live | die
        life | death
        born birth | died death
        male man boy men | female woman girl women
        man | woman
        boy | girl
        husband | wife
        father dad | mother mom
        brother | sister
        son | daughter
        uncle | aunt
        king | queen
        mr | mrs ms
        parent | child
        ancestor | descendant
        teacher | student
        doctor | patient
        employer | employee
        landlord | tenant
        host | guest
        client | server
        master | slave
        producer | consumer
        sell supply | demand
        supply | demand
        question | answer
        ask | answer
        cause | effect
        input | output
        read | write
        reader | writer
        reading | writing
        speak talk | listen
        speaking | listening
        source | destination target
        origin | destination
        sync | async asynchronous
        synchronous | asynchronous
        public | private
        local | remote
        local domestic national | foreign international
        online | offline
        wired | wireless
        manual | automatic automated
        manually | automatically
        static | dynamic
        mutable | immutable
        variable | constant
        optional | required mandatory compulsory
        optional voluntary | mandatory
        necessary needed | unnecessary
        temporary temporarily | permanent permanently
        short-term | long-term
        always | never
        all every everyone everybody everything | none nobody nothing
        everything | nothing
        everyone everybody | nobody
        everywhere | nowhere
        often frequently usually | rarely seldom
        frequent common | rare infrequent uncommon
        common usual normal ordinary | uncommon unusual abnormal rare
        same identical equal alike similar | different unequal distinct
        same | different
        similar | dissimilar
        similarity | difference
        agree | disagree
        agreement | disagreement
        appear | disappear
        appeared | disappeared
        honest truthful | dishonest untruthful
        trust | distrust mistrust
        obey | disobey
        satisfied | dissatisfied unsatisfied
        like similar | unlike
        likely probable | unlikely improbable
        able capable | unable incapable
        ability | inability
        possible | impossible
        possibility | impossibility
        legal lawful | illegal unlawful
        legally | illegally
        moral | immoral
        mature | immature
        patient | impatient
        perfect | imperfect flawed
        polite | rude impolite
        proper | improper
        pure | impure
        rational | irrational
        regular | irregular
        relevant | irrelevant
        responsible | irresponsible
        reversible | irreversible
        replaceable | irreplaceable
        logical | illogical
        literate | illiterate
        formal | informal
        direct | indirect
        directly | indirectly
        dependent | independent
        finite limited | infinite unlimited
        valid | invalid
        visible | invisible
        sane | insane
        sufficient enough adequate | insufficient inadequate
        effective | ineffective
        efficient | inefficient
        expected | unexpected
        fair just | unfair unjust
        happy glad cheerful | unhappy sad miserable
        happier | sadder
        happiness joy | sadness sorrow
        laugh | cry
        smile | frown
        optimist | pessimist
        optimistic | pessimistic
        hopeful | hopeless
        useful helpful | useless unhelpful
        careful | careless
        painful | painless
        harmful | harmless
        powerful | powerless
        meaningful | meaningless
        aware | unaware
        available | unavailable
        acceptable | unacceptable
        certain sure | uncertain unsure
        clear | unclear
        comfortable | uncomfortable
        conscious | unconscious
        familiar | unfamiliar strange
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
